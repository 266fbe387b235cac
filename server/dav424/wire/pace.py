"""How long the server waits for a client: the limits, and the pace that a body has to keep.

Only the time that the server waits for the client counts. The time that the server works does not, so that a slow
answer is no fault of a client that reads it quickly.
"""

from __future__ import annotations

import math
import select
import socket
from collections.abc import Callable

from msgspec import Struct

from dav424.core.clocks import monotonic, sleep
from dav424.core.waits import about_to_wait, has_duty

_TICK = 1.0
"""Seconds after which a blocked answer tries to send again.

Linux calls a socket writable when a third of its send buffer is free, which can take minutes; a send takes what fits.
"""
_LOOK = 0.05
"""Seconds after which a wait looks at the socket, where no system call can do both."""
_MOMENT, _IMPATIENT = 0.001, 0.05
"""Seconds for which a thread that leads waits for a body, and for which none does so after a wait in vain."""
_GONE = getattr(select, "POLLRDHUP", 0)


class ConnectionBrokenError(OSError):
    """The connection with a client broke. Any other OSError while a request is answered is a bug of the server."""


class TooSlowError(ConnectionBrokenError, TimeoutError):
    """A client moved too few bytes while the server waited for it."""


class Limits(Struct, frozen=True):
    """What the server expects of a client.

    A head must be complete ``head_timeout`` seconds after its first byte, or after the connection began. While a client
    sends a body or reads an answer, ``rate_window`` seconds of waiting must bring at least ``min_rate`` bytes for each
    of them. 0 stands for no limit. An idle connection is closed after ``idle_timeout`` seconds.
    """

    head_timeout: float = 60
    min_rate: int = 1000
    rate_window: float = 30
    idle_timeout: float = 30


class Pace:
    """Says when a client is too slow: it moved fewer bytes than it has to, while the server waited for it."""

    def __init__(self, limits: Limits, clock: Callable[[], float] = monotonic) -> None:
        self._window = limits.rate_window if limits.min_rate else math.inf
        self._needed = limits.min_rate * limits.rate_window
        self._clock = clock
        self.restart()

    def restart(self) -> None:
        """Begin with another body, or with another part of one."""
        self._left, self._moved = self._window, 0

    def moved(self, length: int) -> None:
        """Count bytes that the client sent or took."""
        self._moved += length
        if self._moved >= self._needed:
            self._left, self._moved = self._window, 0

    def wait(self, sock: socket.socket, *, writing: bool) -> None:
        """Wait until the client may have sent or taken more; raises ``TooSlowError`` if it is too slow."""
        about_to_wait()
        ready = False
        if self._left > 0:
            begun = self._clock()
            ready = is_ready(sock, min(self._left, _TICK) if writing else self._left, writing=writing)
            self._left -= self._clock() - begun
        if self._left <= 0 and not ready:
            # cheroot knows the error by this first text, and closes the connection.
            raise TooSlowError("timed out", f"fewer than {self._needed:g} bytes in {self._window:g} seconds")


class Patience:
    """Whether a thread that leads waits for a body itself: many clients send it right after the head, in a packet of its own.

    To hand the lead over would take longer than that. A crowd of clients whose bodies do not come delays the others for a
    moment now and then, and no longer.
    """

    impatient_until = 0.0

    def pays(self, sock: socket.socket) -> bool:
        """Wait a moment, if that was not in vain lately; say whether there is something to receive."""
        if not has_duty() or monotonic() < self.impatient_until:
            return False
        if is_ready(sock, _MOMENT):
            return True
        self.impatient_until = monotonic() + _IMPATIENT
        return False


PATIENCE = Patience()


if hasattr(select, "poll"):

    def is_ready(sock: socket.socket, seconds: float, *, writing: bool = False) -> bool:
        """Wait until a socket can be read or written, or has failed; False if that takes more than these seconds."""
        poll = select.poll()
        poll.register(sock, select.POLLOUT if writing else select.POLLIN)
        return bool(poll.poll(None if seconds == math.inf else math.ceil(seconds * 1000)))

    def has_hung_up(sock: socket.socket, *, entirely: bool) -> bool:
        """Say whether a client has closed the connection entirely, or at least its own direction of it."""
        poll = select.poll()
        poll.register(sock, 0 if entirely else _GONE)
        return bool(poll.poll(0))

    def hangs_up_within(sock: socket.socket, seconds: float) -> bool:
        """Wait; say whether the connection was closed entirely meanwhile, which ends the wait."""
        about_to_wait()
        poll = select.poll()
        poll.register(sock, 0)
        return bool(poll.poll(math.ceil(seconds * 1000)))

else:  # Windows

    def is_ready(sock: socket.socket, seconds: float, *, writing: bool = False) -> bool:
        """Wait until a socket can be read or written; False if that takes more than these seconds."""
        reading, written = ([], [sock]) if writing else ([sock], [])
        return any(select.select(reading, written, [], None if seconds == math.inf else seconds))

    def has_hung_up(sock: socket.socket, *, entirely: bool) -> bool:
        """Say whether a client has closed the connection entirely, or at least its own direction of it."""
        try:
            return not (socket.socket.recv(sock, 1, socket.MSG_PEEK) or entirely)
        except BlockingIOError:
            return False
        except OSError:
            return True

    def hangs_up_within(sock: socket.socket, seconds: float) -> bool:
        """Wait; say whether the connection was closed entirely meanwhile, which ends the wait."""
        ends_at = monotonic() + seconds
        while (left := ends_at - monotonic()) > 0:
            if has_hung_up(sock, entirely=True):
                return True
            sleep(min(left, _LOOK))
        return False
