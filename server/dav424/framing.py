"""How a request's body is framed on the connection, read strictly (RFC 9112 6, 7).

cheroot reads chunk sizes as Python reads numbers, trusts a Content-Length beside chunks, and leaves
trailers on the connection, where they become the next request. So bodies are read here. Whatever leaves
it unclear where the next request begins ends the connection.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from dav424.batch import Refused

if TYPE_CHECKING:
    from cheroot.server import HTTPRequest

_PIECE = 1 << 20
_LONGEST_LINE = 8192
_MOST_TRAILERS = 100
_CHUNK_SIZE = re.compile(rb"([0-9A-Fa-f]{1,15})[ \t]*(?:;[^\r\n]*)?\r\n")
_LENGTH = re.compile(r"[0-9]{1,15}")


def read_body(http: HTTPRequest, declared: str | None, limit: int) -> bytes:
    """Read the whole body of a request whose ``Content-Length`` is ``declared``.

    Refuses with 413 what has more than ``limit`` bytes, and with 400 what is malformed or cut short;
    the connection is then ended after the answer.
    """
    try:
        if http.chunked_read:
            return _read_chunks(http.conn.rfile, declared, limit)
        return _read_length(http.rfile, declared, limit)
    except Refused:
        http.close_connection = True
        raise


def leave_unread(http: HTTPRequest) -> None:
    """End the connection after the answer if it can't be told, or takes long to reach, where the body ends."""
    if http.chunked_read or getattr(http.rfile, "remaining", 0) > _PIECE:
        http.close_connection = True


def _read_length(stream: Any, declared: str | None, limit: int) -> bytes:
    if declared is None or declared == "0":
        return b""
    if not _LENGTH.fullmatch(declared):
        raise Refused(400, f"Content-Length: {declared[:40]!r} is not a number of bytes.")
    length = int(declared)
    if length > limit:
        raise Refused(413, f"The body has {length} bytes; at most {limit} are accepted.")
    return _read_exactly(stream, length)


def _read_exactly(stream: Any, length: int) -> bytes:
    """Read so many bytes, a piece at a time, so that a length alone takes no memory."""
    if length <= _PIECE:
        body: bytes = stream.read(length)
    else:
        whole = bytearray()
        while len(whole) < length and (piece := stream.read(min(_PIECE, length - len(whole)))):
            whole += piece
        body = bytes(whole)
    if len(body) < length:
        raise Refused(400, f"The body ended after {len(body)} of {length} bytes.")
    return body


def _read_chunks(stream: Any, declared: str | None, limit: int) -> bytes:
    if declared is not None:
        raise Refused(400, "A body has either chunks or a Content-Length, not both.")
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


def _skip_trailers(stream: Any) -> None:
    for _ in range(_MOST_TRAILERS):
        line = stream.readline(_LONGEST_LINE)
        if line == b"\r\n":
            return
        if not line.endswith(b"\r\n"):
            break
    raise Refused(400, "The trailers after the last chunk have no end.")
