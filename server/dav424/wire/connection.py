"""HTTP/1.1 on a connection: read the head of a request, let the application answer, send the response.

cheroot accepts the connections and has the threads (``wire.cheroot_parts``). This module reads the
requests and sends the responses in cheroot's place, for two reasons. cheroot is too lenient: it accepts two
Content-Lengths, white space before colons, and ``If_Match`` for ``If-Match``. And it is too slow: it reads with files in
pure Python, makes an environment for each request, sends the head before the body, which wakes the client twice, and
takes each request of a kept connection through two threads and a queue.

A connection has a thread only while there is something to do: it waits for a head without one. A thread stays with a
request from its head to the end of its answer (see ``wire.lead``).
"""

from __future__ import annotations

import errno
import logging
import math
import re
import socket
import struct
from collections.abc import Iterable, Iterator
from itertools import chain

from dav424.core import writable
from dav424.core.batch import Refused
from dav424.core.clocks import monotonic
from dav424.core.memory import Held
from dav424.core.message import Response, SizedBody, text_response
from dav424.core.reason_phrases import reason
from dav424.wire.access_log import UNKNOWN, Answered
from dav424.wire.cheroot_parts import CherootConnection
from dav424.wire.date_header import with_date
from dav424.wire.delivery import deliver
from dav424.wire.head import Head, parse, target_of
from dav424.wire.pace import PATIENCE, ConnectionBrokenError, TooSlowError, hangs_up_within
from dav424.wire.socket_files import SocketReader

log = logging.getLogger("dav424")
LONGEST_HEAD = 1 << 20
"""Bytes that the request line and the headers may take."""
_COMES_SOON = 1 << 18
"""The bytes of a body that may come right after its head."""
_SENT_AT_ONCE = 1 << 16
"""Bytes of a body that are worth copying, to be sent in one piece with the head."""
_DRAIN_WITHIN, _DRAIN_QUIET = 30.0, 5.0
"""Seconds for which the rest of a refused body is received: altogether, and while nothing of it arrives."""
_NO_LINGER = struct.pack("ii", 1, 0)
"""The socket option with which the system resets a connection that is closed."""
_DRAINED_AT_ONCE = 1 << 18
_DRAINED_IN_A_ROW = 256
_ANSWERED_ALWAYS = re.compile(rb"(?:GET|HEAD) /-/(?:live|ready)[ ?]")
"""The begin of requests that need no turn: they ask whether the server is alive, and their answer is at hand."""
_LONGEST_BEGIN = 32
log = logging.getLogger("dav424")


class ConnectionRequest:
    """A request whose head was read, and its response, which goes out on its connection.

    These are the attributes of ``framing.IncomingRequest``.
    """

    mount = ""
    body_read = False
    held: object = None
    counted: Held | None = None
    any_host = False
    connected = True
    responding = False
    """Whether a part of the response may have been sent."""
    waited = False
    _probed = False
    _sent = 0

    def __init__(self, connection: Connection, head: Head) -> None:
        self.conn = connection
        self.head = head
        self.close_connection = not head.persistent
        self.stream: SocketReader = connection.rfile
        self.scheme = connection.scheme
        self.client = connection.client
        self._begun = monotonic()

    def send_continue(self) -> None:
        """Send a 100 Continue (RFC 9110 15.2.1)."""
        self.conn.wfile.write(b"HTTP/1.1 100 Continue\r\n\r\n")

    def look_for_client(self) -> None:
        """Raise ``ConnectionBrokenError`` if the client has closed the connection while its request is in progress.

        A client may close only its own direction, and still read (RFC 9112 9.6). An interim response tells: a client that
        has gone answers it with a reset.
        """
        if not self.stream.client_gone(entirely=False):
            return
        if self.head.latest and not self._probed:
            self._probed = True
            self.conn.wfile.write(b"HTTP/1.1 102 Processing\r\n\r\n")
        elif not self.head.latest or self.stream.client_gone(entirely=True):
            raise ConnectionBrokenError(errno.ECONNABORTED, "the client has gone")

    def send_response(self, response: Response) -> None:
        """Send the response, without its body if the request is a HEAD."""
        self.conn.unread = not self.body_read and (self.head.chunked or self.head.length > 0)
        method, target = self.head.method, self.head.target
        try:
            self._write(response, latest=self.head.latest, bodiless=method == "HEAD")
        except TooSlowError as error:
            log.info("An answer to %s is cut: the client took %s", self.conn.client, error.strerror)
            raise
        finally:
            if self.conn.access_log is not None:
                number = dict(response.headers).get("Dav424-Exchange")
                exchange = int(number) if number is not None else None
                seconds = monotonic() - self._begun
                self.conn.access_log(
                    Answered(self.client, method, target, response.status, self._sent, seconds, exchange)
                )

    def _write(self, response: Response, *, latest: bool, bodiless: bool) -> None:
        try:
            head = self._head_of(response, latest=latest)
        except ValueError as bug:
            log.error("A bug: a response has a header that no head can hold", exc_info=bug)  # noqa: TRY400 - the whole error
            response = _without_head(response)
            head = self._head_of(response, latest=latest)
        body = response.body
        self.responding = True
        self.conn.wfile.begin()
        write = self.conn.wfile.write
        if response.delivery is not None:
            deliver(self, response, response.delivery, latest=latest, bodiless=bodiless)
        elif bodiless:
            write(head)
        elif isinstance(body, bytes):
            if len(body) <= _SENT_AT_ONCE:
                write(head + body)
            else:
                write(head)
                write(body)
            self._sent = len(body)
        else:
            counted = self._counted(body)
            chunked = latest and not isinstance(body, SizedBody)
            for piece in _in_chunks(head, counted) if chunked else chain([head], counted):
                write(piece)

    def write_head(self, response: Response, *, latest: bool) -> bytes:
        """Write the head of a response that a fault changes."""
        return self._head_of(response, latest=latest)

    def send_bytes(self, data: bytes, *, body: int = 0) -> None:
        """Send a part of a response; ``body`` counts the bytes of the body in it."""
        self.conn.wfile.write(data)
        self._sent += body

    def pause(self, seconds: float) -> bool:
        """Wait, unless the client or the server ends the connection; False if one of them has."""
        return not hangs_up_within(self.conn.plain_socket, seconds)

    def end_connection(self, *, reset: bool) -> None:
        """End the connection; the head has not announced it."""
        self.close_connection = True
        if reset:
            self.conn.reset()
            self.conn.unread = False

    def end_at_next_request(self, *, reset: bool) -> None:
        """End the connection when the head of the next request has arrived."""
        self.conn.ends_with_reset = reset

    def _counted(self, pieces: Iterable[bytes]) -> Iterator[bytes]:
        """Give the pieces of a body, and count the bytes of those that were sent."""
        for piece in pieces:
            yield piece
            self._sent += len(piece)

    def _head_of(self, response: Response, *, latest: bool) -> bytes:
        """Write the head of a response; raises ValueError if it can't be written."""
        status, body = response.status, response.body
        phrase = response.phrase.strip(" ") if response.phrase else reason(status)
        lines = [f"HTTP/1.1 {status} {phrase}"]
        lines += [f"{name}: {value}" for name, value in response.headers]
        if isinstance(body, bytes):
            if status not in (204, 304):
                lines.append(f"Content-Length: {len(body)}")
        elif isinstance(body, SizedBody):
            lines.append(f"Content-Length: {body.length}")
        elif latest:
            lines.append("Transfer-Encoding: chunked")
        else:
            self.close_connection = True  # the end of the connection is the end of the body
        if self.close_connection:
            lines.append("Connection: close")
        elif not latest:
            lines += ["Connection: Keep-Alive", f"Keep-Alive: timeout={self.conn.idle_seconds}"]
        lines.append(self.conn.product)
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


class Connection(CherootConnection):
    """A connection that carries such requests."""

    unread = False
    receives_ahead = False
    """Whether bytes can have left the system's buffer that no reader has seen: then the selector does not know of them."""
    _is_reset = False
    ends_with_reset: bool | None = None
    """Whether the connection is reset when the next request comes, and not closed; None if it isn't ended then."""
    _receiving = True
    _drain_until = math.inf
    _head: Head | None = None
    """The head of a request that waits for a thread of its own."""

    def serve_requests(self) -> bool:
        """Answer a request, and those that have come with it; True if the connection is to be kept open."""
        if self.draining:
            return self._drain()
        answered = False
        while self._head is not None or self.rfile.head_is_there(LONGEST_HEAD):
            if not (self.take_turn() or self._is_answered_always()):
                return True
            if self.ends_with_reset is not None:
                return self._end_at_request()
            head, self._head = self._head or self._read_head(), None
            if head is not None and self.is_led and self._lacks_body(head):
                self._head, self.wants_thread = head, True
                return True
            if head is None or not self._serve_one(head):
                return self.unread and self.begin_drain()
            answered = True
            if not self.running:
                return True
            if not (self.receives_ahead or self.rfile.has_data()):
                break
        self._set_deadline(answered=answered)
        return True

    def _lacks_body(self, head: Head) -> bool:
        """Say whether a thread would wait for the body: it has not come with its head, nor right after it."""
        if head.waits or not (head.length or head.chunked) or self.rfile.holds(head.length):
            return False
        if head.length > _COMES_SOON:
            return True
        if not self.rfile.wait(0) and PATIENCE.pays(self.socket):
            self.rfile.wait(0)
        return not self.rfile.holds(head.length)

    def _serve_one(self, head: Head) -> bool:
        """Answer the request with this head; True if another one can follow."""
        request = ConnectionRequest(self, head)
        try:
            response = self.answer(request)
            if self.is_last:
                request.close_connection = True
            request.send_response(response)
        except OSError as error:
            log.info("A connection broke: %s", error)
            return False
        except Exception as bug:
            log.error("A bug: %s %s", head.method, head.target, exc_info=bug)  # noqa: TRY400 - the whole error
            if not request.responding:
                request.close_connection = True
                request.send_response(text_response(500, "A bug of this server. Its log has the details."))
            return False
        return not request.close_connection

    def _read_head(self) -> Head | None:
        """Read a head; refuse a malformed one, and give None then or at the end of the connection."""
        data = None
        try:
            data = self.rfile.head(LONGEST_HEAD)
            return parse(data) if data is not None else None
        except Refused as refused:
            target = target_of(data or self.rfile.received(LONGEST_HEAD))
            unknown = Head(UNKNOWN, target, {}, 0, chunked=False, latest=True, persistent=False, waits=False)
            refusal = with_date(text_response(refused.status, refused.detail), self.now(target))
            ConnectionRequest(self, unknown).send_response(refusal)
            self.unread = True
            return None

    def reset(self) -> None:
        """End the connection with a reset: the system sends no FIN, and drops what it has not sent yet."""
        self.plain_socket.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _NO_LINGER)
        self.rfile.close()
        self.plain_socket.close()
        self._is_reset = True

    def close(self) -> None:
        """Close the connection, unless it was reset."""
        if not self._is_reset:
            super().close()

    def _end_at_request(self) -> bool:
        """End the connection without an answer to the request whose head is there, as a fault of the one before wants it."""
        if self.ends_with_reset:
            self.reset()
        return False

    def _is_answered_always(self) -> bool:
        """Say whether the request needs no turn."""
        if self._head is not None or _ANSWERED_ALWAYS.match(self.rfile.received(_LONGEST_BEGIN)) is None:
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
