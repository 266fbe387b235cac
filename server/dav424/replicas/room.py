"""The memory of a replica: the spaces that it has not used for the longest time give way, since the engine has their logs."""

from __future__ import annotations

from collections.abc import Callable

from dav424.core import memory
from dav424.core.clocks import sleep
from dav424.core.memory import Budget

_TRIES, _PAUSE = 20, 0.005
"""How often, and after how many seconds, a check looks again before it gives up."""


class NoRoomError(BaseException):
    """There is no memory here for an entry that other replicas carry out: its copy of the space must not go on."""


class Room(Budget, frozen=True):
    """The limit of a replica. A check frees memory with ``make_room``, and raises ``NoRoomError`` if that is not enough.

    An entry must not be answered otherwise on a replica with less memory, so no refusal is made of it.
    """

    make_room: Callable[[int], object] = lambda _: None

    def exceeded(self, more: int = 0) -> bool:  # noqa: ARG002 - see below
        """Say no: a journal on all replicas has the same entries."""
        return False

    def check(self, more: int = 0, *, patient: bool = True) -> None:  # noqa: ARG002 - the same
        """Make room, or raise ``NoRoomError``."""
        if self.limit is None or memory.total() + more <= self.limit:
            return
        self.make_room(more)
        for _ in range(_TRIES):
            if memory.total() + more <= self.limit:
                return
            sleep(_PAUSE)  # trees are freed in the background
        raise NoRoomError
