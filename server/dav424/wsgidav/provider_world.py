"""A world whose tree is that of a provider: each request reads it anew, and writes its changes through.

The causes, their counters and the journal are those of any world. A reset restores them, and leaves the provider alone.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, ClassVar

from msgspec.structs import replace

from dav424.causes import standing
from dav424.causes.apply import CauseIndex
from dav424.causes.cause import Cause
from dav424.causes.lock import Locked
from dav424.causes.quota import Quota
from dav424.core.clocks import real_time
from dav424.faults.sent_answer import NO_FAULTS
from dav424.store.draft import Draft
from dav424.store.state import State
from dav424.store.tree import Document, new_collection
from dav424.store.write_through import WritingDraft
from dav424.worlds.world import World, WorldState
from dav424.wsgidav.provider_storage import ProviderStorage
from dav424.wsgidav.provider_tree import ProviderTree

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from wsgidav.dav_provider import DAVProvider

    from dav424.core.paths import Path
    from dav424.faults.fault import Fault
    from dav424.store.locks import Lock

_EMPTY = new_collection(0.0)


def provider_state(causes: Iterable[Cause], faults: Mapping[str, Fault] = NO_FAULTS) -> WorldState:
    """Give the state of a world with these causes, before its tree is known: a lock stands where its resource is."""
    by_id = {cause.id: cause for cause in causes}
    draft = Draft(State(_EMPTY), 0.0)
    for cause in by_id.values():
        if not isinstance(cause, Locked):
            standing.install(cause, draft)
        elif not cause.applies_to(1):
            draft.state = replace(draft.state, dormant=draft.state.dormant | {cause.id})
    return WorldState(draft.state, by_id, CauseIndex(by_id.values()), faults=faults)


class ProviderWorld(World):
    """The world of a provider; ``environ`` is that of requests that no WSGI server has brought."""

    __slots__ = ("_environ", "_kept", "_local", "_lockers", "_provider", "_weighed")
    readers_wait: ClassVar[bool] = True

    def __init__(self, provider: DAVProvider, environ: dict[str, Any], *args: Any, **keywords: Any) -> None:
        self._provider = provider
        self._environ = environ
        self._local = threading.local()
        self._kept = State(_EMPTY)
        self._lockers: list[Locked] = []
        self._weighed = False
        super().__init__(*args, **keywords)

    @contextmanager
    def serving(self, environ: dict[str, Any]) -> Iterator[None]:
        """Serve a request of this thread, which a WSGI server has brought with this environment."""
        self._local.environ = {**environ, "wsgidav.provider": self._provider}
        try:
            yield
        finally:
            del self._local.environ

    @property
    def state(self) -> State:
        """The state with the tree as the provider has it now."""
        return replace(self._kept, root=self._tree().root())

    @state.setter
    def state(self, state: State) -> None:
        self._kept = replace(state, root=_EMPTY)

    def _tree(self) -> ProviderTree:
        environ = getattr(self._local, "environ", None) or self._environ
        caused = self._caused_locks() if self._lockers else {}
        return ProviderTree(self._provider, environ, caused, now=real_time(), weighed=self._weighed)

    def _caused_locks(self) -> dict[Path, tuple[Lock, ...]]:
        locks: dict[Path, tuple[Lock, ...]] = {}
        for cause in self._lockers:
            if cause.id not in self._kept.dormant:
                locks[cause.subtree] = (*locks.get(cause.subtree, ()), cause.lock)
        return locks

    def open_draft(self, make: Callable[[Draft, Path], Document | None]) -> Draft:
        """Open a draft that reads from the provider and writes to it."""
        tree = self._tree()
        state = replace(self._kept, root=tree.root())
        return WritingDraft(state, tree.now, make, self.budget, ProviderStorage(tree))

    def outlasting(self) -> object:
        """Give nothing: the tree is not in memory."""
        return None

    def publish(self, state: State | None = None) -> None:
        """Keep what a request has made of the state beside the tree, which the provider has by now."""
        if self.cause_index.standing:
            draft = Draft(replace(self._kept if state is None else state, root=self._tree().root()), self.clock())
            standing.settle(self.cause_index.standing, self.counts, draft)
            state = draft.state
        if state is not None:
            self.state = state

    def set_state(self, state: WorldState) -> None:
        """Set the causes and their counters; the tree is the provider's."""
        self.causes, self.cause_index = state.causes, state.cause_index
        self._lockers = [cause for cause in state.causes.values() if isinstance(cause, Locked)]
        self._weighed = any(isinstance(cause, Quota) and cause.stands for cause in state.causes.values())
        self.state = replace(state.state, serial=max(state.state.serial, self._kept.serial))
        self.counts = dict(state.counts)
        self.faults = state.faults
        self.held = state.held

    def discard(self) -> None:
        """Do nothing: no tree is in memory."""
