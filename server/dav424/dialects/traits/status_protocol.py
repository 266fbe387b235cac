"""The protocol in ``DAV:status``."""

from __future__ import annotations

from functools import partial
from typing import Annotated

from msgspec import Meta

from dav424.dialects.answer import SpelledAnswer
from dav424.dialects.trait import Hooks, Trait
from dav424.spine.exchange import OpenExchange


def _hooks(value: str) -> Hooks:
    return Hooks(answer=partial(_with_protocol, value))


def _with_protocol(value: str, _: OpenExchange, answer: SpelledAnswer) -> None:
    answer.manner.protocol = value


STATUS_PROTOCOL = Trait(
    name="status-protocol",
    kind="spelling",
    values=Annotated[str, Meta(pattern=r"^HTTP/[0-9](\.[0-9])?$(?!\n)")],
    default="HTTP/1.1",
    description="The protocol before the code of a DAV:status, such as HTTP/2.",
    reports=("neon#188", "davclient#13", "easysync#72", "opendal#7711"),
    hooks=_hooks,
)
