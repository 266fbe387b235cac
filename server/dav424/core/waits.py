"""A thread that is about to wait says so first, so that another one takes over what only one thread does at a time."""

from __future__ import annotations

import threading
from collections.abc import Callable


class _Here(threading.local):
    """What this thread hands over before it waits."""

    hand_over: Callable[[], object] | None = None


_HERE = _Here()


def before_waits(hand_over: Callable[[], object] | None) -> None:
    """Call a function when this thread is about to wait, once; None to call none any more."""
    _HERE.hand_over = hand_over


def about_to_wait() -> None:
    """Say that this thread is about to wait, for however short a time.

    >>> before_waits(lambda: print("Another thread takes over."))
    >>> about_to_wait()
    Another thread takes over.
    >>> about_to_wait()
    """
    hand_over = _HERE.hand_over
    if hand_over is not None:
        _HERE.hand_over = None
        hand_over()


def has_duty() -> bool:
    """Say whether this thread has something to hand over before it waits."""
    return _HERE.hand_over is not None
