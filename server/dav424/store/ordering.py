"""The order of a collection's members, as clients want it (RFC 3648).

Each name has a rank. To come first or last costs what any write does; to come in between ranks all anew.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Literal, TypeAlias

from msgspec import Struct
from msgspec.structs import replace
from rpds import HashTrieMap

Ranks: TypeAlias = "HashTrieMap[str, int]"

UNORDERED = "DAV:unordered"
"""The type of the order that a collection has that isn't ordered."""


class Position(Struct, frozen=True):
    """Where a member is to come: at an end, or beside another one, the ``neighbour``."""

    place: Literal["first", "last", "before", "after"]
    neighbour: str = ""


class Order(Struct, frozen=True):
    """An order of a type, which is a URI. All ranks lie from ``low`` up to ``high``, that not included."""

    type: str
    ranks: Ranks = HashTrieMap()
    low: int = 0
    high: int = 0

    def sorted(self, names: Iterable[str]) -> list[str]:
        """Sort names; those without a rank come last, by name."""
        return sorted(names, key=lambda name: (self.ranks.get(name, self.high), name))

    def added(self, name: str) -> Order:
        """Let a new name come last; one that has a rank keeps it.

        >>> Order("DAV:custom").added("b").added("a").added("b").sorted(["a", "b"])
        ['b', 'a']
        """
        if name in self.ranks:
            return self
        return replace(self, ranks=self.ranks.insert(name, self.high), high=self.high + 1)

    def removed(self, name: str) -> Order:
        """Forget a name."""
        return replace(self, ranks=self.ranks.discard(name))

    def only(self, names: Iterable[str]) -> Order:
        """Forget all other names."""
        return replace(self, ranks=HashTrieMap({name: self.ranks[name] for name in names if name in self.ranks}))

    def moved(self, name: str, position: Position) -> Order:
        """Put a name where it is to come; the neighbour must have a rank and be another one.

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
        names = [each for each in self.sorted(self.ranks) if each != name]
        names.insert(names.index(position.neighbour) + (position.place == "after"), name)
        return ranked(self.type, names)


def ranked(kind: str, names: Iterable[str]) -> Order:
    """Make an order of a type, with these names as they come."""
    ranks = HashTrieMap({name: rank for rank, name in enumerate(names)})
    return Order(kind, ranks, 0, len(ranks))
