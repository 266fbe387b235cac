"""The part of a world that requests change, with its quotas."""

from __future__ import annotations

from msgspec import Struct
from rpds import HashTrieMap

from dav424.core.paths import Path
from dav424.store.changes import Changes
from dav424.store.tree import Collection


class State(Struct, frozen=True):
    """The root of a tree, the last serial number that an entity-tag or lock token has used, and the quotas.

    ``quotas`` are the greatest weights, in bytes, that the nodes at some paths may have. A quota belongs to its path:
    a resource that is copied or moved leaves it behind. ``dormant`` are the ids of the causes that the tree leaves out now,
    because their counters say so. ``removed`` counts the resources that requests have removed or replaced with others since
    the world began. ``changes`` are the last changes of the tree.
    """

    root: Collection
    serial: int = 0
    quotas: HashTrieMap[Path, int] = HashTrieMap()
    dormant: frozenset[str] = frozenset()
    removed: int = 0
    changes: Changes = Changes()


class Limit(Struct, frozen=True):
    """A quota that refused a change: the greatest weight, in bytes, of the node at a path."""

    path: Path
    bytes: int
