"""The ``DAV:owner`` of a lock (RFC 4918 14.17): the client's words, which some servers lose."""

from __future__ import annotations

from functools import partial
from typing import Literal

from dav424.dialects.answer import SpelledAnswer
from dav424.dialects.lock_elements import change_each_lock
from dav424.dialects.trait import Hooks, Trait
from dav424.dialects.xml_tree import XmlElement
from dav424.spine.exchange import OpenExchange

_OWNER = "{DAV:}owner"


def _hooks(value: str) -> Hooks:
    return Hooks(answer=partial(_with_owners, value))


def _with_owners(value: str, _: OpenExchange, answer: SpelledAnswer) -> None:
    change_each_lock(answer, partial(_with_owner, value))


def _with_owner(value: str, lock: XmlElement) -> None:
    for owner in lock.elements:
        if owner.name != _OWNER:
            continue
        if value == "absent":
            lock.content = [each for each in lock.content if each is not owner]
        elif value == "text":
            owner.content = [each for each in owner.content if isinstance(each, str)]
        elif value == "bytes":
            owner.content = [repr(owner.text.encode())] if not owner.elements else owner.content
        else:
            owner.content = []


LOCK_OWNERS = Trait(
    name="lock-owners",
    kind="spelling",
    values=Literal["sent", "text", "bytes", "empty", "absent"],
    default="sent",
    description="The owner of each lock in lockdiscovery: as the client sent it, its text without its elements, a text as Python "
    "writes bytes, an empty element, or none.",
    servers=("lighttpd", "nginx", "zope"),
    hooks=_hooks,
)
