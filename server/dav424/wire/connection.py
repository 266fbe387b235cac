"""HTTP/1.1 on a connection: the head of a request is read, the server's gateway answers, the answer is sent.

cheroot accepts the connections and hands them to its threads. What happens on them is done here, since its
own way is too lenient (two Content-Lengths, white space before colons, ``If_Match`` for ``If-Match``) and too
slow: files in pure Python, an environment for each request, a head sent before its body, which wakes
the client twice, and a way through two threads and a queue for each request of a connection that is kept
open. A server's number of threads follows the number of clients that are slow at the same time.
"""

from __future__ import annotations

import socket
import time
from collections.abc import Iterable, Iterator
from itertools import chain
from typing import Any

from cheroot.server import HTTPConnection, HTTPRequest, HTTPServer
from cheroot.workers.threadpool import ThreadPool

from dav424.core.batch import Refused
from dav424.core.message import Response, text_response
from dav424.core.reason_phrases import reason
from dav424.wire.date_header import with_date
from dav424.wire.head import Head, parse

LONGEST_HEAD = 1 << 20
"""Bytes that the request line and the headers may take."""
LINGER = 0.002
"""Seconds for which a worker waits for a connection's next request before it looks for another's."""
_RECEIVED_AT_ONCE = 1 << 16
_READ_AT_ONCE = 1 << 20
_SENT_AT_ONCE = 1 << 16
"""Bytes of a body that are worth copying, to be sent in one piece with the head."""
_EMPTY_LINE = b"\r\n"
_END = b"\r\n\r\n"


class SocketReader:
    """What a client sends, as a file. Raises TimeoutError when nothing comes for too long."""

    def __init__(self, sock: socket.socket) -> None:
        self._socket = sock
        self._buffer = b""
        self._at = 0
        self.bytes_read = 0
        self.closed = False

    def has_data(self) -> bool:
        """Say whether something was received that nobody has read yet: a next request, sent ahead."""
        return self._at < len(self._buffer)

    def wait(self, seconds: float) -> bool:
        """Wait for the client to send more, or to close; say whether it did."""
        patience = self._socket.gettimeout()
        self._socket.settimeout(seconds)
        try:
            self._buffer += self._socket.recv(_RECEIVED_AT_ONCE)
        except TimeoutError:
            return False
        finally:
            self._socket.settimeout(patience)
        return True

    def head(self, longest: int) -> bytes | None:
        """Read a request's head, without the empty line at its end; None if the client has nothing more to say.

        One empty line before it is passed over (RFC 9112 2.2). Refuses with 414 or 431 what has more than
        ``longest`` bytes, and with 400 what breaks off, or whose lines end otherwise than in CR LF.
        """
        begun = seen = 0
        while True:
            if not begun and self._buffer.startswith(_EMPTY_LINE, self._at):
                self._at += len(_EMPTY_LINE)
                begun = 1
            end = self._buffer.find(_END, self._at + seen)
            if end >= 0:
                break
            self._refuse_unfinished(longest)
            received = self._socket.recv(_RECEIVED_AT_ONCE)
            if not received:
                if not self.has_data():
                    return None
                raise Refused(400, "The request breaks off before the empty line that ends its headers.")
            self._buffer, self._at = self._buffer[self._at :] + received, 0
            seen = max(0, len(self._buffer) - len(received) - len(_END) + 1)
        if end - self._at > longest:
            raise _too_long(self._buffer, self._at, longest)
        return self._take(end + len(_END) - self._at)[: -len(_END)]

    def _refuse_unfinished(self, longest: int) -> None:
        """Refuse the beginning of a head that can't become one, so that nobody waits for its end."""
        if self._buffer.count(b"\n", self._at) != self._buffer.count(_EMPTY_LINE, self._at):
            raise Refused(400, "A line of the head ends in LF alone; lines end in CR LF.")
        if len(self._buffer) - self._at > longest:
            raise _too_long(self._buffer, self._at, longest)

    def readline(self, size: int) -> bytes:
        """Read up to the end of a line, of the stream, or of ``size`` bytes."""
        while True:
            end = self._buffer.find(b"\n", self._at) + 1
            have = len(self._buffer) - self._at
            if end or have >= size:
                break
            received = self._socket.recv(_RECEIVED_AT_ONCE)
            if not received:
                break
            self._buffer, self._at = self._buffer[self._at :] + received, 0
        return self._take(min(end - self._at if end else have, size))

    def read(self, size: int) -> bytes:
        """Read ``size`` bytes, or fewer at the end of the stream."""
        taken = self._take(size)
        missing = size - len(taken)
        if not missing:
            return taken
        pieces = [taken]
        while missing > 0:
            received = self._socket.recv(min(missing, _READ_AT_ONCE))
            if not received:
                break
            pieces.append(received)
            self.bytes_read += len(received)
            missing -= len(received)
        return b"".join(pieces)

    def _take(self, length: int) -> bytes:
        taken = self._buffer[self._at : self._at + length]
        self._at += len(taken)
        self.bytes_read += len(taken)
        if self._at == len(self._buffer):
            self._buffer, self._at = b"", 0
        return taken

    def close(self) -> None:
        """Read nothing any more."""
        self.closed = True


def _too_long(received: bytes, begin: int, longest: int) -> Refused:
    if received.find(b"\n", begin, begin + longest) < 0:
        return Refused(414, f"The request line has more than {longest} bytes.")
    return Refused(431, f"The headers have more than {longest} bytes.")


class SocketWriter:
    """What is sent to a client, as a file."""

    def __init__(self, sock: socket.socket) -> None:
        self._socket = sock
        self.bytes_written = 0
        self.closed = False

    def write(self, data: bytes) -> int:
        """Send at once."""
        self._socket.sendall(data)
        self.bytes_written += len(data)
        return len(data)

    def close(self) -> None:
        """Write nothing any more."""
        self.closed = True


def _file(sock: socket.socket, mode: str, _size: int) -> SocketReader | SocketWriter:
    return SocketReader(sock) if mode == "rb" else SocketWriter(sock)


class _Request(HTTPRequest):
    """A request and its answer. The server's ``gateway`` makes the one of the other."""

    head: Head
    body_read = False
    held: object = None

    def __init__(self, server: HTTPServer, connection: HTTPConnection) -> None:
        super().__init__(server, connection)
        self.stream: SocketReader = connection.rfile

    def parse_request(self) -> None:
        """Read the head; answer at once one that is malformed, and end the connection."""
        try:
            data = self.stream.head(LONGEST_HEAD)
            if data is None:
                return
            self.head = parse(data)
        except Refused as refused:
            self.close_connection = True
            self._send(
                with_date(text_response(refused.status, refused.detail), time.time()), latest=True, bodiless=False
            )
            return
        self.close_connection = not self.head.persistent
        if self.head.waits:
            self.conn.wfile.write(b"HTTP/1.1 100 Continue\r\n\r\n")
        self.ready = True

    def respond(self) -> None:
        """Answer."""
        response = self.server.gateway(self)
        if not self.server.can_add_keepalive_connection:
            self.close_connection = True
        self._send(response, latest=self.head.latest, bodiless=self.head.method == "HEAD")

    def _send(self, response: Response, *, latest: bool, bodiless: bool) -> None:
        """Send an answer to a client that speaks the ``latest`` version or not; a HEAD's is ``bodiless``."""
        body = response.body
        head = self._head_of(response, latest=latest)
        write = self.conn.wfile.write
        self.sent_headers = True  # nothing else can be answered from here on
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
            self.close_connection = True  # which is the end of the body
        if self.close_connection:
            lines.append("Connection: close")
        elif not latest:
            lines.append(f"Connection: Keep-Alive\r\nKeep-Alive: timeout={self.server.timeout}")
        lines.append(f"Server: {self.server.server_name}\r\n\r\n")
        return "\r\n".join(lines).encode("latin-1")


def _in_chunks(head: bytes, body: Iterable[bytes]) -> Iterator[bytes]:
    """Frame a body of unknown length (RFC 9112 7.1), its first piece together with the head."""
    for piece in body:
        if piece:
            yield b"%b%x\r\n%b\r\n" % (head, len(piece), piece)
            head = b""
    yield head + b"0\r\n\r\n"


class Connection(HTTPConnection):
    """A connection that brings such requests."""

    RequestHandlerClass = _Request

    def __init__(self, server: HTTPServer, sock: socket.socket, *_: Any) -> None:
        super().__init__(server, sock, _file)
        for cached in ("get_peer_creds", "resolve_peer_creds"):
            vars(self).pop(cached, None)  # each holds the connection, which would wait for the garbage collector

    def communicate(self) -> bool:
        """Answer a request, and those that follow at once: handing the connection back and forth takes longer."""
        while super().communicate():  # type: ignore[no-untyped-call]  # cheroot's types are partial
            if not self.server.ready or not (self.rfile.has_data() or self.rfile.wait(LINGER)):
                return True
        return False


class Pool(ThreadPool):
    """Worker threads, and one more whenever all are taken: a slow client keeps nobody else waiting."""

    def start(self) -> None:
        """Start the least number of threads, without waiting until each has begun."""
        self._threads += [self._spawn_worker() for _ in range(self.min)]  # type: ignore[attr-defined]  # as below

    def put(self, obj: Any) -> None:
        """Hand a connection to a worker."""
        super().put(obj)
        threads: list[Any] = self._threads  # type: ignore[attr-defined]  # there is no public way to one thread more
        if self.qsize > self.idle and len(threads) < self.max:
            threads.append(self._spawn_worker())  # type: ignore[attr-defined]  # grow() would stop the world for 0.1 s
