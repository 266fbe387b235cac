"""The parts of cheroot that the server uses, most of them private: no other module imports cheroot.

cheroot listens, accepts connections, hands them to worker threads, waits for the next request of an idle
connection, and stops. Its own reading and answering of requests is replaced (see ``wire.connection``), and so is its own
way of waiting for connections (see ``wire.lead``). ``PARTS`` lists
every name on which this module relies, and ``missing_parts`` says which of them the installed cheroot lacks.
"""

from __future__ import annotations

import logging
import math
import select
import selectors
import socket
import sys
import threading
from abc import ABC, abstractmethod
from collections.abc import Callable, Iterable
from contextlib import suppress
from functools import cached_property, partial
from typing import Any

import cheroot
from cheroot.connections import ConnectionManager
from cheroot.server import HTTPConnection, HTTPServer
from cheroot.workers.threadpool import ThreadPool, WorkerThread

from dav424.core.clocks import monotonic
from dav424.core.message import Response
from dav424.wire.access_log import AccessLog
from dav424.wire.lead import Lead, Led
from dav424.wire.pace import Limits
from dav424.wire.parked_connections import EpollSelector, ParkedConnections, Selector
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
    "HTTPServer": "ConnectionClass bind_addr error_log expiration_interval gateway prepare process_conn put_conn ready "
    "request_queue_size requests serve server_name shutdown_timeout ssl_adapter stop timeout",
    "HTTPConnection": "close communicate remote_addr rfile server socket wfile",
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


class CherootConnection(HTTPConnection, ABC):
    """A connection; cheroot makes one for each that it accepts, and calls ``communicate`` in a worker thread.

    Its socket does not block. While it waits for its client, it has no thread, and is given up at the ``deadline``; a
    connection ``between_requests`` can be closed at any time. A connection that ``wants_turn`` waits until a thread may answer its
    request; it ``has_turn`` while one does. ``scheme`` of its URLs is ``b"http"`` or ``b"https"``.
    """

    def __init__(self, server: HTTPServer, sock: socket.socket, *_: Any) -> None:
        self.limits: Limits = server.limits  # type: ignore[attr-defined]  # the server is an HttpServer
        super().__init__(server, sock, self._file)
        for cache in _CACHES:
            vars(self).pop(cache, None)
        sock.settimeout(0)
        self.deadline = monotonic() + (self.limits.head_timeout or math.inf)
        self.between_requests = self.wants_turn = self.has_turn = self.is_led = self.led_turn = self.wants_thread = (
            False
        )
        self.turns: Turns = server.requests.turns
        self.product = f"Server: {server.server_name}"
        self.scheme = b"http" if server.ssl_adapter is None else b"https"
        self.answer: Callable[[Any], Response] = server.gateway

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
        """Say whether this thread may answer a request that can last; if not, the connection waits for its turn.

        A thread that leads takes none: it gets one with the request for which it loses the lead.
        """
        if self.has_turn:
            may = True
        elif self.is_led:
            may = self.led_turn = self.turns.left
        else:
            may = self.has_turn = self.turns.take()
        self.wants_turn = not may
        return may

    def lose_lead(self) -> None:
        """Take a turn for a request in progress, whose thread leads no longer; a handshake or a head needs none."""
        self.is_led = False
        if self.led_turn:
            self.has_turn = True
            self.turns.take_any()

    def end_turn(self) -> None:
        """Let another connection have the turn."""
        self.led_turn = False
        if self.has_turn:
            self.has_turn = False
            self.turns.end()

    @property
    def plain_socket(self) -> socket.socket:
        """The socket of the connection: the one that cheroot accepted, or one that replaced it."""
        accepted: socket.socket = self.socket
        return accepted

    def replace_socket(self, sock: socket.socket) -> None:
        """Read from and write to another socket from now on, such as one that encrypts."""
        self.socket, self.rfile, self.wfile = sock, SocketReader(sock, self.limits), SocketWriter(sock, self.limits)

    def now(self, target: str = "") -> float:
        """Give the time, in seconds since the epoch, for the response to a malformed request: by its target, if it has one."""
        seconds: float = self.server.now(target)
        return seconds

    @cached_property
    def client(self) -> str:
        """The address of the client."""
        return str(self.remote_addr).removeprefix("::ffff:")  # an IPv4 address, on a socket of IPv6

    @property
    def is_last(self) -> bool:
        """Whether the connection is to be closed after the next answer, because the server stops."""
        return bool(self.server.draining)

    @property
    def idle_seconds(self) -> int:
        """The seconds after which the server closes an idle connection."""
        seconds: int = self.server.timeout
        return seconds

    @property
    def access_log(self) -> AccessLog | None:
        """The function to call for each response; None if there is none."""
        told: AccessLog | None = self.server.access_log
        return told

    @property
    def running(self) -> bool:
        """Whether the server accepts requests."""
        return bool(self.server.ready)


class Connections(ConnectionManager):
    """The connections that wait for their clients (see ``wire.parked_connections``), and the thread that answers them."""

    _selector: Selector
    _stop_requested: bool
    _from_server_socket: Callable[[socket.socket], CherootConnection | None]

    def __init__(self, server: HttpServer) -> None:
        super().__init__(server)
        listening = server.socket
        if hasattr(select, "epoll"):
            self._selector.close()
            self._selector = EpollSelector()
            self._selector.register(listening.fileno(), selectors.EVENT_READ, server)
        accept = partial(self._from_server_socket, listening)
        parked = ParkedConnections(self._selector, server, listening, accept)
        self._lead = Lead(self._selector, parked, server.process_conn, server.put_conn)

    @property
    def busy(self) -> bool:
        """Whether the thread that leads answers a request."""
        return self._lead.busy

    def put(self, connection: Led) -> None:
        """Wait for bytes of a client."""
        try:
            self._selector.register(connection.socket.fileno(), selectors.EVENT_READ, connection)
        except ValueError:  # the server has stopped meanwhile
            connection.close()

    def _run(self, _expiration_interval: float) -> None:
        server = self.server
        self._lead.begin()
        while not self._stop_requested:
            self._lead.watch()
            if monotonic() >= server.ends_at:
                raise SystemExit(0)

    def stop(self) -> None:
        """Wait for connections no more; requests in progress go on."""
        self._stop_requested = True
        self._lead.end()
        super().stop()


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
    deadline = monotonic() + seconds
    for thread in threads:
        thread.join(max(0, deadline - monotonic()))


class HttpServer(HTTPServer):
    """A server that listens once it is made: ``serve`` runs it until ``stop`` is called, in another thread.

    ``now`` gives the time for the response to a malformed request, by its target as far as that is known. While it is
    ``draining``, it closes each connection after its answer. ``serve`` raises SystemExit at the time ``ends_at``. It
    calls the ``access_log`` for each response.

    Raises OSError if it can't listen on ``host`` and ``port``, and ImportError if cheroot lacks a part.
    """

    _connections: Connections
    request_queue_size = MOST_THREADS
    shutdown_timeout = STOP_WITHIN  # type: ignore[assignment]  # cheroot takes fractions, too
    draining = False
    access_log: AccessLog | None = None
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

    def put_conn(self, conn: Led) -> None:
        """Wait for more bytes of a client, or for the turn of its request."""
        if conn.wants_turn:
            self.requests.turns.wait_for(conn)
        elif conn.wants_thread:
            conn.wants_thread = False
            self.process_conn(conn)
        else:
            super().put_conn(conn)

    @property
    def at_rest(self) -> bool:
        """Whether no request is in progress."""
        return self.requests.turns.unused and not self.requests.qsize and not self._connections.busy

    def error_log(self, msg: str = "", level: int = logging.INFO, traceback: bool = False) -> None:  # noqa: FBT001, FBT002 - cheroot's signature
        """Log a message of cheroot's. A connection that breaks is the client's affair, so that one line tells of it."""
        if msg.startswith("socket.error"):
            log.info("A connection broke: %s", sys.exception())
        else:
            log.log(level, msg, exc_info=traceback)
