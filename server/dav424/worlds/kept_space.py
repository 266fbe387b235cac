"""The whole state of a space, to be taken over by a copy of the space in another process."""

from __future__ import annotations

from collections.abc import Mapping

from msgspec import Struct

from dav424.journal.journal import KeptJournal
from dav424.worlds.nonces import KeptNonces
from dav424.worlds.snapshot import Snapshot
from dav424.worlds.space import ServedSpace
from dav424.worlds.world import Blueprint, WorldState


class KeptWorld(Struct, frozen=True):
    """A world: its blueprint and its state."""

    blueprint: Blueprint
    state: WorldState


class KeptSpace(Struct, frozen=True):
    """A space; the fields are those of ``ServedSpace``. Nothing in it changes."""

    worlds: Mapping[str, KeptWorld]
    snapshots: Mapping[str, Snapshot]
    clock: tuple[float, float]
    nonces: KeptNonces
    journal: KeptJournal
    dialect: str
    idle: float
    auto: bool


def keep(space: ServedSpace) -> KeptSpace:
    """Give the state of a space; it shares all that never changes."""
    with space.still():
        worlds = {name: KeptWorld(world.blueprint, world.current_state()) for name, world in space.worlds.items()}
        return KeptSpace(
            worlds,
            dict(space.snapshots),
            space.clock.kept(),
            space.nonces.kept(),
            space.journal.kept(),
            space.dialect,
            space.idle,
            space.auto,
        )


def take_over(space: ServedSpace, kept: KeptSpace) -> None:
    """Let a space, before its first request, take over the state of another one with the same name."""
    for each in kept.worlds.values():
        space.install(each.blueprint)
    with space.still():
        for name, each in kept.worlds.items():
            space.worlds[name].set_state(each.state)
        space.snapshots = dict(kept.snapshots)
        space.clock.restore(kept.clock)
        space.nonces.restore(kept.nonces)
        space.journal.restore(kept.journal)
        space.dialect, space.idle, space.auto = kept.dialect, kept.idle, kept.auto
