"""The body of a request: how it is framed on the connection, read strictly (RFC 9112 6, 7).

The connection is closed whenever it is unclear where the next request begins.
"""

from __future__ import annotations

import re
from typing import Protocol

from dav424.core.batch import Refused
from dav424.wire.head import CONTINUE, Head, words

_PIECE = 1 << 20
_LONGEST_LINE = 8192
_MOST_TRAILERS = 100
_PATIENCE = 0.002
"""Seconds for which the body of a client that does not wait for the 100 Continue may be under way."""
_CHUNK_SIZE = re.compile(rb"([0-9A-Fa-f]{1,15})[ \t]*(?:;[^\r\n]*)?\r\n")


class Stream(Protocol):
    """The bytes of a connection that are not read yet."""

    def has_data(self) -> bool:
        """Say whether bytes were received that are not read yet."""

    def wait(self, seconds: float, /) -> bool:
        """Wait for more bytes; False if none come in time."""

    def read(self, size: int, /) -> bytes:
        """Read ``size`` bytes, or fewer at the end of the stream."""

    def readline(self, size: int, /) -> bytes:
        """Read up to the end of a line, and at most ``size`` bytes."""


class IncomingRequest(Protocol):
    """A request whose head was read; its body is still in the ``stream``.

    * ``scheme`` of its URL: ``b"http"`` or ``b"https"``.
    * ``mount``: the path of the server in its URLs, as the client sent it; empty if the server has the whole authority.
    * ``body_read``: the body was read from the stream.
    * ``close_connection``: close the connection after the response.
    * ``held``: an object to keep alive until the response is sent.
    """

    head: Head
    scheme: bytes
    mount: str
    stream: Stream
    body_read: bool
    close_connection: bool
    held: object

    def send_continue(self) -> None:
        """Tell a client that waits for a 100 Continue to send the body."""


def read_body(http: IncomingRequest, limit: int) -> bytes:
    """Read the whole body of a request.

    Refuses a body of more than ``limit`` bytes with 413, more than 100 trailers with 431, and a malformed or incomplete body with 400. The connection is
    then closed after the response.
    """
    try:
        _refuse_too_long(http.head, limit)
        if http.head.waits:
            http.send_continue()
        body = _read_chunks(http.stream, limit) if http.head.chunked else _read_length(http)
    except Refused:
        http.close_connection = True
        raise
    http.body_read = True
    return body


def leave_unread(http: IncomingRequest) -> None:
    """Skip a body that was not read; close the connection after the response if that could take long."""
    if http.body_read or http.close_connection:
        return
    if http.head.chunked or http.head.length > _PIECE or _body_stays_away(http):
        http.close_connection = True
    elif http.head.length:
        http.stream.read(http.head.length)


def refuse_expectations(head: Head) -> None:
    """Refuse with 417 an expectation other than ``100-continue`` (RFC 9110 10.1.1). HTTP/1.0 has no expectations."""
    sent = head.headers.get("expect")
    if sent is None or not head.latest:
        return
    unmet = [word for word in words(sent) if word != CONTINUE]
    if unmet:
        raise Refused(417, f"Expect: the server can't meet {unmet[0][:40]!r}; send 100-continue, or no Expect header.")


def _body_stays_away(http: IncomingRequest) -> bool:
    """Say whether a client that waits for a 100 Continue keeps the body back, as it may do after any other answer."""
    return http.head.waits and not (http.stream.has_data() or http.stream.wait(_PATIENCE))


def _refuse_too_long(head: Head, limit: int) -> None:
    if head.length > limit:
        raise Refused(413, f"The body has {head.length} bytes; send at most {limit}.")


def _read_length(http: IncomingRequest) -> bytes:
    length = http.head.length
    return _read_exactly(http.stream, length) if length else b""


def _read_exactly(stream: Stream, length: int) -> bytes:
    """Read ``length`` bytes piece by piece, so that an announced length alone takes no memory."""
    if length <= _PIECE:
        body = stream.read(length)
    else:
        whole = bytearray()
        while len(whole) < length and (piece := stream.read(min(_PIECE, length - len(whole)))):
            whole += piece
        body = bytes(whole)
    if len(body) < length:
        raise Refused(400, f"The body ends after {len(body)} of {length} bytes.")
    return body


def _read_chunks(stream: Stream, limit: int) -> bytes:
    pieces: list[bytes] = []
    total = 0
    while True:
        line = stream.readline(_LONGEST_LINE)
        size = _CHUNK_SIZE.fullmatch(line)
        if size is None:
            raise Refused(
                400, f"A chunk begins with {line[:40]!r}, which is not a size in hexadecimal digits and CR LF."
            )
        length = int(size[1], 16)
        if length == 0:
            _skip_trailers(stream)
            return b"".join(pieces)
        total += length
        if total > limit:
            raise Refused(413, f"The body has more than {limit} bytes; send at most {limit}.")
        pieces.append(_read_exactly(stream, length))
        if stream.read(2) != b"\r\n":
            raise Refused(400, f"A chunk does not end in CR LF after its {length} bytes.")


def _skip_trailers(stream: Stream) -> None:
    for _ in range(_MOST_TRAILERS):
        line = stream.readline(_LONGEST_LINE)
        if line == b"\r\n":
            return
        if not line.endswith(b"\r\n"):
            raise Refused(400, "The trailers do not end in an empty line; end each line with CR LF.")
    raise Refused(431, f"The body has more than {_MOST_TRAILERS} trailers; send fewer.")
