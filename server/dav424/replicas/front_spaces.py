"""The spaces of the server itself, as those parts see them that concern no single space: metrics, readiness, the end."""

from __future__ import annotations

from collections.abc import Callable

from dav424.replicas.house import House
from dav424.worlds.space import ServedSpace, Spaces


class FrontSpaces(Spaces):
    """Spaces of which each is in a house; ``houses`` lists the houses that this replica has now."""

    houses: Callable[[], list[House]] = list

    def all(self) -> list[ServedSpace]:
        """List the spaces that this replica has a copy of now, and the default space."""
        found = {house.spaces.name: house.spaces.own for house in self.houses()}
        default = found.pop(self.default.name, None) or self.default
        return [default, *(space for space in found.values() if space is not None)]

    def close(self) -> None:
        """End all waiting, in the houses too."""
        super().close()
        for house in self.houses():
            house.spaces.close()
