"""One space as a state machine: its entries, carried out one after the other, lead to the same answers everywhere."""

from __future__ import annotations

import logging
import math
import threading
from collections.abc import Callable
from hashlib import blake2b

import msgspec
from msgspec import Struct
from msgspec.structs import replace

from dav424.admin.api_problem import ApiProblem
from dav424.core.clocks import real_time
from dav424.core.memory import Budget
from dav424.core.message import AdminRequest, Response
from dav424.core.method_facts import Facts
from dav424.core.space_names import DEFAULT_SPACE
from dav424.gateway.gateway import Gateway
from dav424.replicas.entries import CallEntry, Entry, RequestEntry
from dav424.replicas.entry_request import BodyWantedError, EntryRequest
from dav424.replicas.names import Lifetime
from dav424.wire.framing import IncomingRequest
from dav424.worlds.kept_space import KeptSpace, keep, take_over
from dav424.worlds.settings import Settings
from dav424.worlds.space import ServedSpace, Spaces
from dav424.worlds.world import Blueprints, UntilClosed

_UNLIMITED = 1 << 31
_NO_RESPONSE = Response(0)
log = logging.getLogger("dav424")


class DelayedError(BaseException):
    """A cause delays the request of an entry: it has to wait these ``seconds``, and comes as another entry then."""

    def __init__(self, seconds: float) -> None:
        super().__init__(seconds)
        self.seconds = seconds


class EntryClock(threading.local):
    """The real time; while an entry is carried out, in its thread, the time of the entry.

    ``owed`` are the seconds for which the response of the entry has to wait. With ``stops``, a request that has to wait ends
    its entry.
    """

    at: float | None = None
    owed = 0.0
    stops = False

    def __call__(self) -> float:
        """Give the time in seconds since the epoch."""
        return real_time() if self.at is None else self.at


ENTRY_CLOCK = EntryClock()


def house_settings(settings: Settings, budget: Budget) -> Settings:
    """Give the settings of a space whose log decides its time, and the engine when it expires."""
    return replace(settings, most=_UNLIMITED, idle_clock=lambda: 0.0, real_clock=ENTRY_CLOCK, budget=budget)


class EntryDelays(UntilClosed):
    """Lets requests wait that are no entries, such as one that is played again; no entry waits here."""

    def __call__(self, seconds: float, *, answered: bool = False) -> None:
        """Wait, or note that the response has to wait, or end the entry."""
        if ENTRY_CLOCK.at is None:
            super().__call__(seconds)
        elif answered:
            ENTRY_CLOCK.owed += seconds
        elif ENTRY_CLOCK.stops:
            raise DelayedError(seconds)


class HouseSpaces(Spaces):
    """The spaces of a house: the one of its ``name``. The default space of another house is empty, and stays so."""

    delays = EntryDelays

    def __init__(self, name: str, blueprints: Blueprints, methods: Facts, settings: Settings) -> None:
        super().__init__(blueprints, methods, settings)
        self.name = name

    @property
    def own(self) -> ServedSpace | None:
        """The space of the house; None before it is made."""
        return self.default if self.name == DEFAULT_SPACE else self._named.get(self.name)

    def touch(self, name: str, *, foreign: bool = False) -> ServedSpace:
        """Find or make the space of the house, as ``Spaces`` does; any other space is empty, and is not kept."""
        if name in (self.name, DEFAULT_SPACE):
            return super().touch(name, foreign=foreign)
        return self._make(name)

    def make(self, name: str | None = None, expires_in: float | None = None) -> tuple[ServedSpace, bool]:
        """Find or make the space of the house; one without a name gets that of the house."""
        return super().make(name or self.name, expires_in)

    @property
    def lifetime(self) -> Lifetime:
        """When the engine may remove the space."""
        own = self.own
        if own is None or own.idle == math.inf:
            return Lifetime(0, made=own is not None and not own.auto)
        return Lifetime(int(own.idle * 1000), made=not own.auto)


class Carried(Struct, frozen=True):
    """An entry that was carried out: the response, and the facts for the connection.

    A request that is ``delayed`` by some seconds has no response yet: it waits, and becomes another entry. A response
    that is ``owed`` waits for its seconds.
    """

    response: Response
    close_connection: bool = False
    held: object = None
    delayed: float = 0
    owed: float = 0
    wants_body: bool = False


class Doors(Struct, frozen=True):
    """The answerers of a house: for requests to the space, and for calls of the admin API. A bug goes to ``on_bug``."""

    gateway: Gateway
    administer: Callable[[AdminRequest], Response]
    on_bug: Callable[[BaseException], object]


class House:
    """A copy of a space, which carries out the entries of its log. One thread at a time may use it to do so."""

    def __init__(self, spaces: HouseSpaces, doors: Doors) -> None:
        self.spaces = spaces
        self._doors = doors

    def carry_out(self, entry: Entry, at: float) -> Carried:
        """Carry out an entry whose time is ``at``."""
        ENTRY_CLOCK.at, ENTRY_CLOCK.owed, ENTRY_CLOCK.stops = at, 0.0, isinstance(entry, RequestEntry)
        try:
            if isinstance(entry, CallEntry):
                return Carried(self._call(entry))
            if entry.nonce:
                self.spaces.default.nonces.learn(entry.nonce, live=entry.nonce_live)
            return self._by_head(entry) if entry.unread else self._request(entry)
        except DelayedError as delayed:
            return Carried(_NO_RESPONSE, delayed=delayed.seconds)
        finally:
            ENTRY_CLOCK.at = None

    def _request(self, entry: RequestEntry) -> Carried:
        http = EntryRequest(entry)
        response = self._doors.gateway.answer(http, entry.sender)
        return Carried(response, http.close_connection, http.held, owed=ENTRY_CLOCK.owed)

    def _by_head(self, entry: RequestEntry) -> Carried:
        """Carry out an entry without the body of its request; one that needs the body changes nothing, and uses no nonce."""
        own = self.spaces.own
        nonces = own.nonces.kept() if own is not None else None
        try:
            return self._request(entry)
        except BodyWantedError:
            if own is not None and nonces is not None:
                own.nonces.restore(nonces)
            return Carried(_NO_RESPONSE, wants_body=True)

    def look(self, http: IncomingRequest, sender: str | None) -> Response:
        """Answer a request that changes nothing and takes no number."""
        return self._doors.gateway.answer(http, sender)

    def call(self, request: AdminRequest) -> Response:
        """Answer a call of the admin API that changes nothing."""
        return self._doors.administer(request)

    def kept(self) -> KeptSpace | None:
        """Give the state of the space; None before it is made."""
        own = self.spaces.own
        return None if own is None else keep(own)

    def take_over(self, kept: KeptSpace) -> None:
        """Begin with a state, before the first entry."""
        own = self.spaces.own or self.spaces.make()[0]
        take_over(own, kept)

    def discard(self) -> None:
        """Free the memory soon, and end all waits: the house is used no longer."""
        own = self.spaces.own
        if own is not None:
            own.discard()

    def _call(self, entry: CallEntry) -> Response:
        """Answer a call; a bug must not end the thread of a request that only comes after it."""
        request = AdminRequest(
            entry.method, entry.target, entry.root, entry.headers, lambda _: entry.body, any_host=True
        )
        try:
            return self._doors.administer(request)
        except Exception as bug:  # logged, and answered with 500 on all replicas
            log.exception("A bug: %s %s", entry.method, entry.target)
            self._doors.on_bug(bug)
            return ApiProblem(500, "A bug of this server. Its log has the details.").response()


def chained(chain: bytes, carried: Carried) -> bytes:
    """Give the digest of all answers so far, 16 bytes. The body of an answer that is streamed does not count."""
    response = carried.response
    body = response.body if isinstance(response.body, bytes) else None
    told = (response.status, response.headers, response.phrase, body, carried.delayed, carried.owed, carried.wants_body)
    return blake2b(msgspec.msgpack.encode(told), key=chain, digest_size=16).digest()
