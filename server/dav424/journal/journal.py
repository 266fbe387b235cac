"""What was asked of a space and what came of it, kept so that it can be explained later.

An entry holds what the spine knew: the actions, their outcomes, and the causes that were in the way. It is
kept before the answer leaves, so that whoever has the answer finds the entry. What it means is worked
out by ``facts`` when somebody asks.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator

from dav424.journal.entries import JournalEntry, keep

MOST_ENTRIES = 1000
MOST_BYTES = 8 << 20


class ExchangeJournal:
    """The exchanges of one space, by number, counted from 1: the last ``most_entries`` in at most ``most_bytes``.

    ``dropped`` says how many had to make room. A number is given as an entry is written, so that whoever asks
    for those since the last that it saw misses none.
    """

    __slots__ = (
        "_changes",
        "_closed",
        "_entries",
        "_lock",
        "_news",
        "_next",
        "_weight",
        "dropped",
        "most_bytes",
        "most_entries",
    )

    def __init__(self, most_entries: int = MOST_ENTRIES, most_bytes: int = MOST_BYTES) -> None:
        self.most_entries, self.most_bytes = most_entries, most_bytes
        self._lock = threading.Lock()
        self._news: threading.Condition | None = None  # made for whoever waits first: most journals have nobody
        self._changes = 0
        self._closed = False
        self._entries: dict[int, JournalEntry] = {}
        self._next = 1
        self._weight = 0
        self.dropped = 0

    @property
    def upcoming(self) -> int:
        """The number that an entry would be given now."""
        return self._next

    def record(self, new: JournalEntry) -> int:
        """Keep an entry without the credentials in it, and let the oldest make room; gives its number."""
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
            self._tell()
        return number

    def clear(self) -> None:
        """Forget everything, and count from 1 again."""
        with self._lock:
            self._entries.clear()
            self._next, self._weight, self.dropped = 1, 0, 0
            self._tell()

    def close(self) -> None:
        """Let nobody wait any longer."""
        with self._lock:
            self._closed = True
            self._tell()

    def _tell(self) -> None:
        self._changes += 1
        if self._news is not None:
            self._news.notify_all()

    def find(self, number: int) -> JournalEntry | None:
        """Find an exchange by its number; None if it is not kept."""
        return self._entries.get(number)

    def __len__(self) -> int:
        """Say how many are kept."""
        return len(self._entries)

    def __iter__(self) -> Iterator[JournalEntry]:
        """Iterate over what is kept, by number."""
        with self._lock:
            return iter(list(self._entries.values()))

    def wait(self, wanted: Callable[[JournalEntry], bool], count: int, seconds: float) -> list[JournalEntry]:
        """Wait until at least ``count`` entries are ``wanted``, but no longer than so many seconds; gives those.

        Nothing is waited for where nothing can come any more: see ``close``.
        """
        until = time.monotonic() + seconds
        while True:
            with self._lock:
                seen, entries = self._changes, list(self._entries.values())
            found = [each for each in entries if wanted(each)]
            if len(found) >= count or not self._changed(seen, until):
                return found

    def _changed(self, seen: int, until: float) -> bool:
        """Wait for a change after the one that was ``seen``; False if none came in time."""
        with self._lock:
            if self._news is None:
                self._news = threading.Condition(self._lock)
            while self._changes == seen and not self._closed:
                left = until - time.monotonic()
                if left <= 0:
                    return False
                self._news.wait(left)
            return self._changes != seen
