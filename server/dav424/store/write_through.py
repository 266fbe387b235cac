"""A draft over a storage that is outside of the server: each change is written through, and each undo is too.

    Draft.replace(path, node) --> Backing.change(path, old, new)     the storage may refuse: a cause like any other
    savepoint left            --> Backing.undo(mark)                 in reverse order, from the last change to the mark

The storage is the truth. A draft begins with a root that reads from it on demand, and begins anew after an undo. A server
whose worlds are in memory never loads this module.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Protocol

from msgspec.structs import replace

from dav424.core.memory import NO_LIMIT, Budget
from dav424.store.draft import Draft
from dav424.store.savepoint import DraftSavepoint
from dav424.store.tree import Collection, lineage, with_child

if TYPE_CHECKING:
    from dav424.core.batch import Refused
    from dav424.core.paths import Path
    from dav424.store.state import State
    from dav424.store.tree import Document, Node


class Backing(Protocol):
    """A storage outside of the server. It numbers its changes from 0, in the order in which they were done."""

    def root(self, before: Collection) -> Collection:
        """Give the current tree after an undo; ``before`` is the root before the changes that were undone."""

    def change(self, path: Path, old: Node | None, new: Node | None, *, another: bool) -> Node | None:
        """Do in the storage what makes ``new`` of ``old``, and give the node as the storage has it now.

        If ``new`` is ``another`` resource, and not the old one with a change, its times and its entity-tag are the storage's.
        Raises ``Refused`` if the storage refuses, and then changes nothing.
        """

    def move(self, source: Path, target: Path, existing: Node | None, new: Node) -> Node:
        """Move a node with all below it in the place of the ``existing`` one; as ``change`` otherwise."""

    def moves_whole(self, path: Path) -> bool:
        """Say whether the storage can move the collection at a path in one step."""

    def mark(self) -> int:
        """Give the number of the next change."""

    def undo(self, mark: int) -> Mapping[int, Refused]:
        """Undo the changes from the last one back to the one with the number ``mark``.

        Gives the numbers of the changes that could not be undone, and why.
        """

    def forget_undone(self) -> None:
        """Drop the copies that the undo would need: nothing is undone any more."""

    def used(self, path: Path) -> int | None:
        """Give the bytes that the storage says are used at a path; None if it does not say it."""

    def available(self, path: Path) -> int | None:
        """Give the bytes that the storage says are free at a path; None if it does not say it."""


class WritingDraft(Draft):
    """A draft that writes each change through to its ``backing``."""

    def __init__(
        self,
        state: State,
        now: float,
        make: Callable[[Draft, Path], Document | None],
        budget: Budget,
        backing: Backing,
    ) -> None:
        super().__init__(state, now, make, budget)
        self.backing = backing
        self.knows_changes = False
        self._withdrawn: Path | None = None

    def savepoint(self) -> WritingSavepoint:
        """Open a savepoint, to use in a ``with`` statement."""
        return WritingSavepoint(self)

    def replace(self, path: Path, node: Node | None, *, another: bool = False) -> None:
        """Replace the node at a path, in the storage too; it may refuse with any status but 424."""
        before = self.state
        above = lineage(before.root, path)
        old = above[len(path)] if len(above) > len(path) else None
        source, self._withdrawn = self._withdrawn, None
        self._replace(path, node, above, another=another)
        try:
            if source is not None and node is not None:
                stored: Node | None = self.backing.move(source, path, old, node)
            else:
                stored = self.backing.change(path, old, node, another=another)
        except BaseException:
            self.state = before
            raise
        if stored is not node and stored is not None:
            self._store(path, stored)

    def withdraw(self, path: Path) -> None:
        """Remove a node that the next change puts elsewhere: the storage then moves it."""
        self.get(path)
        super().replace(path, None)
        self._withdrawn = path

    def _store(self, path: Path, stored: Node) -> None:
        """Replace what a request has written by what the storage has made of it, such as another entity-tag."""
        above = lineage(self.state.root, path)
        for depth in range(len(path) - 1, -1, -1):
            parent = above[depth]
            assert isinstance(parent, Collection), "the parent was there a moment ago"
            stored = with_child(parent, path[depth], stored)
        assert isinstance(stored, Collection), "the root is a collection"
        self.state = replace(self.state, root=stored)

    def may_refuse_member(self, *, moving: bool, path: Path) -> bool:
        """Say whether each member may be refused for itself: the storage may refuse any, unless it moves all in one step."""
        return not (moving and self.backing.moves_whole(path))

    def forget_withdrawn(self) -> None:
        """Forget a node that was to be put elsewhere, and was not."""
        self._withdrawn = None

    def back_to(self, before: State) -> None:
        """Begin anew from the storage; the state beside the tree is that of ``before``."""
        self._withdrawn = None
        self.state = replace(before, root=self.backing.root(before.root))

    def abandon(self) -> Refused | None:
        """Undo all that the request has done; gives the reason if something could not be undone."""
        return next(iter(self.backing.undo(0).values()), None)

    def finish(self) -> None:
        """Keep what the request has done."""
        self.backing.forget_undone()

    def used(self, path: Path, node: Collection) -> int | None:
        """Give the bytes that a collection takes, as the storage says."""
        del node
        return self.backing.used(path)

    def room(self, path: Path) -> int | None:
        """Give the number of bytes that the quotas and the storage still allow at or below a path."""
        rooms = [room for room in (super().room(path), self.backing.available(path)) if room is not None]
        return min(rooms) if rooms else None

    def fork(self) -> Draft:
        """Give a draft in memory that starts from the state of this one: it writes nothing through."""
        fork = Draft(self.state, self.now, self._make, NO_LIMIT)
        fork.effort = self.effort
        return fork


class WritingSavepoint(DraftSavepoint):
    """A ``with`` block that undoes the changes in the storage too when it ends without ``commit``."""

    __slots__ = ("_ends", "_mark", "_writing")

    def __init__(self, draft: WritingDraft) -> None:
        super().__init__(draft)
        self._writing = draft
        self._mark = draft.backing.mark()
        self._ends: list[int] = []

    def end_action(self) -> None:
        """Note which changes belong to the action."""
        self._ends.append(self._writing.backing.mark())

    def __exit__(self, *_: object) -> None:
        """Undo the changes, unless the block has committed them."""
        if self.committed:
            return
        draft = self._writing
        if draft.backing.mark() == self._mark:
            draft.forget_withdrawn()
            draft.state = self._before
            return
        stuck: dict[int, Refused] = {}
        for number, refused in draft.backing.undo(self._mark).items():
            stuck.setdefault(bisect_right(self._ends, number), refused)
        self.stuck = stuck
        draft.back_to(self._before)
