"""A world: one copy of a scenario that requests read and change.

Blueprint   the initial state of a scenario and its settings: an immutable tree with the locks of its causes
   |        all worlds of the scenario share it
World       one copy; to make, reset, snapshot or restore one takes the same time whatever the size of its tree
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterable, Mapping, Sequence
from types import MappingProxyType
from typing import ClassVar, Literal, Protocol

import msgspec
from msgspec import Struct
from msgspec.structs import replace

from dav424.causes import standing
from dav424.causes.apply import CauseContext, CauseIndex, delay_seconds
from dav424.causes.cause import Cause
from dav424.causes.counted import Counted
from dav424.core.clocks import real_time, sleep
from dav424.core.memory import NO_LIMIT, NOTHING, Budget, Held, hold
from dav424.core.message import Request
from dav424.core.method_facts import Facts
from dav424.core.paths import Path
from dav424.faults.fault import Fault
from dav424.faults.sent_answer import NO_FAULTS
from dav424.journal.journal import ExchangeJournal
from dav424.store.disposal import dispose, dispose_if_lost
from dav424.store.draft import Draft
from dav424.store.principals import NO_PRINCIPALS, Principals
from dav424.store.state import State
from dav424.store.tree import Collection, Document

_OF_A_WORLD = 700
"""The bytes that a world takes, without its state (measured)."""
_OF_A_CAUSE = 3500
"""The bytes that a cause takes, without its texts (measured)."""
NO_COUNTS: Mapping[str, int] = MappingProxyType({})


class Delays(Protocol):
    """Delays a request."""

    def __call__(self, seconds: float, *, answered: bool) -> object:
        """Let a request wait these seconds; one that is ``answered`` waits for its response."""


def pause(seconds: float, *, answered: bool) -> None:  # noqa: ARG001 - both wait here
    """Wait."""
    sleep(seconds)


class UntilClosed:
    """Lets requests wait, as ``Delays`` says, until the server is ``closed``. It refers to no space."""

    def __init__(self, closed: threading.Event) -> None:
        self.closed = closed

    def __call__(self, seconds: float, *, answered: bool = False) -> None:  # noqa: ARG002 - both wait here
        """Wait these seconds, or until the server stops."""
        self.closed.wait(seconds)


class WorldState(Struct, frozen=True):
    """The state of a world at one time; ``counts`` are the matches so far, by the id of a cause or fault.

    ``held`` counts the memory of the causes and faults.
    """

    state: State
    causes: Mapping[str, Cause]
    cause_index: CauseIndex
    counts: Mapping[str, int] = NO_COUNTS
    held: Held = NOTHING
    faults: Mapping[str, Fault] = NO_FAULTS


class Blueprint(Struct, frozen=True):
    """The initial state of a scenario, its ``title``, the paths that are ``missing`` on purpose, and its settings.

    ``users`` are names and passwords, which a client sends by one of the authentication ``schemes``. Without users,
    clients need no login. In an ``atomic`` world a DELETE, COPY or MOVE succeeds or fails as a whole (RFC 5842 2.4).
    With ``status_line_counts``, a request of a batch has succeeded if its status line says 2xx, whatever its 207
    reports. With ``reverses_batches``, the answers of a JSON batch come in reverse order. With ``tells_dependents``, a
    failed ORDERPATCH also lists, with 424, the changes that depended on the failure. Pages of ``origins`` may use it; None
    leaves that to the server. With ``sandbox``, its content runs no script on the origin of the server. The tree can be
    ``outside`` of the server, such as a folder: then there is one world of it, in the default space. ``dialect`` is the
    name of the dialect in which its requests are answered; empty if it leaves that to the server. The ``principals`` are the
    users as resources.
    """

    name: str
    initial: WorldState
    users: Mapping[str, str] = MappingProxyType({})
    schemes: Literal["any", "basic", "digest"] = "any"
    atomic: bool = False
    status_line_counts: bool = False
    tells_dependents: bool = False
    reverses_batches: bool = False
    origins: frozenset[str] | None = None
    sandbox: bool = True
    outside: bool = False
    dialect: str = ""
    title: str = ""
    principals: Principals = NO_PRINCIPALS
    missing: tuple[Path, ...] = ()


class Blueprints(Protocol):
    """The blueprints of a server: one for each scenario, and one for the list of the scenarios."""

    def find(self, name: str) -> Blueprint:
        """Find the blueprint of a scenario, or refuse with 404."""

    def index(self) -> Blueprint:
        """Make the blueprint of a collection that lists the scenarios."""


def initial_state(
    tree: Collection, causes: Sequence[Cause], now: float, faults: Mapping[str, Fault] = NO_FAULTS
) -> WorldState:
    """Install causes into a tree; raises ``Refused`` if the tree can't hold one of them."""
    by_id = {cause.id: cause for cause in causes}
    draft = Draft(State(tree), now)
    for cause in by_id.values():
        standing.install(cause, draft)
    return WorldState(draft.state, by_id, CauseIndex(by_id.values()), held=held_by(by_id, faults), faults=faults)


def held_by(causes: Mapping[str, Cause], faults: Mapping[str, Fault]) -> Held:
    """Count the memory of causes and faults."""
    counted: Iterable[Counted] = (*causes.values(), *faults.values())
    return hold(sum(_OF_A_CAUSE + 2 * len(msgspec.json.encode(each)) for each in counted))


class World:
    """One copy of a scenario, with the facts of the ``methods`` that its resources can allow.

    Its exchanges are recorded in the ``journal``. A request that changes the world holds the ``mutex``. Readers read
    ``state`` without it. ``counts`` are the matches so far, by the id of a cause or fault. The ``budget`` limits what the
    server holds; ``held`` counts the memory of the causes and faults.
    """

    __slots__ = (
        "_held",
        "blueprint",
        "budget",
        "cause_index",
        "causes",
        "clock",
        "counts",
        "faults",
        "held",
        "journal",
        "methods",
        "mutex",
        "pause",
        "state",
    )

    readers_wait: ClassVar[bool] = False
    """Whether a reader waits for the request that changes the world: it then sees no change that may be undone."""
    state: State
    causes: Mapping[str, Cause]
    cause_index: CauseIndex
    counts: dict[str, int]
    faults: Mapping[str, Fault]
    held: Held

    def __init__(
        self,
        blueprint: Blueprint,
        methods: Facts,
        journal: ExchangeJournal | None = None,
        *,
        clock: Callable[[], float] = real_time,
        pause: Delays = pause,
        budget: Budget = NO_LIMIT,
    ) -> None:
        self.blueprint = blueprint
        self.methods = methods
        self.journal = ExchangeJournal() if journal is None else journal
        self.clock, self.pause = clock, pause
        self.budget = budget
        self._held = hold(_OF_A_WORLD)
        self.mutex = threading.Lock()
        self.state = blueprint.initial.state
        self.set_state(blueprint.initial)

    @property
    def name(self) -> str:
        """The name of the scenario."""
        return self.blueprint.name

    def open_draft(self, make: Callable[[Draft, Path], Document | None]) -> Draft:
        """Open the draft of a request on the current state; ``make`` makes derived documents."""
        return Draft(self.state, self.clock(), make, self.budget, self.blueprint.principals)

    def outlasting(self) -> object:
        """Give an object that keeps the current tree alive, to be dropped after the response: to free one takes time."""
        return self.state

    def reset(self) -> None:
        """Restore the tree, the causes and their counters of the scenario."""
        self.restore(self.blueprint.initial)

    def snapshot(self) -> WorldState:
        """Give the current state."""
        with self.mutex:
            return self.current_state()

    def current_state(self) -> WorldState:
        """Give the current state; the caller must hold the mutex."""
        return WorldState(self.state, self.causes, self.cause_index, dict(self.counts), self.held, self.faults)

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
            held = held_by(causes, self.faults)
            draft.budget.check()
            self.set_state(WorldState(draft.state, causes, CauseIndex(causes.values()), counts, held, self.faults))
        return True

    def change_faults(self, changed: Mapping[str, Fault | None], *, only_new: bool = False) -> bool:
        """Add, replace or, with None, remove faults by id; their counters begin anew.

        With ``only_new``, change nothing and give False if the world has a fault of one of these ids. Raises ``Refused`` and
        changes nothing if the memory can't hold them.
        """
        with self.mutex:
            if only_new and not changed.keys().isdisjoint(self.faults):
                return False
            merged = {**self.faults, **changed}
            faults = {name: fault for name, fault in merged.items() if fault is not None}
            held = held_by(self.causes, faults)
            if any(fault is not None for fault in changed.values()):
                self.budget.check()
            self.faults, self.held = faults, held
            self.counts = {name: count for name, count in self.counts.items() if name not in changed}
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
        if self.state is not self.blueprint.initial.state:  # the blueprint keeps that tree
            dispose_if_lost(self.state, state)
        self.state = state

    def apply_delays(self, request: Request, *, answered: bool = False) -> None:
        """Delay a request for the seconds that the causes demand, unless it has waited; other requests do not wait.

        A request that is ``answered`` waits for its response.
        """
        if not self.cause_index.delays or request.waited:
            return
        with self.mutex:
            draft = Draft(self.state, self.clock())
            seconds = delay_seconds(CauseContext(self.cause_index, self.counts, request, draft, self.methods))
        if seconds:
            self.pause(seconds, answered=answered)

    def set_state(self, state: WorldState) -> None:
        """Replace the current state; the caller must hold the mutex."""
        if state.state.root is not self.state.root:
            self.discard()
        self.state, self.causes, self.cause_index = state.state, state.causes, state.cause_index
        self.counts = dict(state.counts)
        self.faults = state.faults
        self.held = state.held

    def discard(self) -> None:
        """Free the tree soon: this world is about to drop it."""
        if self.state is not self.blueprint.initial.state:
            dispose(self.state.root)
