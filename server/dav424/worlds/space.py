"""Spaces: what one test must not share with another.

    /SCENARIO/...           the default space
    /s/NAME/SCENARIO/...    a space of its own, made when it is first touched

A space has a copy of every scenario that was asked of it, a clock, a journal and its snapshots.
Making, resetting, keeping and restoring one costs the same whatever the size of its trees.
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
from dav424.journal.journal import MOST_BYTES, MOST_ENTRIES, ExchangeJournal
from dav424.worlds.clock import Clock
from dav424.worlds.world import Blueprint, World, WorldState

SPACE_NAME = re.compile(r"(?!\.{1,2}$)[A-Za-z0-9._-]{1,64}")
DEFAULT_SPACE = "default"
"""What the space without a name of its own is called where it needs one."""
CLOCK_START = 1_767_225_600.0
"""Where a virtual clock begins: 2026-01-01T00:00:00Z."""
MOST_SNAPSHOTS = 100


class Snapshot(Struct, frozen=True):
    """A space as it was: its copies of scenarios by name, and how far its clock had moved."""

    moments: Mapping[str, WorldState]
    moved: float


class Settings(Struct, frozen=True):
    """How spaces are kept.

    ``idle`` is after how many seconds a named space that nobody asks for expires, 0 for never;
    ``most`` is how many of them there may be. ``auto`` lets a request make its space. ``start`` is where
    clocks begin, in seconds since the epoch; None is for the real time.
    """

    idle: float = 3600
    most: int = 10_000
    auto: bool = True
    start: float | None = CLOCK_START
    journal_entries: int = MOST_ENTRIES
    journal_bytes: int = MOST_BYTES


class Blueprints(Protocol):
    """What worlds are made from."""

    def find(self, name: str) -> Blueprint:
        """Find the blueprint of a scenario; refuses with 404."""

    def index(self) -> Blueprint:
        """Make the blueprint of a collection that lists the scenarios."""


class ServedSpace:
    """One isolated copy of everything. ``prefix`` is what its URLs begin with, empty for the default space."""

    __slots__ = ("_blueprints", "_lock", "_sleep", "clock", "journal", "name", "snapshots", "touched", "worlds")

    def __init__(
        self,
        name: str,
        blueprints: Blueprints,
        settings: Settings,
        sleep: Callable[[float], object],
    ) -> None:
        self.name = name
        self.clock = Clock(settings.start)
        self.journal = ExchangeJournal(settings.journal_entries, settings.journal_bytes)
        self.worlds: dict[str, World] = {}
        self.snapshots: dict[str, Snapshot] = {}
        self.touched = time.monotonic()
        self._blueprints, self._sleep = blueprints, sleep
        self._lock = threading.Lock()

    @property
    def prefix(self) -> str:
        """What its URLs begin with."""
        return "" if self.name == DEFAULT_SPACE else f"/s/{self.name}"

    def world(self, scenario: str) -> World:
        """Find its copy of a scenario, made when it is first asked for; refuses with 404."""
        world = self.worlds.get(scenario)
        if world is None:
            blueprint = self._blueprints.find(scenario)
            with self._lock:
                world = self.worlds.setdefault(scenario, self._copy(blueprint, f"{self.prefix}/{scenario}"))
        return world

    def index(self) -> World:
        """Make a world that lists the scenarios and can only be read."""
        return self._copy(self._blueprints.index(), self.prefix)

    def _copy(self, blueprint: Blueprint, base: str) -> World:
        return World(blueprint, base, self.journal, clock=self.clock, sleep=self._sleep)

    @contextmanager
    def _still(self) -> Iterator[None]:
        """Let nobody change anything in any copy meanwhile, nor make another one."""
        with self._lock, ExitStack() as turns:
            for world in self.worlds.values():
                turns.enter_context(world.mutex)
            yield

    def reset(self) -> None:
        """Be as on the first touch: the copies of scenarios, the clock, the journal; snapshots stay."""
        with self._still():
            for world in self.worlds.values():
                world.set_state(world.blueprint.initial)
            self.clock.reset()
            self.journal.clear()

    def snapshot(self) -> str:
        """Keep everything but the journal as it is now; gives the name to restore it by. Refuses with 507 one too many."""
        with self._still():
            if len(self.snapshots) >= MOST_SNAPSHOTS:
                raise Refused(507, f"There are {MOST_SNAPSHOTS} snapshots already; remove the space and make another.")
            name = str(len(self.snapshots) + 1)
            moments = {scenario: world.current_state() for scenario, world in self.worlds.items()}
            self.snapshots[name] = Snapshot(moments, self.clock.moved)
        return name

    def restore(self, name: str) -> None:
        """Put back what a snapshot kept; refuses with 404 an unknown one."""
        kept = self.snapshots.get(name)
        if kept is None:
            known = ", ".join(self.snapshots) or "none yet"
            raise Refused(404, f"There is no snapshot {name!r}; there are {known}.")
        with self._still():
            for scenario, world in self.worlds.items():
                world.set_state(kept.moments.get(scenario, world.blueprint.initial))
            self.clock.reset(kept.moved)


class Spaces:
    """All spaces of a server, by name. ``close`` lets no request wait any longer."""

    def __init__(self, blueprints: Blueprints, settings: Settings) -> None:
        self._blueprints = blueprints
        self.settings = settings
        self._lock = threading.Lock()
        self._closed = threading.Event()
        self._named: OrderedDict[str, ServedSpace] = OrderedDict()
        self._numbered = 0
        self.expired = 0
        self.default = self._make(DEFAULT_SPACE)

    def blueprint(self, scenario: str) -> Blueprint:
        """Find what the copies of a scenario are made from; refuses with 404."""
        return self._blueprints.find(scenario)

    def close(self) -> None:
        """Let no request wait any longer."""
        self._closed.set()
        for space in self.all():
            space.journal.close()

    @property
    def closed(self) -> bool:
        """Whether the server is about to stop."""
        return self._closed.is_set()

    def touch(self, name: str) -> ServedSpace:
        """Find a space that a request is about; makes it if that is allowed, and refuses with 404 if not."""
        with self._lock:
            space = self._find(name)
            if space is not None:
                return space
            if not self.settings.auto:
                raise Refused(
                    404, f"There is no space {name!r}, and requests don't make any; PUT /-/spaces/{name} does."
                )
            return self._add(name)

    def find(self, name: str) -> ServedSpace:
        """Find a space; refuses with 404."""
        with self._lock:
            space = self._find(name)
        if space is None:
            raise Refused(404, f"There is no space {name!r}; GET /-/spaces lists them.")
        return space

    def make(self, name: str | None = None) -> tuple[ServedSpace, bool]:
        """Make a space and say whether it is new; without a name, one that nobody has."""
        with self._lock:
            if name is None:
                return self._add(self._next_name()), True
            space = self._find(name)
            return (space, False) if space is not None else (self._add(name), True)

    def remove(self, name: str) -> None:
        """Remove a space; refuses with 404 an unknown one, and with 403 the default."""
        self.find(name)
        if name == DEFAULT_SPACE:
            raise Refused(403, "The default space stays; POST /-/spaces/default/reset puts it back.")
        with self._lock:
            removed = self._named.pop(name, None)
        if removed is not None:
            removed.journal.close()

    def all(self) -> list[ServedSpace]:
        """List the spaces, the default one first, then by when they were last touched."""
        with self._lock:
            self._expire()
            return [self.default, *self._named.values()]

    def expires_in(self, space: ServedSpace) -> float | None:
        """Say in how many seconds a space goes if nobody asks for it; None for never."""
        if space.name == DEFAULT_SPACE or not self.settings.idle:
            return None
        return max(0.0, round(space.touched + self.settings.idle - time.monotonic(), 3))

    def _find(self, name: str) -> ServedSpace | None:
        if name == DEFAULT_SPACE:
            return self.default
        self._expire()
        space = self._named.get(name)
        if space is not None:
            space.touched = time.monotonic()
            self._named.move_to_end(name)
        return space

    def _next_name(self) -> str:
        """Count on: a name that this gave is not given again."""
        self._numbered += 1
        while str(self._numbered) in self._named:
            self._numbered += 1
        return str(self._numbered)

    def _add(self, name: str) -> ServedSpace:
        if not SPACE_NAME.fullmatch(name):
            raise Refused(
                400, f"{name[:80]!r} can't name a space: it takes 1 to 64 of letters, digits, '.', '_' and '-'."
            )
        self._expire()
        if len(self._named) >= self.settings.most:
            raise Refused(
                507, f"There are {self.settings.most} spaces, as many as may be; DELETE /-/spaces/NAME removes one."
            )
        space = self._named[name] = self._make(name)
        return space

    def _expire(self) -> None:
        """Let those go that nobody has asked for in a long time."""
        oldest = time.monotonic() - self.settings.idle
        while self.settings.idle and self._named:
            name, space = next(iter(self._named.items()))
            if space.touched > oldest:
                break
            del self._named[name]
            space.journal.close()
            self.expired += 1

    def _make(self, name: str) -> ServedSpace:
        space = ServedSpace(name, self._blueprints, self.settings, self._closed.wait)
        if self.closed:
            space.journal.close()
        return space
