"""HTTP/1.1 on a connection: read the head of a request, let the application answer, send the response.

cheroot accepts the connections and hands them to its worker threads (``wire.cheroot_parts``). This module reads the
requests and sends the responses in cheroot's place, for two reasons. cheroot is too lenient: it accepts two
Content-Lengths, white space before colons, and ``If_Match`` for ``If-Match``. And it is too slow: it reads with files in
pure Python, makes an environment for each request, sends the head before the body, which wakes the client twice, and
takes each request of a kept connection through two threads and a queue.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import chain

from dav424.core.batch import Refused
from dav424.core.message import Response, text_response
from dav424.core.reason_phrases import reason
from dav424.wire.cheroot_parts import CherootConnection, CherootRequest
from dav424.wire.date_header import with_date
from dav424.wire.head import Head, parse, target_of

LONGEST_HEAD = 1 << 20
"""Bytes that the request line and the headers may take."""
LINGER = 0.002
"""Seconds for which a worker waits for the next request of a connection before it serves another connection."""
_SENT_AT_ONCE = 1 << 16
"""Bytes of a body that are worth copying, to be sent in one piece with the head."""


class ConnectionRequest(CherootRequest):
    """A request and its response. The application of the server makes the response of the request.

    These are the attributes of ``framing.IncomingRequest``.
    """

    head: Head
    mount = ""
    body_read = False
    held: object = None

    def read_head(self) -> bool:
        """Read the head; refuse a malformed one at once, and close the connection."""
        data = None
        try:
            data = self.stream.head(LONGEST_HEAD)
            if data is None:
                return False
            self.head = parse(data)
        except Refused as refused:
            self.close_connection = True
            refusal = with_date(
                text_response(refused.status, refused.detail),
                self.now(target_of(data or self.stream.received(LONGEST_HEAD))),
            )
            self._send(refusal, latest=True, bodiless=False)
            return False
        self.close_connection = not self.head.persistent
        return True

    def send_continue(self) -> None:
        """Send a 100 Continue (RFC 9110 15.2.1)."""
        self.writer.write(b"HTTP/1.1 100 Continue\r\n\r\n")

    def send_response(self, response: Response) -> None:
        """Send the response, without its body if the request is a HEAD."""
        self._send(response, latest=self.head.latest, bodiless=self.head.method == "HEAD")

    def _send(self, response: Response, *, latest: bool, bodiless: bool) -> None:
        """Send a response: ``latest`` to a client that speaks HTTP/1.1, ``bodiless`` without its body."""
        body = response.body
        head = self._head_of(response, latest=latest)
        write = self.begin_response().write
        if bodiless:
            write(head)
        elif isinstance(body, bytes):
            if len(body) <= _SENT_AT_ONCE:
                write(head + body)
            else:
                write(head)
                write(body)
        else:
            for piece in _in_chunks(head, body) if latest else chain([head], body):
                write(piece)

    def _head_of(self, response: Response, *, latest: bool) -> bytes:
        lines = [f"HTTP/1.1 {response.status} {response.phrase or reason(response.status)}"]
        lines += [f"{name}: {value}" for name, value in response.headers]
        if isinstance(response.body, bytes):
            if response.status not in (204, 304):
                lines.append(f"Content-Length: {len(response.body)}")
        elif latest:
            lines.append("Transfer-Encoding: chunked")
        else:
            self.close_connection = True  # the end of the connection is the end of the body
        if self.close_connection:
            lines.append("Connection: close")
        elif not latest:
            lines.append(f"Connection: Keep-Alive\r\nKeep-Alive: timeout={self.idle_seconds}")
        lines.append(f"Server: {self.product}\r\n\r\n")
        return "\r\n".join(lines).encode("latin-1")


def _in_chunks(head: bytes, body: Iterable[bytes]) -> Iterator[bytes]:
    """Write a body of unknown length in chunks (RFC 9112 7.1), its first piece together with the head."""
    for piece in body:
        if piece:
            yield b"%b%x\r\n%b\r\n" % (head, len(piece), piece)
            head = b""
    yield head + b"0\r\n\r\n"


class Connection(CherootConnection, request_class=ConnectionRequest):
    """A connection that carries such requests."""

    def serve_requests(self) -> bool:
        """Answer a request, and those that follow at once: to give the connection back to cheroot takes longer."""
        while self.serve_one():
            if not self.running or not (self.rfile.has_data() or self.rfile.wait(LINGER)):
                return True
        return False
