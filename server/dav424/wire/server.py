"""Open the server's socket, serve, and stop at a signal."""

from __future__ import annotations

import os
import signal
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import FrameType
from typing import TYPE_CHECKING, Protocol, runtime_checkable

from dav424.core.clocks import monotonic, real_time, sleep
from dav424.core.message import Response
from dav424.wire.cheroot_parts import HttpServer
from dav424.wire.connection import Connection
from dav424.wire.framing import IncomingRequest
from dav424.wire.pace import Limits

if TYPE_CHECKING:
    from dav424.wire.tls import Tls

DEFAULT_LIMITS = Limits()
STOP_TIMEOUT = 5.0
"""Seconds that requests in progress have to end after a signal."""
_DRAIN_INTERVAL = 0.01
_STOP_MARGIN = 1.0
"""Seconds after which the server ends although a part of it does not stop."""
EVERYWHERE = "*"
"""The host that stands for all addresses, of IPv4 and IPv6."""
_ALL_ADDRESSES = {"0.0.0.0", "::", "::0"}  # noqa: S104 - compared with, not listened on


def _unless_ignored(name: str) -> list[signal.Signals]:
    """Give a signal that not every system has, in a list: an empty one if this process ignores it."""
    number = getattr(signal, name, None)
    return [] if number is None or signal.getsignal(number) is signal.SIG_IGN else [number]


_HANG_UP = _unless_ignored("SIGHUP")
"""The signal of a terminal that closes, and of a user who has changed files; nohup makes a process ignore it."""
_QUIT = _unless_ignored("SIGQUIT")
"""The signal of the key Ctrl-backslash."""
Application = Callable[[IncomingRequest], Response]


@runtime_checkable
class KeepsTime(Protocol):
    """An application with clocks of its own."""

    def now(self, target: str) -> float:
        """Give the time, in seconds since the epoch, for the response to a request for a target."""


def open_server(
    app: Application, host: str, port: int, tls: Tls | None = None, limits: Limits = DEFAULT_LIMITS
) -> HttpServer:
    """Listen on a host and a port (0: any free port), for HTTPS with ``tls``; raises OSError if that is impossible."""
    if host == EVERYWHERE:
        try:
            return open_server(app, "::", port, tls, limits)
        except OSError:  # this machine has no IPv6
            return open_server(app, "0.0.0.0", port, tls, limits)  # noqa: S104 - as requested
    now = app.now if isinstance(app, KeepsTime) else lambda _: real_time()
    if tls is None:
        return HttpServer(host, port, app, Connection, tls_adapter=None, now=now, limits=limits)
    from dav424.wire.tls import HandshakeLater, connection_class  # noqa: PLC0415 - most servers do without

    return HttpServer(host, port, app, connection_class(tls), tls_adapter=HandshakeLater(), now=now, limits=limits)


def url(server: HttpServer) -> str:
    """Give the URL of a server, with a slash at its end; a URL for this machine if it listens on all addresses."""
    host, port = server.address
    if host in _ALL_ADDRESSES:
        host = "127.0.0.1"
    return f"{server.scheme}://[{host}]:{port}/" if ":" in host else f"{server.scheme}://{host}:{port}/"


def serve_until_signalled(
    server: HttpServer,
    ready: Callable[[], None],
    stopping: Callable[[], None] = lambda: None,
    *,
    stop_timeout: float = STOP_TIMEOUT,
    reload: Callable[[], None] = lambda: None,
) -> None:
    """Serve until SIGTERM, SIGINT (Ctrl-C) or SIGQUIT arrives, or SIGHUP because the terminal has closed, then stop.

    Any other SIGHUP calls ``reload``. Calls ``ready`` once the server reacts to signals, and ``stopping`` when a signal arrives. Then requests in progress
    have ``stop_timeout`` seconds to end, and the server answers others meanwhile. A second signal raises SystemExit at
    once; so does a server that has not stopped soon after that time.
    """
    signalled = threading.Event()
    stopped = False

    def end() -> None:
        signalled.wait()
        stopping()
        server.draining = True
        drained_by = monotonic() + stop_timeout
        while not server.at_rest and monotonic() < drained_by:
            sleep(_DRAIN_INTERVAL)
        server.stop()

    def stop(_number: int, _frame: FrameType | None) -> None:
        nonlocal stopped
        if not server.ready:
            return  # it ends already
        if stopped:
            server.shutdown_timeout = 0
            raise SystemExit(0)
        stopped = True  # first: the next signal can arrive while this one holds the lock of the event
        server.ends_at = monotonic() + stop_timeout + _STOP_MARGIN
        signalled.set()

    has_terminal = _has_terminal()

    def hang_up(number: int, frame: FrameType | None) -> None:
        if has_terminal and not _has_terminal():
            stop(number, frame)
        else:
            reload()

    # The thread starts now: when the signal arrives, the system may start no more threads.
    ending = threading.Thread(target=end, name="end", daemon=True)
    ending.start()
    for number in (signal.SIGTERM, signal.SIGINT, *_QUIT):
        signal.signal(number, stop)
    for number in _HANG_UP:
        signal.signal(number, hang_up)
    ready()
    server.serve()
    ending.join(_STOP_MARGIN)


def _has_terminal() -> bool:
    """Say whether this process belongs to a terminal that is still there."""
    try:
        os.close(os.open("/dev/tty", os.O_RDWR | os.O_NOCTTY))
    except (OSError, AttributeError):  # Windows has no such file and no such flag
        return False
    return True


@contextmanager
def serving(app: Application, tls: Tls | None = None, limits: Limits = DEFAULT_LIMITS) -> Iterator[str]:
    """Serve an application on a free port of 127.0.0.1 while the context lasts; gives the URL."""
    server = open_server(app, "127.0.0.1", 0, tls, limits)
    thread = threading.Thread(target=server.serve, name="dav424", daemon=True)
    thread.start()
    try:
        yield url(server)
    finally:
        server.stop()
        thread.join(5)
