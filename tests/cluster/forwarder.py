"""A network between replicas and engine that misbehaves: a forwarder of TCP which delays bytes, or loses answers."""

from __future__ import annotations

import contextlib
import socket
import threading
import time
from collections.abc import Iterator

_PIECE = 1 << 16


class Forwarder:
    """Listens at a ``port`` of loopback, and passes bytes on to another one and back.

    ``delay`` is the number of seconds that each answer of the engine waits. While ``loses`` is set, the questions reach the
    engine, and each connection ends when the answer comes, without it. With ``ends``, the first answer that is lost ends all:
    no other connection is accepted.
    """

    def __init__(self, to: int) -> None:
        self._to = to
        self.delay = 0.0
        self.loses = threading.Event()
        self.ends = False
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port: int = self._listener.getsockname()[1]

    def serve(self) -> None:
        """Accept connections until the listener is closed."""
        with contextlib.suppress(OSError):
            while True:
                near, _ = self._listener.accept()
                threading.Thread(target=self._connect, args=(near,), daemon=True).start()

    def close(self) -> None:
        """Accept no more."""
        with contextlib.suppress(OSError):
            self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()

    def _connect(self, near: socket.socket) -> None:
        try:
            far = socket.create_connection(("127.0.0.1", self._to), timeout=5)
        except OSError:
            near.close()
            return
        far.settimeout(None)
        threading.Thread(target=self._pass, args=(near, far), daemon=True).start()
        self._pass(far, near, answers=True)

    def _pass(self, source: socket.socket, to: socket.socket, *, answers: bool = False) -> None:
        """Pass bytes in one direction, until an end closes; then both are closed."""
        with contextlib.suppress(OSError):
            while piece := source.recv(_PIECE):
                if answers and self.loses.is_set():
                    if self.ends:
                        self.close()
                    break
                if answers and self.delay:
                    time.sleep(self.delay)
                to.sendall(piece)
        for each in (source, to):
            with contextlib.suppress(OSError):
                each.shutdown(socket.SHUT_RDWR)
            each.close()


@contextlib.contextmanager
def forwarding(to: int) -> Iterator[Forwarder]:
    """Run a forwarder to a port of loopback."""
    forwarder = Forwarder(to)
    threading.Thread(target=forwarder.serve, daemon=True).start()
    try:
        yield forwarder
    finally:
        forwarder.close()
