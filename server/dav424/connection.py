"""HTTP/1.1 on a connection, where cheroot's own is too lenient or too slow.

Too lenient: two Content-Length headers, no Host, ``If_Match`` for ``If-Match``. Too slow: files in pure
Python, the head of an answer sent before its body, which wakes the client twice, and a way through two threads and a
queue for each request of a connection that is kept open. A server's number of
threads follows the number of clients that are slow at the same time.
"""

from __future__ import annotations

import socket
from typing import Any

from cheroot.server import HeaderReader, HTTPConnection, HTTPRequest
from cheroot.workers.threadpool import ThreadPool
from cheroot.wsgi import Gateway_10
from cheroot.wsgi import Server as CherootServer

_ONLY_ONCE = frozenset(
    b"Authorization Content-Length Content-Type Depth Destination Host If Lock-Token Overwrite Range Timeout".split()
)
LINGER = 0.002
"""Seconds for which a worker waits for a connection's next request before it looks for another's."""
_RECEIVED_AT_ONCE = 1 << 16
_READ_AT_ONCE = 1 << 20


class Reader:
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

    def readline(self, size: int | None = None) -> bytes:
        """Read up to the end of a line, of the stream, or of ``size`` bytes."""
        while True:
            end = self._buffer.find(b"\n", self._at) + 1
            have = len(self._buffer) - self._at
            if end or (size is not None and have >= size):
                break
            received = self._socket.recv(_RECEIVED_AT_ONCE)
            if not received:
                break
            self._buffer, self._at = self._buffer[self._at :] + received, 0
        length = end - self._at if end else have
        return self._take(length if size is None else min(length, size))

    def read(self, size: int | None = None) -> bytes:
        """Read ``size`` bytes, or fewer at the end of the stream; all there are for None."""
        pieces = [self._take(len(self._buffer) - self._at if size is None else size)]
        missing = None if size is None else size - len(pieces[0])
        while missing is None or missing > 0:
            received = self._socket.recv(_READ_AT_ONCE if missing is None else min(missing, _READ_AT_ONCE))
            if not received:
                break
            pieces.append(received)
            self.bytes_read += len(received)
            missing = None if missing is None else missing - len(received)
        return pieces[0] if len(pieces) == 1 else b"".join(pieces)

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


class Writer:
    """What is sent to a client, as a file."""

    def __init__(self, sock: socket.socket) -> None:
        self._socket = sock
        self._held = b""
        self._holding = False
        self.bytes_written = 0
        self.closed = False

    def hold(self) -> None:
        """Keep what is written next, to be sent in one piece with what follows."""
        self._holding = True

    def write(self, data: bytes) -> int:
        """Send, or keep."""
        if self._holding:
            self._held, self._holding = self._held + data, False
        else:
            self._send(self._held + data if self._held else data)
        return len(data)

    def flush(self) -> None:
        """Send what was kept."""
        if self._held:
            self._send(self._held)

    def _send(self, data: bytes) -> None:
        self._held = b""
        self._socket.sendall(data)
        self.bytes_written += len(data)

    def close(self) -> None:
        """Write nothing any more."""
        self.closed = True


def _file(sock: socket.socket, mode: str, _size: int) -> Reader | Writer:
    return Reader(sock) if mode == "rb" else Writer(sock)


class _OnlyOnce(dict[bytes, bytes]):
    """Headers as they are read; ValueError, which cheroot answers with 400, for a second one that differs."""

    def __setitem__(self, name: bytes, value: bytes) -> None:
        if name in self and name in _ONLY_ONCE and (name == b"Host" or self[name] != value):
            message = f"There is more than one {name.decode()} header."
            raise ValueError(message)
        super().__setitem__(name, value)


class _Headers(HeaderReader):
    """Drops headers with an underscore, which WSGI can't tell from a hyphen."""

    def _allow_header(self, key_name: bytes) -> bool:
        return b"_" not in key_name


class _Request(HTTPRequest):
    """A request that may name its target in absolute form (RFC 9112 3.2.2), and has to name its host."""

    header_reader = _Headers()

    def __init__(self, server: CherootServer, connection: HTTPConnection) -> None:
        super().__init__(server, connection, proxy_mode=True)
        self.inheaders = _OnlyOnce()

    def read_request_headers(self) -> bool:
        """Read the headers; HTTP/1.1 has to name the host, once (RFC 9112 3.2)."""
        if not super().read_request_headers():  # type: ignore[no-untyped-call]  # cheroot's types are partial
            return False
        if self.request_protocol == b"HTTP/1.1" and b"Host" not in self.inheaders:
            self.simple_response("400 Bad Request", "HTTP/1.1 needs a Host header.")
            return False
        return True

    def respond(self) -> None:
        """Answer, and see to it that an answer without a body is sent as well."""
        try:
            super().respond()
        finally:
            self.conn.wfile.flush()

    def send_headers(self) -> None:
        """Write the head of the answer, to be sent with the first of its body."""
        self.conn.wfile.hold()
        super().send_headers()


class Connection(HTTPConnection):
    """A connection that brings such requests."""

    RequestHandlerClass = _Request

    def __init__(self, server: CherootServer, sock: socket.socket, *_: Any) -> None:
        super().__init__(server, sock, _file)

    def communicate(self) -> bool:
        """Answer a request, and those that follow at once: handing the connection back and forth takes longer."""
        while super().communicate():  # type: ignore[no-untyped-call]  # cheroot's types are partial
            if not self.server.ready or not (self.rfile.has_data() or self.rfile.wait(LINGER)):
                return True
        return False


class Pool(ThreadPool):
    """Worker threads, and one more whenever all are taken: a slow client keeps nobody else waiting."""

    def put(self, obj: Any) -> None:
        """Hand a connection to a worker."""
        super().put(obj)
        threads: list[Any] = self._threads  # type: ignore[attr-defined]  # there is no public way to one thread more
        if self.qsize > self.idle and len(threads) < self.max:
            threads.append(self._spawn_worker())  # type: ignore[attr-defined]  # grow() would stop the world for 0.1 s


class Gateway(Gateway_10):
    """Hands the application the request itself beside its WSGI view: framing needs the connection."""

    def get_environ(self) -> Any:
        """Give the WSGI view of the request."""
        environ: Any = super().get_environ()  # type: ignore[no-untyped-call]  # cheroot's types are partial
        environ["dav424.http"] = self.req
        return environ
