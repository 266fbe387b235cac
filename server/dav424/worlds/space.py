"""Spaces isolate tests from each other: each has its own worlds, clock, journal and snapshots.

    /SCENARIO/...           the default space
    /s/NAME/SCENARIO/...    a named space, which the first request to it makes

A space makes its copy of a scenario at the first request to it. To make, reset, snapshot or restore a space takes
the same time whatever the size of its trees.
"""

from __future__ import annotations

import re
import threading
import time
from collections import OrderedDict
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from typing import Protocol

from msgspec import Struct

from dav424.core.batch import Refused
from dav424.core.memory import NO_LIMIT, Budget, Held, forget, hold
from dav424.core.method_facts import Facts
from dav424.core.paths import Path
from dav424.journal.journal import MOST_BYTES, MOST_ENTRIES, ExchangeJournal
from dav424.store.disposal import dispose
from dav424.worlds.clock import Clock
from dav424.worlds.nonces import Nonces
from dav424.worlds.world import Blueprint, World, WorldState

SPACE_NAME = re.compile(r"(?!\.{1,2}$)[A-Za-z0-9._-]{1,64}")
DEFAULT_SPACE = "default"
"""The name of the space whose URLs do not name it."""
CLOCK_START = 1_767_225_600.0
"""The first time of a virtual clock: 2026-01-01T00:00:00Z."""
MOST_SNAPSHOTS = 100
_OF_A_SPACE = 1500
"""The bytes that a space takes, without its worlds and its journal (measured)."""
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


class Settings(Struct, frozen=True):
    """The settings of all spaces of a server.

    A named space expires after ``idle`` seconds without a request; with 0 it never expires. There can be ``most`` named
    spaces. With ``auto``, the first request to a space makes it. ``start`` is the first time of the clocks, in seconds
    since the epoch; with None they show the real time. A journal keeps at most ``journal_entries`` exchanges in at most
    ``journal_bytes`` bytes. All spaces together may hold the bytes of the ``budget``.
    """

    idle: float = 3600
    most: int = 10_000
    auto: bool = True
    start: float | None = CLOCK_START
    journal_entries: int = MOST_ENTRIES
    journal_bytes: int = MOST_BYTES
    budget: Budget = NO_LIMIT


class Blueprints(Protocol):
    """The blueprints of a server: one for each scenario, and one for the list of the scenarios."""

    def find(self, name: str) -> Blueprint:
        """Find the blueprint of a scenario, or refuse with 404."""

    def index(self) -> Blueprint:
        """Make the blueprint of a collection that lists the scenarios."""


class ServedSpace:
    """A space that a server serves: its worlds by scenario, its clock, its nonces, its journal, its snapshots by name.

    ``touched`` is the time of the last request to it, as ``time.monotonic`` gives it.
    """

    __slots__ = (
        "_blueprints",
        "_budget",
        "_held",
        "_lock",
        "_methods",
        "_sleep",
        "clock",
        "journal",
        "name",
        "nonces",
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
        sleep: Callable[[float], object],
    ) -> None:
        self.name = name
        self.clock = Clock(settings.start)
        # A request is for a named space, for the default one, or for both: their nonces must differ.
        self.nonces = Nonces("default" if name == DEFAULT_SPACE else "named", self.clock)
        self.journal = ExchangeJournal(settings.journal_entries, settings.journal_bytes, settings.budget)
        self.worlds: dict[str, World] = {}
        self.snapshots: dict[str, Snapshot] = {}
        self.touched = time.monotonic()
        self._blueprints, self._methods, self._sleep = blueprints, methods, sleep
        self._budget, self._held = settings.budget, hold(_OF_A_SPACE)
        self._lock = threading.Lock()

    @property
    def base_path(self) -> Path:
        """The path of the space on the server: empty for the default space."""
        return () if self.name == DEFAULT_SPACE else ("s", self.name)

    @property
    def prefix(self) -> str:
        """The text with which all URLs of the space begin: empty for the default space."""
        return "" if self.name == DEFAULT_SPACE else f"/s/{self.name}"

    def world(self, scenario: str) -> World:
        """Find the world of a scenario, or make it at the first call; refuses with 404 an unknown scenario."""
        world = self.worlds.get(scenario)
        if world is None:
            blueprint = self._blueprints.find(scenario)
            with self._lock:
                world = self.worlds.setdefault(scenario, self._copy(blueprint, self._methods))
        return world

    def index(self) -> World:
        """Make a read-only world whose members are the scenarios: it allows safe methods alone."""
        safe = {name: facts for name, facts in self._methods.items() if facts.safe}
        return self._copy(self._blueprints.index(), safe)

    def _copy(self, blueprint: Blueprint, methods: Facts) -> World:
        return World(blueprint, methods, self.journal, clock=self.clock, sleep=self._sleep, budget=self._budget)

    @contextmanager
    def _still(self) -> Iterator[None]:
        """Hold the mutex of each world, so that no request changes a world or makes another one."""
        with self._lock, ExitStack() as mutexes:
            for world in self.worlds.values():
                mutexes.enter_context(world.mutex)
            yield

    def reset(self) -> None:
        """Restore the initial state of the worlds and the clock, end all logins, and clear the journal.

        The snapshots stay.
        """
        with self._still():
            for world in self.worlds.values():
                world.set_state(world.blueprint.initial)
            self.clock.reset()
            self.nonces.reset()
            self.journal.clear()

    def snapshot(self) -> str:
        """Take a snapshot of the worlds and the clock, not of the journal, and give its name.

        Refuses with 507 if the space has ``MOST_SNAPSHOTS`` of them, or if the memory is full.
        """
        with self._still():
            if len(self.snapshots) >= MOST_SNAPSHOTS:
                raise Refused(
                    507,
                    f"The space has {MOST_SNAPSHOTS} snapshots, which is the limit; delete the space to delete them.",
                )
            held = hold(_OF_A_SNAPSHOT * (1 + len(self.worlds)))
            self._budget.check()
            name = str(len(self.snapshots) + 1)
            states = {scenario: world.current_state() for scenario, world in self.worlds.items()}
            self.snapshots[name] = Snapshot(states, self.clock.moved, self.nonces.seed, held)
        return name

    def restore(self, name: str) -> None:
        """Restore the worlds and the clock of a snapshot, and end all logins; refuses with 404 an unknown one."""
        snapshot = self.snapshots.get(name)
        if snapshot is None:
            known = ", ".join(self.snapshots) or "none yet"
            raise Refused(404, f"There is no snapshot {name!r}. The snapshots of this space: {known}.")
        with self._still():
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
    """All spaces of a server, by name; their worlds allow ``methods``."""

    def __init__(self, blueprints: Blueprints, methods: Facts, settings: Settings) -> None:
        self._blueprints, self._methods = blueprints, methods
        self.settings = settings
        self._lock = threading.Lock()
        self._closed = threading.Event()
        self._named: OrderedDict[str, ServedSpace] = OrderedDict()
        self._of_strangers: dict[str, None] = {}
        """The names of the spaces that only pages of other sites have used, the oldest first."""
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
            return self._add(name, foreign=foreign)

    def find(self, name: str) -> ServedSpace:
        """Find a space; refuses with 404 an unknown one."""
        with self._lock:
            space = self._find(name)
        if space is None:
            raise Refused(404, f"There is no space {name!r}; GET /-/spaces lists them.")
        return space

    def make(self, name: str | None = None) -> tuple[ServedSpace, bool]:
        """Find or make a space, and say whether it is new; without a name, make one with an unused name."""
        with self._lock:
            if name is None:
                return self._add(self._next_name()), True
            space = self._find(name)
            return (space, False) if space is not None else (self._add(name), True)

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
        if space.name == DEFAULT_SPACE or not self.settings.idle:
            return None
        return max(0.0, round(space.touched + self.settings.idle - time.monotonic(), 3))

    def _find(self, name: str, *, foreign: bool = False) -> ServedSpace | None:
        if name == DEFAULT_SPACE:
            return self.default
        self._expire()
        space = self._named.get(name)
        if space is not None:
            space.touched = time.monotonic()
            self._named.move_to_end(name)
            if not foreign:
                self._of_strangers.pop(name, None)
        return space

    def _next_name(self) -> str:
        """Give the next free number; a number is given once, so that an old client can't enter a new space."""
        self._numbered += 1
        while str(self._numbered) in self._named:
            self._numbered += 1
        return str(self._numbered)

    def _add(self, name: str, *, foreign: bool = False) -> ServedSpace:
        if not SPACE_NAME.fullmatch(name):
            raise Refused(
                400, f"{name[:80]!r} can't name a space: a name has 1 to 64 letters, digits, '.', '_' or '-'."
            )
        self._expire()
        if len(self._named) >= self.settings.most and self._of_strangers and not foreign:
            self._delete(next(iter(self._of_strangers)))
        if len(self._named) >= self.settings.most:
            raise Refused(
                507, f"There are {self.settings.most} spaces, which is the limit; DELETE /-/spaces/NAME deletes one."
            )
        self.settings.budget.check(_OF_A_SPACE)
        space = self._named[name] = self._make(name)
        if foreign:
            self._of_strangers[name] = None
        return space

    def _delete(self, name: str) -> None:
        """Delete a space, and end the waits of the readers of its journal."""
        space = self._named.pop(name)
        self._of_strangers.pop(name, None)
        space.discard()
        forget()

    def _expire(self) -> None:
        """Delete the named spaces that had no request for ``Settings.idle`` seconds."""
        oldest = time.monotonic() - self.settings.idle
        while self.settings.idle and self._named:
            name, space = next(iter(self._named.items()))
            if space.touched > oldest:
                break
            self._delete(name)
            self.expired += 1

    def _make(self, name: str) -> ServedSpace:
        space = ServedSpace(name, self._blueprints, self._methods, self.settings, self._closed.wait)
        if self.closed:
            space.journal.close()
        return space
