"""The parts of cheroot that the server uses, most of them private: no other module imports cheroot.

cheroot listens, accepts connections, hands them to worker threads, waits for the next request of an idle
connection, and stops. Its own reading and answering of requests is replaced (see ``wire.connection``). ``PARTS`` lists
every name on which this module relies, and ``missing_parts`` says which of them the installed cheroot lacks.
"""

from __future__ import annotations

import logging
import socket
import sys
from abc import ABC, abstractmethod
from collections.abc import Callable
from typing import Any

import cheroot
from cheroot.server import HTTPConnection, HTTPRequest, HTTPServer
from cheroot.workers.threadpool import ThreadPool

from dav424.core.message import Response
from dav424.wire.socket_files import SocketReader, SocketWriter

THREADS = 10
MOST_THREADS = 250
"""The number of clients that can be slow at the same time before others wait."""
STOP_WITHIN = 0.05
"""Seconds that requests under way are given when the server stops."""
PARTS = {
    "HTTPServer": (
        *(
            "ConnectionClass",
            "bind_addr",
            "can_add_keepalive_connection",
            "error_log",
            "expiration_interval",
            "gateway",
        ),
        *("prepare", "ready", "request_queue_size", "requests", "serve", "server_name", "shutdown_timeout"),
        *("ssl_adapter", "stop", "timeout"),
    ),
    "HTTPConnection": ("RequestHandlerClass", "communicate", "remote_addr", "rfile", "server", "socket", "wfile"),
    "HTTPRequest": (
        *("close_connection", "conn", "parse_request", "ready", "respond", "scheme", "sent_headers", "server"),
    ),
    "ThreadPool": ("_spawn_worker", "_threads", "idle", "max", "min", "put", "qsize", "start"),
}
"""The attributes of cheroot's classes and of their instances on which the server relies."""
_CACHES = ("get_peer_creds", "resolve_peer_creds")
"""Attributes of a connection that refer back to it, so that only the garbage collector would free it."""
log = logging.getLogger("dav424")


def missing_parts() -> list[str]:
    """List the parts, such as ``ThreadPool._threads``, that the installed cheroot lacks."""
    server = HTTPServer(("127.0.0.1", 0), None)
    connection = HTTPConnection(server, None, lambda *_: None)
    owners = {
        "HTTPServer": server,
        "HTTPConnection": connection,
        "HTTPRequest": HTTPRequest(server, connection),
        "ThreadPool": ThreadPool(server),
    }
    return [f"{owner}.{name}" for owner, names in PARTS.items() for name in names if not hasattr(owners[owner], name)]


def require_parts() -> None:
    """Raise ImportError, which names the missing parts, if this version of cheroot can't be used."""
    missing = missing_parts()
    if missing:
        raise ImportError(
            f"cheroot {cheroot.__version__} lacks {', '.join(missing)}; "
            "install a version of cheroot that dav424's pyproject.toml allows"
        )


class CherootRequest(HTTPRequest, ABC):
    """A request on a connection; cheroot makes one for each, and calls ``parse_request`` and ``respond``.

    ``close_connection`` ends the connection after the response. ``scheme`` is ``b"http"`` or ``b"https"``.
    """

    def __init__(self, server: HTTPServer, connection: HTTPConnection) -> None:
        super().__init__(server, connection)
        self.stream: SocketReader = connection.rfile
        self.writer: SocketWriter = connection.wfile

    @abstractmethod
    def read_head(self) -> bool:
        """Read the head of the request; False if there is none to be answered."""

    @abstractmethod
    def send_response(self, response: Response) -> None:
        """Send the response to the request whose head was read."""

    def parse_request(self) -> None:
        """Read the head."""
        self.ready = self.read_head()

    def respond(self) -> None:
        """Answer with the response of the application; close the connection if cheroot can't keep another idle one."""
        response = self.server.gateway(self)
        if not self.server.can_add_keepalive_connection:
            self.close_connection = True
        self.send_response(response)

    def begin_response(self) -> SocketWriter:
        """Give the writer to send a response with; from now on cheroot sends no error of its own."""
        self.sent_headers = True
        return self.writer

    @property
    def idle_seconds(self) -> int:
        """The seconds after which cheroot closes an idle connection."""
        seconds: int = self.server.timeout
        return seconds

    def now(self, target: str) -> float:
        """Give the time, in seconds since the epoch, for the response to a request for a target."""
        seconds: float = self.server.now(target)
        return seconds

    @property
    def product(self) -> str:
        """The name of the server, for the Server header."""
        name: str = self.server.server_name
        return name


class CherootConnection(HTTPConnection, ABC):
    """A connection; cheroot makes one for each that it accepts, and calls ``communicate`` in a worker thread.

    A subclass names the class of its requests: ``class Connection(CherootConnection, request_class=Request)``.
    """

    def __init_subclass__(cls, request_class: type[CherootRequest] | None = None) -> None:
        super().__init_subclass__()
        if request_class is not None:
            cls.RequestHandlerClass = request_class

    def __init__(self, server: HTTPServer, sock: socket.socket, *_: Any) -> None:
        super().__init__(server, sock, _file)
        for cache in _CACHES:
            vars(self).pop(cache, None)

    @abstractmethod
    def serve_requests(self) -> bool:
        """Answer the requests that come at once; True if the connection is to be kept open for more."""

    def communicate(self) -> bool:
        """Answer requests; if the result is True, cheroot waits for the next one."""
        return self.serve_requests()

    def serve_one(self) -> bool:
        """Answer one request; True if another one can follow on the connection."""
        return bool(super().communicate())  # type: ignore[no-untyped-call]  # cheroot's types are partial

    @property
    def plain_socket(self) -> socket.socket:
        """The socket that cheroot accepted."""
        accepted: socket.socket = self.socket
        return accepted

    def replace_socket(self, sock: socket.socket) -> None:
        """Read from and write to another socket from now on, such as one that encrypts."""
        self.socket, self.rfile, self.wfile = sock, SocketReader(sock), SocketWriter(sock)

    @property
    def now(self) -> float:
        """The time, in seconds since the epoch, for a response to bytes that are no request."""
        seconds: float = self.server.now("")
        return seconds

    @property
    def client(self) -> str:
        """The address of the client."""
        return str(self.remote_addr)

    @property
    def running(self) -> bool:
        """Whether the server accepts requests."""
        return bool(self.server.ready)


def _file(sock: socket.socket, mode: str, _size: int) -> SocketReader | SocketWriter:
    return SocketReader(sock) if mode == "rb" else SocketWriter(sock)


class WorkerPool(ThreadPool):
    """Worker threads, and one more whenever all are busy: a slow client delays no other client."""

    def start(self) -> None:
        """Start the minimum number of threads, without waiting until each has begun."""
        self._threads += [self._spawn_worker() for _ in range(self.min)]  # type: ignore[attr-defined]  # private

    def put(self, obj: Any) -> None:
        """Hand a connection to a worker."""
        super().put(obj)
        threads: list[Any] = self._threads  # type: ignore[attr-defined]  # private; no public name counts the threads
        if self.qsize > self.idle and len(threads) < self.max:
            threads.append(self._spawn_worker())  # type: ignore[attr-defined]  # the public grow() sleeps for 0.1 s


class HandshakeLater:
    """A TLS adapter that leaves sockets as they are, so that cheroot's one accepting thread waits for no handshake.

    The connection does the handshake in its worker thread. cheroot marks requests as ``https`` if there is an adapter.
    """

    makefile = None

    @staticmethod
    def bind(sock: socket.socket) -> socket.socket:
        """Give the socket that listens."""
        return sock

    @staticmethod
    def wrap(sock: socket.socket) -> tuple[socket.socket, dict[str, str]]:
        """Give the socket of a new connection, and an empty WSGI environment."""
        return sock, {}


class HttpServer(HTTPServer):
    """A server that listens once it is made: ``serve`` runs it until ``stop`` is called, in another thread.

    ``now`` gives the time for the response to a malformed request, by its target as far as that is known.

    Raises OSError if it can't listen on ``host`` and ``port``, and ImportError if cheroot lacks a part.
    """

    timeout = 30
    request_queue_size = MOST_THREADS
    shutdown_timeout = STOP_WITHIN  # type: ignore[assignment]  # cheroot takes fractions, too
    expiration_interval = 0.02  # the seconds after which cheroot notices that the server is to stop

    def __init__(
        self,
        host: str,
        port: int,
        application: Callable[[Any], Response],
        connection_class: type[CherootConnection],
        *,
        https: bool,
        now: Callable[[str], float],
    ) -> None:
        require_parts()
        super().__init__((host, port), application, server_name="dav424")
        self.requests = WorkerPool(self, min=THREADS, max=MOST_THREADS)
        self.ConnectionClass = connection_class
        self.now = now
        self.ssl_adapter = HandshakeLater() if https else None
        self.prepare()

    @property
    def address(self) -> tuple[str, int]:
        """The host and the port on which the server listens."""
        host, port = self.bind_addr[:2]
        return host, port

    @property
    def scheme(self) -> str:
        """The scheme of the server's URLs."""
        return "http" if self.ssl_adapter is None else "https"

    def error_log(self, msg: str = "", level: int = logging.INFO, traceback: bool = False) -> None:  # noqa: FBT001, FBT002 - cheroot's signature
        """Log a message of cheroot's. A connection that breaks is the client's affair, so that one line tells of it."""
        if msg.startswith("socket.error"):
            log.info("A connection broke: %s", sys.exception())
        else:
            log.log(level, msg, exc_info=traceback)
