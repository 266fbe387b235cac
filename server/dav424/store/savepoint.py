"""The undo: a savepoint remembers a draft's state, and puts it back unless it is committed."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Protocol, Self

from dav424.store.state import State


class Restorable(Protocol):
    """Anything whose state can be put back; the ``commit_guards`` may refuse to keep what was done."""

    state: State
    commit_guards: Sequence[Callable[[], None]]


class DraftSavepoint:
    """Remembers a draft's state; ``commit`` keeps what was done since.

    Left without ``commit``, by an exception too, it puts everything back as it was.
    """

    __slots__ = ("_before", "_draft", "committed")

    def __init__(self, draft: Restorable) -> None:
        self._draft = draft
        self._before = draft.state
        self.committed = False

    def __enter__(self) -> Self:
        """Stand between what is done now and the draft."""
        return self

    def __exit__(self, *_: object) -> None:
        """Put everything back as it was, unless it was committed."""
        if not self.committed:
            self._draft.state = self._before

    def commit(self) -> None:
        """Keep what was done, unless a guard refuses."""
        if self._draft.state is not self._before:
            for guard in self._draft.commit_guards:
                guard()
        self.committed = True
