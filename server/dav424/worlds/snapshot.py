"""A snapshot: the state of a space at one time. Its trees are shared, so it takes little memory."""

from __future__ import annotations

from collections.abc import Mapping

from msgspec import Struct

from dav424.core.memory import Held, hold
from dav424.worlds.world import WorldState

MOST_SNAPSHOTS = 100
"""The maximum number of snapshots of a space."""
_OF_A_SNAPSHOT = 300
"""The bytes that a snapshot takes for itself and for each world, beside the trees (measured)."""


class Snapshot(Struct, frozen=True):
    """The state of a space at one time: its worlds by scenario, and the seconds by which its clock was advanced.

    The next nonce follows from ``nonce_seed``. ``held`` counts the memory that it takes beside the trees.
    """

    worlds: Mapping[str, WorldState]
    moved: float
    nonce_seed: bytes
    held: Held


def snapshot_of(worlds: Mapping[str, WorldState], moved: float, nonce_seed: bytes) -> Snapshot:
    """Make a snapshot, and count its memory."""
    return Snapshot(worlds, moved, nonce_seed, hold(_OF_A_SNAPSHOT * (1 + len(worlds))))
