"""The last changes of a tree, for clients that ask for the changes since a state that they know (RFC 6578).

    number 1   /cal/a.ics   new            mark 5f…
    number 2   /cal/b.ics   new content    mark 9c…
    number 3   /cal/a.ics   removed        mark 02…

A state is named by the number of its last change and a mark, which follows from all changes until then. So a state that
is given up, as by the restore of a snapshot, is not mistaken for another one with the same number. The changes belong to the
state: to note one makes new ``Changes``, which share the others with the old ones.

Most trees are never asked for their changes. So a write only puts its own before the others of a run, and a mark is
computed when a run is full, or when a client asks for it.
"""

from __future__ import annotations

import zlib
from bisect import bisect_left
from collections.abc import Iterable, Iterator
from operator import attrgetter

from msgspec import Struct

from dav424.core.memory import Held, hold
from dav424.core.paths import Path
from dav424.store.tree import Collection, Document, Node

MOST_CHANGES = 10_000
"""The most changes that a tree remembers."""
MOST_COMPARED = 2_000
"""The most members that one change of a collection looks at: the cost of a step must not follow its members."""
_OF_A_CHANGE = 300
"""The bytes that a change takes, without the letters of its path (measured)."""
_OF_A_RUN = 8192
"""The bytes of the changes with which a run is full. They count from then on: to count each change alone takes longer."""


class TreeChange(Struct, frozen=True, gc=False):
    """A change: where it was, whether a resource was there before, and the change before it in its run.

    ``collection`` says that the resource before it, or else the one after it, was a collection. ``tag`` is the entity-tag
    of a document after it, "/" for a collection, and empty for none.
    """

    path: Path
    existed: bool
    collection: bool
    tag: str
    earlier: TreeChange | None


class _Run(Struct, frozen=True, gc=False):
    """Changes that follow each other: the last one with its number, and the mark before the first one."""

    number: int
    last: TreeChange | None
    begin: int

    def newest_first(self) -> Iterator[tuple[int, TreeChange]]:
        """Give the changes with their numbers."""
        number, change = self.number, self.last
        while change is not None:
            yield number, change
            number, change = number - 1, change.earlier

    def mark_at(self, number: int) -> int:
        """Compute the mark after the change of a number, which is in the run or the last one before it."""
        until = reversed([change for at, change in self.newest_first() if at <= number])
        texts = "".join(["\0".join((*change.path, change.tag)) for change in until])
        return zlib.crc32(texts.encode("utf-8", "surrogatepass"), self.begin)


class _FullRun(_Run, frozen=True, gc=False):
    """A run that gets no more changes; ``held`` counts their memory."""

    held: Held


class Changes(Struct, frozen=True, gc=False):
    """The changes that a tree remembers: the number of the last one, 0 before the first, and the full runs.

    The other fields are those of the run that is not full: its last change, its bytes, and the mark before it.
    """

    number: int = 0
    last: TreeChange | None = None
    size: int = 0
    begin: int = 0
    full: tuple[_FullRun, ...] = ()

    def after(self, path: Path, old: Node | None, new: Node | None, *, another: bool) -> Changes:
        """Note the resources that are other ones, or have other content, when one node comes in place of another.

        Properties and locks don't count. If the members of a collection that stays are others, they are the changes.
        """
        if another or old is None or new is None or type(old) is not type(new):
            return self.noted(path, old, new)
        if isinstance(old, Document) and isinstance(new, Document):
            return self if old.etag == new.etag else self.noted(path, old, new)
        if isinstance(old, Collection) and isinstance(new, Collection) and old.children is not new.children:
            return self._after_members(path, old, new)
        return self

    def _after_members(self, path: Path, old: Collection, new: Collection) -> Changes:
        """Look at the members one by one; a collection with too many of them counts as made anew."""
        if len(old.children) + len(new.children) > MOST_COMPARED:
            return self.noted(path, old, new)
        changes = self
        for name in {**dict.fromkeys(old.children), **dict.fromkeys(new.children)}:
            before, after = old.children.get(name), new.children.get(name)
            if before is not after:
                changes = changes.noted((*path, name), before, after)
        return changes

    def noted(self, path: Path, old: Node | None, new: Node | None) -> Changes:
        """Note that another node is at a path."""
        tag = new.etag if isinstance(new, Document) else "" if new is None else "/"
        last = TreeChange(path, old is not None, isinstance(new if old is None else old, Collection), tag, self.last)
        size = self.size + _OF_A_CHANGE + sum(map(len, path))
        changes = Changes(self.number + 1, last, size, self.begin, self.full)
        return changes if size < _OF_A_RUN else changes._with_new_run()

    def _with_new_run(self) -> Changes:
        """Begin another run, and forget the runs whose changes are all too old."""
        full = _FullRun(self.number, self.last, self.begin, hold(self.size))
        remembered = self.full[_place(self.full, self.number - MOST_CHANGES + 1) :]
        return Changes(self.number, None, 0, full.mark_at(self.number), (*remembered, full))

    def mark_at(self, number: int) -> int | None:
        """Give the mark after the change of a number; None if it is forgotten or was never made."""
        if not self.number - MOST_CHANGES < number <= self.number:
            return 0 if number == 0 and self.number <= MOST_CHANGES else None
        place = _place(self.full, number)
        run = self.full[place] if place < len(self.full) else self._open_run
        return run.mark_at(number)

    def since(self, number: int) -> Iterable[tuple[int, TreeChange]]:
        """Give the changes after that of a number, with theirs, in their order; all of them must be remembered."""
        later: list[tuple[int, TreeChange]] = []
        for run in (self._open_run, *reversed(self.full)):
            if run.number <= number:
                break
            later += [(at, change) for at, change in run.newest_first() if at > number]
        return reversed(later)

    @property
    def _open_run(self) -> _Run:
        return _Run(self.number, self.last, self.begin)


def _place(runs: tuple[_FullRun, ...], number: int) -> int:
    """Find the run with the change of a number: the first one that does not end before it."""
    return bisect_left(runs, number, key=attrgetter("number"))
