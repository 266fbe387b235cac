"""Open the socket, and close it again."""

from __future__ import annotations

import logging
import signal
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import FrameType
from typing import Any

from cheroot.wsgi import Server as CherootServer

from dav424.connection import Connection, Gateway, Pool

THREADS = 10
MOST_THREADS = 250
"""How many clients may be slow at the same time before others wait."""
LONGEST_HEAD = 1 << 20
"""Bytes that the request line and the headers may take."""
STOP_WITHIN = 0.05
"""Seconds that requests under way are given when the server stops."""
log = logging.getLogger("dav424")


def open_server(app: Callable[..., Any], host: str, port: int) -> CherootServer:
    """Bind and listen, port 0 for any that is free; raises OSError if that can't be."""
    server = CherootServer((host, port), app, server_name="dav424", timeout=30)
    server.shutdown_timeout = STOP_WITHIN
    server.expiration_interval = 0.02  # how soon a stop is noticed
    server.max_request_body_size = 0  # the application has the limit, and says so
    server.requests = Pool(server, min=THREADS, max=MOST_THREADS)
    server.max_request_header_size = LONGEST_HEAD
    server.gateway = Gateway
    server.ConnectionClass = Connection
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
