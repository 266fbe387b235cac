"""Spaces that are made: a request for a space without a log is tried out first, in a house that is thrown away."""

from __future__ import annotations

import secrets
from collections.abc import Callable

from dav424.core.clocks import real_time
from dav424.core.neighbours import is_foreign
from dav424.core.space_names import DEFAULT_SPACE
from dav424.replicas.entries import CallEntry, Entry
from dav424.replicas.house import Carried, House
from dav424.replicas.log import Birth
from dav424.replicas.names import SpaceNames
from dav424.replicas.problems import NOT_DONE, StoreError, UnavailableError
from dav424.replicas.room import NoRoomError


class AnsweredError(Exception):
    """A request makes no space, and is answered without one."""

    def __init__(self, carried: Carried) -> None:
        super().__init__()
        self.carried = carried


class Births:
    """Decides which spaces are made; ``make_house`` makes an empty house."""

    def __init__(self, names: SpaceNames, make_house: Callable[[str], House]) -> None:
        self._names, self._make_house = names, make_house

    def begin(self, name: str, entry: Entry) -> Birth:
        """Make the space of a name for its first entry, if the entry makes one when it is tried out.

        Raises ``AnsweredError`` if it makes none, and ``UnavailableError``. Refuses as ``SpaceNames.reserve`` does.
        """
        if name == DEFAULT_SPACE:
            return _birth(0)
        house, carried = self._tried(name, entry)
        try:
            if house.spaces.own is None:
                self._names.check(name)
                raise AnsweredError(carried)
            lifetime = house.spaces.lifetime
            anew = isinstance(entry, CallEntry) and lifetime.made
            self._names.reserve(name, lifetime, anew=anew, foreign=is_foreign(entry.headers))
        except StoreError as error:
            raise UnavailableError(f"{error} {NOT_DONE}") from None
        finally:
            house.discard()
        return _birth(lifetime.idle)

    def numbered(self, entry: Entry) -> tuple[str, Birth]:
        """Choose the name of a space that is made without one; gives the name too. Raises and refuses as ``begin`` does."""
        house, carried = self._tried("0", entry)
        lifetime = house.spaces.lifetime
        made = house.spaces.own is not None
        house.discard()
        if not made:
            raise AnsweredError(carried)
        try:
            return self._names.reserve("", lifetime, anew=True), _birth(lifetime.idle)
        except StoreError as error:
            raise UnavailableError(f"{error} {NOT_DONE}") from None

    def tried(self, house: House | None, name: str, entry: Entry) -> Carried:
        """Try an entry out on a copy of a house, or on an empty one, and give the result."""
        copy = self._make_house(name)
        kept = house.kept() if house is not None else None
        try:
            if kept is not None:
                copy.take_over(kept)
            return copy.carry_out(entry, real_time())
        except NoRoomError:
            raise UnavailableError(
                f"This server has no memory left for this request (--max-memory). {NOT_DONE}"
            ) from None
        finally:
            copy.discard()

    def _tried(self, name: str, entry: Entry) -> tuple[House, Carried]:
        house = self._make_house(name)
        try:
            return house, house.carry_out(entry, real_time())
        except NoRoomError:
            house.discard()
            raise UnavailableError(
                f"This server has no memory left for one more space (--max-memory). {NOT_DONE}"
            ) from None


def _birth(idle: int) -> Birth:
    return Birth(secrets.token_hex(8).encode(), idle)
