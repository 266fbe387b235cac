"""What was asked of a space and what came of it, kept so that it can be explained later.

An entry holds what the spine knew: the actions, their outcomes, and the causes that were in the way. It is
kept before the answer leaves, so that whoever has the answer finds the entry. What it means is worked
out by ``facts`` when somebody asks.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from types import MappingProxyType

from msgspec import Struct
from msgspec.structs import replace

from dav424.batch import Failed, Outcome
from dav424.causes import Cause
from dav424.label import Label
from dav424.message import Request, Response
from dav424.tree import href

MOST_ENTRIES = 1000
MOST_BYTES = 8 << 20
MOST_OF_A_BODY = 64 << 10
"""Bytes of each body that are kept; the size is kept whole."""
NO_CAUSES: Mapping[str, Cause] = MappingProxyType({})
_OVERHEAD = 1000
"""Bytes that an entry is taken to need beside its bodies and its steps."""
_SECRET = frozenset({"authorization", "cookie", "proxy-authorization"})


class Step(Struct, frozen=True):
    """One action of a request, what it needed, and what came of it."""

    label: Label
    outcome: Outcome
    needs: tuple[int, ...] = ()


class Entry(Struct, frozen=True, kw_only=True):
    """One exchange. ``at`` is the time of the space's clock, in seconds since the epoch.

    ``refused`` says why a request was refused as a whole. The bodies are cut to ``MOST_OF_A_BODY``;
    ``request_size`` and ``answer_size`` are what they were, in bytes. A streamed answer is not kept.
    """

    number: int
    at: float
    scenario: str
    request: Request
    answer: Response
    steps: Sequence[Step] = ()
    refused: Failed | None = None
    causes: Mapping[str, Cause] = NO_CAUSES
    request_size: int = 0
    answer_size: int = 0
    atomic: bool = False

    @property
    def path(self) -> str:
        """The path of the request from the scenario's root, percent-encoded."""
        return href(self.request.path, collection=self.request.slash)

    @property
    def weight(self) -> int:
        """How many bytes it counts for."""
        return _OVERHEAD + 200 * len(self.steps) + len(self.request.body) + len(_bytes(self.answer))


def _kept(new: Entry) -> Entry:
    """Leave out what nobody should read, and what is too long of the bodies."""
    request, answer = new.request, new.answer
    headers = {name: _redacted(value) if name in _SECRET else value for name, value in request.headers.items()}
    body = _bytes(answer)
    return replace(
        new,
        request=replace(request, headers=headers, body=request.body[:MOST_OF_A_BODY]),
        answer=replace(answer, body=body[:MOST_OF_A_BODY]) if len(body) > MOST_OF_A_BODY else answer,
        request_size=len(request.body),
        answer_size=len(body),
    )


def _redacted(value: str) -> str:
    """Leave of credentials the scheme alone."""
    scheme, space, _ = value.partition(" ")
    return f"{scheme} [redacted]" if space else "[redacted]"


def _bytes(answer: Response) -> bytes:
    return answer.body if isinstance(answer.body, bytes) else b""


class Journal:
    """The exchanges of one space, by number, counted from 1: the last ``most_entries`` in at most ``most_bytes``.

    ``dropped`` says how many had to make room. All journals of a server may share the condition ``news``.
    """

    __slots__ = ("_entries", "_next", "_weight", "dropped", "most_bytes", "most_entries", "news")

    def __init__(
        self,
        most_entries: int = MOST_ENTRIES,
        most_bytes: int = MOST_BYTES,
        news: threading.Condition | None = None,
    ) -> None:
        self.most_entries, self.most_bytes = most_entries, most_bytes
        self.news = news or threading.Condition()
        self._entries: dict[int, Entry] = {}
        self._next = 1
        self._weight = 0
        self.dropped = 0

    @property
    def upcoming(self) -> int:
        """The number that will be drawn next."""
        return self._next

    def draw(self) -> int:
        """Draw the number of the next exchange."""
        with self.news:
            number = self._next
            self._next += 1
        return number

    def record(self, new: Entry) -> None:
        """Keep an entry without the credentials in it, and let the oldest make room."""
        new = _kept(new)
        with self.news:
            self._entries[new.number] = new
            self._weight += new.weight
            while len(self._entries) > self.most_entries or (self._weight > self.most_bytes and len(self._entries) > 1):
                oldest = self._entries.pop(next(iter(self._entries)))
                self._weight -= oldest.weight
                self.dropped += 1
            self.news.notify_all()

    def clear(self) -> None:
        """Forget everything, and count from 1 again."""
        with self.news:
            self._entries.clear()
            self._next, self._weight, self.dropped = 1, 0, 0

    def find(self, number: int) -> Entry | None:
        """Find an exchange by its number; None if it is not kept, or not yet."""
        return self._entries.get(number)

    def __len__(self) -> int:
        """Say how many are kept."""
        return len(self._entries)

    def __iter__(self) -> Iterator[Entry]:
        """Iterate over what is kept, by number."""
        with self.news:
            return iter(sorted(self._entries.values(), key=lambda each: each.number))

    def wait(self, wanted: Callable[[Entry], bool], count: int, seconds: float) -> list[Entry]:
        """Wait until at least ``count`` entries are ``wanted``, but no longer than so many seconds; gives those."""
        until = time.monotonic() + seconds
        with self.news:
            while True:
                found = [each for each in self._entries.values() if wanted(each)]
                left = until - time.monotonic()
                if len(found) >= count or left <= 0:
                    return sorted(found, key=lambda each: each.number)
                self.news.wait(left)
