"""Which connection may have a worker thread for a request that can last.

A thread answers a request only while some threads are left that answer none. Those read heads, which takes no time, and
answer ``/-/live`` and ``/-/ready``. So the server reacts whatever the other threads wait for.
"""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Callable
from typing import Protocol

RESERVED = 4
"""Threads that answer no request that can last."""


class Waiting(Protocol):
    """A connection whose request waits for its turn."""

    has_turn: bool

    def close(self) -> None:
        """Close the connection."""


class Turns:
    """The turns of a number of threads. A connection that waited is passed to ``hand_over`` when it has its turn.

    ``count_threads`` counts the threads, and ``need_threads`` is called when more of them are needed.
    """

    def __init__(
        self, count_threads: Callable[[], int], need_threads: Callable[[], None], hand_over: Callable[[Waiting], None]
    ) -> None:
        self._count_threads, self._need_threads, self._hand_over = count_threads, need_threads, hand_over
        self._lock = threading.Lock()
        self._taken = 0
        self._waiting: deque[Waiting] = deque()
        self._ended = False

    @property
    def needed_threads(self) -> int:
        """The number of threads with which one more request can be answered at once."""
        return self._taken + len(self._waiting) + RESERVED + 1

    @property
    def unused(self) -> bool:
        """Whether no request is in progress or waits for its turn."""
        return not (self._taken or self._waiting)

    @property
    def left(self) -> bool:
        """Whether a turn is left."""
        return self._taken < self._count_threads() - RESERVED

    def take_any(self) -> None:
        """Take a turn for a request in progress, which had none while its thread led, also if that is one too many."""
        with self._lock:
            self._taken += 1
        self._ask_for_threads()

    def take(self) -> bool:
        """Take a turn, if one is left."""
        with self._lock:
            taken = self._taken < self._count_threads() - RESERVED
            self._taken += taken
        self._ask_for_threads()
        return taken

    def _ask_for_threads(self) -> None:
        if self.needed_threads > self._count_threads():
            self._need_threads()

    def wait_for(self, connection: Waiting) -> None:
        """Hand a connection over when it has its turn: the one that waited longest comes first."""
        with self._lock:
            self._waiting.append(connection)
        self.give()
        self._ask_for_threads()  # those for which ``take`` has asked may have been started, and given to others, meanwhile

    def end(self) -> None:
        """Let another connection have a turn that was taken."""
        with self._lock:
            self._taken -= 1
        if self._waiting:
            self.give()

    def give(self) -> None:
        """Hand over the connections that can have a turn now."""
        with self._lock:
            while self._waiting and (self._ended or self._taken < self._count_threads() - RESERVED):
                connection = self._waiting.popleft()
                if self._ended:
                    connection.close()
                else:
                    self._taken += 1
                    connection.has_turn = True
                    self._hand_over(connection)

    def stop(self) -> None:
        """Close the connections that wait, now and in future."""
        with self._lock:
            self._ended = True
        self.give()
