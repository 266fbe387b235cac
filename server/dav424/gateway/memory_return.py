"""Give memory back to the system after much of it was freed, such as after a space was deleted.

The allocator of glibc keeps what it has freed for the next requests, in a heap for each thread. ``malloc_trim`` gives back
the free parts of all heaps. It runs in a thread of its own, and Python code runs meanwhile.
"""

from __future__ import annotations

import threading
from collections.abc import Callable

from dav424.core import memory
from dav424.core.clocks import sleep

ENOUGH = 8 << 20
"""The bytes that have to be freed before it is worth while to give memory back."""
_PAUSE = 0.2
"""Seconds to wait for the rest: a request frees what it has deleted after its response is sent."""


class MemoryReturn:
    """Gives memory back; call it after each request. ``trim`` is the call to the allocator."""

    def __init__(self, trim: Callable[[], object] | None = None, pause: float = _PAUSE) -> None:
        self._trim, self._pause = trim or trim_heaps, pause
        self._returned = memory.given_back()
        self._at_work = threading.Lock()

    def __call__(self) -> None:
        """Begin to give memory back, if enough was freed since the last time."""
        if memory.given_back() - self._returned >= ENOUGH and self._at_work.acquire(blocking=False):
            try:
                threading.Thread(target=self._work, name="memory return", daemon=True).start()
            except RuntimeError:  # the system has no thread to spare: a later request begins it
                self._at_work.release()

    def _work(self) -> None:
        try:
            freed = -1
            while freed != memory.given_back():
                freed = memory.given_back()
                sleep(self._pause)
            self._returned = freed
            self._trim()
        finally:
            self._at_work.release()


def trim_heaps() -> None:
    """Give back the free parts of the heaps of glibc; other allocators give memory back by themselves."""
    import ctypes  # noqa: PLC0415 - a server that frees little does not need it

    try:
        trim = ctypes.CDLL(None).malloc_trim
    except (AttributeError, OSError, TypeError):  # not glibc; not Linux
        return
    trim(0)
