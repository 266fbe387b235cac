"""A process as one of many: its copies of spaces, each as far as it has carried out the log.

A request is appended to the log of its space before it is carried out, so that its place among all others is settled, and
every replica carries it out there, once. Entries that others have appended since come back with the same call, and go first.
"""

from __future__ import annotations

import logging
import math
import secrets
import threading
from collections import OrderedDict
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from itertools import count
from typing import NoReturn, Protocol

from msgspec.structs import replace

from dav424.core import memory
from dav424.core.clocks import monotonic
from dav424.core.space_names import DEFAULT_SPACE
from dav424.replicas import kept_bytes
from dav424.replicas import log as space_log
from dav424.replicas.engine import Engine
from dav424.replicas.entries import Entry, pack, unpack
from dav424.replicas.house import Carried, House, chained
from dav424.replicas.kept_bytes import FindBlueprint, NotKeptError
from dav424.replicas.log import Asker, Birth, LogPlace, LogReply
from dav424.replicas.names import Lifetime, SpaceNames
from dav424.replicas.problems import MAYBE_DONE, NOT_DONE, StoreError, UnavailableError
from dav424.replicas.room import NoRoomError, Room

_OF_A_WAIT = 2
"""A request may wait this part of the whole time for others of its space, and read what they have done. The rest is for the last call."""
MOST_OF_A_STATE = 256 << 20
"""The most bytes of a checkpoint: an engine holds at most twice as many in one value."""
_MOST_TROUBLES = 10
"""How many spaces in trouble one look asks for."""
_OF_AN_ENTRY = 3
"""How many times an entry is held while it is carried out: as bytes, as the body of its request, and as content."""
_OF_A_LIFE = 4
"""After this part of its lifetime, the name of a space that is used is kept for longer."""
log = logging.getLogger("dav424")


class After(Protocol):
    """Does the work that no request waits for."""

    def __call__(self, name: str, *, due: bool) -> object:
        """Look after a space in which an entry was carried out; with ``due``, write a checkpoint of it."""


def _nothing(name: str, *, due: bool) -> None:
    """Leave the work to others."""


Begin = Callable[[], Birth]
"""Decides whether a space may be made; raises the answer to the request if it may not."""


class SpaceCopy:
    """The copy of a space: the ``house``, and the ``place`` in the log up to which it has come.

    The ``lock`` is for one thread at a time. ``told`` is the position up to which the engine knows the digests, and ``keep_at``
    the time from which on the name has to be kept anew; it was kept for a ``lifetime``.
    """

    __slots__ = ("house", "keep_at", "lifetime", "lock", "name", "place", "told")

    def __init__(self, name: str) -> None:
        self.name = name
        self.lock = threading.Lock()
        self.house: House | None = None
        self.place, self.told = LogPlace(), 0
        self.keep_at, self.lifetime = 0.0, Lifetime()

    def begin(self, house: House | None, epoch: bytes = b"") -> None:
        """Begin anew, or forget all."""
        if self.house is not None:
            self.house.discard()
        self.house, self.place, self.told, self.keep_at = house, LogPlace(epoch), 0, 0.0

    @property
    def idle(self) -> int | None:
        """The milliseconds without a request after which the space expires, 0 for never; None if it is not known."""
        return None if self.house is None or self.house.spaces.own is None else self.house.spaces.lifetime.idle


class Replica:
    """The copies of the spaces in this process; ``make_house`` makes an empty one.

    ``fingerprint`` tells all that answers follow from. ``troubles`` are sentences about spaces that this replica must not
    serve, by name. ``after`` is called for each space in which an entry was carried out. ``find`` gives the blueprints of the server,
    and ``room`` the limit of its memory.
    """

    def __init__(
        self,
        engine: Engine,
        names: SpaceNames,
        *,
        fingerprint: Callable[[], str],
        make_house: Callable[[str], House],
        find: FindBlueprint,
        room: Room,
    ) -> None:
        self._engine, self._names, self._fingerprint, self._make_house = engine, names, fingerprint, make_house
        self._find, self._room = find, room
        self._copies: OrderedDict[str, SpaceCopy] = OrderedDict()
        self._making = threading.Lock()
        self._own = secrets.token_bytes(8)
        self._numbers = count(1)
        self.troubles: dict[str, str] = {}
        self.after: After = _nothing

    def carry_out(self, name: str, entry: Entry, begin: Begin) -> Carried:
        """Append an entry to the log of a space, and carry it out after all that were there before.

        If there is no such space, ``begin`` decides. Raises ``UnavailableError``.
        """
        own = self._own + next(self._numbers).to_bytes(8, "big"), pack(entry)
        try:
            self._room.check(_OF_AN_ENTRY * len(own[1]))
        except NoRoomError:
            raise UnavailableError(f"This server has no memory left (--max-memory). {NOT_DONE}") from None
        until = monotonic() + self._engine.timeout / _OF_A_WAIT
        with self._alone(name) as copy:
            birth: Birth | None = None
            while True:
                reply = self._ask(copy, until, own, birth)
                if reply.word == "none":
                    birth = begin()
                    continue
                carried = self._catch_up(copy, reply, own)
                if carried is not None:
                    self.after(name, due=reply.word == "due")
                    return carried

    def synced(self, name: str) -> House | None:
        """Give the house of a space after all entries so far; None if there is no such space.

        Raises ``UnavailableError``.
        """
        until = monotonic() + self._engine.timeout / _OF_A_WAIT
        with self._alone(name) as copy:
            while True:
                reply = self._ask(copy, until)
                if reply.word == "none":
                    return None
                self._catch_up(copy, reply)
                if reply.word == "ok":
                    return copy.house

    def settle(self, name: str) -> None:
        """Tell the engine the digest of the latest answer, if it does not know it, and keep the name of the space.

        Raises ``UnavailableError`` and ``StoreError``.
        """
        copy = self._copies.get(name)
        if copy is None or copy.house is None:
            return
        named = name != DEFAULT_SPACE
        due = named and (copy.keep_at < monotonic() or copy.lifetime != copy.house.spaces.lifetime)
        if copy.told == copy.place.at and not due:
            return
        house = self.synced(name)
        if due and house is not None:
            lifetime = house.spaces.lifetime
            if not self._names.keep(name, lifetime) and self.synced(name) is not None:
                self._names.keep(name, lifetime, lost=True)
            copy.lifetime = lifetime
            copy.keep_at = monotonic() + lifetime.idle / 1000 / _OF_A_LIFE if lifetime.idle else math.inf

    def save(self, name: str) -> None:
        """Write a checkpoint of a space, so that its log becomes short. Raises ``UnavailableError`` and ``StoreError``."""
        with self._alone(name) as copy:
            kept = copy.house.kept() if copy.house is not None else None
            place = replace(copy.place)
        if kept is None:
            return
        try:
            state = kept_bytes.write(kept, self._find)
        except NotKeptError as error:
            log.warning("No checkpoint of the space %r can be written, so its log grows: %s", name, error)
            return
        if len(state) > MOST_OF_A_STATE:
            log.warning("The space %r has %d bytes, too many for a checkpoint, so its log grows.", name, len(state))
            return
        space_log.save(self._engine, name, place, self._fingerprint(), state)

    def remove(self, name: str) -> bool:
        """Remove a space; False if there is none. Raises ``UnavailableError``."""
        with self._alone(name) as copy:
            try:
                removed = space_log.remove(self._engine, name)
                self._names.strike(name)
            except StoreError as error:
                raise UnavailableError(f"{error} {MAYBE_DONE if error.sent else NOT_DONE}") from None
            copy.begin(None)
            self.troubles.pop(name, None)
        return removed

    def known(self, name: str) -> House | None:
        """Give the house of a space as far as it has come; None if this replica does not have it."""
        copy = self._copies.get(name)
        return copy.house if copy is not None else None

    def look_at_troubles(self) -> None:
        """Forget the troubles of spaces that this replica can serve now. Raises ``StoreError``."""
        for name in list(self.troubles)[:_MOST_TROUBLES]:
            with suppress(UnavailableError):  # it stays
                if self.synced(name) is None:
                    self.troubles.pop(name, None)

    def houses(self) -> list[House]:
        """List the houses of this replica."""
        with self._making:
            return [copy.house for copy in self._copies.values() if copy.house is not None]

    def make_room(self, limit: int, more: int) -> None:
        """Drop the copies that were not used for the longest time, until ``more`` bytes fit into the limit."""
        with self._making:
            oldest = list(self._copies.values())
        for copy in oldest:
            if memory.total() + more <= limit:
                return
            if copy.lock.acquire(blocking=False):
                try:
                    copy.begin(None)
                finally:
                    copy.lock.release()
                with self._making:
                    self._copies.pop(copy.name, None)

    @contextmanager
    def _alone(self, name: str) -> Iterator[SpaceCopy]:
        """Let one thread at a time use the copy of a space; it is forgotten again if there is no such space."""
        with self._making:
            copy = self._copies.setdefault(name, SpaceCopy(name))
            self._copies.move_to_end(name)
        if not copy.lock.acquire(timeout=self._engine.timeout / _OF_A_WAIT):
            raise UnavailableError(f"Other requests for this space take long. {NOT_DONE}")
        try:
            yield copy
        finally:
            copy.lock.release()
            if copy.house is None:
                with self._making:
                    if self._copies.get(name) is copy:
                        del self._copies[name]

    def _ask(
        self,
        copy: SpaceCopy,
        until: float,
        own: tuple[bytes, bytes] | None = None,
        birth: Birth | None = None,
    ) -> LogReply:
        if monotonic() > until:
            raise UnavailableError(
                f"This server has not come to this request in time: it reads the requests to other servers, or is busy. {NOT_DONE}"
            )
        asker = Asker(self._fingerprint(), copy.place, copy.idle)
        try:
            reply = space_log.ask(self._engine, copy.name, asker, own, birth)
        except StoreError as error:
            raise UnavailableError(f"{error} {MAYBE_DONE if error.sent and own is not None else NOT_DONE}") from None
        if reply.word == "none":
            copy.begin(None)
            self.troubles.pop(copy.name, None)
        return reply

    def _catch_up(self, copy: SpaceCopy, reply: LogReply, own: tuple[bytes, bytes] | None = None) -> Carried | None:
        """Carry out the entries of a reply; gives the result of the own one, if it was appended."""
        if reply.word == "print":
            self._other_fingerprint(copy, reply)
        if reply.word == "differs":
            self._differs(copy)
        if reply.word == "load":
            self._load(copy)
            return None
        house = copy.house
        if house is None or copy.place.epoch != reply.epoch or copy.place.at != reply.start:
            house = self._make_house(copy.name)
            copy.begin(house, reply.epoch)
        copy.told = copy.place.at
        self.troubles.pop(copy.name, None)
        carried: Carried | None = None
        try:
            for entry in reply.entries:
                done = self._carry(copy, house, entry.token, entry.at, entry.data)
                carried = done if copy.place.at == reply.own else carried
                if entry.told is not None and entry.told != copy.place.chain:
                    self._differs(copy)
            if reply.own > copy.place.at and own is not None:
                carried = self._carry(copy, house, own[0], reply.time, own[1])
        except NoRoomError:
            copy.begin(None)
            raise _no_room(MAYBE_DONE if reply.own else NOT_DONE) from None
        except BaseException:
            copy.begin(None)  # an entry may be done in part
            raise
        return carried

    def _load(self, copy: SpaceCopy) -> None:
        """Begin with the state of the last checkpoint."""
        try:
            loaded = space_log.load(self._engine, copy.name, self._fingerprint())
            if loaded is None:
                return  # the next question tells why
            place, state = loaded
            kept = kept_bytes.read(state, self._find)
        except StoreError as error:
            raise UnavailableError(f"{error} {NOT_DONE}") from None
        except NotKeptError as error:
            self._refuse(copy, f"The checkpoint of the space {copy.name!r} can't be read: {error}.")
        house = self._make_house(copy.name)
        try:
            house.take_over(kept)
        except NoRoomError:
            house.discard()
            copy.begin(None)
            raise _no_room(NOT_DONE) from None
        copy.begin(house, place.epoch)
        copy.place = place
        copy.told = place.at

    @staticmethod
    def _carry(copy: SpaceCopy, house: House, token: bytes, at: float, data: bytes) -> Carried:
        """Carry out the next entry of the log."""
        carried = house.carry_out(unpack(data), at)
        place = copy.place
        place.at, place.token, place.chain = place.at + 1, token, chained(place.chain, carried)
        return carried

    def _other_fingerprint(self, copy: SpaceCopy, reply: LogReply) -> None:
        """Refuse the requests for a space of servers that may answer otherwise."""
        self._refuse(
            copy,
            f"The space {copy.name!r} belongs to servers with another version, other scenarios or other settings "
            f"({reply.fingerprint}) than this one ({self._fingerprint()}), so this one does not answer for it. {_remedy(copy.name)}",
        )

    def _differs(self, copy: SpaceCopy) -> None:
        """Refuse the requests for a space in which this replica does not answer as others do."""
        self._refuse(
            copy,
            f"Two servers have given different answers in the space {copy.name!r}, so this one gives none. "
            f"{_remedy(copy.name)}",
        )

    def _refuse(self, copy: SpaceCopy, sentence: str) -> NoReturn:
        if self.troubles.get(copy.name) != sentence:
            log.error("%s The entry is number %d of its log or one before.", sentence, copy.place.at)
        self.troubles[copy.name] = sentence
        copy.begin(None)
        raise UnavailableError(f"{sentence} {NOT_DONE}")


def _no_room(done: str) -> UnavailableError:
    return UnavailableError(f"This server has no memory left for this space (--max-memory). {done}")


def _remedy(name: str) -> str:
    if name == DEFAULT_SPACE:
        return "POST /-/spaces/default/reset begins it anew."
    return f"DELETE /-/spaces/{name} removes it."
