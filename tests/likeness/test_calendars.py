"""Looks at a server that holds events alone: each document is an event, and calendars stand beside each other."""

from __future__ import annotations

from msgspec.structs import replace

from dav424.likeness.answer_text import OfServer
from dav424.likeness.fit import OURS, described, pairs
from dav424.likeness.seen import SeenLook, look_at_own


def look(name: str) -> SeenLook:
    """Take a look at our server in a calendar."""
    (seen,) = look_at_own({}, [name], holds_events=True)
    return seen


def test_documents_are_events() -> None:
    """They are taken; text would be refused, and would show little."""
    seen = look("documents")
    put, again, got = seen.exchanges[:3]
    assert (put.path, put.status, again.status, got.status) == (f"{seen.base}f.ics", 201, 204, 200)
    assert b"UID:look0-f.ics" in got.body


def test_calendars_beside_each_other_are_paired() -> None:
    """A case that makes another calendar has the same requests with any server, wherever its scratch collection is."""
    ours = look("case h")
    moved = [each for each in ours.exchanges if each.path.startswith("/playground/look0-")]
    assert len(moved) > 2
    other = "/user/other-look0"
    renamed = tuple(replace(each, path=each.path.replace("/playground/look0", other)) for each in ours.exchanges)
    theirs = SeenLook(ours.name, f"{other}/", renamed)
    paired = pairs(described(theirs, OfServer("http://127.0.0.1")), described(ours, OURS))
    assert paired == [(number, number) for number in range(len(ours.exchanges))]
