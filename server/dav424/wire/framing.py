"""How a request's body is framed on the connection, read strictly (RFC 9112 6, 7).

Whatever leaves it unclear where the next request begins ends the connection.
"""

from __future__ import annotations

import re
from typing import Protocol

from dav424.core.batch import Refused
from dav424.wire.head import Head

_PIECE = 1 << 20
_LONGEST_LINE = 8192
_MOST_TRAILERS = 100
_CHUNK_SIZE = re.compile(rb"([0-9A-Fa-f]{1,15})[ \t]*(?:;[^\r\n]*)?\r\n")


class Stream(Protocol):
    """What is still to come on a connection."""

    def read(self, size: int, /) -> bytes:
        """Read so many bytes, or fewer at the end."""

    def readline(self, size: int, /) -> bytes:
        """Read up to the end of a line, or so many bytes."""


class IncomingRequest(Protocol):
    """A request whose head was read, and whose body waits in the ``stream``; its URL is of the ``scheme``.

    ``body_read`` says if it was read from there; ``close_connection`` if no other request can follow. ``held`` is
    what is not let go of before the answer was sent.
    """

    head: Head
    scheme: bytes
    stream: Stream
    body_read: bool
    close_connection: bool
    held: object


def read_body(http: IncomingRequest, limit: int) -> bytes:
    """Read the whole body of a request.

    Refuses with 413 what has more than ``limit`` bytes, and with 400 what is malformed or cut short;
    the connection is then ended after the answer.
    """
    try:
        body = _read_chunks(http.stream, limit) if http.head.chunked else _read_length(http, limit)
    except Refused:
        http.close_connection = True
        raise
    http.body_read = True
    return body


def leave_unread(http: IncomingRequest) -> None:
    """Pass over a body that nobody read; end the connection after the answer where that could take long."""
    if http.body_read or http.close_connection:
        return
    if http.head.chunked or http.head.length > _PIECE:
        http.close_connection = True
    elif http.head.length:
        http.stream.read(http.head.length)


def _read_length(http: IncomingRequest, limit: int) -> bytes:
    length = http.head.length
    if length > limit:
        raise Refused(413, f"The body has {length} bytes; at most {limit} are accepted.")
    return _read_exactly(http.stream, length) if length else b""


def _read_exactly(stream: Stream, length: int) -> bytes:
    """Read so many bytes, a piece at a time, so that a length alone takes no memory."""
    if length <= _PIECE:
        body = stream.read(length)
    else:
        whole = bytearray()
        while len(whole) < length and (piece := stream.read(min(_PIECE, length - len(whole)))):
            whole += piece
        body = bytes(whole)
    if len(body) < length:
        raise Refused(400, f"The body ended after {len(body)} of {length} bytes.")
    return body


def _read_chunks(stream: Stream, limit: int) -> bytes:
    pieces: list[bytes] = []
    total = 0
    while True:
        line = stream.readline(_LONGEST_LINE)
        size = _CHUNK_SIZE.fullmatch(line)
        if size is None:
            raise Refused(400, f"{line[:40]!r} is not the beginning of a chunk.")
        length = int(size[1], 16)
        if length == 0:
            _skip_trailers(stream)
            return b"".join(pieces)
        total += length
        if total > limit:
            raise Refused(413, f"The body has more than {limit} bytes.")
        pieces.append(_read_exactly(stream, length))
        if stream.read(2) != b"\r\n":
            raise Refused(400, f"A chunk is longer than the {length} bytes that it should have.")


def _skip_trailers(stream: Stream) -> None:
    for _ in range(_MOST_TRAILERS):
        line = stream.readline(_LONGEST_LINE)
        if line == b"\r\n":
            return
        if not line.endswith(b"\r\n"):
            break
    raise Refused(400, "The trailers after the last chunk have no end.")
