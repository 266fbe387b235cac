"""The time of a space: it stands still, so that the same requests get the same answers."""

from __future__ import annotations

import threading
import time

LATEST = 247_090_953_600.0
"""How far a clock can go: 9800-01-01T00:00:00Z, so that what expires later still has a date."""


class Clock:
    """The time of a space, in seconds since the epoch: virtual, and fixed until it is advanced, or the real one."""

    __slots__ = ("_lock", "_moved", "_start")

    def __init__(self, start: float | None) -> None:
        self._start = start
        self._moved = 0.0
        self._lock = threading.Lock()

    def __call__(self) -> float:
        """Say what time it is."""
        return (time.time() if self._start is None else self._start) + self._moved

    @property
    def virtual(self) -> bool:
        """Whether it stands still unless it is advanced."""
        return self._start is not None

    def advance(self, seconds: float) -> None:
        """Go on by so many seconds; the real time too is then so much later here.

        Raises ValueError for a time before 1970 or after ``LATEST``, which could not be written.
        """
        with self._lock:
            self._go(self() + seconds, self._moved + seconds)

    def set(self, at: float) -> None:
        """Go to a time; raises ValueError as ``advance`` does."""
        with self._lock:
            self._go(at, self._moved + at - self())

    def _go(self, at: float, moved: float) -> None:
        if not 0 <= at <= LATEST:
            message = "a clock goes from the year 1970 to the year 9800"
            raise ValueError(message)
        self._moved = moved

    @property
    def moved(self) -> float:
        """How far it was advanced, in seconds."""
        return self._moved

    def reset(self, moved: float = 0.0) -> None:
        """Go back to the beginning, or to where it had ``moved``."""
        with self._lock:
            self._moved = moved
