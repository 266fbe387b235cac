"""The trait ``ranges`` on a real socket."""

from __future__ import annotations

import pytest

from tests.dialects.conftest import Speak

TREE = "tree: {/a.txt: {content: Milk and eggs}, /empty.txt: {content: ''}}"


def test_a_range_is_ignored(speak: Speak) -> None:
    """200 with all, and no header offers ranges."""
    answer = speak("ranges: ignored", TREE).client("GET", "/a.txt", headers={"Range": "bytes=0-3"})
    assert (answer.status, answer.body) == (200, b"Milk and eggs")
    assert "Accept-Ranges" not in answer.headers


def test_206_comes_unasked(speak: Speak) -> None:
    """Of all bytes; HEAD and an empty document are 200, and a range that was asked for is that range."""
    client = speak("ranges: unasked", TREE).client
    answer = client("GET", "/a.txt")
    assert (answer.status, answer.body) == (206, b"Milk and eggs")
    assert answer.headers["Content-Range"] == "bytes 0-12/13"
    assert client("GET", "/a.txt", headers={"Range": "bytes=0-3"}).body == b"Milk"
    assert (client("HEAD", "/a.txt").status, client("GET", "/empty.txt").status) == (200, 200)
    assert client("GET", "/").status == 200


@pytest.mark.parametrize(
    ("asked", "status"),
    [("bytes=0-12", 206), ("bytes=0-13", 416), ("bytes=5-", 206), ("bytes=-3", 206), ("bytes=13-20", 416)],
)
def test_a_range_must_end_inside(speak: Speak, asked: str, status: int) -> None:
    """One that overlaps the end is 416, which the RFC gives to a range behind the end alone."""
    speaking = speak("ranges: inside", TREE)
    answer = speaking.client("GET", "/a.txt", headers={"Range": asked})
    assert answer.status == status
    if status == 416:
        assert answer.headers["Content-Range"] == "bytes */13"
        assert speaking.latest.refused is not None
        assert speaking.latest.refused.status == 416
