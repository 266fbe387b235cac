"""The names of all spaces in an engine: how many there may be, which were made by hand, and which have expired.

The keys are on one node of a cluster, and those of a space can be on another one. So a name outlives its space by a little:
it is kept for a quarter longer, and the replicas that use the space keep it from time to time.
"""

from __future__ import annotations

from msgspec import Struct

from dav424.core.space_names import DEFAULT_SPACE
from dav424.replicas.engine import Engine, script
from dav424.replicas.scripts import CHECK, KEEP, LIST, RESERVE, STRIKE
from dav424.worlds.expiry import MOST_REMEMBERED, expired
from dav424.worlds.space import too_many_spaces

_KEYS = [f"dav424:{{*}}:{key}" for key in ("names", "made", "gone", "idle", "number", "expired")]
"""No space has the name of this hash tag."""
_OF_STRANGERS = 2
_PROVISIONAL = 60_000
"""Milliseconds for which a name is reserved until its space is there."""
_RESERVE, _CHECK, _KEEP, _LIST, _STRIKE = map(script, (RESERVE, CHECK, KEEP, LIST, STRIKE))


class Lifetime(Struct, frozen=True):
    """When a space expires: after ``idle`` milliseconds without a request, 0 for never; and whether the admin API ``made`` it."""

    idle: int = 0
    made: bool = False

    @property
    def made_idle(self) -> str:
        """The seconds of a space that the admin API made, as text; empty for another one."""
        return f"{self.idle / 1000:g}" if self.made else ""


class SpaceNames:
    """The names in an engine; there may be ``most`` of them. All methods raise ``StoreError``."""

    def __init__(self, engine: Engine, most: int) -> None:
        self._engine, self._most = engine, most

    def reserve(self, name: str, lifetime: Lifetime, *, anew: bool, foreign: bool = False) -> str:
        """Reserve a name for a space that has no log, or the next number if the name is empty; gives the name.

        Refuses with 507 if there are too many spaces, and with 410 the name of a space that has expired, unless it is to be
        made ``anew``. Requests that pages of another site made browsers send, ``foreign`` ones, get half of the names at most.
        """
        most = self._most // _OF_STRANGERS if foreign else self._most
        words = [MOST_REMEMBERED, name, most, lifetime.made_idle, "1" if anew else "", _PROVISIONAL]
        word, given, idle = self._engine.run(_RESERVE, _KEYS, words)
        if word == b"full":
            raise too_many_spaces(most)
        if word == b"gone":
            raise expired(name, float(idle))
        text: str = given.decode()
        return text

    def check(self, name: str) -> None:
        """Refuse with 410 the name of a space that has no log, because it has expired."""
        idle = self._engine.run(_CHECK, _KEYS, [MOST_REMEMBERED, name])
        if idle:
            raise expired(name, float(idle))

    def keep(self, name: str, lifetime: Lifetime, *, lost: bool = False) -> bool:
        """Keep the name of a space that was used, a quarter longer than the space; False if there is no such name.

        The space was removed a moment ago, or its name was ``lost``: then it is there again.
        """
        lasts = "" if not lifetime.idle else int(lifetime.idle * 1.25)
        return bool(self._engine.run(_KEEP, _KEYS, [name, lasts, lifetime.made_idle, "1" if lost else ""]))

    def strike(self, name: str) -> None:
        """Strike out the name of a space that was removed."""
        self._engine.run(_STRIKE, _KEYS, [name])

    def all(self) -> tuple[list[str], int]:
        """List the names, the default space first, and say how many spaces have expired."""
        names, gone = self._engine.run(_LIST, _KEYS, [MOST_REMEMBERED])
        return [DEFAULT_SPACE, *(name.decode() for name in names)], int(gone)
