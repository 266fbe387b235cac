"""The store of one world: a root that is published, and a draft that one writer works on.

    readers ----> State.root (published, immutable)
                      |  a writer starts a Draft from it
                      v
                  Draft.root -- savepoint: remembers the root --> commit, or put it back

A draft refuses what can't be: a missing parent is 409, a full quota 507. What it did not commit is
gone with it; readers see a whole request's work or none of it.
"""

from __future__ import annotations

import zlib
from collections.abc import Callable

from msgspec.structs import replace

from dav424.core import condition_codes
from dav424.core.batch import Refused
from dav424.core.paths import Path, href
from dav424.store.locks import Lock
from dav424.store.ordering import UNORDERED, Position, ranked
from dav424.store.savepoint import DraftSavepoint
from dav424.store.state import Limit, State
from dav424.store.tree import (
    Collection,
    Derived,
    Document,
    Node,
    find,
    lineage,
    new_collection,
    new_document,
    with_child,
    with_property,
)


class Draft:
    """The tree as one request sees and changes it.

    ``now`` is the time of the request, in seconds since the epoch. ``effort`` counts the steps that a method has planned,
    times their depth. ``make`` makes the document of a derived resource from its sources as they are in the draft; it
    gives None if a source can't be read. Without ``make``, no derived resource has a document.
    """

    def __init__(
        self, state: State, now: float, make: Callable[[Draft, Path], Document | None] = lambda *_: None
    ) -> None:
        self.state = state
        self.now = now
        self.effort = 0
        self._make = make
        self._made: tuple[Collection, Path, Document | None] | None = None

    @property
    def root(self) -> Collection:
        """The tree as it stands in this draft."""
        return self.state.root

    def savepoint(self) -> DraftSavepoint:
        """Open a savepoint."""
        return DraftSavepoint(self)

    def find(self, path: Path) -> Node | None:
        """Look a path up; None if nothing is there."""
        return find(self.state.root, path)

    def get(self, path: Path) -> Node:
        """Look a path up, or refuse with 404."""
        node = find(self.state.root, path)
        if node is None:
            raise Refused(404, f"There is nothing at {href(path)}.")
        return node

    def shown(self, path: Path, node: Node | None) -> Node | None:
        """Give the node that a GET would answer with: of a derived resource its document, or None if none can be made.

        The draft remembers the last document that it made, until the tree changes.
        """
        if not isinstance(node, Derived):
            return node
        if self._made is None or self._made[0] is not self.root or self._made[1] != path:
            self._made = (self.root, path, self._make(self, path))
        return self._made[2]

    def remember(self, path: Path, made: Document) -> None:
        """Take this document for the one that is derived at a path, until the tree changes."""
        self._made = (self.root, path, made)

    def href_of(self, path: Path) -> str:
        """Spell a path as it stands now, percent-encoded; a collection's ends in a slash."""
        return href(path, collection=isinstance(self.find(path), Collection))

    def lineage(self, path: Path) -> list[Node]:
        """List the nodes from the root to a path, as far as they exist."""
        return lineage(self.state.root, path)

    def parent(self, path: Path) -> Collection:
        """Find the collection that a new member at ``path`` would go into, or refuse with 409."""
        parent = find(self.state.root, path[:-1])
        if isinstance(parent, Collection):
            return parent
        what = "isn't a collection" if parent is not None else "doesn't exist; make it with MKCOL first"
        raise Refused(409, f"{href(path[:-1], collection=True)} {what}.")

    def modified(self, path: Path, node: Node) -> float:
        """Say when the node at a path was last modified, by a change of its own or by coming here with others."""
        above = self.lineage(path)
        return max(node.modified, *(each.arrived for each in above if isinstance(each, Collection)), 0.0)

    def order(self, path: Path, kind: str) -> None:
        """Give a collection an order of this type: the one it has, else by name; ``DAV:unordered`` takes it away."""
        node = self.get(path)
        assert isinstance(node, Collection), "callers see to it that only a collection is ordered"
        names = [name for name, _ in node.members()]
        self.replace(path, replace(node, order=ranked(kind, names) if kind != UNORDERED else None))

    def check_place(self, path: Path, position: Position | None) -> None:
        """Refuse with 403 a position in what isn't ordered, or beside what isn't another member (RFC 3648 6.1)."""
        if position is None:
            return
        parent = self.find(path[:-1])
        if not isinstance(parent, Collection) or parent.order is None:
            where = href(path[:-1], collection=True)
            raise Refused(403, f"{where} is not ordered.", condition_codes.COLLECTION_MUST_BE_ORDERED)
        beside = (*path[:-1], position.neighbour)
        if position.neighbour and (beside == path or position.neighbour not in parent.children):
            detail = f"There is no other member {href(beside)} to come {position.place}."
            raise Refused(403, detail, condition_codes.SEGMENT_MUST_IDENTIFY_MEMBER)

    def place(self, path: Path, position: Position | None) -> None:
        """Put a member where it is to come in its collection; None leaves it where it is."""
        if position is None:
            return
        self.check_place(path, position)
        parent = self.find(path[:-1])
        assert isinstance(parent, Collection), "checked above"
        assert parent.order is not None, "checked above"
        self.replace(path[:-1], replace(parent, order=parent.order.moved(path[-1], position)))

    def serial(self) -> int:
        """Draw the next number of this world's one sequence."""
        self.state = replace(self.state, serial=self.state.serial + 1)
        return self.state.serial

    def put_content(self, path: Path, content: bytes, content_type: str) -> bool:
        """Store content at a path and say whether that made a new document."""
        etag = f'"{self.serial():x}-{zlib.crc32(content):08x}"'
        old = self.find(path)
        if isinstance(old, Document):
            weight = old.weight + len(content) - len(old.content)
            changed = replace(
                old, content=content, content_type=content_type, etag=etag, modified=self.now, weight=weight
            )
            self.replace(path, changed)
            return False
        self.parent(path)
        self.replace(path, new_document(content, content_type, etag, self.now))
        return True

    def make_collection(self, path: Path, types: tuple[str, ...] = ()) -> None:
        """Make an empty collection."""
        self.parent(path)
        self.replace(path, new_collection(self.now, types))

    def set_property(self, path: Path, name: str, xml: str | None) -> None:
        """Set a dead property, or remove it with None; removing what isn't there is no error."""
        self.replace(path, with_property(self.get(path), name, xml))

    def delete(self, path: Path) -> None:
        """Remove a node and everything below it, with the locks that are rooted there."""
        self.get(path)
        self.replace(path, None)

    def replace(self, path: Path, node: Node | None) -> None:
        """Put a node in the place of the one at ``path``; None removes. Refuses with 507 over a quota.

        The parent must exist. Its modification time follows only if it gained or lost a member.
        """
        above = lineage(self.state.root, path[:-1]) if path else []
        limited = bool(self.state.quotas)
        if limited:
            self._check_quota(path, self.find(path), node)
        changed = node
        for depth in range(len(path) - 1, -1, -1):
            parent = above[depth]
            assert isinstance(parent, Collection), "callers see to it that the parent is a collection"
            new_or_gone = depth == len(path) - 1 and (node is None) != (path[depth] not in parent.children)
            changed = with_child(parent, path[depth], changed, self.now if new_or_gone else None)
            if limited:
                self._check_quota(path[:depth], parent, changed)
        assert isinstance(changed, Collection), "the root is a collection and stays"
        self.state = replace(self.state, root=changed)

    def has_room(self, path: Path, growth: int, leaving: Path | None = None) -> bool:
        """Say whether ``growth`` bytes more at a path, that leave another, would stay within every quota."""
        if not self.state.quotas or growth <= 0:
            return True
        for depth in range(len(path) + 1):
            quota = self.state.quotas.get(path[:depth])
            inside = leaving is not None and leaving[:depth] == path[:depth] and depth < len(path)
            if quota is not None and not inside and _weight(self.find(path[:depth])) + growth > quota:
                return False
        return True

    def room(self, path: Path) -> int | None:
        """Say how many bytes more may be stored at or below a path; None if nothing limits it."""
        places = [(path[:depth], self.state.quotas.get(path[:depth])) for depth in range(len(path) + 1)]
        left = [quota - _weight(self.find(place)) for place, quota in places if quota is not None]
        return max(0, min(left)) if left else None

    def limit(self, path: Path, quota: int | None) -> None:
        """Limit what a place may hold, in bytes; None lifts the limit."""
        quotas = self.state.quotas
        changed = quotas.discard(path) if quota is None else quotas.insert(path, quota)
        self.state = replace(self.state, quotas=changed)

    def _check_quota(self, path: Path, before: Node | None, after: Node | None) -> None:
        quota = self.state.quotas.get(path)
        if quota is not None and _weight(after) > max(quota, _weight(before)):
            at = href(path, collection=isinstance(after, Collection))
            raise Refused(
                507,
                f"{at} may hold {quota} bytes, and this would make it {_weight(after)}.",
                condition_codes.QUOTA_NOT_EXCEEDED,
                by=Limit(path, quota),
            )

    def locks_on(self, path: Path) -> list[Lock]:
        """List the locks that cover a path: its own, and the infinite ones above it (RFC 4918 7.4)."""
        nodes = lineage(self.state.root, path)
        covering = []
        for depth, node in enumerate(nodes):
            covering += [lock for lock in node.locks if lock.alive(self.now) and (lock.infinite or depth == len(path))]
        return covering


def _weight(node: Node | None) -> int:
    return node.weight if node is not None else 0
