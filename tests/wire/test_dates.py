"""The ``Date`` of a response to a malformed request follows the clock, as that of all others does."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from tests.conftest import Served

MALFORMED = [
    b"GET {base}/f HTTP/1.1\r\n\r\n",
    b"PUT {base}/f HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\nContent-Length: 3\r\n\r\nabc",
    b"GET {base}/f HTTP/1.1\r\nHost: x\r\nbad header\r\n\r\n",
    b"GET {base}/f HTTP/1.1\nHost: x\n\n",
    b"GET {base}/f HTTP/1.1\r\nHost: x\r\n",
    b"GET {base}/f HTTP/2.0\r\nHost: x\r\n\r\n",
    b"GET {base}/f  HTTP/1.1\r\nHost: x\r\n\r\n",
    b"PUT {base}/f HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: gzip\r\n\r\n",
    b"PUT {base}/f HTTP/1.1\r\nHost: x\r\nContent-Length: x\r\n\r\n",
    b"PUT {base}/f HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n",
    b"GET {base}/%zz HTTP/1.1\r\nHost: x\r\n\r\n",
]


def dates(received: bytes) -> list[bytes]:
    """List the values of all Date headers."""
    return [line[6:] for line in received.split(b"\r\n") if line.startswith(b"Date: ")]


@pytest.mark.parametrize("sent", MALFORMED)
def test_a_malformed_request_to_a_space_has_the_date_of_the_space(serve: Callable[..., Served], sent: bytes) -> None:
    """It stands still, and moves when the clock of the space is advanced."""
    served = serve("")
    assert dates(served.client.raw(sent)) == [b"Tue, 14 Nov 2023 22:13:20 GMT"]
    served.space.clock.advance(60)
    assert dates(served.client.raw(sent)) == [b"Tue, 14 Nov 2023 22:14:20 GMT"]


@pytest.mark.own_server
@pytest.mark.parametrize("sent", [*MALFORMED, b"\r\n\r\n", b"x\r\n\r\n", b"GET /s/none/x HTTP/1.1\r\n\r\n"])
def test_another_malformed_request_has_the_date_of_the_default_space(serve: Callable[..., Served], sent: bytes) -> None:
    """Also one whose target can't be read, or names a space that is not there."""
    served = serve("")
    served.space.clock.advance(60)
    assert dates(served.client.raw(sent)) == [b"Tue, 14 Nov 2023 22:14:20 GMT"]
    assert [space.name for space in served.app.spaces.all()] == [served.space.name]
