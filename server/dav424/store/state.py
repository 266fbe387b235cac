"""What one request can change of a world, and what limits it."""

from __future__ import annotations

from msgspec import Struct
from rpds import HashTrieMap

from dav424.core.paths import Path
from dav424.store.tree import Collection


class State(Struct, frozen=True):
    """All that a request can change: the root, and the number of ETags and tokens handed out.

    ``quotas`` are the greatest weights, in bytes, that the nodes at some paths may have. They belong to
    the place: nothing that is copied or moved takes one along, and what comes to the place finds it.
    """

    root: Collection
    serial: int = 0
    quotas: HashTrieMap[Path, int] = HashTrieMap()


class Limit(Struct, frozen=True):
    """A quota that stood in the way: the greatest weight, in bytes, that a place may have."""

    path: Path
    bytes: int
