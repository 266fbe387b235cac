"""The trait ``x-oc-mtime`` on a real socket."""

from __future__ import annotations

import pytest

from tests.client import Client
from tests.dialects.conftest import Speak

TREE = "tree: {/a.txt: {content: Milk}}"
LONG_AGO = "Sun, 09 Sep 2001 01:46:40 GMT"


def modified(client: Client, path: str) -> str:
    """Give the Last-Modified of a document."""
    return client("GET", path).headers["Last-Modified"]


def test_a_put_sets_the_time(speak: Speak) -> None:
    """The response says that it was accepted; the next PUT has the time of the server."""
    client = speak("x-oc-mtime: accepted", TREE).client
    answer = client("PUT", "/a.txt", "new", {"X-OC-Mtime": "1000000000"})
    assert (answer.status, answer.headers["X-OC-MTime"]) == (204, "accepted")
    assert modified(client, "/a.txt") == LONG_AGO
    assert client.say("PROPFIND /a.txt D:getlastmodified") == "207  D:getlastmodified 200"
    assert "X-OC-MTime" not in client("PUT", "/a.txt", "newer").headers
    assert modified(client, "/a.txt") != LONG_AGO


def test_a_move_sets_the_time(speak: Speak) -> None:
    """As the end of a chunked upload does it."""
    client = speak("x-oc-mtime: accepted", TREE).client
    answer = client("MOVE", "/a.txt", headers={"Destination": "{base}/b.txt", "X-OC-Mtime": "1000000000"})
    assert (answer.status, answer.headers["X-OC-MTime"]) == (201, "accepted")
    assert modified(client, "/b.txt") == LONG_AGO


@pytest.mark.parametrize("sent", ["now", "", "999999999999999", "1e9"])
def test_a_malformed_time_is_refused(speak: Speak, sent: str) -> None:
    """400, and the content stays."""
    client = speak("x-oc-mtime: accepted", TREE).client
    assert client("PUT", "/a.txt", "new", {"X-OC-Mtime": sent}).status == 400
    assert client("GET", "/a.txt").body == b"Milk"


def test_a_refused_put_sets_no_time(speak: Speak) -> None:
    """The write and its time are one action, which the cause refuses."""
    speaking = speak("x-oc-mtime: accepted", f"{TREE}\ncauses: [{{id: c, kind: read-only, path: /a.txt}}]")
    before = modified(speaking.client, "/a.txt")
    answer = speaking.client("PUT", "/a.txt", "new", {"X-OC-Mtime": "1000000000"})
    assert (answer.status, answer.headers.get("X-OC-MTime")) == (403, None)
    assert speaking.latest.struck == ["c"]
    assert modified(speaking.client, "/a.txt") == before


def test_the_header_is_ignored_without_the_trait(speak: Speak) -> None:
    """As RFC 9110 5.1 says of unknown headers."""
    client = speak("prefer: ignored", TREE).client
    assert "X-OC-MTime" not in client("PUT", "/a.txt", "new", {"X-OC-Mtime": "1000000000"}).headers
    assert modified(client, "/a.txt") != LONG_AGO
