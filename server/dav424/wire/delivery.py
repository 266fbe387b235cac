"""Send a response as a fault of the scenario wants it: late, in small pieces, with another length, or not to its end.

    pause --> head --> pause --> piece --> pause --> piece ...       and the connection may end before any of them

All pauses of a response together are bounded, and a pause ends at once when the client has gone or the server stops. No
mutex is held here: the response was recorded before.
"""

from __future__ import annotations

import errno
from collections.abc import Callable, Iterable, Iterator
from typing import Protocol

from msgspec.structs import replace

from dav424.core.message import Delivery, Response, SizedBody
from dav424.wire.pace import ConnectionBrokenError

MOST_PAUSED = 60.0
"""The seconds that all pauses of a response take at most."""
MOST_PIECES = 10_000
"""The pieces into which a fault can cut a body; the rest comes at once."""
_UNSENT = (204, 304)


class Sender(Protocol):
    """What sends a response on a connection."""

    def write_head(self, response: Response, *, latest: bool) -> bytes:
        """Write the head of a response, with the framing of its body; to a client of HTTP/1.0 without ``latest``."""

    def send_bytes(self, data: bytes, *, body: int = 0) -> None:
        """Send bytes; ``body`` counts those of the body."""

    def pause(self, seconds: float) -> bool:
        """Wait; False if the client has gone meanwhile."""

    def end_connection(self, *, reset: bool) -> None:
        """End the connection, with a reset if that is said, and send no more."""

    def end_at_next_request(self, *, reset: bool) -> None:
        """End the connection when the head of the next request has arrived."""


def deliver(sender: Sender, response: Response, delivery: Delivery, *, latest: bool, bodiless: bool) -> None:
    """Send a response; raises ``ConnectionBrokenError`` if the client goes during a pause."""
    end = delivery.end
    pause = _Pauses(sender.pause)
    pause(delivery.head_pause)
    if end is not None and end.at == "before-head":
        sender.end_connection(reset=end.how == "reset")
        return
    framed = _framed(response, delivery, latest=latest and not bodiless)
    sender.send_bytes(sender.write_head(framed, latest=latest))
    pause(delivery.body_pause)
    if end is not None and end.at == "before-body":
        sender.end_connection(reset=end.how == "reset")
        return
    whole = (
        bodiless
        or response.status in _UNSENT
        or _send_body(sender, response, delivery, pause, chunked=latest and _is_chunked(framed))
    )
    if end is not None and end.at == "next-request":
        sender.end_at_next_request(reset=end.how == "reset")
    elif end is not None and (end.at == "after-body" or not whole):
        sender.end_connection(reset=end.how == "reset")


class _Pauses:
    """The pauses of one response, for ``MOST_PAUSED`` seconds altogether."""

    def __init__(self, wait: Callable[[float], bool]) -> None:
        self._wait, self._left = wait, MOST_PAUSED

    def __call__(self, seconds: float) -> None:
        """Wait; raises ``ConnectionBrokenError`` if the client has gone."""
        seconds = min(seconds, self._left)
        if seconds <= 0:
            return
        self._left -= seconds
        if not self._wait(seconds):
            raise ConnectionBrokenError(errno.ECONNABORTED, "the client has gone")


def _framed(response: Response, delivery: Delivery, *, latest: bool) -> Response:
    """Give a response whose body stands for the framing that the head announces; it is never read."""
    body = response.body
    if response.status in _UNSENT:
        return response
    if delivery.length is not None:
        return replace(response, body=SizedBody(delivery.length, iter(())))
    if delivery.chunked and latest:
        return replace(response, body=iter(()))
    return replace(response, body=SizedBody(len(body), iter(()))) if isinstance(body, bytes) else response


def _is_chunked(framed: Response) -> bool:
    return not isinstance(framed.body, bytes | SizedBody)


def _send_body(sender: Sender, response: Response, delivery: Delivery, pause: _Pauses, *, chunked: bool) -> bool:
    """Send the body; False if it is cut."""
    left = delivery.end.bytes if delivery.end is not None and delivery.end.at == "in-body" else None
    body = response.body
    first = True
    for piece in _pieces([body] if isinstance(body, bytes) else body, delivery.piece):
        if not first:
            pause(delivery.piece_pause)
        first = False
        sent = piece if left is None else piece[:left]
        if sent:
            sender.send_bytes(b"%x\r\n%b\r\n" % (len(sent), sent) if chunked else sent, body=len(sent))
        if left is not None:
            left -= len(sent)
            if left <= 0:
                return False
    if chunked:
        sender.send_bytes(b"0\r\n\r\n")
    return True


def _pieces(body: Iterable[bytes], size: int) -> Iterator[bytes]:
    """Cut a body into pieces of ``size`` bytes, or leave it unchanged with 0; no piece is empty."""
    made = 0
    for piece in body:
        at = 0
        while size and at < len(piece) and made < MOST_PIECES:
            yield piece[at : at + size]
            at += size
            made += 1
        if piece[at:]:
            yield piece[at:]
