"""How much work a server does, counted in calls of its functions: a number that no slow or busy machine changes."""

from __future__ import annotations

import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import FrameType


class Effort:
    """Counts the calls in all threads that start while it is counting, resumed generators included.

    Only what the package itself does counts, the part that reads sockets apart: that one looks around all the time.
    """

    def __init__(self) -> None:
        self.calls = 0

    def __call__(self, frame: FrameType, event: str, _: object) -> None:
        if event == "call":
            module = str(frame.f_globals.get("__name__"))
            self.calls += module.startswith("dav424.") and not module.startswith("dav424.wire.")

    @contextmanager
    def at_most(self, calls: int) -> Iterator[None]:
        """Check that the requests of the block take no more calls than that."""
        before = self.calls
        yield
        assert self.calls - before <= calls

    @contextmanager
    def counting(self) -> Iterator[None]:
        """Count in the threads that start now: start the server inside."""
        threading.setprofile(self)
        try:
            yield
        finally:
            threading.setprofile(None)


def calls(action: Callable[[], object]) -> int:
    """Do something in this thread, and count all calls that it takes, of functions in C too."""
    counted = 0

    def count(_frame: FrameType, event: str, _: object) -> None:
        nonlocal counted
        counted += event in ("call", "c_call")

    sys.setprofile(count)
    try:
        action()
    finally:
        sys.setprofile(None)
    return counted
