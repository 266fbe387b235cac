"""The trait ``atomic-methods`` on a real socket."""

from __future__ import annotations

import pytest

from tests.client import Client
from tests.dialects.conftest import Speak

SCENARIO = """
tree: {/d/a.txt: {content: A}, /d/b.txt: {content: B}, /e/b.txt: {content: old}}
causes: [{id: mine, kind: lock, path: /d/b.txt}, {id: other, kind: lock, path: /e/b.txt}]
"""
TARGETS = {"DELETE": {}, "COPY": {"Destination": "{base}/e/"}, "MOVE": {"Destination": "{base}/f/"}}


def contents(client: Client) -> dict[str, bytes | None]:
    """Read all documents that a test can find; None for one that is not there."""
    read = {path: client("GET", path) for path in ("/d/a.txt", "/d/b.txt", "/e/a.txt", "/e/b.txt", "/f/a.txt")}
    return {path: answer.body if answer.status == 200 else None for path, answer in read.items()}


@pytest.mark.parametrize("method", ["DELETE", "COPY", "MOVE"])
def test_nothing_is_done(speak: Speak, method: str) -> None:
    """A locked member refuses it all. The answer is its failure, and the journal has 424s with that cause."""
    speaking = speak(f"atomic-methods: [{method}]", SCENARIO)
    before = contents(speaking.client)
    answer = speaking.client(method, "/d/", headers=TARGETS[method])
    assert answer.status == 423
    entry = speaking.latest
    assert {step.outcome.status for step in entry.steps if hasattr(step.outcome, "status")} == {423, 424}
    assert entry.rule == ("The server does all of the operation or nothing.", "RFC 5842 2.4")
    assert contents(speaking.client) == before


def test_the_other_methods_do_what_they_can(speak: Speak) -> None:
    """Only the methods that the dialect names are atomic."""
    client = speak("atomic-methods: [COPY, MOVE]", SCENARIO).client
    assert client("DELETE", "/d/").status == 207
    assert contents(client)["/d/a.txt"] is None


def test_an_atomic_success(speak: Speak) -> None:
    """Without a lock in the way it is done."""
    client = speak("atomic-methods: [DELETE, COPY, MOVE]", "tree: {/d/a.txt: {content: A}}").client
    assert client("COPY", "/d/", headers=TARGETS["COPY"]).status == 201
    assert client("MOVE", "/d/", headers=TARGETS["MOVE"]).status == 201
    assert client("DELETE", "/f/").status == 204
    assert contents(client)["/e/a.txt"] == b"A"
