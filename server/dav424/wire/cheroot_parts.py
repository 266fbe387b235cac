"""The parts of cheroot that the server uses, most of them private: no other module imports cheroot.

cheroot listens, accepts connections, hands them to worker threads, waits for the next request of an idle
connection, and stops. Its own reading and answering of requests is replaced (see ``wire.connection``). ``PARTS`` lists
every name on which this module relies, and ``missing_parts`` says which of them the installed cheroot lacks.
"""

from __future__ import annotations

import logging
import math
import selectors
import socket
import sys
import threading
import time
from abc import ABC, abstractmethod
from collections.abc import Callable, Iterable
from contextlib import suppress
from functools import partial
from typing import Any

import cheroot
from cheroot.connections import ConnectionManager
from cheroot.server import HTTPConnection, HTTPRequest, HTTPServer
from cheroot.workers.threadpool import ThreadPool, WorkerThread

from dav424.core.message import Response
from dav424.wire.pace import Limits
from dav424.wire.parked_connections import ParkedConnections, Selector
from dav424.wire.socket_files import SocketReader, SocketWriter
from dav424.wire.turns import Turns

THREADS = 10
MOST_THREADS = 1000
"""The number of threads, and so of requests whose clients can be slow at the same time before others wait."""
STOP_WITHIN = 0.05
"""Seconds that requests under way are given when the server stops, before their connections are shut down."""
_UNWIND_WITHIN = 0.5
"""Seconds that the threads of these connections are given after that; a thread that still works ends with the process."""
_GROWERS = 3
"""Threads that start others: each waits until its thread has begun, and without memory it may wait for ever."""
_GROWTH_PAUSE = 1.0
"""Seconds after which the server tries again to start a thread, after the system refused one."""
_ATTRIBUTES = {
    "HTTPServer": "ConnectionClass bind_addr can_add_keepalive_connection error_log expiration_interval gateway "
    "keep_alive_conn_limit prepare process_conn put_conn ready request_queue_size requests serve server_name "
    "shutdown_timeout ssl_adapter stop timeout",
    "HTTPConnection": "RequestHandlerClass close communicate remote_addr rfile server socket wfile",
    "HTTPRequest": "close_connection conn parse_request ready respond scheme sent_headers server",
    "ConnectionManager": "_from_server_socket _run _selector _stop_requested close put run stop",
    "ThreadPool": "_spawn_worker _threads max min put qsize shrink start stop",
    "WorkerThread": "conn",
}
PARTS = {owner: tuple(names.split()) for owner, names in _ATTRIBUTES.items()}
"""The attributes of cheroot's classes and of their instances on which the server relies."""
_CACHES = ("get_peer_creds", "resolve_peer_creds")
"""Attributes of a connection that refer back to it, so that only the garbage collector would free it."""
log = logging.getLogger("dav424")


def missing_parts() -> list[str]:
    """List the parts, such as ``ThreadPool._threads``, that the installed cheroot lacks."""
    server = HTTPServer(("127.0.0.1", 0), None)
    with socket.socket() as server.socket:
        manager = ConnectionManager(server)
    connection = HTTPConnection(server, None, lambda *_: None)
    owners = {
        "HTTPServer": server,
        "HTTPConnection": connection,
        "HTTPRequest": HTTPRequest(server, connection),
        "ConnectionManager": manager,
        "ThreadPool": ThreadPool(server),
        "WorkerThread": WorkerThread,
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
        """Answer with the response of the application; close the connection if the server stops."""
        response = self.server.gateway(self)
        if self.server.draining or not self.server.can_add_keepalive_connection:
            self.close_connection = True
        self.send_response(response)

    def begin_response(self) -> SocketWriter:
        """Give the writer to send a response with; from now on cheroot sends no error of its own."""
        self.sent_headers = True
        self.writer.begin()
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

    Its socket does not block. While it waits for its client, it has no thread, and is given up at the ``deadline``; a
    connection ``between_requests`` can be closed at any time. A connection that ``wants_turn`` waits until a thread may answer its
    request; it ``has_turn`` while one does. A subclass names the class of its requests: ``class Connection(CherootConnection, request_class=Request)``.
    """

    def __init_subclass__(cls, request_class: type[CherootRequest] | None = None) -> None:
        super().__init_subclass__()
        if request_class is not None:
            cls.RequestHandlerClass = request_class

    def __init__(self, server: HTTPServer, sock: socket.socket, *_: Any) -> None:
        self.limits: Limits = server.limits  # type: ignore[attr-defined]  # the server is an HttpServer
        super().__init__(server, sock, self._file)
        for cache in _CACHES:
            vars(self).pop(cache, None)
        sock.settimeout(0)
        self.deadline = time.monotonic() + (self.limits.head_timeout or math.inf)
        self.between_requests = self.wants_turn = self.has_turn = False

    def _file(self, sock: socket.socket, mode: str, _size: int) -> SocketReader | SocketWriter:
        return SocketReader(sock, self.limits) if mode == "rb" else SocketWriter(sock, self.limits)

    @abstractmethod
    def serve_requests(self) -> bool:
        """Answer the requests that come at once; True if the connection is to be kept open for more."""

    @abstractmethod
    def give_up_head(self) -> bool:
        """Refuse the head that takes too long; False if none has begun, so that no answer is due."""

    def communicate(self) -> bool:
        """Answer requests; if the result is True, the server waits for more bytes of the client."""
        try:
            return self.serve_requests()
        except OSError as error:
            log.info("The connection with %s broke: %s", self.client, error)
            return False
        finally:
            self.end_turn()

    def take_turn(self) -> bool:
        """Say whether this thread may answer a request that can last; if not, the connection waits for its turn."""
        self.has_turn = self.has_turn or self.server.requests.turns.take()
        self.wants_turn = not self.has_turn
        return self.has_turn

    def end_turn(self) -> None:
        """Let another connection have the turn."""
        if self.has_turn:
            self.has_turn = False
            self.server.requests.turns.end()

    def serve_one(self) -> bool:
        """Answer one request; True if another one can follow on the connection."""
        return bool(super().communicate())  # type: ignore[no-untyped-call]  # cheroot's types are partial

    @property
    def plain_socket(self) -> socket.socket:
        """The socket of the connection: the one that cheroot accepted, or one that replaced it."""
        accepted: socket.socket = self.socket
        return accepted

    def replace_socket(self, sock: socket.socket) -> None:
        """Read from and write to another socket from now on, such as one that encrypts."""
        self.socket, self.rfile, self.wfile = sock, SocketReader(sock, self.limits), SocketWriter(sock, self.limits)

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


class Connections(ConnectionManager):
    """The connections that wait for their clients (see ``wire.parked_connections``)."""

    _selector: Selector
    _stop_requested: bool
    _from_server_socket: Callable[[socket.socket], CherootConnection | None]

    def put(self, connection: CherootConnection) -> None:
        """Wait for bytes of a client."""
        try:
            self._selector.register(connection.socket.fileno(), selectors.EVENT_READ, connection)
        except ValueError:  # the server has stopped meanwhile
            connection.close()

    def _run(self, expiration_interval: float) -> None:
        server, listening = self.server, self.server.socket
        accept = partial(self._from_server_socket, listening)
        parked = ParkedConnections(self._selector, server, listening, accept, server.process_conn)
        while not self._stop_requested:
            parked.step(expiration_interval)
            if time.monotonic() >= server.ends_at:
                raise SystemExit(0)


class WorkerPool(ThreadPool):
    """Worker threads, and more of them as requests are in progress: a slow client delays no other client.

    One of them ``works_on`` if it did not end when the pool was stopped.
    """

    _threads: list[WorkerThread]

    def __init__(self, server: HttpServer) -> None:
        super().__init__(server, min=THREADS, max=MOST_THREADS)
        self._short = threading.Event()
        self._ended = threading.Event()
        self.works_on = False
        self.turns = Turns(lambda: len(self._threads), self._short.set, self.put)

    def start(self) -> None:
        """Start the minimum number of threads, without waiting until each has begun; raises RuntimeError if it can't."""
        self._threads += [self._spawn_worker() for _ in range(self.min)]
        for _ in range(_GROWERS):
            threading.Thread(target=self._grow, name="growth", daemon=True).start()

    def _spawn_worker(self) -> WorkerThread:
        worker = WorkerThread(self.server)  # type: ignore[no-untyped-call]  # cheroot's types are partial
        worker.daemon = True  # a thread that works on must not keep the process from ending
        worker.start()
        return worker

    def _grow(self) -> None:
        """Start threads when they are needed; if the system starts no more, go on with those that there are."""
        while self._short.wait() and not self._ended.is_set():
            self._short.clear()
            if self._ended.is_set():
                self._short.set()  # for the other growers
            while len(self._threads) < min(self.turns.needed_threads, self.max) and not self._ended.is_set():
                try:
                    self._threads.append(self._spawn_worker())
                except (RuntimeError, MemoryError) as error:
                    log.warning("The server goes on with %d threads: %s", len(self._threads), error)
                    self._short.set()
                    self._ended.wait(_GROWTH_PAUSE)
                    break
                self.turns.give()

    def stop(self, timeout: float = STOP_WITHIN) -> None:
        """End the threads; shut down the connections of those that are busy, and leave a thread that works on."""
        self._ended.set()
        self._short.set()
        self.turns.stop()
        threads = [thread for thread in self._threads if thread is not threading.current_thread()]
        self.min = 0
        self.shrink(len(self._threads))
        _join(threads, timeout)
        for thread in threads:
            connection = thread.conn
            if connection is not None:
                with suppress(OSError):  # the client has gone
                    socket.socket.shutdown(connection.socket, socket.SHUT_RDWR)
        _join(threads, _UNWIND_WITHIN if timeout else 0)
        self.works_on = any(thread.is_alive() for thread in threads)


def _join(threads: Iterable[threading.Thread], seconds: float) -> None:
    """Wait for the end of threads, for these seconds altogether."""
    deadline = time.monotonic() + seconds
    for thread in threads:
        thread.join(max(0, deadline - time.monotonic()))


class HttpServer(HTTPServer):
    """A server that listens once it is made: ``serve`` runs it until ``stop`` is called, in another thread.

    ``now`` gives the time for the response to a malformed request, by its target as far as that is known. While it is
    ``draining``, it closes each connection after its answer. ``serve`` raises SystemExit at the time ``ends_at``.

    Raises OSError if it can't listen on ``host`` and ``port``, and ImportError if cheroot lacks a part.
    """

    keep_alive_conn_limit = None  # type: ignore[assignment]  # no limit
    _connections: ConnectionManager
    request_queue_size = MOST_THREADS
    shutdown_timeout = STOP_WITHIN  # type: ignore[assignment]  # cheroot takes fractions, too
    draining = False
    ends_at = math.inf
    expiration_interval = 0.02  # the seconds after which cheroot notices that the server is to stop

    def __init__(
        self,
        host: str,
        port: int,
        application: Callable[[Any], Response],
        connection_class: type[CherootConnection],
        *,
        tls_adapter: object | None,
        now: Callable[[str], float],
        limits: Limits,
    ) -> None:
        require_parts()
        super().__init__((host, port), application, server_name="dav424")
        self.requests = WorkerPool(self)
        self.ConnectionClass = connection_class
        self.now, self.limits = now, limits
        self.timeout = limits.idle_timeout  # type: ignore[assignment]  # cheroot takes fractions, too
        self.ssl_adapter = tls_adapter
        self.prepare()
        self._connections.close()
        self._connections = Connections(self)

    @property
    def address(self) -> tuple[str, int]:
        """The host and the port on which the server listens."""
        host, port = self.bind_addr[:2]
        return host, port

    @property
    def scheme(self) -> str:
        """The scheme of the server's URLs."""
        return "http" if self.ssl_adapter is None else "https"

    def put_conn(self, conn: CherootConnection) -> None:
        """Wait for more bytes of a client, or for the turn of its request."""
        if conn.wants_turn:
            self.requests.turns.wait_for(conn)
        else:
            super().put_conn(conn)

    @property
    def at_rest(self) -> bool:
        """Whether no request is in progress."""
        return self.requests.turns.unused and not self.requests.qsize

    def error_log(self, msg: str = "", level: int = logging.INFO, traceback: bool = False) -> None:  # noqa: FBT001, FBT002 - cheroot's signature
        """Log a message of cheroot's. A connection that breaks is the client's affair, so that one line tells of it."""
        if msg.startswith("socket.error"):
            log.info("A connection broke: %s", sys.exception())
        else:
            log.log(level, msg, exc_info=traceback)
