"""The body of a request: how it is framed on the connection, read strictly (RFC 9112 6, 7).

The connection is closed whenever it is unclear where the next request begins.
"""

from __future__ import annotations

import re
from io import BytesIO
from typing import Protocol

from dav424.core.batch import Refused
from dav424.core.memory import NO_LIMIT, Budget, Held, hold
from dav424.wire.head import CONTINUE, Head, words
from dav424.wire.pace import TooSlowError

_PIECE = 1 << 20
_COUNTED_FROM = 1 << 16
"""The bytes of a body from which on it counts as held while its request is under way."""
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
    * ``counted``: counts the memory of a large body that was read.
    * ``client``: the address of the client; empty if it is not known.
    * ``connected``: the response goes over a connection of this server, which faults can break.
    * ``any_host``: the ``Host`` header is right, whatever its value.
    * ``waited``: the causes that delay requests have delayed this one already.
    """

    head: Head
    scheme: bytes
    mount: str
    stream: Stream
    body_read: bool
    close_connection: bool
    held: object
    counted: Held | None
    client: str
    any_host: bool
    connected: bool
    waited: bool

    def send_continue(self) -> None:
        """Tell a client that waits for a 100 Continue to send the body."""

    def look_for_client(self) -> None:
        """Raise ``ConnectionBrokenError`` if the client has closed the connection while its request is in progress."""


class _ArrivingBody:
    """A body that arrives piece by piece. It is never held twice, and its bytes count as held as they arrive."""

    def __init__(self, budget: Budget) -> None:
        self._budget = budget
        self._buffer = BytesIO()  # its bytes are taken out without a copy
        self._counts: list[Held] = []
        self._uncounted = 0

    def read(self, stream: Stream, length: int) -> int:
        """Read ``length`` bytes, or fewer at the end of the stream; gives their number.

        They come piece by piece, so that an announced length alone takes no memory. Refuses with 507 a piece for which
        there is no room.
        """
        left = length
        while left and (piece := stream.read(min(_PIECE, left))):
            left -= len(piece)
            self._uncounted += len(piece)
            if self._uncounted > _COUNTED_FROM:
                self._counts.append(hold(self._uncounted))
                self._uncounted = 0
                self._budget.check()
            self._buffer.write(piece)
        return length - left

    def whole(self) -> tuple[bytes, Held | None]:
        """Give the body, and the number that counts it if it is large."""
        with self._buffer as buffer:
            body = buffer.getvalue()
        counted = hold(len(body)) if self._counts else None
        self._counts.clear()
        return body, counted


def read_body(http: IncomingRequest, limit: int, budget: Budget = NO_LIMIT) -> bytes:
    """Read the whole body of a request.

    Refuses a body of more than ``limit`` bytes with 413, one that comes too slowly with 408, more than 100 trailers with
    431, a malformed or incomplete body with 400, and a large one for which the ``budget`` has no room with 507. The
    connection is then closed after the response.
    """
    try:
        _refuse_too_long(http.head, limit)
        if http.head.length > _COUNTED_FROM:
            budget.check(http.head.length)
        if http.head.waits:
            http.send_continue()
        if http.head.chunked:
            body, http.counted = _read_chunks(http.stream, limit, budget)
        else:
            body, http.counted = _read_length(http, budget)
    except (Refused, MemoryError):
        http.close_connection = True
        raise
    except TooSlowError as error:
        http.close_connection = True
        raise Refused(408, f"The body comes too slowly: {error.strerror}; send it faster.") from None
    http.body_read = True
    return body


def leave_unread(http: IncomingRequest) -> None:
    """Skip a body that was not read; close the connection after the response if that could take long."""
    if http.body_read or http.close_connection:
        return
    if http.head.chunked or http.head.length > _PIECE or _body_stays_away(http):
        http.close_connection = True
    elif http.head.length:
        try:
            http.stream.read(http.head.length)
        except TooSlowError:
            http.close_connection = True


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


def _read_length(http: IncomingRequest, budget: Budget) -> tuple[bytes, Held | None]:
    length = http.head.length
    if not length:
        return b"", None
    if length <= _COUNTED_FROM:
        content = http.stream.read(length)
        _refuse_short(len(content), length)
        return content, None
    body = _ArrivingBody(budget)
    _refuse_short(body.read(http.stream, length), length)
    return body.whole()


def _refuse_short(received: int, length: int) -> None:
    if received < length:
        raise Refused(400, f"The body ends after {received} of {length} bytes.")


def _read_chunks(stream: Stream, limit: int, budget: Budget) -> tuple[bytes, Held | None]:
    body = _ArrivingBody(budget)
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
            return body.whole()
        total += length
        if total > limit:
            raise Refused(413, f"The body has more than {limit} bytes; send at most {limit}.")
        _refuse_short(body.read(stream, length), length)
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
