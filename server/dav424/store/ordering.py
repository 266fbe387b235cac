"""The order of the members of a collection, as clients set it (RFC 3648).

Each name has a rank. To move a member to an end costs as much as any write; to move it between others ranks all again.
"""

from __future__ import annotations

from collections.abc import Iterable
from sys import getsizeof
from typing import Literal, TypeAlias

from msgspec import Struct
from rpds import HashTrieMap

from dav424.core.memory import NOTHING, Held, hold
from dav424.store.slices import in_order, map_of

Ranks: TypeAlias = "HashTrieMap[str, int]"

_OF_A_RANK = 200
"""The bytes that the rank of a name takes (measured)."""
UNORDERED = "DAV:unordered"
"""The ordering type of a collection without an order."""


class Position(Struct, frozen=True):
    """A position in an order: at an end, or before or after another member, the ``neighbour``."""

    place: Literal["first", "last", "before", "after"]
    neighbour: str = ""


class Order(Struct, frozen=True):
    """An order; its ``type`` is a URI. Each rank is at least ``low`` and less than ``high``. ``held`` counts its memory."""

    type: str
    ranks: Ranks = HashTrieMap()
    low: int = 0
    high: int = 0
    held: Held = NOTHING

    def sorted(self, names: Iterable[str]) -> list[str]:
        """Sort names; those without a rank come last, by name."""
        ranks, last = self.ranks, self.high
        return [name for _, name in in_order((ranks.get(name, last), name) for name in names)]

    def added(self, name: str) -> Order:
        """Add a name at the end; a name that has a rank keeps it.

        >>> Order("DAV:custom").added("b").added("a").added("b").sorted(["a", "b"])
        ['b', 'a']
        """
        if name in self.ranks:
            return self
        return self._with(self.ranks.insert(name, self.high), high=self.high + 1)

    def removed(self, name: str) -> Order:
        """Remove a name."""
        return self._with(self.ranks.discard(name))

    def only(self, names: Iterable[str]) -> Order:
        """Remove all other names."""
        return self._with(map_of({name: self.ranks[name] for name in names if name in self.ranks}))

    def moved(self, name: str, position: Position) -> Order:
        """Move a name to a position; the neighbour must have a rank, and be another name.

        >>> order = ranked("DAV:custom", ["a", "b", "c"])
        >>> order.moved("c", Position("before", "b")).sorted("abc")
        ['a', 'c', 'b']
        >>> order.moved("c", Position("first")).moved("a", Position("last")).sorted("abc")
        ['c', 'b', 'a']
        """
        if position.place == "first":
            return self._with(self.ranks.insert(name, self.low - 1), low=self.low - 1)
        if position.place == "last":
            return self._with(self.ranks.insert(name, self.high), high=self.high + 1)
        names = [other for other in self.sorted(self.ranks) if other != name]
        names.insert(names.index(position.neighbour) + (position.place == "after"), name)
        return ranked(self.type, names)

    def _with(self, ranks: Ranks, *, low: int | None = None, high: int | None = None) -> Order:
        """Replace the ranks, and their ends if these are given."""
        low, high = self.low if low is None else low, self.high if high is None else high
        return Order(self.type, ranks, low, high, _held(self.type, len(ranks)))


def _held(kind: str, names: int) -> Held:
    return hold(getsizeof(kind) + _OF_A_RANK * names)


def ranked(kind: str, names: Iterable[str]) -> Order:
    """Make an order of a type, with names in their sequence."""
    ranks = map_of({name: rank for rank, name in enumerate(names)})
    return Order(kind, ranks, 0, len(ranks), _held(kind, len(ranks)))
