"""``DAV:owner`` of a lock (RFC 4918 14.17): what the client sent, or not."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Literal

from dav424.dialects.answer import SpelledAnswer
from dav424.dialects.lock_elements import ACTIVELOCK, change_locks
from dav424.dialects.trait import Hooks, Trait
from dav424.dialects.xml_tree import XmlElement
from dav424.spine.exchange import OpenExchange

_OWNER = "{DAV:}owner"
_Change = Callable[[XmlElement], XmlElement | None]


def _hooks(value: str) -> Hooks:
    return Hooks(answer=partial(_changed, _CHANGES[value]))


def _changed(change: _Change, _: OpenExchange, answer: SpelledAnswer) -> None:
    change_locks(answer, partial(_of_locks, change))


def _of_locks(change: _Change, lockdiscovery: XmlElement) -> None:
    for lock in lockdiscovery.elements:
        if lock.name == ACTIVELOCK:
            changed = (
                change(each) if isinstance(each, XmlElement) and each.name == _OWNER else each for each in lock.content
            )
            lock.content = [each for each in changed if each is not None]


def _empty(owner: XmlElement) -> XmlElement:
    return XmlElement(owner.name)


def _absent(_: XmlElement) -> None:
    return None


def _as_bytes(owner: XmlElement) -> XmlElement:
    text = "".join(each for each in owner.content if isinstance(each, str))
    return XmlElement(owner.name, content=[repr(text.encode())]) if not owner.elements else owner


_CHANGES: dict[str, _Change] = {"empty": _empty, "absent": _absent, "bytes": _as_bytes}
LOCK_OWNERS = Trait(
    name="lock-owners",
    kind="spelling",
    values=Literal["sent", "empty", "absent", "bytes"],
    default="sent",
    description="DAV:owner of a lock, in a listing and in the answer to LOCK: as the client sent it, empty, absent, or a text as Python writes bytes.",
    servers=("lighttpd", "nginx", "zope"),
    hooks=_hooks,
)
