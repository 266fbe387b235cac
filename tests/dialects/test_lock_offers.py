"""The traits by which servers lock otherwise, on a real socket."""

from __future__ import annotations

import re

import pytest

from tests.client import Client
from tests.dialects.conftest import Speak

TREE = "tree: {/a.txt: {content: Milk}, /d/b.txt: {content: Eggs}}"
LOCKINFO = (
    '<D:lockinfo xmlns:D="DAV:"><D:lockscope><D:{}/></D:lockscope><D:locktype><D:write/></D:locktype></D:lockinfo>'
)
XML = {"Content-Type": "application/xml"}


def lock(client: Client, path: str, scope: str = "exclusive", **headers: str) -> str:
    """Lock a resource, and give the lock token in angle brackets."""
    answer = client("LOCK", path, LOCKINFO.format(scope), {**XML, **headers})
    assert answer.status == 200
    token = re.search(rb"<D:locktoken><D:href>([^<]+)<", answer.body)
    assert token is not None
    return f"<{token[1].decode()}>"


def seconds(client: Client, path: str, headers: dict[str, str], body: str = LOCKINFO.format("exclusive")) -> int:
    """Send a LOCK, and give the seconds that the lock then lasts."""
    answer = client("LOCK", path, body, headers)
    assert answer.status == 200
    left = re.search(rb"<D:timeout>Second-([0-9]+)<", answer.body)
    assert left is not None
    return int(left[1])


@pytest.mark.parametrize("status", [400, 403, 409, 412, 423, 501])
def test_a_shared_lock_is_refused(speak: Speak, status: int) -> None:
    """With the status of the dialect; an exclusive one is granted, and supportedlock has that scope alone."""
    client = speak(f"shared-locks: {status}", TREE).client
    assert client("LOCK", "/a.txt", LOCKINFO.format("shared"), XML).status == status
    body = '<D:propfind xmlns:D="DAV:"><D:prop><D:supportedlock/></D:prop></D:propfind>'
    received = client("PROPFIND", "/a.txt", body, {"Depth": "0"}).body
    assert re.findall(rb"<D:lockscope><D:(\w+)/>", received) == [b"exclusive"]
    assert lock(client, "/a.txt")


def test_a_write_takes_the_tokens_of_all_shared_locks(speak: Speak) -> None:
    """WsgiDAV and sabre: one token is not enough, and the 423 names the locked resource."""
    client = speak("shared-lock-tokens: all", TREE).client
    first, second = lock(client, "/a.txt", "shared"), lock(client, "/a.txt", "shared")
    refused = client("PUT", "/a.txt", "new", {"If": f"({first})"})
    assert (refused.status, refused.condition) == (423, "{DAV:}lock-token-submitted")
    assert client("GET", "/a.txt").body == b"Milk"
    assert client("PUT", "/a.txt", "new", {"If": f"({first} {second})"}).status == 204
    assert client("UNLOCK", "/a.txt", headers={"Lock-Token": first}).status == 204
    assert client("PUT", "/a.txt", "newer", {"If": f"({second})"}).status == 204


def test_no_lock_over_a_shared_one(speak: Speak) -> None:
    """WsgiDAV: a shared lock of the collection is refused, because of the member, and 424 has that cause."""
    speaking = speak("lock-over-shared: 423", TREE)
    client = speaking.client
    lock(client, "/d/b.txt", "shared")
    answer = client("LOCK", "/d/", LOCKINFO.format("shared"), XML)
    assert answer.status == 207
    assert {each.href: each.status for each in answer.reported} == {"/d/b.txt": 423, "/d/": 424}
    assert client("LOCK", "/a.txt", LOCKINFO.format("shared"), XML).status == 200


def test_the_lock_token_header_is_absent(speak: Speak) -> None:
    """The body alone has the token."""
    client = speak("lock-token-header: absent", TREE).client
    answer = client("LOCK", "/a.txt", LOCKINFO.format("exclusive"), XML)
    assert "Lock-Token" not in answer.headers
    assert b"<D:locktoken>" in answer.body


def test_listed_lock_tokens_are_hidden(speak: Speak) -> None:
    """A PROPFIND lists the lock without its token; the client that made it has the token."""
    speaking = speak("listed-lock-tokens: hidden", TREE)
    client = speaking.client
    token = lock(client, "/a.txt")
    listed = client("PROPFIND", "/", headers={"Depth": "1"}).body
    assert b"<D:activelock>" in listed
    assert b"<D:lockroot>" in listed
    assert b"locktoken" not in listed
    assert token.strip("<>").encode() not in listed
    assert client("PUT", "/a.txt", "new", {"If": f"({token})"}).status == 204


@pytest.mark.parametrize(
    ("dialect", "wish", "granted"),
    [
        ("longest-lock: 60", "Second-600", 60),
        ("longest-lock: 60", "Second-30", 30),
        ("longest-lock: 60", "Infinite", 60),
        ("lock-timeout: 60", "Second-30", 60),
        ("lock-timeout: 60", "Infinite", 60),
        ("default-lock: 60", "", 60),
        ("default-lock: 60", "Second-30", 30),
        ("endless-lock: 60", "Infinite", 60),
        ("endless-lock: 60", "Second-600", 600),
        ("default-lock: infinite\nendless-lock: 60", "", 60),
        ("lock-timeout: 600\nlongest-lock: 60", "Infinite", 60),
    ],
)
def test_how_long_a_lock_lasts(speak: Speak, dialect: str, wish: str, granted: int) -> None:
    """At most some seconds, or as many for each lock; the lock then ends."""
    speaking = speak(dialect, TREE)
    assert seconds(speaking.client, "/a.txt", {**XML, **({"Timeout": wish} if wish else {})}) == granted
    assert speaking.client("PUT", "/a.txt", "new").status == 423
    speaking.app.spaces.find("a").clock.advance(granted)
    assert speaking.client("PUT", "/a.txt", "new").status == 204


def test_a_lock_has_no_end_by_default(speak: Speak) -> None:
    """Apache: the client names no time-out, and the lock says Infinite."""
    answer = speak("default-lock: infinite", TREE).client("LOCK", "/a.txt", LOCKINFO.format("exclusive"), XML)
    assert b"<D:timeout>Infinite</D:timeout>" in answer.body


def test_each_refresh_is_shorter(speak: Speak) -> None:
    """A refresh gives at most half of the time that was left, and less if the client wishes for less."""
    speaking = speak("lock-refresh: halved", TREE)
    client = speaking.client
    token = lock(client, "/a.txt", Timeout="Second-600")
    refresh = {"If": f"({token})", "Timeout": "Second-600"}
    assert [seconds(client, "/a.txt", refresh, "") for _ in range(3)] == [300, 150, 75]
    assert seconds(client, "/a.txt", {**refresh, "Timeout": "Second-10"}, "") == 10
    assert client("LOCK", "/a.txt", "", {"If": "(<urn:uuid:0>)"}).status == 412
