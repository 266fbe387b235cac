"""The immutable tree: content, properties and locks under one root.

A node never changes; a write makes a new root that shares everything it did not touch, so that
keeping a root is a snapshot and putting it back is an undo, both in O(1) whatever the size.

Paths are tuples of decoded segments from the root, which is ``()``. Sizes are in bytes, times in
seconds since the epoch. Children and properties are iterated sorted by name, so that no answer
depends on hashing.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator
from typing import TypeAlias

from msgspec import Struct
from msgspec.structs import replace
from rpds import HashTrieMap, HashTrieSet

from dav424.core.paths import Path
from dav424.store.locks import Lock
from dav424.store.ordering import Order

Properties: TypeAlias = "HashTrieMap[str, str]"

COLLECTION = "{DAV:}collection"
NO_PROPERTIES: Properties = HashTrieMap()
NO_NAMES: HashTrieSet[str] = HashTrieSet()


class Document(Struct, frozen=True):
    """A resource with content. ``weight`` is what it and its properties take of a quota."""

    content: bytes
    content_type: str
    etag: str
    created: float
    modified: float
    properties: Properties = NO_PROPERTIES
    weight: int = 0
    locks: tuple[Lock, ...] = ()

    @property
    def locked(self) -> bool:
        """Whether a lock is rooted here."""
        return bool(self.locks)


class Derived(Document, frozen=True):
    """A document that is made from others whenever it is read; its own content stays empty.

    ``parts`` are what it is made of, in order: bytes as they are, or the content of a source by its position in ``sources``.
    """

    sources: tuple[Path, ...] = ()
    parts: tuple[bytes | int, ...] = ()


class Collection(Struct, frozen=True):
    """A resource with members. ``weight`` includes everything below.

    ``types`` are the resource types beside ``DAV:collection``. ``locked_children`` names the members
    with a lock on them or below, so that a question about locks visits no others. ``arrived`` is when
    it was last copied or moved here: nothing in it was modified before that. ``order`` is what clients
    have put the members into; without one they are sorted by name.
    """

    created: float
    modified: float
    children: HashTrieMap[str, Document | Collection]
    types: tuple[str, ...] = ()
    properties: Properties = NO_PROPERTIES
    weight: int = 0
    locks: tuple[Lock, ...] = ()
    locked_children: HashTrieSet[str] = NO_NAMES
    arrived: float = 0.0
    order: Order | None = None

    @property
    def locked(self) -> bool:
        """Whether a lock is rooted here or anywhere below."""
        return bool(self.locks) or len(self.locked_children) > 0

    def members(self) -> Iterator[tuple[str, Document | Collection]]:
        """Iterate over the members in their order."""
        if self.order is not None:
            return ((name, self.children[name]) for name in self.order.sorted(self.children))
        return iter(sorted(self.children.items(), key=lambda item: item[0]))


def ctag(node: Collection) -> str:
    """Make the tag of a collection's contents: another one when a member comes, goes or gets new content."""
    tagged = (
        (name, child.etag if isinstance(child, Document) else "")
        for name, child in sorted(node.children.items(), key=lambda item: item[0])
    )
    listed = "".join(f"{name}\0{etag}\0" for name, etag in tagged)
    return hashlib.sha256(listed.encode()).hexdigest()[:32]


Node = Document | Collection


def new_document(content: bytes, content_type: str, etag: str, now: float) -> Document:
    """Make a document without properties."""
    return Document(content, content_type, etag, created=now, modified=now, weight=len(content))


def new_collection(now: float, types: tuple[str, ...] = ()) -> Collection:
    """Make an empty collection."""
    return Collection(created=now, modified=now, children=HashTrieMap(), types=types)


def with_properties(node: Node, properties: Properties) -> Node:
    """Give a node these dead properties in place of its own, the weight following."""
    return replace(node, properties=properties, weight=node.weight + _bytes(properties) - _bytes(node.properties))


def with_property(node: Node, name: str, xml: str | None) -> Node:
    """Set one dead property to an element's text, or remove it with None."""
    old = node.properties.get(name)
    grown = (len(xml.encode()) if xml is not None else 0) - (len(old.encode()) if old is not None else 0)
    if xml is not None:
        properties = node.properties.insert(name, xml)
    elif old is not None:
        properties = node.properties.remove(name)
    else:
        return node
    return replace(node, properties=properties, weight=node.weight + grown)


def _bytes(properties: Properties) -> int:
    return sum(len(xml.encode()) for xml in properties.values())


def find(root: Collection, path: Path) -> Node | None:
    """Look a path up; None if nothing is there."""
    node: Node | None = root
    for segment in path:
        if not isinstance(node, Collection):
            return None
        node = node.children.get(segment)
    return node


def lineage(root: Collection, path: Path) -> list[Node]:
    """List the nodes from the root to the path, as far as they exist."""
    nodes: list[Node] = [root]
    for segment in path:
        here = nodes[-1]
        child = here.children.get(segment) if isinstance(here, Collection) else None
        if child is None:
            break
        nodes.append(child)
    return nodes


def with_child(parent: Collection, name: str, child: Node | None, modified: float | None = None) -> Collection:
    """Give a collection this member in place of the one of that name; None removes it.

    Whoever adds or removes a member passes the time as ``modified``; a change inside a member
    leaves the collection's own time alone.
    """
    old = parent.children.get(name)
    children = parent.children.discard(name) if child is None else parent.children.insert(name, child)
    locked = parent.locked_children
    if child is not None and child.locked:
        locked = locked.insert(name)
    elif old is not None and old.locked:
        locked = locked.discard(name)
    return replace(
        parent,
        children=children,
        modified=parent.modified if modified is None else modified,
        weight=parent.weight + (0 if child is None else child.weight) - (0 if old is None else old.weight),
        locked_children=locked,
        order=None if parent.order is None else _order_with(parent.order, name, gone=child is None),
    )


def _order_with(order: Order, name: str, *, gone: bool) -> Order:
    return order.removed(name) if gone else order.added(name)


def only_members(node: Collection, names: Iterable[str]) -> Collection:
    """Keep of a collection's members those named; the cost follows these, not the others."""
    kept = {name: node.children[name] for name in names if name in node.children}
    return replace(
        node,
        children=HashTrieMap(kept),
        weight=_bytes(node.properties) + sum(child.weight for child in kept.values()),
        locked_children=HashTrieSet([name for name, child in kept.items() if child.locked]),
        order=node.order.only(kept) if node.order is not None else None,
    )


def without_members(node: Collection, names: Iterable[str]) -> Collection:
    """Leave out of a collection the members named; the cost follows these, not the others."""
    for name in names:
        if name in node.children:
            node = with_child(node, name, None)
    return node


def walk(node: Node, path: Path, depth: float = float("inf")) -> Iterator[tuple[Path, Node]]:
    """Iterate over a node and what is below it down to ``depth`` levels, parents first."""
    todo: list[tuple[Path, Node, float]] = [(path, node, depth)]
    while todo:
        here, found, left = todo.pop()
        yield here, found
        if left > 0 and isinstance(found, Collection):
            todo.extend((((*here, name), child, left - 1) for name, child in reversed(list(found.members()))))


def without_locks(node: Node) -> Node:
    """Copy a node with no lock on it or below; branches without locks are shared, not visited."""
    found: list[tuple[Node, int, str]] = [(node, -1, "")]  # each with the position and name in its parent
    for position, (here, _, _) in enumerate(found):
        if isinstance(here, Collection):
            found.extend((here.children[name], position, name) for name in here.locked_children)
    changed: list[Node] = [replace(here, locks=()) if here.locks else here for here, _, _ in found]
    for position in range(len(found) - 1, 0, -1):
        _, parent, name = found[position]
        above = changed[parent]
        assert isinstance(above, Collection), "only a collection has members"
        changed[parent] = with_child(above, name, changed[position])
    return changed[0]
