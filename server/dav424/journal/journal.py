"""The journal of a space: its latest exchanges, with the outcomes of their actions.

The spine records an entry before the server sends the response, so that a client that has the response can read the
entry. ``journal.report`` explains an entry when a client asks for it.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from itertools import islice

from msgspec import Struct

from dav424.core.clocks import monotonic
from dav424.core.memory import NO_LIMIT, Budget
from dav424.core.waits import about_to_wait
from dav424.journal.entries import JournalEntry, keep

MOST_ENTRIES = 1000
MOST_BYTES = 8 << 20
_LOOK_INTERVAL = 0.5
"""Seconds after which a wait looks whether its client is still there."""


class KeptJournal(Struct, frozen=True):
    """The state of a journal: its entries, the number of the next one, and how many were dropped."""

    entries: list[JournalEntry]
    upcoming: int
    dropped: int


class ExchangeJournal:
    """The exchanges of one space by number, from 1: the last ``most_entries`` that fit into ``most_bytes``.

    ``dropped`` counts the entries that were deleted to make room. If the server holds all that its ``budget`` allows, a
    new entry takes the place of older ones of the same journal. An entry gets its number when it is recorded, so that a
    client that asks for entries since the last number it knows misses none.
    """

    __slots__ = (
        "_closed",
        "_entries",
        "_lock",
        "_next",
        "_recorded",
        "_waits",
        "_weight",
        "budget",
        "dropped",
        "most_bytes",
        "most_entries",
    )

    def __init__(
        self, most_entries: int = MOST_ENTRIES, most_bytes: int = MOST_BYTES, budget: Budget = NO_LIMIT
    ) -> None:
        self.most_entries, self.most_bytes, self.budget = most_entries, most_bytes, budget
        self._lock = threading.Lock()
        self._waits: list[_Wait] = []
        self._recorded = 0
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
        """Keep an entry without its credentials, delete the oldest entries if there is no room, and give its number.

        An entry that is larger than the whole journal is not kept.
        """
        with self._lock:
            number = self._next
            kept = keep(new, number) if self.most_entries else None
            self._next += 1
            if kept is not None and kept.weight <= self.most_bytes:
                self._entries[number] = kept
                self._weight += kept.weight
                self._recorded += 1
                for wait in self._waits:
                    wait.offer(kept)
            else:
                self.dropped += 1  # an entry that fits into no journal of this size lets the others stay
            while self._is_full():
                self._drop_oldest()
        return number

    def give_way(self) -> None:
        """Delete all entries, because the machine has no memory left."""
        with self._lock:
            while self._entries:
                self._drop_oldest()

    def skip(self) -> int:
        """Give the number of an exchange that can't be kept, because the machine has no memory left."""
        with self._lock:
            number = self._next
            self._next += 1
            self.dropped += 1
        return number

    def _is_full(self) -> bool:
        entries = len(self._entries)
        return entries > self.most_entries or self._weight > self.most_bytes or (entries > 1 and self.budget.exceeded())

    def _drop_oldest(self) -> None:
        oldest = self._entries.pop(next(iter(self._entries)))
        self._weight -= oldest.weight
        self.dropped += 1

    def clear(self) -> None:
        """Delete all entries; numbers start again at 1."""
        with self._lock:
            self._entries.clear()
            self._next, self._weight, self.dropped = 1, 0, 0

    def kept(self) -> KeptJournal:
        """Give the state of the journal, for ``restore``."""
        with self._lock:
            return KeptJournal(list(self._entries.values()), self._next, self.dropped)

    def restore(self, kept: KeptJournal) -> None:
        """Take over the entries of another journal of the same size, and their numbers."""
        with self._lock:
            self._entries = {entry.number: entry for entry in kept.entries}
            self._next, self.dropped = kept.upcoming, kept.dropped
            self._weight = sum(entry.weight for entry in kept.entries)

    def close(self) -> None:
        """End every wait, now and in future."""
        with self._lock:
            self._closed = True
            for wait in self._waits:
                wait.woken.set()

    @property
    def waiting(self) -> int:
        """The number of waits for entries."""
        return len(self._waits)

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
        look: Callable[[], object] = lambda: None,
    ) -> list[JournalEntry]:
        """Wait until at least ``count`` entries are ``wanted``, at most for these ``seconds``; gives the wanted entries.

        Returns at once if the journal is closed. Calls ``look`` from time to time; it may raise an error to end the wait.
        """
        deadline = monotonic() + seconds
        over = seconds <= 0
        while True:
            with self._lock:
                recorded, entries = self._recorded, list(self._entries.values())
            matches = [entry for entry in entries if wanted(entry)]
            if over or len(matches) >= count:
                return matches
            over = not self._arrive(_Wait(wanted, count - len(matches)), recorded, deadline, look)

    def _arrive(self, wait: _Wait, recorded: int, deadline: float, look: Callable[[], object]) -> bool:
        """Wait for entries after the first ``recorded`` ones; False if they do not arrive before the deadline."""
        with self._lock:
            for entry in islice(reversed(self._entries.values()), self._recorded - recorded):
                wait.offer(entry)
            if self._closed:
                return False
            self._waits.append(wait)
        about_to_wait()
        try:
            while not wait.woken.wait(min(_LOOK_INTERVAL, max(0, deadline - monotonic()))):
                if monotonic() >= deadline:
                    return False
                look()
        finally:
            with self._lock:
                self._waits.remove(wait)
        return True


class _Wait:
    """A wait for a number of entries that are ``wanted``; it is ``woken`` when they are there.

    The thread that records an entry looks at it for all waits: to wake each of many threads takes far longer.
    """

    __slots__ = ("missing", "wanted", "woken")

    def __init__(self, wanted: Callable[[JournalEntry], bool], missing: int) -> None:
        self.wanted, self.missing = wanted, missing
        self.woken = threading.Event()

    def offer(self, entry: JournalEntry) -> None:
        """Count an entry if it is wanted."""
        if self.wanted(entry):
            self.missing -= 1
            if self.missing <= 0:
                self.woken.set()
