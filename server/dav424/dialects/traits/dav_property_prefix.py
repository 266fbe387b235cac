"""Another prefix for the properties in the namespace of WebDAV, beside that of its other elements."""

from __future__ import annotations

from functools import partial

from dav424.dialects.answer import SpelledAnswer
from dav424.dialects.trait import Hooks, Prefix, Trait
from dav424.spine.exchange import OpenExchange


def _hooks(value: str) -> Hooks:
    return Hooks(answer=partial(_with_prefix, value))


def _with_prefix(value: str, exchange: OpenExchange, answer: SpelledAnswer) -> None:
    if exchange.request.method != "LOCK":
        answer.manner.of_properties = value


DAV_PROPERTY_PREFIX = Trait(
    name="dav-property-prefix",
    kind="spelling",
    values=Prefix,
    default="",
    description="The prefix of properties in the namespace DAV:, such as lp1. Without one, it is that of dav-prefix.",
    reports=("webdav-client#24", "webdav-client#338", "rucio#5700"),
    hooks=_hooks,
)
