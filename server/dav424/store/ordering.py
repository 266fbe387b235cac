"""The order of the members of a collection, as clients set it (RFC 3648).

Each name has a rank. To move a member to an end costs as much as any write; to move it between others ranks all again.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Literal, TypeAlias

from msgspec import Struct
from msgspec.structs import replace
from rpds import HashTrieMap

from dav424.store.slices import in_order, map_of

Ranks: TypeAlias = "HashTrieMap[str, int]"

UNORDERED = "DAV:unordered"
"""The ordering type of a collection without an order."""


class Position(Struct, frozen=True):
    """A position in an order: at an end, or before or after another member, the ``neighbour``."""

    place: Literal["first", "last", "before", "after"]
    neighbour: str = ""


class Order(Struct, frozen=True):
    """An order; its ``type`` is a URI. Each rank is at least ``low`` and less than ``high``."""

    type: str
    ranks: Ranks = HashTrieMap()
    low: int = 0
    high: int = 0

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
        return replace(self, ranks=self.ranks.insert(name, self.high), high=self.high + 1)

    def removed(self, name: str) -> Order:
        """Remove a name."""
        return replace(self, ranks=self.ranks.discard(name))

    def only(self, names: Iterable[str]) -> Order:
        """Remove all other names."""
        return replace(self, ranks=map_of({name: self.ranks[name] for name in names if name in self.ranks}))

    def moved(self, name: str, position: Position) -> Order:
        """Move a name to a position; the neighbour must have a rank, and be another name.

        >>> order = ranked("DAV:custom", ["a", "b", "c"])
        >>> order.moved("c", Position("before", "b")).sorted("abc")
        ['a', 'c', 'b']
        >>> order.moved("c", Position("first")).moved("a", Position("last")).sorted("abc")
        ['c', 'b', 'a']
        """
        if position.place == "first":
            return replace(self, ranks=self.ranks.insert(name, self.low - 1), low=self.low - 1)
        if position.place == "last":
            return replace(self, ranks=self.ranks.insert(name, self.high), high=self.high + 1)
        names = [other for other in self.sorted(self.ranks) if other != name]
        names.insert(names.index(position.neighbour) + (position.place == "after"), name)
        return ranked(self.type, names)


def ranked(kind: str, names: Iterable[str]) -> Order:
    """Make an order of a type, with names in their sequence."""
    ranks = map_of({name: rank for rank, name in enumerate(names)})
    return Order(kind, ranks, 0, len(ranks))
