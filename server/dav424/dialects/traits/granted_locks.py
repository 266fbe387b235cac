"""The answer to a LOCK that was granted, where the resource has other locks."""

from __future__ import annotations

from functools import partial
from typing import Literal

from dav424.dialects.answer import SpelledAnswer
from dav424.dialects.lock_elements import ACTIVELOCK, change_locks
from dav424.dialects.trait import Hooks, Trait
from dav424.dialects.xml_tree import XmlElement, walk
from dav424.spine.exchange import OpenExchange

_HREF = "{DAV:}href"


def _hooks(_: str) -> Hooks:
    return Hooks(answer=_new_alone)


def _new_alone(exchange: OpenExchange, answer: SpelledAnswer) -> None:
    token = (answer.header("Lock-Token") or "").strip("<>")
    if exchange.request.method == "LOCK" and token:
        change_locks(answer, partial(_keep, token))


def _keep(token: str, lockdiscovery: XmlElement) -> None:
    lockdiscovery.content = [
        each
        for each in lockdiscovery.content
        if not (isinstance(each, XmlElement) and each.name == ACTIVELOCK and not _has(each, token))
    ]


def _has(lock: XmlElement, token: str) -> bool:
    return any(each.name == _HREF and each.text.strip() == token for each in walk(lock))


GRANTED_LOCKS = Trait(
    name="granted-locks",
    kind="spelling",
    values=Literal["all", "new"],
    default="all",
    description="The locks in the answer to a LOCK that was granted: all locks of the resource, or the new one alone.",
    reports=("wsgidav#369",),
    hooks=_hooks,
)
