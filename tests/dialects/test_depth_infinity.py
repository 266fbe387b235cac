"""The trait ``depth-infinity`` on a real socket."""

from __future__ import annotations

from tests.dialects.conftest import Speak

TREE = "tree: {/a/b/c: {content: Milk}}"


def test_a_hierarchy_is_refused(speak: Speak) -> None:
    """RFC 4918 9.1: 403 with propfind-finite-depth, with Depth: infinity and without Depth."""
    client = speak("depth-infinity: refused", TREE).client
    for headers in ({"Depth": "infinity"}, {}):
        answer = client("PROPFIND", "/", headers=headers)
        assert (answer.status, answer.condition) == (403, "{DAV:}propfind-finite-depth")
    assert client("PROPFIND", "/", headers={"Depth": "1"}).status == 207


def test_a_document_is_listed(speak: Speak) -> None:
    """It has no members, so Depth: infinity asks for no hierarchy."""
    client = speak("depth-infinity: refused", TREE).client
    assert client("PROPFIND", "/a/b/c").status == 207


def test_a_hierarchy_is_cut(speak: Speak) -> None:
    """The members of members are left out; the journal has the Depth that was sent."""
    speaking = speak("depth-infinity: cut", TREE)
    answer = speaking.client("PROPFIND", "/", headers={"Depth": "infinity"})
    assert answer.body.count(b"<D:href>") == 2
    assert speaking.latest.request.headers["depth"] == "infinity"
