"""The ``Content-Type`` of a multistatus about resources that failed."""

from __future__ import annotations

from typing import Literal

from dav424.dialects.answer import SpelledAnswer
from dav424.dialects.trait import Hooks, Trait
from dav424.spine.exchange import OpenExchange

_METHODS = frozenset({"LOCK", "DELETE", "COPY", "MOVE"})


def _hooks(_: str) -> Hooks:
    return Hooks(answer=_without_type)


def _without_type(exchange: OpenExchange, answer: SpelledAnswer) -> None:
    if exchange.request.method in _METHODS and answer.is_multistatus:
        answer.set_header("Content-Type", None)


MEMBER_FAILURES_TYPE = Trait(
    name="member-failures-type",
    kind="spelling",
    values=Literal["sent", "absent"],
    default="sent",
    reports=("webdav-fs#43", "WebDavClient#83"),
    description="The Content-Type of a multistatus that answers a LOCK, DELETE, COPY or MOVE: sent, or absent, as Tomcat has it.",
    hooks=_hooks,
)
