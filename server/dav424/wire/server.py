"""Open the socket, and close it again."""

from __future__ import annotations

import logging
import signal
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import FrameType
from typing import TYPE_CHECKING

from cheroot.server import HTTPServer

from dav424.core.message import Response
from dav424.wire.connection import Connection, Pool
from dav424.wire.framing import IncomingRequest

if TYPE_CHECKING:
    from dav424.wire.tls import Tls

THREADS = 10
MOST_THREADS = 250
"""How many clients may be slow at the same time before others wait."""
EVERYWHERE = "*"
"""The host to listen on for every address, of both families where there are two."""
_ANY = {"0.0.0.0", "::", "::0"}  # noqa: S104 - to be recognised
STOP_WITHIN = 0.05
"""Seconds that requests under way are given when the server stops."""
Application = Callable[[IncomingRequest], Response]
log = logging.getLogger("dav424")


def open_server(app: Application, host: str, port: int, tls: Tls | None = None) -> HTTPServer:
    """Bind and listen, port 0 for any that is free, for HTTPS with ``tls``; raises OSError if that can't be."""
    if host == EVERYWHERE:
        try:
            return open_server(app, "::", port, tls)
        except OSError:  # no IPv6 here
            return open_server(app, "0.0.0.0", port, tls)  # noqa: S104 - as asked
    server = HTTPServer((host, port), app, server_name="dav424")
    server.timeout = 30
    server.request_queue_size = MOST_THREADS
    server.shutdown_timeout = STOP_WITHIN  # type: ignore[assignment]  # cheroot takes fractions, too
    server.expiration_interval = 0.02  # how soon a stop is noticed
    server.requests = Pool(server, min=THREADS, max=MOST_THREADS)
    server.ConnectionClass = Connection
    if tls is not None:
        from dav424.wire.tls import secure  # noqa: PLC0415 - not needed by most

        secure(server, tls)
    server.error_log = _log  # type: ignore[method-assign]  # as cheroot documents
    server.prepare()
    return server


def _log(msg: str = "", level: int = logging.INFO, traceback: bool = False) -> None:  # noqa: FBT001, FBT002 - cheroot's signature
    log.log(level, msg, exc_info=traceback)


def url(server: HTTPServer) -> str:
    """Give the URL of a server that listens, with its slash; of one that listens everywhere, that for this machine."""
    host, port = server.bind_addr[:2]
    scheme = "http" if server.ssl_adapter is None else "https"
    if host in _ANY:
        host = "127.0.0.1"
    return f"{scheme}://[{host}]:{port}/" if ":" in host else f"{scheme}://{host}:{port}/"


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
def serving(app: Application, tls: Tls | None = None) -> Iterator[str]:
    """Serve an application on a free port of 127.0.0.1 for as long as the context lasts; gives the URL."""
    server = open_server(app, "127.0.0.1", 0, tls)
    thread = threading.Thread(target=server.serve, name="dav424", daemon=True)
    thread.start()
    try:
        yield url(server)
    finally:
        server.stop()
        thread.join(5)
