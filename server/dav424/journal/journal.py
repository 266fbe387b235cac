"""The journal of a space: its latest exchanges, with the outcomes of their actions.

The spine records an entry before the server sends the response, so that a client that has the response can read the
entry. ``journal.report`` explains an entry when a client asks for it.
"""

from __future__ import annotations

import heapq
import itertools
import operator
import threading
import time
from collections.abc import Callable, Iterator
from functools import partial

from dav424.journal.entries import JournalEntry, keep

MOST_ENTRIES = 1000
MOST_BYTES = 8 << 20
_LOOK_INTERVAL = 1.0
"""Seconds after which a wait looks whether its client is still there."""


class ExchangeJournal:
    """The exchanges of one space by number, from 1: the last ``most_entries`` that fit into ``most_bytes``.

    ``dropped`` counts the entries that were deleted to make room. An entry gets its number when it is recorded, so that a
    client that asks for entries since the last number it knows misses none.
    """

    __slots__ = (
        "_clears",
        "_closed",
        "_entries",
        "_lock",
        "_next",
        "_recorded",
        "_waits",
        "_weight",
        "dropped",
        "most_bytes",
        "most_entries",
    )

    def __init__(self, most_entries: int = MOST_ENTRIES, most_bytes: int = MOST_BYTES) -> None:
        self.most_entries, self.most_bytes = most_entries, most_bytes
        self._lock = threading.Lock()
        self._waits: list[tuple[int, int, threading.Event]] = []  # a heap: those that need the fewest entries first
        self._recorded = self._clears = 0
        self._closed = False
        self._entries: dict[int, JournalEntry] = {}
        self._next = 1
        self._weight = 0
        self.dropped = 0

    @property
    def upcoming(self) -> int:
        """The number of the next entry."""
        return self._next

    def record(self, new: JournalEntry) -> int:
        """Keep an entry without its credentials, delete the oldest entries if there is no room, and give its number."""
        with self._lock:
            number = self._next
            self._next += 1
            if self.most_entries:
                kept = self._entries[number] = keep(new, number)
                self._weight += kept.weight
            else:
                self.dropped += 1
            while len(self._entries) > self.most_entries or self._weight > self.most_bytes:
                oldest = self._entries.pop(next(iter(self._entries)))
                self._weight -= oldest.weight
                self.dropped += 1
            self._recorded += 1
            if self._waits:
                self._notify(self._recorded)
        return number

    def clear(self) -> None:
        """Delete all entries; numbers start again at 1."""
        with self._lock:
            self._entries.clear()
            self._next, self._weight, self.dropped = 1, 0, 0
            self._clears += 1

    def close(self) -> None:
        """End every wait, now and in future."""
        with self._lock:
            self._closed = True
            self._notify(None)

    def _notify(self, recorded: int | None) -> None:
        """Wake the waits that this number of entries can satisfy; None wakes all."""
        while self._waits and (recorded is None or self._waits[0][0] <= recorded):
            heapq.heappop(self._waits)[2].set()

    def find(self, number: int) -> JournalEntry | None:
        """Find an entry by its number; None if the journal does not have it."""
        return self._entries.get(number)

    def __len__(self) -> int:
        """Count the entries."""
        return len(self._entries)

    def __iter__(self) -> Iterator[JournalEntry]:
        """Iterate over the entries, by number."""
        with self._lock:
            return iter(list(self._entries.values()))

    def wait(
        self,
        wanted: Callable[[JournalEntry], bool],
        count: int,
        seconds: float,
        gone: Callable[[], bool] = lambda: False,
    ) -> list[JournalEntry]:
        """Wait until at least ``count`` entries are ``wanted``, at most for these ``seconds``; gives the wanted entries.

        Returns at once if the journal is closed, and soon if the client that waits is ``gone``.
        """
        deadline = time.monotonic() + seconds
        matches: list[JournalEntry] = []
        clears, seen = -1, 0
        over = seconds <= 0
        while True:
            with self._lock:
                if clears != self._clears:  # the numbers began again
                    clears, seen, matches = self._clears, 0, []
                recorded = self._recorded
                new = list(itertools.takewhile(partial(operator.lt, seen), reversed(self._entries)))[::-1]
                entries = [self._entries[number] for number in new]
                matches = [entry for entry in matches if entry.number in self._entries]
            seen = new[-1] if new else seen
            matches += [entry for entry in entries if wanted(entry)]
            if over or len(matches) >= count:
                return matches
            over = not self._recorded_in_time(recorded + count - len(matches), deadline, gone)

    def _recorded_in_time(self, needed: int, deadline: float, gone: Callable[[], bool]) -> bool:
        """Wait until the journal has recorded this number of entries; False if it does not before the deadline.

        A wait for many entries sleeps until there can be so many, so that many waits cost each request little.
        """
        woken = threading.Event()
        with self._lock:
            if self._closed:
                return False
            if self._recorded >= needed:
                return True
            wait = (needed, id(woken), woken)
            heapq.heappush(self._waits, wait)
        while (left := deadline - time.monotonic()) > 0 and not woken.wait(min(left, _LOOK_INTERVAL)):
            if gone():
                break
        with self._lock:
            if wait in self._waits:
                self._waits.remove(wait)
                heapq.heapify(self._waits)
            return self._recorded >= needed
