"""The trait ``gzip`` on a real socket."""

from __future__ import annotations

import gzip

import pytest

from tests.dialects.conftest import Speak

TREE = "tree: {/a.txt: {content: Milk and eggs}}"
TYPED = {"Depth": "1", "Accept-Encoding": "gzip, deflate"}


@pytest.mark.parametrize(
    ("value", "accepted", "coded"),
    [
        ("accepted", "gzip", True),
        ("accepted", "br;q=1.0, gzip;q=0.8", True),
        ("accepted", "*", True),
        ("accepted", "gzip;q=0", False),
        ("accepted", "identity", False),
        ("always", "identity", True),
    ],
)
def test_a_content_is_coded(speak: Speak, value: str, accepted: str, coded: bool) -> None:  # noqa: FBT001
    """Where the client accepts it, or always; without gzip, the content is the same."""
    client = speak(f"gzip: {value}", TREE).client
    answer = client("GET", "/a.txt", headers={"Accept-Encoding": accepted})
    assert (answer.headers.get("Content-Encoding") == "gzip") is coded
    assert (gzip.decompress(answer.body) if coded else answer.body) == b"Milk and eggs"


def test_the_entity_tag_is_weak(speak: Speak) -> None:
    """RFC 9110 8.8.1: a strong entity-tag names the bytes that are sent. The response depends on Accept-Encoding."""
    client = speak("gzip: accepted", TREE).client
    plain, coded = client("GET", "/a.txt"), client("GET", "/a.txt", headers={"Accept-Encoding": "gzip"})
    assert coded.headers["ETag"] == f"W/{plain.headers['ETag']}"
    assert plain.headers["Vary"] == coded.headers["Vary"] == "Accept-Encoding"


def test_the_journal_has_the_body_without_the_coding(speak: Speak) -> None:
    """Its reader sees the multistatus, and the header that was sent."""
    speaking = speak("gzip: accepted", TREE)
    sent = speaking.client("PROPFIND", "/", headers=TYPED)
    assert sent.status == 207
    answer = speaking.latest.answer
    assert ("Content-Encoding", "gzip") in answer.headers
    assert answer.body == gzip.decompress(sent.body)


def test_a_range_is_sent_as_it_is(speak: Speak) -> None:
    """Its positions are those of the content."""
    client = speak("gzip: always", TREE).client
    answer = client("GET", "/a.txt", headers={"Range": "bytes=0-3"})
    assert (answer.status, answer.body) == (206, b"Milk")


def test_head_has_the_headers_of_get(speak: Speak) -> None:
    """RFC 9110 9.3.2, with the length of the coded content."""
    client = speak("gzip: always", TREE).client
    head, got = client("HEAD", "/a.txt"), client("GET", "/a.txt")
    assert head.headers["Content-Length"] == got.headers["Content-Length"] == str(len(got.body))
    assert head.headers["Content-Encoding"] == "gzip"


def test_a_long_listing_is_coded_while_it_is_sent(speak: Speak) -> None:
    """A streamed body is coded piece by piece."""
    documents = ", ".join(f"/d/{number}: {{content: x}}" for number in range(400))
    client = speak("gzip: accepted", f"tree: {{{documents}}}").client
    answer = client("PROPFIND", "/d/", headers=TYPED)
    assert answer.headers["Transfer-Encoding"] == "chunked"
    assert gzip.decompress(answer.body).count(b"<D:href>/") >= 401


def test_a_failure_is_not_coded(speak: Speak) -> None:
    """Only successes have a content that is worth it."""
    client = speak("gzip: always", TREE).client
    assert "Content-Encoding" not in client("GET", "/missing").headers
