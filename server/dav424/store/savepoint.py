"""The undo: a savepoint restores the state of a draft, unless it is committed."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from types import MappingProxyType
from typing import TYPE_CHECKING, Protocol, Self

from dav424.store.disposal import dispose_if_lost
from dav424.store.state import State

if TYPE_CHECKING:
    from dav424.core.batch import Refused


_NOTHING: Mapping[int, Refused] = MappingProxyType({})


class HasState(Protocol):
    """A draft, as far as a savepoint needs it."""

    state: State


class DraftSavepoint:
    """A ``with`` block that restores the state of a draft when it ends without ``commit``, by an exception too."""

    __slots__ = ("_before", "_draft", "committed", "stuck")

    def __init__(self, draft: HasState) -> None:
        self._draft = draft
        self._before = draft.state
        self.committed = False
        self.stuck = _NOTHING

    def __enter__(self) -> Self:
        """Begin the block."""
        return self

    def end_action(self) -> None:
        """Note nothing: the tree of the block's begin undoes the changes of all actions at once."""

    def __exit__(self, *_: object) -> None:
        """Restore the state, unless the block has committed it."""
        if not self.committed:
            undone, self._draft.state = self._draft.state, self._before
            if undone is not self._before:
                dispose_if_lost(undone, self._before)

    def commit(self, guards: Sequence[Callable[[], None]] = ()) -> None:
        """Keep the changes of the block, unless a guard raises ``Refused``; the guards are not called without a change."""
        if self._draft.state is not self._before:
            for guard in guards:
                guard()
        self.committed = True
