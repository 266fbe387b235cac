"""Open the socket, and close it again."""

from __future__ import annotations

import logging
import signal
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import FrameType
from typing import Any

from cheroot.server import HeaderReader, HTTPConnection, HTTPRequest
from cheroot.workers.threadpool import ThreadPool
from cheroot.wsgi import Gateway_10
from cheroot.wsgi import Server as CherootServer

THREADS = 10
MOST_THREADS = 250
"""How many clients may be slow at the same time before others wait."""
LONGEST_HEAD = 1 << 20
"""Bytes that the request line and the headers may take."""
STOP_WITHIN = 0.05
"""Seconds that requests under way are given when the server stops."""
_ONLY_ONCE = {
    b"Authorization", b"Content-Length", b"Content-Type", b"Depth", b"Destination", b"Host", b"If", b"Lock-Token",
    b"Overwrite", b"Range", b"Timeout",
}  # fmt: skip
log = logging.getLogger("dav424")


class _Headers(HeaderReader):
    """Drops headers with an underscore, which WSGI can't tell from a hyphen, and refuses two where one may be."""

    def _allow_header(self, key_name: bytes) -> bool:
        return b"_" not in key_name

    def __call__(self, rfile: Any, hdict: Any = None) -> Any:
        found = super().__call__(rfile, _Single())
        hdict.update(found)
        return hdict


class _Single(dict[bytes, bytes]):
    """Headers as they are read; ValueError, which cheroot answers with 400, for a second one that differs."""

    def __setitem__(self, name: bytes, value: bytes) -> None:
        if name in _ONLY_ONCE and name in self and (name == b"Host" or self[name] != value):
            message = f"There is more than one {name.decode()} header."
            raise ValueError(message)
        super().__setitem__(name, value)


class _Request(HTTPRequest):
    """A request that may name its target in absolute form (RFC 9112 3.2.2), and whose ``If_Match`` is no ``If-Match``."""

    header_reader = _Headers()

    def __init__(self, server: CherootServer, connection: HTTPConnection) -> None:
        super().__init__(server, connection, proxy_mode=True)

    def read_request_headers(self) -> bool:
        """Read the headers; HTTP/1.1 has to name the host, once (RFC 9112 3.2)."""
        if not super().read_request_headers():  # type: ignore[no-untyped-call]  # cheroot's types are partial
            return False
        if self.request_protocol == b"HTTP/1.1" and b"Host" not in self.inheaders:
            self.simple_response("400 Bad Request", "HTTP/1.1 needs a Host header.")
            return False
        return True


class _Connection(HTTPConnection):
    """A connection that brings such requests."""

    RequestHandlerClass = _Request


class _Pool(ThreadPool):
    """Worker threads, and one more whenever all are taken: a slow client keeps nobody else waiting."""

    def put(self, obj: Any) -> None:
        super().put(obj)
        threads: list[Any] = self._threads  # type: ignore[attr-defined]  # there is no public way to one thread more
        if self.qsize > self.idle and len(threads) < self.max:
            threads.append(self._spawn_worker())  # type: ignore[attr-defined]  # grow() would stop the world for 0.1 s


class _Gateway(Gateway_10):
    """Hands the application the request itself beside its WSGI view: framing needs the connection."""

    def get_environ(self) -> Any:
        environ: Any = super().get_environ()  # type: ignore[no-untyped-call]  # cheroot's types are partial
        environ["dav424.http"] = self.req
        return environ


def open_server(app: Callable[..., Any], host: str, port: int) -> CherootServer:
    """Bind and listen, port 0 for any that is free; raises OSError if that can't be."""
    server = CherootServer((host, port), app, server_name="dav424", timeout=30)
    server.shutdown_timeout = STOP_WITHIN
    server.expiration_interval = 0.02  # how soon a stop is noticed
    server.max_request_body_size = 0  # the application has the limit, and says so
    server.requests = _Pool(server, min=THREADS, max=MOST_THREADS)
    server.max_request_header_size = LONGEST_HEAD
    server.gateway = _Gateway
    server.ConnectionClass = _Connection
    server.error_log = _log  # type: ignore[method-assign]  # as cheroot documents
    server.prepare()
    return server


def _log(msg: str = "", level: int = logging.INFO, traceback: bool = False) -> None:  # noqa: FBT001, FBT002 - cheroot's signature
    log.log(level, msg, exc_info=traceback)


def url(server: CherootServer) -> str:
    """Give the URL of a server that listens, with its slash."""
    host, port = server.bind_addr[:2]
    return f"http://[{host}]:{port}/" if ":" in host else f"http://{host}:{port}/"


def serve_until_signalled(
    server: CherootServer, ready: Callable[[], None], stopping: Callable[[], None] = lambda: None
) -> None:
    """Serve until SIGTERM or SIGINT (Ctrl-C), then stop.

    ``ready`` is called once a signal would be heeded, ``stopping`` when one came.
    """

    def stop(_number: int, _frame: FrameType | None) -> None:
        stopping()
        threading.Thread(target=server.stop).start()

    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, stop)
    ready()
    server.serve()


@contextmanager
def serving(app: Callable[..., Any]) -> Iterator[str]:
    """Serve an application on a free port of 127.0.0.1 for as long as the context lasts; gives the URL."""
    server = open_server(app, "127.0.0.1", 0)
    thread = threading.Thread(target=server.serve, name="dav424", daemon=True)
    thread.start()
    try:
        yield url(server)
    finally:
        server.stop()
        thread.join(5)
