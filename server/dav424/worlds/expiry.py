"""When spaces expire: each after its own time without a request."""

from __future__ import annotations

import heapq
import math
from collections.abc import Callable, Iterator, Mapping
from typing import Protocol

from dav424.core.batch import Refused

MOST_REMEMBERED = 10_000
"""How many names of expired spaces a server remembers, the latest ones."""
_STALE = 1000
"""How many entries of spaces that are gone the queue may have beside twice the number of spaces."""


def expired(name: str, idle: float) -> Refused:
    """Refuse with 410 the name of a space that expired after ``idle`` seconds."""
    return Refused(
        410,
        f"The space {name!r} expired after {idle:g} seconds without a request, and its trees, causes "
        f"and journal are gone. Send PUT /-/spaces/{name} to make it anew.",
    )


class Expiring(Protocol):
    """A space that expires after ``idle`` seconds without a request (infinite: never).

    ``touched`` is the time of the last request to it. ``queued`` is the number of its entry in the queue.
    """

    name: str
    idle: float
    touched: float
    queued: int


class Expiry:
    """The queue of the ``spaces`` that expire, and the names of those that did. The caller holds a lock.

    A request moves no entry of the queue: an entry that comes up too soon is put back. So the cost of a request does not
    depend on the number of spaces. ``clock`` gives the seconds by which the spaces are idle.
    """

    def __init__(self, spaces: Mapping[str, Expiring], clock: Callable[[], float]) -> None:
        self._spaces, self._clock = spaces, clock
        self._queue: list[tuple[float, int, str]] = []
        self._entries = 0
        self._expired: dict[str, float] = {}

    def watch(self, space: Expiring) -> None:
        """Let a space expire after its time; replaces an earlier entry. Its name counts as expired no longer."""
        self._expired.pop(space.name, None)
        self._enqueue(space)
        if len(self._queue) > 2 * len(self._spaces) + _STALE:
            self._queue.clear()
            for each in self._spaces.values():
                self._enqueue(each)

    def due(self) -> Iterator[str]:
        """Give the names of the spaces that had no request for their time; the caller removes each before the next."""
        now = self._clock()
        while self._queue and self._queue[0][0] <= now:
            _, entry, name = heapq.heappop(self._queue)
            space = self._spaces.get(name)
            if space is None or space.queued != entry:
                continue
            if space.touched + space.idle <= now:
                yield name
            else:
                self._enqueue(space)

    def remember(self, space: Expiring) -> None:
        """Remember the name of a space that expired."""
        self._expired[space.name] = space.idle
        if len(self._expired) > MOST_REMEMBERED:
            del self._expired[next(iter(self._expired))]

    def __contains__(self, name: str) -> bool:
        return name in self._expired

    def check(self, name: str) -> None:
        """Refuse with 410 the name of a space that expired."""
        if name in self._expired:
            raise expired(name, self._expired[name])

    def _enqueue(self, space: Expiring) -> None:
        self._entries += 1
        space.queued = self._entries
        if space.idle < math.inf:
            heapq.heappush(self._queue, (space.touched + space.idle, space.queued, space.name))
