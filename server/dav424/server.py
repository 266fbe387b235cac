"""Open the socket, and close it again."""

from __future__ import annotations

import logging
import signal
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import FrameType

from cheroot.server import HTTPServer

from dav424.connection import Connection, Pool
from dav424.exchange import Response
from dav424.framing import Incoming

THREADS = 10
MOST_THREADS = 250
"""How many clients may be slow at the same time before others wait."""
STOP_WITHIN = 0.05
"""Seconds that requests under way are given when the server stops."""
App = Callable[[Incoming], Response]
log = logging.getLogger("dav424")


def open_server(app: App, host: str, port: int) -> HTTPServer:
    """Bind and listen, port 0 for any that is free; raises OSError if that can't be."""
    server = HTTPServer((host, port), app, server_name="dav424")
    server.timeout = 30
    server.request_queue_size = MOST_THREADS
    server.shutdown_timeout = STOP_WITHIN  # type: ignore[assignment]  # cheroot takes fractions, too
    server.expiration_interval = 0.02  # how soon a stop is noticed
    server.requests = Pool(server, min=THREADS, max=MOST_THREADS)
    server.ConnectionClass = Connection
    server.error_log = _log  # type: ignore[method-assign]  # as cheroot documents
    server.prepare()
    return server


def _log(msg: str = "", level: int = logging.INFO, traceback: bool = False) -> None:  # noqa: FBT001, FBT002 - cheroot's signature
    log.log(level, msg, exc_info=traceback)


def url(server: HTTPServer) -> str:
    """Give the URL of a server that listens, with its slash."""
    host, port = server.bind_addr[:2]
    return f"http://[{host}]:{port}/" if ":" in host else f"http://{host}:{port}/"


def serve_until_signalled(
    server: HTTPServer, ready: Callable[[], None], stopping: Callable[[], None] = lambda: None
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
def serving(app: App) -> Iterator[str]:
    """Serve an application on a free port of 127.0.0.1 for as long as the context lasts; gives the URL."""
    server = open_server(app, "127.0.0.1", 0)
    thread = threading.Thread(target=server.serve, name="dav424", daemon=True)
    thread.start()
    try:
        yield url(server)
    finally:
        server.stop()
        thread.join(5)
