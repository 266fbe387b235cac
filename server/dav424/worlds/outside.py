"""Trees outside of the server, such as a folder: there is one world of each, in the default space, and no copy of it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING

from dav424.core.batch import Refused

if TYPE_CHECKING:
    from dav424.worlds.world import Blueprint, World, WorldState


def outside(scenario: str) -> str:
    """Say that the tree of a scenario is not in the server."""
    return f"The files of /{scenario}/ are outside of the server, and no snapshot has them."


def refuse_another(blueprint: Blueprint) -> Blueprint:
    """Give the blueprint, or refuse with 404 to make another world of it."""
    if blueprint.outside:
        name = blueprint.name
        raise Refused(404, f"There is one {name!r} for all spaces, outside of the server: send /{name}/.")
    return blueprint


def states_inside(worlds: Mapping[str, World]) -> dict[str, WorldState]:
    """Give the states of the worlds whose trees are in the server; the caller holds their mutexes."""
    return {name: world.current_state() for name, world in worlds.items() if not world.blueprint.outside}


def refuse_restore(worlds: Iterable[World]) -> None:
    """Refuse with 409 to restore a space with such a tree."""
    for world in worlds:
        if world.blueprint.outside:
            why = f"{outside(world.name)} So the space can't be restored. A reset restores its causes."
            raise Refused(409, why)
