"""The store of one world: a root that is published, and a draft that one writer works on.

    readers ----> State.root (published, immutable)
                      |  a writer starts a Draft from it
                      v
                  Draft.root -- savepoint: remembers the root --> commit, or put it back

A draft refuses impossible changes: a missing parent is 409, a full quota or a full memory 507. Readers see all changes of a request, or
none: they see a draft only when it is published.
"""

from __future__ import annotations

import zlib
from collections.abc import Callable, Sequence

from msgspec.structs import replace

from dav424.core import condition_codes
from dav424.core.batch import Refused
from dav424.core.memory import NO_LIMIT, Budget, Held, hold
from dav424.core.paths import Path, href
from dav424.store.locks import Lock
from dav424.store.ordering import UNORDERED, Position, ranked
from dav424.store.principals import NO_PRINCIPALS, Principals
from dav424.store.savepoint import DraftSavepoint
from dav424.store.state import Limit, State
from dav424.store.tree import (
    NEVER,
    Collection,
    Derived,
    Document,
    Node,
    count,
    find,
    lineage,
    new_collection,
    new_document,
    placed,
    texts,
    with_child,
    with_property,
)

MOST_RESOURCES = 4_000_000
"""The most resources in one tree. A COPY shares nodes, so that a few copies of copies would make more than any walk visits."""


class Draft:
    """The tree as one request sees and changes it.

    ``now`` is the time of the request, in seconds since the epoch. ``effort`` counts the steps that a method has planned,
    times their depth. ``make`` makes the document of a derived resource from its sources as they are in the draft; it
    gives None if a source can't be read. Without ``make``, no derived resource has a document. A change that adds to the tree
    is refused if the server then holds more than the ``budget`` allows. The ``principals`` are beside the tree, and never
    change. It ``knows_changes`` if nothing but requests changes the tree.
    """

    def __init__(
        self,
        state: State,
        now: float,
        make: Callable[[Draft, Path], Document | None] = lambda *_: None,
        budget: Budget = NO_LIMIT,
        principals: Principals = NO_PRINCIPALS,
    ) -> None:
        self.state = state
        self.now = now
        self.effort = 0
        self.knows_changes = True
        self._make = make
        self.budget = budget
        self.principals = principals
        self._patient = True
        self._made: tuple[Collection, Path, Document | None] | None = None

    def fork(self) -> Draft:
        """Give a draft that starts from the state of this one, and changes on its own."""
        fork = Draft(self.state, self.now, self._make, self.budget, self.principals)
        fork.effort = self.effort
        return fork

    @property
    def root(self) -> Collection:
        """The root of the tree in this draft."""
        return self.state.root

    def savepoint(self) -> DraftSavepoint:
        """Open a savepoint, to use in a ``with`` statement."""
        return DraftSavepoint(self)

    def find(self, path: Path) -> Node | None:
        """Find the node at a path; None for an unmapped URL."""
        node = find(self.state.root, path)
        return node if node is not None else self.principals.by_path.get(path)

    def get(self, path: Path) -> Node:
        """Find the node at a path, or refuse with 404."""
        node = find(self.state.root, path) or self.principals.by_path.get(path)
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
        """Write a path as clients send it: percent-encoded, with a slash at the end if a collection is there."""
        return href(path, collection=isinstance(self.find(path), Collection))

    def lineage(self, path: Path) -> list[Node]:
        """List the nodes from the root to a path; the list is shorter if one of them does not exist."""
        return lineage(self.state.root, path)

    def parent(self, path: Path) -> Collection:
        """Find the collection of which ``path`` names a member, or refuse with 409."""
        parent = find(self.state.root, path[:-1])
        if isinstance(parent, Collection):
            return parent
        self._refuse_principal(path[:-1])
        what = "isn't a collection" if parent is not None else "doesn't exist; make it with MKCOL first"
        raise Refused(409, f"{href(path[:-1], collection=True)} {what}.")

    def modified(self, path: Path, node: Node) -> float:
        """Give the time at which the node at a path was last modified, or moved or copied there with a collection."""
        return max(node.modified, self.arrived(path))

    def arrived(self, path: Path) -> float:
        """Give the latest time at which a collection at or above a path was moved or copied to its place; NEVER if none was."""
        arrivals = [above.arrived for above in self.lineage(path) if isinstance(above, Collection) and above.arrived]
        return max(arrivals, default=NEVER)

    def order(self, path: Path, kind: str) -> None:
        """Set the type of the order of a collection, and keep the sequence of its members; ``DAV:unordered`` ends the order."""
        node = self.get(path)
        assert isinstance(node, Collection), "callers order collections alone"
        names = [name for name, _ in node.members()]
        order = ranked(kind, names) if kind != UNORDERED else None
        self.replace(path, replace(node, order=order, modified=self.now))

    def check_place(self, path: Path, position: Position | None) -> None:
        """Refuse with 403 a position in an unordered collection, or beside a name that no other member has (RFC 3648 6.1)."""
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
        """Move a member to a position in its ordered collection; None leaves it at its position."""
        if position is None:
            return
        self.check_place(path, position)
        parent = self.find(path[:-1])
        assert isinstance(parent, Collection), "checked above"
        assert parent.order is not None, "checked above"
        order = parent.order.moved(path[-1], position)
        self.replace(path[:-1], replace(parent, order=order, modified=self.now))

    def serial(self) -> int:
        """Give the next serial number of the world."""
        self.state = replace(self.state, serial=self.state.serial + 1)
        return self.state.serial

    def put_content(self, path: Path, content: bytes, content_type: str, held: Held | None = None) -> bool:
        """Store content at a path; gives True for a new document, and False for one that existed.

        ``held`` counts the memory of the content, if something counts it already.
        """
        etag = f'"{self.serial():x}-{zlib.crc32(content):08x}"'
        old = self.find(path)
        if isinstance(old, Document):
            weight = old.weight + len(content) - len(old.content)
            changed = replace(
                old,
                content=content,
                content_type=content_type,
                etag=etag,
                modified=self.now,
                weight=weight,
                held=hold(len(content)) if held is None else held,
            )
            self.replace(path, changed)
            return False
        self.parent(path)
        self.replace(path, new_document(content, content_type, etag, self.now, held))
        return True

    def make_collection(self, path: Path, types: tuple[str, ...] = ()) -> None:
        """Make an empty collection."""
        self.parent(path)
        self.replace(path, new_collection(self.now, types))

    def set_property(self, path: Path, name: str, xml: str | None) -> None:
        """Set a dead property, or remove it with None; to remove a missing property is no error (RFC 4918 14.23)."""
        self.replace(path, with_property(self.get(path), name, xml))

    def delete(self, path: Path) -> None:
        """Remove a node, all nodes below it, and the locks that are rooted at them."""
        self.get(path)
        self.replace(path, None)

    def withdraw(self, path: Path) -> None:
        """Remove a node that the next change puts elsewhere."""
        self.delete(path)

    def may_refuse_member(self, *, moving: bool, path: Path) -> bool:  # noqa: ARG002 - for drafts over another storage
        """Say whether the store itself may refuse a change of any member below a path."""
        return False

    def abandon(self) -> Refused | None:
        """Drop the changes: gives the reason if one stays done, which does not happen in memory."""
        return None

    def finish(self) -> None:
        """Note that the caller publishes the changes."""

    def used(self, path: Path, node: Collection) -> int | None:  # noqa: ARG002 - for drafts over another storage
        """Give the bytes that the collection at a path takes."""
        return node.weight

    def replace(self, path: Path, node: Node | None, *, another: bool = False) -> None:
        """Replace the node at a path, or remove it with None; refuses with 507 a tree that exceeds a quota, the memory or the limit of resources.

        The parent must exist. Its modification time changes if it gets, loses or replaces a member, because its listing
        changes then (RFC 4918 8.8). ``another`` says that the node is another resource than the one that was there, not
        the same with a change.
        """
        self._replace(path, node, lineage(self.state.root, path), another=another)

    def _replace(self, path: Path, node: Node | None, above: Sequence[Node], *, another: bool) -> None:
        """Replace the node at a path; ``above`` is the lineage of the path."""
        if len(above) <= len(path):
            self._refuse_principal(path)
        old = above[len(path)] if len(above) > len(path) else None
        limited = bool(self.state.quotas)
        if limited:
            self._check_quota(path, old, node)
        changed = placed(path[-1], node, old) if node is not None and path else node
        relisted = (
            another or isinstance(old, Collection) != isinstance(node, Collection) or (old is None) != (node is None)
        )
        for depth in range(len(path) - 1, -1, -1):
            parent = above[depth]
            assert isinstance(parent, Collection), "callers have checked the parent"
            listed_here = depth == len(path) - 1 and relisted
            changed = with_child(parent, path[depth], changed, self.now if listed_here else None)
            if limited:
                self._check_quota(path[:depth], parent, changed)
        assert isinstance(changed, Collection), "the root can't be removed, and is a collection"
        if node is not None and self.budget.exceeded() and (another or _grows(old, node)):
            self._check_memory()
        if changed.resources > max(MOST_RESOURCES, self.root.resources):
            raise too_many_resources(changed.resources)
        before = count(old)
        removed = self.state.removed + (before if another else max(0, before - count(node)))
        changes = self.state.changes.after(path, old, node, another=another)
        self.state = replace(self.state, root=changed, removed=removed, changes=changes)

    def _refuse_principal(self, path: Path) -> None:
        """Refuse with 403 to change a principal, or to put something into one."""
        if path in self.principals.by_path:
            raise Refused(403, f"{href(path, collection=True)} is a principal of the scenario; no request changes it.")

    def _check_memory(self) -> None:
        """Refuse with 507 if there is no room for the new nodes, which count by now; only the first refusal waits for some."""
        patient, self._patient = self._patient, False
        self.budget.check(patient=patient)
        self._patient = patient

    def has_room(self, path: Path, growth: int, leaving: Path | None = None) -> bool:
        """Say whether each quota allows ``growth`` more bytes at a path, if they leave the path ``leaving``."""
        if not self.state.quotas or growth <= 0:
            return True
        for depth in range(len(path) + 1):
            quota = self.state.quotas.get(path[:depth])
            inside = leaving is not None and leaving[:depth] == path[:depth] and depth < len(path)
            if quota is not None and not inside and _weight(self.find(path[:depth])) + growth > quota:
                return False
        return True

    def room(self, path: Path) -> int | None:
        """Give the number of bytes that the quotas still allow at or below a path; None if there is no quota."""
        quotas = [(path[:depth], self.state.quotas.get(path[:depth])) for depth in range(len(path) + 1)]
        left = [quota - _weight(self.find(top)) for top, quota in quotas if quota is not None]
        return max(0, min(left)) if left else None

    def limit(self, path: Path, quota: int | None) -> None:
        """Set the quota of a path, in bytes, or remove it with None."""
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


_SMALL = 256
"""The characters by which the texts of a node, such as its entity-tag, may grow when the memory is full."""


def _grows(old: Node | None, new: Node) -> bool:
    """Say whether a node takes more memory than the one in whose place it comes."""
    if old is None or len(new.locks) > len(old.locks) or _weight(new) > _weight(old):
        return True
    if sum(map(len, texts(new))) > sum(map(len, texts(old))) + _SMALL:
        return True
    if isinstance(new, Collection) and isinstance(old, Collection):
        return new.order is not None and (old.order is None or len(new.order.ranks) > len(old.order.ranks))
    return False


def too_many_resources(resources: int) -> Refused:
    """Give the refusal of a tree with this number of resources, which is more than ``MOST_RESOURCES``."""
    return Refused(
        507,
        f"A scenario can hold {MOST_RESOURCES} resources, and this would make it {resources}. "
        "Delete resources, or copy fewer.",
        condition_codes.SUFFICIENT_DISK_SPACE,
    )


def _weight(node: Node | None) -> int:
    return node.weight if node is not None else 0
