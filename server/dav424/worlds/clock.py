"""The clock of a space: it does not run by itself, so that the same requests get the same responses."""

from __future__ import annotations

import threading
from collections.abc import Callable

from dav424.core.clocks import real_time

LATEST = 247_090_953_600.0
"""The latest time of a clock: 9800-01-01T00:00:00Z, so that a lock that expires later still has a date."""


class Clock:
    """Gives the time of a space, in seconds since the epoch.

    A clock with a ``start`` is virtual: its time changes only when it is advanced. One without shows the ``real`` time.
    """

    __slots__ = ("_began", "_lock", "_moved", "_real", "_start")

    def __init__(self, start: float | None, real: Callable[[], float] = real_time) -> None:
        self._start, self._real = start, real
        self._began = self._moved = 0.0
        self._lock = threading.Lock()

    def __call__(self) -> float:
        """Give the time of the clock."""
        return (self._real() if self._start is None else self._start) + self._moved

    @property
    def virtual(self) -> bool:
        """True if the time changes only when the clock is advanced."""
        return self._start is not None

    def advance(self, seconds: float) -> None:
        """Advance the clock by a number of seconds; a clock that shows the real time is then that far ahead of it.

        Raises ValueError for a time before 1970 or after ``LATEST``, which no header can hold.
        """
        with self._lock:
            self._go(self() + seconds, self._moved + seconds)

    def set(self, at: float) -> None:
        """Set the clock to a time; raises ValueError as ``advance`` does."""
        with self._lock:
            self._go(at, self._moved + at - self())

    def begin(self, at: float) -> None:
        """Set the clock to a time, to which it is also reset; raises ValueError as ``advance`` does."""
        self.set(at)
        self._began = self._moved

    def _go(self, at: float, moved: float) -> None:
        if not 0 <= at <= LATEST:
            message = "a clock goes from the year 1970 to the year 9800"
            raise ValueError(message)
        self._moved = moved

    @property
    def moved(self) -> float:
        """The seconds by which the clock was advanced."""
        return self._moved

    def kept(self) -> tuple[float, float]:
        """Give the state of the clock, for ``restore``."""
        return self._began, self._moved

    def restore(self, kept: tuple[float, float]) -> None:
        """Take over the state of another clock with the same start."""
        with self._lock:
            self._began, self._moved = kept

    def reset(self, moved: float | None = None) -> None:
        """Set the clock back to its beginning, or to its start plus the seconds by which it was ``moved``."""
        with self._lock:
            self._moved = self._began if moved is None else moved
