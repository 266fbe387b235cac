"""A world: one copy of a scenario that requests read and change.

Blueprint   the initial state of a scenario and its settings: an immutable tree with the locks of its causes
   |        all worlds of the scenario share it
World       one copy; to make, reset, snapshot or restore one takes the same time whatever the size of its tree
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from types import MappingProxyType
from typing import Literal

import msgspec
from msgspec import Struct
from msgspec.structs import replace

from dav424.causes import Cause, standing
from dav424.causes.apply import CauseContext, CauseIndex, delay_seconds
from dav424.core.memory import NO_LIMIT, NOTHING, Budget, Held, hold
from dav424.core.message import Request
from dav424.core.method_facts import Facts
from dav424.journal.journal import ExchangeJournal
from dav424.store.disposal import dispose, dispose_if_lost
from dav424.store.draft import Draft
from dav424.store.state import State
from dav424.store.tree import Collection

_OF_A_WORLD = 700
"""The bytes that a world takes, without its state (measured)."""
_OF_A_CAUSE = 3500
"""The bytes that a cause takes, without its texts (measured)."""
NO_COUNTS: Mapping[str, int] = MappingProxyType({})


class WorldState(Struct, frozen=True):
    """The state of a world at one time; ``counts`` are the matches so far, by the id of a cause.

    ``held`` counts the memory of the causes.
    """

    state: State
    causes: Mapping[str, Cause]
    cause_index: CauseIndex
    counts: Mapping[str, int] = NO_COUNTS
    held: Held = NOTHING


class Blueprint(Struct, frozen=True):
    """The initial state of a scenario, and its settings.

    ``users`` are names and passwords, which a client sends by one of the authentication ``schemes``. Without users,
    clients need no login. In an ``atomic`` world a DELETE, COPY or MOVE succeeds or fails as a whole (RFC 5842 2.4).
    With ``status_line_counts``, a request of a batch has succeeded if its status line says 2xx, whatever its 207
    reports. With ``reverses_batches``, the answers of a JSON batch come in reverse order. With ``tells_dependents``, a
    failed ORDERPATCH also lists, with 424, the changes that depended on the failure.
    """

    name: str
    initial: WorldState
    users: Mapping[str, str] = MappingProxyType({})
    schemes: Literal["any", "basic", "digest"] = "any"
    atomic: bool = False
    status_line_counts: bool = False
    tells_dependents: bool = False
    reverses_batches: bool = False


def initial_state(tree: Collection, causes: Sequence[Cause], now: float) -> WorldState:
    """Install causes into a tree; raises ``Refused`` if the tree can't hold one of them."""
    by_id = {cause.id: cause for cause in causes}
    draft = Draft(State(tree), now)
    for cause in by_id.values():
        standing.install(cause, draft)
    return WorldState(draft.state, by_id, CauseIndex(by_id.values()), held=_held(by_id.values()))


def _held(causes: Iterable[Cause]) -> Held:
    return hold(sum(_OF_A_CAUSE + 2 * len(msgspec.json.encode(cause)) for cause in causes))


class World:
    """One copy of a scenario, with the facts of the ``methods`` that its resources can allow.

    Its exchanges are recorded in the ``journal``. A request that changes the world holds the ``mutex``. Readers read
    ``state`` without it. ``counts`` are the matches so far, by the id of a cause. The ``budget`` limits what the server
    holds; ``held`` counts the memory of the causes.
    """

    __slots__ = (
        "_held",
        "blueprint",
        "budget",
        "cause_index",
        "causes",
        "clock",
        "counts",
        "held",
        "journal",
        "methods",
        "mutex",
        "sleep",
        "state",
    )

    state: State
    causes: Mapping[str, Cause]
    cause_index: CauseIndex
    counts: dict[str, int]
    held: Held

    def __init__(
        self,
        blueprint: Blueprint,
        methods: Facts,
        journal: ExchangeJournal | None = None,
        *,
        clock: Callable[[], float] = time.time,
        sleep: Callable[[float], object] = time.sleep,
        budget: Budget = NO_LIMIT,
    ) -> None:
        self.blueprint = blueprint
        self.methods = methods
        self.journal = ExchangeJournal() if journal is None else journal
        self.clock, self.sleep = clock, sleep
        self.budget = budget
        self._held = hold(_OF_A_WORLD)
        self.mutex = threading.Lock()
        self.state = blueprint.initial.state
        self.set_state(blueprint.initial)

    @property
    def name(self) -> str:
        """The name of the scenario."""
        return self.blueprint.name

    def reset(self) -> None:
        """Restore the tree, the causes and their counters of the scenario."""
        self.restore(self.blueprint.initial)

    def snapshot(self) -> WorldState:
        """Give the current state."""
        with self.mutex:
            return self.current_state()

    def current_state(self) -> WorldState:
        """Give the current state; the caller must hold the mutex."""
        return WorldState(self.state, self.causes, self.cause_index, dict(self.counts), self.held)

    def restore(self, state: WorldState) -> None:
        """Replace the current state."""
        with self.mutex:
            self.set_state(state)

    def add_cause(self, cause: Cause) -> bool:
        """Add a cause; False if another one has its id. Raises as ``change_causes`` does."""
        return self.change_causes({cause.id: cause}, only_new=True)

    def change_causes(self, changed: Mapping[str, Cause | None], *, only_new: bool = False) -> bool:
        """Add, replace or, with None, remove causes by id; the rest of the world stays unchanged.

        With ``only_new``, change nothing and give False if the world has a cause of one of these ids. Raises ``Refused``
        and changes nothing if the current tree, or the memory, can't hold one of the causes.
        """
        with self.mutex:
            if only_new and not changed.keys().isdisjoint(self.causes):
                return False
            growing = any(cause is not None for cause in changed.values())
            draft = Draft(self.state, self.clock(), budget=self.budget if growing else NO_LIMIT)
            for name in changed:
                if name in self.causes:
                    self.causes[name].uninstall(draft)
                    draft.state = replace(draft.state, dormant=draft.state.dormant - {name})
            for cause in changed.values():
                if cause is not None:
                    standing.install(cause, draft)
            merged = {**self.causes, **changed}
            causes = {name: cause for name, cause in merged.items() if cause is not None}
            counts = {name: count for name, count in self.counts.items() if name not in changed}
            held = _held(causes.values())
            draft.budget.check()
            self.set_state(WorldState(draft.state, causes, CauseIndex(causes.values()), counts, held))
        return True

    def publish(self, state: State | None = None) -> None:
        """Publish a state that a request has made, or None; the counters decide which standing causes are in it.

        The caller must hold the mutex.
        """
        state = self.state if state is None else state
        if self.cause_index.standing:
            draft = Draft(state, self.clock())
            standing.settle(self.cause_index.standing, self.counts, draft)
            state = draft.state
        dispose_if_lost(self.state, state)
        self.state = state

    def apply_delays(self, request: Request) -> None:
        """Delay a request for the seconds that the causes demand; other requests do not wait."""
        if not self.cause_index.delays:
            return
        with self.mutex:
            draft = Draft(self.state, self.clock())
            seconds = delay_seconds(CauseContext(self.cause_index, self.counts, request, draft, self.methods))
        if seconds:
            self.sleep(seconds)

    def set_state(self, state: WorldState) -> None:
        """Replace the current state; the caller must hold the mutex."""
        if state.state.root is not self.state.root:
            self.discard()
        self.state, self.causes, self.cause_index = state.state, state.causes, state.cause_index
        self.counts = dict(state.counts)
        self.held = state.held

    def discard(self) -> None:
        """Free the tree soon: this world is about to drop it."""
        if self.state is not self.blueprint.initial.state:
            dispose(self.state.root)
