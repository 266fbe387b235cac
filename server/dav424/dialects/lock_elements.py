"""Change the locks in an answer: those of ``DAV:lockdiscovery`` in a listing, and in the answer to LOCK."""

from __future__ import annotations

from collections.abc import Callable

from dav424.dialects.answer import PropstatAnswer, SpelledAnswer
from dav424.dialects.xml_tree import XmlElement

ACTIVELOCK = "{DAV:}activelock"
NAMES = ("locktype", "lockscope", "depth", "owner", "timeout", "locktoken", "lockroot")
"""The elements of a lock, in the order in which the methods write them."""
_LOCKDISCOVERY = "{DAV:}lockdiscovery"
_PROP = "{DAV:}prop"


def change_locks(answer: SpelledAnswer, change: Callable[[XmlElement], None]) -> None:
    """Change each ``DAV:lockdiscovery`` in place."""
    if answer.root == _PROP:
        for each in answer.all_items():
            if isinstance(each, XmlElement) and each.name == _LOCKDISCOVERY:
                change(each)
        return

    def changed(propstats: list[PropstatAnswer]) -> list[PropstatAnswer]:
        for propstat in propstats:
            for each in lockdiscoveries(propstat):
                change(each)
        return propstats

    if answer.is_multistatus:
        answer.each_propstats(changed)


def lockdiscoveries(propstat: PropstatAnswer) -> list[XmlElement]:
    """List the ``DAV:lockdiscovery`` of a propstat: among its properties, or beside them."""
    return [
        each
        for each in (*propstat.properties, *propstat.rest)
        if isinstance(each, XmlElement) and each.name == _LOCKDISCOVERY
    ]


def change_each_lock(answer: SpelledAnswer, change: Callable[[XmlElement], None]) -> None:
    """Change each ``DAV:activelock`` in place."""

    def changed(lockdiscovery: XmlElement) -> None:
        for each in lockdiscovery.elements:
            if each.name == ACTIVELOCK:
                change(each)

    change_locks(answer, changed)
