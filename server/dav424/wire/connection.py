"""HTTP/1.1 on a connection: read the head of a request, let the application answer, send the response.

cheroot accepts the connections and hands them to its worker threads (``wire.cheroot_parts``). This module reads the
requests and sends the responses in cheroot's place, for two reasons. cheroot is too lenient: it accepts two
Content-Lengths, white space before colons, and ``If_Match`` for ``If-Match``. And it is too slow: it reads with files in
pure Python, makes an environment for each request, sends the head before the body, which wakes the client twice, and
takes each request of a kept connection through two threads and a queue.

A connection has a worker only while there is something to do: it waits for a head without one. A worker stays with a
request from its head to the end of its answer.
"""

from __future__ import annotations

import errno
import logging
import math
import re
import socket
from collections.abc import Iterable, Iterator
from itertools import chain
from time import monotonic

from dav424.core import writable
from dav424.core.batch import Refused
from dav424.core.memory import Held
from dav424.core.message import Response, text_response
from dav424.core.reason_phrases import reason
from dav424.wire.cheroot_parts import CherootConnection, CherootRequest
from dav424.wire.date_header import with_date
from dav424.wire.head import Head, parse, target_of

log = logging.getLogger("dav424")
LONGEST_HEAD = 1 << 20
"""Bytes that the request line and the headers may take."""
LINGER = 0.002
"""Seconds for which a worker waits for the next request of a connection before it serves another connection."""
_SENT_AT_ONCE = 1 << 16
"""Bytes of a body that are worth copying, to be sent in one piece with the head."""
_DRAIN_WITHIN, _DRAIN_QUIET = 30.0, 5.0
"""Seconds for which the rest of a refused body is received: altogether, and while nothing of it arrives."""
_DRAINED_AT_ONCE = 1 << 18
_DRAINED_IN_A_ROW = 256
_ANSWERED_ALWAYS = re.compile(rb"(?:GET|HEAD) /-/(?:live|ready)[ ?]")
"""The begin of requests that need no turn: they ask whether the server is alive, and their answer is at hand."""
_LONGEST_BEGIN = 32
log = logging.getLogger("dav424")


class ConnectionRequest(CherootRequest):
    """A request and its response. The application of the server makes the response of the request.

    These are the attributes of ``framing.IncomingRequest``.
    """

    head: Head
    mount = ""
    body_read = False
    held: object = None
    counted: Held | None = None
    _probed = False

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
            self.conn.unread = True
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

    def look_for_client(self) -> None:
        """Raise an OSError if the client has closed the connection while its request is in progress.

        A client may close only its own direction, and still read (RFC 9112 9.6). An interim response tells: a client that
        has gone answers it with a reset.
        """
        if not self.stream.client_gone(entirely=False):
            return
        if self.head.latest and not self._probed:
            self._probed = True
            self.writer.write(b"HTTP/1.1 102 Processing\r\n\r\n")
        elif not self.head.latest or self.stream.client_gone(entirely=True):
            raise ConnectionAbortedError(errno.ECONNABORTED, "the client has gone")

    def send_response(self, response: Response) -> None:
        """Send the response, without its body if the request is a HEAD."""
        self.conn.unread = not self.body_read and (self.head.chunked or self.head.length > 0)
        self._send(response, latest=self.head.latest, bodiless=self.head.method == "HEAD")

    def _send(self, response: Response, *, latest: bool, bodiless: bool) -> None:
        """Send a response: ``latest`` to a client that speaks HTTP/1.1, ``bodiless`` without its body."""
        try:
            self._write(response, latest=latest, bodiless=bodiless)
        except TimeoutError as error:
            log.info("An answer to %s is cut: the client took %s", self.conn.client, error.strerror)
            raise

    def _write(self, response: Response, *, latest: bool, bodiless: bool) -> None:
        try:
            head = self._head_of(response, latest=latest)
        except ValueError as bug:
            log.error("A bug: a response has a header that no head can hold", exc_info=bug)  # noqa: TRY400 - the whole error
            response = _without_head(response)
            head = self._head_of(response, latest=latest)
        body = response.body
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
        """Write the head of a response; raises ValueError if it can't be written."""
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
            lines += ["Connection: Keep-Alive", f"Keep-Alive: timeout={self.idle_seconds}"]
        lines.append(f"Server: {self.product}")
        return writable.head(lines) + b"\r\n"


def _without_head(response: Response) -> Response:
    """Give the response in place of one whose head can't be written; it keeps the date."""
    dates = [(name, value) for name, value in response.headers if name == "Date"]
    return text_response(500, "A bug of this server: the response has a header that can't be sent.", *dates)


def _in_chunks(head: bytes, body: Iterable[bytes]) -> Iterator[bytes]:
    """Write a body of unknown length in chunks (RFC 9112 7.1), its first piece together with the head."""
    for piece in body:
        if piece:
            yield b"%b%x\r\n%b\r\n" % (head, len(piece), piece)
            head = b""
    yield head + b"0\r\n\r\n"


class Connection(CherootConnection, request_class=ConnectionRequest):
    """A connection that carries such requests."""

    unread = False
    _receiving = True
    _drain_until = math.inf

    def serve_requests(self) -> bool:
        """Answer a request, and those that follow at once: to give the connection back to cheroot takes longer."""
        if self.draining:
            return self._drain()
        answered = False
        while self.rfile.head_is_there(LONGEST_HEAD, LINGER):
            if not (self.take_turn() or self._is_answered_always()):
                return True
            if not self.serve_one():
                return self.unread and self.begin_drain()
            answered = True
            if not self.running:
                return True
        self._set_deadline(answered=answered)
        return True

    def _is_answered_always(self) -> bool:
        """Say whether the request needs no turn."""
        if _ANSWERED_ALWAYS.match(self.rfile.received(_LONGEST_BEGIN)) is None:
            return False
        self.wants_turn = False
        return True

    def _set_deadline(self, *, answered: bool) -> None:
        """Limit the time for which the connection waits for its client."""
        if answered:
            self._receiving, self.deadline = False, monotonic() + (self.limits.idle_timeout or math.inf)
        if not self._receiving and self.rfile.has_data():
            self._receiving, self.deadline = True, monotonic() + (self.limits.head_timeout or math.inf)
        self.between_requests = not self._receiving

    def give_up_head(self) -> bool:
        """Refuse the head that takes too long; False if none has begun, so that no answer is due."""
        if self.draining or not self.rfile.has_data():
            return False
        self.rfile.give_up_head()
        return True

    @property
    def draining(self) -> bool:
        """Whether the connection is half-closed, and only waits for the client to end it."""
        return self._drain_until < math.inf

    def begin_drain(self) -> bool:
        """Half-close the connection, and receive the rest of a body that was refused (RFC 9112 9.6).

        A client that still sends when the server closes gets a reset, and may never see the response.
        """
        self.socket.shutdown(socket.SHUT_WR)
        self.between_requests = False
        self._drain_until = monotonic() + _DRAIN_WITHIN
        return self._drain()

    def _drain(self) -> bool:
        """Receive the bytes that have arrived; False at the end of the connection, or when the time is up."""
        try:
            for _ in range(_DRAINED_IN_A_ROW):
                if not self.socket.recv(_DRAINED_AT_ONCE):
                    return False
        except BlockingIOError:
            pass
        except OSError:  # the client has gone
            return False
        now = monotonic()
        self.deadline = min(self._drain_until, now + _DRAIN_QUIET)
        return self.running and now < self._drain_until
