"""Answers about nodes: pieces of bytes, kept as long as their node lives, and within a bound.

A node never changes. So an answer about a node, and all nodes below it, is written once, and sent again for the same
question. The caller's key names all else that decides the bytes. Nothing here keeps a node alive: a node that goes takes
its answers along. They count as memory that the server holds, and give way when the memory is full.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable, Hashable
from functools import partial
from threading import RLock
from weakref import ref

from msgspec import Struct
from rpds import HashTrieMap

from dav424.core.memory import NO_LIMIT, Budget, Held, hold, spare
from dav424.store.tree import Collection, Node, new_ctag

MOST = 16 << 20
"""The most bytes that are kept; those that were used last stay."""
MOST_OF_ONE = 4 << 20
"""The most bytes of one answer that are kept."""
_EACH = 1500
"""The bytes that an answer takes beside its own, with its key (measured)."""
_LARGE = 50
"""The members of a collection whose CTag is kept."""
_CTAG = "ctag"


class Same:
    """An object as a part of a key: it equals itself alone, whatever it holds."""

    __slots__ = ("_thing",)

    def __init__(self, thing: object) -> None:
        self._thing = thing

    def __eq__(self, other: object) -> bool:
        """Say whether the other one is of the same object."""
        return isinstance(other, Same) and self._thing is other._thing

    def __hash__(self) -> int:
        """Give the identity of the object, which lives as long as this."""
        return id(self._thing)


class _Answer(Struct, frozen=True):
    """An answer about a node; ``held`` counts its memory."""

    node: ref[Node]
    pieces: tuple[bytes, ...]
    held: Held


class Written:
    """The answers that were written last. Threads share them."""

    def __init__(self, most: int = MOST) -> None:
        self._entries: OrderedDict[tuple[int, Hashable], _Answer] = OrderedDict()
        self._most, self._size = most, 0
        self._lock = RLock()  # a node can go, and call ``_drop``, wherever Python allocates

    def __len__(self) -> int:
        """Count the answers."""
        return len(self._entries)

    def find(self, node: Node, key: Hashable) -> tuple[bytes, ...] | None:
        """Give the pieces that were kept about a node with this key; None if there are none."""
        place = id(node), key
        if place not in self._entries:
            return None
        with self._lock:
            entry = self._entries.get(place)
            if entry is None or entry.node() is not node:
                return None
            self._entries.move_to_end(place)
        return entry.pieces

    def keep(self, node: Node, key: Hashable, pieces: tuple[bytes, ...], budget: Budget) -> None:
        """Keep pieces about a node, if the budget has room for them; those that were used least recently go."""
        size = _EACH + sum(map(len, pieces))
        if size > self._most or not budget.has_room(size):
            return
        place = id(node), key
        with self._lock:
            self._drop(place)
            self._entries[place] = _Answer(ref(node, self._dropping(place)), pieces, hold(size))
            self._size += size
            while self._size > self._most:
                self._drop(next(iter(self._entries)))

    def clear(self) -> None:
        """Drop all of them."""
        with self._lock:
            self._entries.clear()
            self._size = 0

    def _dropping(self, place: tuple[int, Hashable]) -> Callable[[ref[Node]], None]:
        return partial(self._drop, place)

    def _drop(self, place: tuple[int, Hashable], _: object = None) -> None:
        with self._lock:
            entry = self._entries.pop(place, None)
            if entry is not None:
                self._size -= entry.held


ANSWERS = Written()
spare(ANSWERS)


def ctag(node: Collection) -> str:
    """Give the CTag of a collection, which is made once for a large one: that looks at each member.

    A collection of a provider reads its members on demand, so its CTag is always made anew.
    """
    if type(node.children) is not HashTrieMap or len(node.children) < _LARGE:
        return new_ctag(node)
    known = ANSWERS.find(node, _CTAG)
    if known is None:
        known = (new_ctag(node).encode(),)
        ANSWERS.keep(node, _CTAG, known, NO_LIMIT)
    return known[0].decode()
