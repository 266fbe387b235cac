"""Sync tokens (RFC 6578 3.2, 4): the state of a collection as a URI.

    urn:dav424:sync:12-9c01ab55            the collection after change 12 of its tree
    urn:dav424:sync:12-9c01ab55:b.ics      the same, when a first listing had come as far as b.ics
    urn:dav424:sync:12-9c01ab55=7          of the changes since the seventh, those up to the twelfth

A token follows from the state alone: the same requests give the same tokens. The number after the ``-`` sums up the changes
and the path of the collection, so that the token of another collection, or of a state that was given up, is not valid.
"""

from __future__ import annotations

import zlib
from typing import TYPE_CHECKING
from urllib.parse import quote, unquote

from msgspec import Struct

from dav424.core.batch import Refused
from dav424.core.condition_codes import VALID_SYNC_TOKEN
from dav424.core.paths import Path, href
from dav424.core.patterns import pattern

if TYPE_CHECKING:
    from dav424.store.changes import Changes

SYNC = "urn:dav424:sync:"
"""The beginning of every token."""
_TOKEN = pattern(rf"{SYNC}([0-9]{{1,15}})-([0-9a-f]{{8}})(?::([^\s<>]++)|=([0-9]{{1,15}}))?")


class SyncPoint(Struct, frozen=True):
    """A state by the number of its last change.

    ``after`` is the member up to which a first listing had come, if it goes on. ``since`` is the number of an older state if
    the client knows that one, and those members whose last change is not after this one.
    """

    number: int
    after: Path = ()
    since: int | None = None

    @property
    def base(self) -> int:
        """The number of the state that the client knows as a whole."""
        return self.number if self.since is None else self.since


def sync_token(changes: Changes, path: Path, point: SyncPoint | None = None) -> str:
    """Write the token of the collection at a path, at a point that the changes remember (default: now)."""
    point = point or SyncPoint(changes.number)
    rest = ":" + "/".join(quote(name, safe="") for name in point.after) if point.after else ""
    rest = f"={point.since}" if point.since is not None else rest
    return f"{SYNC}{point.number}-{_check(changes, path, point.number):08x}{rest}"


def read_sync_token(text: str, changes: Changes, path: Path) -> SyncPoint:
    """Read a token that the server gave for the collection at a path; refuses with 403 any other, and a forgotten state."""
    match = _TOKEN.fullmatch(text)
    number = int(match[1]) if match is not None else 0
    if match is None or number > changes.number:
        raise invalid_token(f"{text[:80]!r} is no sync token of {href(path, collection=True)}")
    since = int(match[4]) if match[4] else None
    if changes.mark_at(number) is None or changes.mark_at(number if since is None else since) is None:
        raise invalid_token(f"the changes since {text[:80]!r} are forgotten")
    if _check(changes, path, number) != int(match[2], 16):
        raise invalid_token(f"{text[:80]!r} belongs to another collection, or to a state that was given up")
    return SyncPoint(number, tuple(unquote(name) for name in match[3].split("/")) if match[3] else (), since)


def invalid_token(why: str) -> Refused:
    """Give the refusal of a token."""
    return Refused(403, f"DAV:sync-token: {why}. Send an empty one, and list the collection anew.", VALID_SYNC_TOKEN)


def _check(changes: Changes, path: Path, number: int) -> int:
    mark = changes.mark_at(number)
    assert mark is not None, "callers name a state that is remembered"
    return zlib.crc32(href(path, collection=True).encode(), mark)
