"""The ``DAV:lockroot`` of a lock, which RFC 2518 does not have."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Literal

from dav424.dialects.answer import SpelledAnswer
from dav424.dialects.lock_elements import change_each_lock
from dav424.dialects.trait import Hooks, Trait
from dav424.dialects.xml_tree import XmlElement
from dav424.spine.exchange import OpenExchange

_LOCKROOT = "{DAV:}lockroot"


def _hooks(value: str) -> Hooks:
    return Hooks(answer=partial(_with_roots, _without_root if value == "absent" else _without_slash))


def _with_roots(change: Callable[[XmlElement], None], _: OpenExchange, answer: SpelledAnswer) -> None:
    change_each_lock(answer, change)


def _without_slash(lock: XmlElement) -> None:
    for root in filter(_is_root, lock.elements):
        for each in root.elements:
            each.content = [each.text.rstrip("/") or "/"]


def _without_root(lock: XmlElement) -> None:
    lock.content = [each for each in lock.content if not _is_root(each)]


def _is_root(each: object) -> bool:
    return isinstance(each, XmlElement) and each.name == _LOCKROOT


LOCK_ROOTS = Trait(
    name="lock-roots",
    kind="spelling",
    values=Literal["sent", "without-slash", "absent"],
    default="sent",
    description="The lockroot of each lock in lockdiscovery: sent, sent without the slash of a collection, or absent, as in RFC 2518.",
    reports=("wsgidav#369", "npm-WebDAV-Server#101"),
    hooks=_hooks,
)
