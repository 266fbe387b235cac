"""The writer of heads: no header of a response can add another one, or break the response off."""

from __future__ import annotations

import pytest

from dav424.core import writable
from dav424.core.message import Response
from dav424.wire.server import serving
from tests.client import Client, statuses

BAD = ["a\r\nX-Evil: 1", "a\nX-Evil: 1", "a\rb", "a\0b", "\x7f", "\x1b[2J", "☃", "a\r\n\r\nHTTP/1.1 200 OK", "\ud800"]


@pytest.mark.parametrize("value", BAD)
@pytest.mark.parametrize("body", [b"body", "stream", b"x" * 100_000])
def test_a_header_that_no_head_can_hold_is_a_500(
    value: str, body: bytes | str, caplog: pytest.LogCaptureFixture
) -> None:
    """The response is whole, has a date, and the log tells of the bug; the connection goes on."""
    sent = body if isinstance(body, bytes) else (piece for piece in (b"1", b"2"))
    date = ("Date", "Thu, 01 Jan 2026 00:00:00 GMT")
    answers = iter([Response(200, [("X-A", value), date], sent), Response(200, [("X-A", "é\tb")], b"ok")])
    request = b"GET / HTTP/1.1\r\nHost: x\r\n"
    with serving(lambda _: next(answers)) as url:
        received = Client(url).raw(request + b"\r\n" + request + b"Connection: close\r\n\r\n")
    assert statuses(received) == [500, 200]
    assert b"Evil" not in received
    assert b"\r\nDate: Thu, 01 Jan 2026" in received
    assert b"X-A: \xe9\tb\r\n" in received
    assert "A bug" in caplog.text


@pytest.mark.parametrize("name", ["X A\r\nB", "☃", "\n"])
def test_the_name_and_the_phrase_are_checked_too(name: str) -> None:
    """They are parts of the same lines."""
    answers = iter([Response(200, [(name, "x")]), Response(200, phrase=name)])
    with serving(lambda _: next(answers)) as url:
        for _ in range(2):
            received = Client(url).raw(b"GET / HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n")
            assert statuses(received) == [500]


def test_lines_are_written_as_they_are() -> None:
    """Each ends in CR LF."""
    assert writable.head(["A: b", "C: \xe9\t"]) == b"A: b\r\nC: \xe9\t\r\n"
    with pytest.raises(ValueError, match="control character"):
        writable.head(["A: b", "C: d\r\nE: f"])
