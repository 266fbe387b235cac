"""A scenario as it is being served: its tree, what is in the way, and who may come in.

Blueprint   what a scenario says, set up once: an immutable tree with the locks of its causes
   |        shared by all worlds made from it
World       one copy, that requests change; O(1) to make, to reset, to keep and to put back
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Mapping, Sequence
from types import MappingProxyType
from typing import Literal

from msgspec import Struct

from dav424.causes import Cause
from dav424.causes.apply import CauseIndex, delay_seconds
from dav424.core.message import Request
from dav424.journal.journal import ExchangeJournal
from dav424.store.draft import Draft
from dav424.store.state import State
from dav424.store.tree import Collection

NO_COUNTS: Mapping[str, int] = MappingProxyType({})


class WorldState(Struct, frozen=True):
    """All of a world that changes, as it is at one moment; ``counts`` are the matches so far, by cause."""

    state: State
    causes: Mapping[str, Cause]
    cause_index: CauseIndex
    counts: Mapping[str, int] = NO_COUNTS


class Blueprint(Struct, frozen=True):
    """What a world is made from.

    ``users`` are names and passwords, to be given by one of the authentication ``schemes``; with none,
    everybody may come in. In an ``atomic`` world a DELETE, COPY or MOVE is done as a whole or not at all
    (RFC 5842 2.4). Where the ``status_line_counts``, a request of a batch has succeeded if its status line says
    2xx, whatever stands in its 207. Where it ``tells_dependents``, an ORDERPATCH that failed names what could have
    been done too.
    """

    name: str
    initial: WorldState
    users: Mapping[str, str] = MappingProxyType({})
    schemes: Literal["any", "basic", "digest"] = "any"
    atomic: bool = False
    read_only: bool = False
    status_line_counts: bool = False
    tells_dependents: bool = False


def initial_state(tree: Collection, causes: Sequence[Cause], now: float) -> WorldState:
    """Put causes into a tree; raises ``Refused`` if one can't be."""
    by_id = {cause.id: cause for cause in causes}
    draft = Draft(State(tree), now)
    for cause in by_id.values():
        cause.install(draft)
    return WorldState(draft.state, by_id, CauseIndex(by_id.values()))


class World:
    """One copy of a scenario. ``base`` is its path in URLs, without a slash at the end.

    What is asked of it goes into the ``journal``. ``turn`` is held by whoever changes it. ``state`` is what
    readers see; ``counts`` are the matches of causes so far.
    """

    __slots__ = ("base", "blueprint", "cause_index", "causes", "clock", "counts", "journal", "mutex", "sleep", "state")

    state: State
    causes: Mapping[str, Cause]
    cause_index: CauseIndex
    counts: dict[str, int]

    def __init__(
        self,
        blueprint: Blueprint,
        base: str | None = None,
        journal: ExchangeJournal | None = None,
        *,
        clock: Callable[[], float] = time.time,
        sleep: Callable[[float], object] = time.sleep,
    ) -> None:
        self.blueprint = blueprint
        self.base = f"/{blueprint.name}" if base is None else base
        self.journal = ExchangeJournal() if journal is None else journal
        self.clock, self.sleep = clock, sleep
        self.mutex = threading.Lock()
        self.set_state(blueprint.initial)

    @property
    def name(self) -> str:
        """The scenario's name."""
        return self.blueprint.name

    def reset(self) -> None:
        """Put the tree, the causes and their counters back as the scenario has them."""
        self.restore(self.blueprint.initial)

    def snapshot(self) -> WorldState:
        """Keep what is as it is now."""
        with self.mutex:
            return self.current_state()

    def current_state(self) -> WorldState:
        """Keep what is as it is now; whoever calls it holds the turn."""
        return WorldState(self.state, self.causes, self.cause_index, dict(self.counts))

    def restore(self, moment: WorldState) -> None:
        """Put back what was kept."""
        with self.mutex:
            self.set_state(moment)

    def change_causes(self, changed: Mapping[str, Cause | None]) -> None:
        """Add, replace or, with None, remove causes by id; the tree keeps everything else.

        Raises ``Refused`` and changes nothing if a cause can't be put into the tree as it is now.
        """
        with self.mutex:
            draft = Draft(self.state, self.clock())
            for name in changed:
                if name in self.causes:
                    self.causes[name].uninstall(draft)
            for cause in changed.values():
                if cause is not None:
                    cause.install(draft)
            merged = {**self.causes, **changed}
            causes = {name: cause for name, cause in merged.items() if cause is not None}
            counts = {name: count for name, count in self.counts.items() if name not in changed}
            self.set_state(WorldState(draft.state, causes, CauseIndex(causes.values()), counts))

    def apply_delays(self, request: Request) -> None:
        """Let a request wait as long as the causes say; nobody else waits with it."""
        if not self.cause_index.delays:
            return
        with self.mutex:
            seconds = delay_seconds(self.cause_index.delays, self.counts, request)
        if seconds:
            self.sleep(seconds)

    def set_state(self, moment: WorldState) -> None:
        """Become what was kept; whoever calls it holds the turn."""
        self.state, self.causes, self.cause_index = moment.state, moment.causes, moment.cause_index
        self.counts = dict(moment.counts)
