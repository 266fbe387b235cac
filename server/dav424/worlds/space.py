"""Spaces isolate tests from each other: each has its own worlds, clock, journal and snapshots.

    /SCENARIO/...           the default space
    /s/NAME/SCENARIO/...    a named space, which the first request to it makes

A space makes its copy of a scenario at the first request to it. To make, reset, snapshot or restore a space takes
the same time whatever the size of its trees.
"""

from __future__ import annotations

import math
import threading
from collections import OrderedDict
from collections.abc import Iterable, Iterator
from contextlib import ExitStack, contextmanager
from typing import ClassVar

from dav424.core.batch import Refused
from dav424.core.memory import forget, hold
from dav424.core.method_facts import Facts
from dav424.core.paths import Path
from dav424.core.patterns import pattern
from dav424.core.space_names import DEFAULT_SPACE, SPACES
from dav424.journal.journal import ExchangeJournal
from dav424.store.disposal import dispose
from dav424.worlds.clock import Clock
from dav424.worlds.expiry import Expiry
from dav424.worlds.nonces import Nonces
from dav424.worlds.outside import refuse_another, refuse_restore, states_inside
from dav424.worlds.settings import AUTO_IDLE, Settings
from dav424.worlds.snapshot import MOST_SNAPSHOTS, Snapshot, snapshot_of
from dav424.worlds.world import Blueprint, Blueprints, Delays, UntilClosed, World

SPACE_NAME = pattern(r"(?!\.{1,2}$)[A-Za-z0-9._-]{1,64}")
_OF_A_SPACE = 1500
"""The bytes that a space takes, without its worlds and its journal (measured)."""


class ServedSpace:
    """A space that a server serves: its worlds by scenario, its clock, its nonces, its journal, its snapshots by name.

    It expires after ``idle`` seconds without a request; infinite means never. ``touched`` is the time of the last
    request to it, as ``Settings.idle_clock`` gives it, and ``queued`` its place in the queue of the spaces that expire. A
    space is ``auto`` if a request made it, and no call of the admin API. ``dialect`` is the name of the one that its
    requests are answered in, with ``!`` behind it if its faults work; empty if it leaves that to the scenario.
    """

    __slots__ = (
        "_blueprints",
        "_budget",
        "_held",
        "_lock",
        "_methods",
        "_pause",
        "auto",
        "clock",
        "dialect",
        "idle",
        "journal",
        "name",
        "nonces",
        "queued",
        "snapshots",
        "touched",
        "worlds",
    )

    def __init__(
        self,
        name: str,
        blueprints: Blueprints,
        methods: Facts,
        settings: Settings,
        pause: Delays,
    ) -> None:
        self.name, self.clock = name, Clock(settings.start, settings.real_clock)
        # A request is for a named space, for the default one, or for both: their nonces must differ.
        self.nonces = Nonces("default" if name == DEFAULT_SPACE else "named", self.clock)
        self.journal = ExchangeJournal(settings.journal_entries, settings.journal_bytes, settings.budget)
        self.worlds: dict[str, World] = {}
        self.snapshots: dict[str, Snapshot] = {}
        self.touched = settings.idle_clock()
        self.idle, self.auto, self.queued = math.inf, False, 0
        self.dialect = ""
        self._blueprints, self._methods, self._pause = blueprints, methods, pause
        self._budget, self._held = settings.budget, hold(_OF_A_SPACE)
        self._lock = threading.Lock()

    @property
    def base_path(self) -> Path:
        """The path of the space on the server: empty for the default space."""
        return () if self.name == DEFAULT_SPACE else (SPACES, self.name)

    @property
    def prefix(self) -> str:
        """The text with which all URLs of the space begin: empty for the default space."""
        return "" if self.name == DEFAULT_SPACE else f"/{SPACES}/{self.name}"

    def world(self, scenario: str) -> World:
        """Find the world of a scenario, or make it at the first call; refuses with 404 an unknown scenario."""
        if (world := self.worlds.get(scenario)) is None:
            with self._lock:  # the blueprint is found here, so that the world of an old one is not made after drop
                blueprint = refuse_another(self._blueprints.find(scenario))
                return self.worlds.setdefault(scenario, self._copy(blueprint, self._methods))
        return world

    def install(self, blueprint: Blueprint) -> None:
        """Make the world of a scenario from a blueprint of its own, in place of any other."""
        world = self._copy(blueprint, self._methods)
        with self._lock:
            self.worlds[blueprint.name] = world

    def drop(self, scenarios: Iterable[str]) -> None:
        """Drop the worlds of scenarios: the next request to one makes it from the blueprint that there is then."""
        with self._lock:
            for name in self.worlds.keys() & set(scenarios):
                self.worlds.pop(name).discard()

    def index(self) -> World:
        """Make a read-only world whose members are the scenarios: it allows safe methods alone."""
        safe = {name: facts for name, facts in self._methods.items() if facts.safe}
        return self._copy(self._blueprints.index(), safe)

    def _copy(self, blueprint: Blueprint, methods: Facts) -> World:
        return World(blueprint, methods, self.journal, clock=self.clock, pause=self._pause, budget=self._budget)

    @contextmanager
    def still(self) -> Iterator[None]:
        """Hold the mutex of each world, so that no request changes a world or makes another one."""
        with self._lock, ExitStack() as mutexes:
            for world in self.worlds.values():
                mutexes.enter_context(world.mutex)
            yield

    def reset(self) -> None:
        """Restore the initial state of the worlds and the clock, end all logins, and clear the journal.

        The snapshots stay.
        """
        with self.still():
            for world in self.worlds.values():
                world.set_state(world.blueprint.initial)
            self.clock.reset()
            self.nonces.reset()
            self.journal.clear()

    def snapshot(self) -> str:
        """Take a snapshot of the worlds and the clock, not of the journal, and give its name.

        Refuses with 507 if the space has ``MOST_SNAPSHOTS`` of them, or if the memory is full.
        """
        with self.still():
            if len(self.snapshots) >= MOST_SNAPSHOTS:
                raise Refused(
                    507,
                    f"The space has {MOST_SNAPSHOTS} snapshots, which is the limit; delete the space to delete them.",
                )
            state = self._state()
            self._budget.check()
            name = str(len(self.snapshots) + 1)
            self.snapshots[name] = state
        return name

    def _state(self) -> Snapshot:
        return snapshot_of(states_inside(self.worlds), self.clock.moved, self.nonces.seed)

    def now(self) -> Snapshot:
        """Give the state of the space; it is not kept."""
        with self.still():
            return self._state()

    def restore(self, name: str) -> None:
        """Restore a snapshot, and end all logins; refuses with 404 an unknown one, with 409 a tree outside of the server."""
        refuse_restore(self.worlds.values())
        self.become(self.find_snapshot(name))

    def find_snapshot(self, name: str) -> Snapshot:
        """Find a snapshot; refuses with 404 an unknown one."""
        if name not in self.snapshots:
            known = ", ".join(self.snapshots) or "none yet"
            raise Refused(404, f"There is no snapshot {name!r}. The snapshots of this space: {known}.")
        return self.snapshots[name]

    def become(self, snapshot: Snapshot) -> None:
        """Take over the worlds and the clock of a snapshot, which can be one of another space, and end all logins."""
        with self.still():
            for scenario, world in self.worlds.items():
                world.set_state(snapshot.worlds.get(scenario, world.blueprint.initial))
            self.clock.reset(snapshot.moved)
            self.nonces.reset(snapshot.nonce_seed)

    def discard(self) -> None:
        """End the waiting for entries of the journal, and free the trees soon: the server has removed this space."""
        self.journal.close()
        for world in self.worlds.values():
            world.discard()
        for snapshot in self.snapshots.values():
            for state in snapshot.worlds.values():
                dispose(state.state.root)


class Spaces:
    """All spaces of a server, by name; their worlds allow ``methods``. ``delays`` are how requests wait."""

    delays: ClassVar[type[UntilClosed]] = UntilClosed

    def __init__(self, blueprints: Blueprints, methods: Facts, settings: Settings) -> None:
        self._blueprints, self._methods = blueprints, methods
        self.settings = settings
        self._lock = threading.Lock()
        self._closed = threading.Event()
        self.pause = self.delays(self._closed)
        self._named: OrderedDict[str, ServedSpace] = OrderedDict()
        self._of_strangers: dict[str, None] = {}
        """The names of the spaces that only pages of other sites have used, the oldest first."""
        self._expiry = Expiry(self._named, settings.idle_clock)
        self._numbered = 0
        self.expired = 0
        self.default = self._make(DEFAULT_SPACE)

    def blueprint(self, scenario: str) -> Blueprint:
        """Find the blueprint of a scenario; refuses with 404 an unknown scenario."""
        return self._blueprints.find(scenario)

    def close(self) -> None:
        """End all waiting: that of delayed requests, and that of readers of a journal."""
        self._closed.set()
        for space in self.all():
            space.journal.close()

    @property
    def closed(self) -> bool:
        """True if the server is about to stop."""
        return self._closed.is_set()

    def touch(self, name: str, *, foreign: bool = False) -> ServedSpace:
        """Find the space of a request, or make it; refuses with 404 if ``Settings.auto`` does not allow that.

        Refuses with 410 the name of a space that the admin API made and that has expired.
        A ``foreign`` request is one that a page of another site made a browser send. A space that only such requests use
        makes room for another one.
        """
        with self._lock:
            space = self._find(name, foreign=foreign)
            if space is not None:
                return space
            if not self.settings.auto:
                raise Refused(
                    404, f"There is no space {name!r}, and requests do not make one; send PUT /-/spaces/{name} first."
                )
            return self._add(name, None, auto=True, foreign=foreign)

    def find(self, name: str) -> ServedSpace:
        """Find a space; refuses with 404 an unknown one, and with 410 as ``touch`` does."""
        with self._lock:
            space = self._find(name)
        if space is None:
            raise Refused(404, f"There is no space {name!r}; GET /-/spaces lists them.")
        return space

    def make(self, name: str | None = None, expires_in: float | None = None) -> tuple[ServedSpace, bool]:
        """Find or make a space, and say whether it is new; without a name, make one with an unused name.

        A new one expires after ``expires_in`` seconds without a request (default: as ``Settings.idle`` says). The name may
        be that of a space that has expired.
        """
        with self._lock:
            if name is None:
                return self._add(self._next_name(), expires_in), True
            space = self._find(name, anew=True)
            return (space, False) if space is not None else (self._add(name, expires_in), True)

    def adopt(self, space: ServedSpace) -> None:
        """Let a space that a request made expire no sooner than one that the admin API makes without a time."""
        with self._lock:
            if space.auto and self._named.get(space.name) is space:
                self._set_expiry(space, None, auto=False)

    def set_expiry(self, space: ServedSpace, expires_in: float | None) -> None:
        """Let a space expire after ``expires_in`` seconds from now on; refuses with 403 the default space, which stays."""
        if space.name == DEFAULT_SPACE:
            raise Refused(403, "The default space never expires; send the name of another space.")
        with self._lock:
            if self._named.get(space.name) is space:
                self._set_expiry(space, expires_in, auto=False)

    def twin(self, space: ServedSpace, snapshot: Snapshot) -> ServedSpace:
        """Make a copy of a space that no request finds, with the state of a snapshot; the caller discards it."""
        self.settings.budget.check(_OF_A_SPACE)
        twin = self._make(space.name)
        for scenario in snapshot.worlds:
            twin.install(space.worlds[scenario].blueprint)
        twin.become(snapshot)
        return twin

    def remove(self, name: str) -> None:
        """Delete a space; refuses with 404 an unknown one, and with 403 the default space."""
        self.find(name)
        if name == DEFAULT_SPACE:
            raise Refused(
                403, "The default space can't be deleted; POST /-/spaces/default/reset restores its initial state."
            )
        with self._lock:
            if name in self._named:
                self._delete(name)

    def all(self) -> list[ServedSpace]:
        """List the spaces: the default space first, then those without a request for the longest time."""
        with self._lock:
            self._expire()
            return [self.default, *self._named.values()]

    def expires_in(self, space: ServedSpace) -> float | None:
        """Give the seconds after which a space expires without a request; None if it never expires."""
        if space.idle == math.inf:
            return None
        return max(0.0, round(space.touched + space.idle - self.settings.idle_clock(), 3))

    def _find(self, name: str, *, foreign: bool = False, anew: bool = False) -> ServedSpace | None:
        if name == DEFAULT_SPACE:
            return self.default
        self._expire()
        space = self._named.get(name)
        if space is None and not anew:
            self._expiry.check(name)
        if space is not None:
            space.touched = self.settings.idle_clock()
            self._named.move_to_end(name)
            if not foreign:
                self._of_strangers.pop(name, None)
        return space

    def _next_name(self) -> str:
        """Give the next free number; a number is given once, so that an old client can't enter a new space."""
        self._numbered += 1
        while str(self._numbered) in self._named or str(self._numbered) in self._expiry:
            self._numbered += 1
        return str(self._numbered)

    def _add(self, name: str, expires_in: float | None, *, auto: bool = False, foreign: bool = False) -> ServedSpace:
        if not SPACE_NAME.fullmatch(name):
            raise Refused(
                400, f"{name[:80]!r} can't name a space: a name has 1 to 64 letters, digits, '.', '_' or '-'."
            )
        self._expire()
        if len(self._named) >= self.settings.most and self._of_strangers and not foreign:
            self._delete(next(iter(self._of_strangers)))
        if len(self._named) >= self.settings.most:
            raise too_many_spaces(self.settings.most)
        self.settings.budget.check(_OF_A_SPACE)
        space = self._named[name] = self._make(name)
        self._set_expiry(space, expires_in, auto=auto)
        if foreign:
            self._of_strangers[name] = None
        return space

    def _delete(self, name: str) -> None:
        """Delete a space, and end the waits of the readers of its journal."""
        space = self._named.pop(name)
        self._of_strangers.pop(name, None)
        space.discard()
        forget()

    def _set_expiry(self, space: ServedSpace, expires_in: float | None, *, auto: bool) -> None:
        idle = expires_in or self.settings.idle
        if idle is None and auto:
            idle = AUTO_IDLE
        space.idle, space.auto = idle or math.inf, auto
        self._expiry.watch(space)

    def _expire(self) -> None:
        """Delete the named spaces that had no request for their time; remember those that the admin API made."""
        for name in self._expiry.due():
            space = self._named[name]
            self._delete(name)
            self.expired += 1
            if not space.auto:
                self._expiry.remember(space)

    def _make(self, name: str) -> ServedSpace:
        space = ServedSpace(name, self._blueprints, self._methods, self.settings, self.pause)
        if self.closed:
            space.journal.close()
        return space


def too_many_spaces(most: int) -> Refused:
    """Refuse with 507 one more space."""
    return Refused(507, f"There are {most} spaces, which is the limit; DELETE /-/spaces/NAME deletes one.")
