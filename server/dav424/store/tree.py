"""The immutable tree: content, properties and locks under one root.

A node never changes: a write makes a new root, which shares all unchanged nodes with the old one. To keep a root is a
snapshot, and to use it again is an undo; both take the same time whatever the size of the tree.

Paths are tuples of decoded segments from the root, which is ``()``. Sizes are in bytes, times in
seconds since the epoch. Children and properties are iterated in the order of their names, so that no response
depends on hashing.
"""

from __future__ import annotations

import hashlib
from collections.abc import Container, Iterable, Iterator
from typing import Protocol, TypeAlias

from msgspec import Struct
from msgspec.structs import replace
from rpds import HashTrieMap, HashTrieSet

from dav424.core.memory import NOTHING, Held, hold, size_of_texts
from dav424.core.paths import Path
from dav424.store.content import Content
from dav424.store.locks import Lock
from dav424.store.ordering import Order
from dav424.store.slices import in_order, map_of

Properties: TypeAlias = "HashTrieMap[str, str]"

COLLECTION = "{DAV:}collection"
NO_PROPERTIES: Properties = HashTrieMap()
NO_SIZES: HashTrieMap[str, Held] = HashTrieMap()
NO_NAMES: HashTrieSet[str] = HashTrieSet()


_OF_A_MEMBER = 350
"""The bytes that a member of a collection takes, without its texts and its content (measured)."""
_OF_A_VERSION = 350
"""The bytes that one version of a collection takes, without its members and properties (measured)."""
_OF_A_DOUBLING = 100
"""The bytes that a version takes beside those, each time that the number of its members doubles (measured)."""
_OF_AN_ENTRY = 200
"""The bytes that a further collection takes for each member that it shares with another one (measured)."""
_OF_A_PROPERTY = 350
"""The bytes that a property takes, without its texts (measured)."""


NEVER = float("-inf")
"""The time of a move that has not happened."""
_SHORT = 100
"""The characters of an entity-tag that does not count: the server's own are shorter."""


class Document(Struct, frozen=True, weakref=True):
    """A resource with content. ``weight`` is the number of bytes of a quota that it takes, with its properties.

    Three fields count memory: ``held`` that of the content, ``place`` that of the member of its collection, and ``sizes``
    that of each property.
    """

    content: Content
    content_type: str
    etag: str
    created: float
    modified: float
    properties: Properties = NO_PROPERTIES
    weight: int = 0
    locks: tuple[Lock, ...] = ()
    held: Held = NOTHING
    place: Held = NOTHING
    sizes: HashTrieMap[str, Held] = NO_SIZES

    @property
    def locked(self) -> bool:
        """True if a lock is rooted at the document."""
        return bool(self.locks)


class Derived(Document, frozen=True):
    """A document that the server makes from others at each read; its own content stays empty.

    ``parts`` are its pieces in order: bytes, or the position in ``sources`` of a source whose content goes there.
    ``spelling`` is the format of a failure to make it; it is empty if the client chooses that. ``takes_post`` says
    whether a POST makes it, as a GET does.
    """

    sources: tuple[Path, ...] = ()
    parts: tuple[bytes | int, ...] = ()
    spelling: str = ""
    takes_post: bool = False


class Collection(Struct, frozen=True, weakref=True):
    """A resource with members. ``weight`` includes that of all resources below it.

    ``resources`` is the number of resources at and below it: a tree that shares its nodes can have many more resources than
    nodes, and a walk visits each of them.

    ``types`` are the resource types beside ``DAV:collection``. ``locked_children`` names the members with a lock on them
    or below them, so that a search for locks visits no others. ``arrived`` is the time at which it was last copied or
    moved to its path: no member counts as modified before that. ``index`` finds its members otherwise than by their names;
    None until a request needs one. ``order`` is the order that clients have set; without
    one, the members are sorted by name. ``held`` counts the memory of this version of the collection; ``place`` and
    ``sizes`` are those of a document.
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
    held: Held = NOTHING
    place: Held = NOTHING
    sizes: HashTrieMap[str, Held] = NO_SIZES
    resources: int = 1
    index: MemberIndex | None = None

    @property
    def locked(self) -> bool:
        """True if a lock is rooted at the collection or below it."""
        return bool(self.locks) or len(self.locked_children) > 0

    def members(self) -> Iterator[tuple[str, Document | Collection]]:
        """Iterate over the members in their order."""
        names = in_order(self.children) if self.order is None else self.order.sorted(self.children)
        return ((name, self.children[name]) for name in names)


def new_ctag(node: Collection) -> str:
    """Make the CTag of a collection: it changes when a member is added or removed, or gets new content."""
    listed = hashlib.sha256()
    for name in in_order(node.children):
        child = node.children[name]
        listed.update(f"{name}\0{child.etag if isinstance(child, Document) else ''}\0".encode())
    return listed.hexdigest()[:32]


Node = Document | Collection


class MemberIndex(Protocol):
    """An index of the members of a collection, which its node keeps: each change of a member changes it."""

    def with_member(self, name: str, old: Node | None, new: Node | None) -> MemberIndex:
        """Give the index after a change of one member."""


def new_document(content: bytes, content_type: str, etag: str, now: float, held: Held | None = None) -> Document:
    """Make a document without properties; ``held`` counts the content, if something counts it already."""
    held = hold(len(content)) if held is None else held
    return Document(content, content_type, etag, created=now, modified=now, weight=len(content), held=held)


def count(node: Node | None) -> int:
    """Count the resources at and below a node; 0 for no node."""
    if node is None:
        return 0
    return node.resources if isinstance(node, Collection) else 1


def new_collection(now: float, types: tuple[str, ...] = ()) -> Collection:
    """Make an empty collection."""
    return Collection(created=now, modified=now, children=HashTrieMap(), types=types, held=hold(_OF_A_VERSION))


def with_properties(node: Node, properties: Properties) -> Node:
    """Replace the dead properties of a node."""
    weight = node.weight + _bytes(properties) - _bytes(node.properties)
    sizes = HashTrieMap({name: _size(name, xml) for name, xml in properties.items()})
    return replace(node, properties=properties, weight=weight, sizes=sizes)


def with_property(node: Node, name: str, xml: str | None) -> Node:
    """Set one dead property to the XML of an element, or remove it with None."""
    old = node.properties.get(name)
    grown = (len(xml.encode()) if xml is not None else 0) - (len(old.encode()) if old is not None else 0)
    if xml is not None:
        properties, sizes = node.properties.insert(name, xml), node.sizes.insert(name, _size(name, xml))
    elif old is not None:
        properties, sizes = node.properties.remove(name), node.sizes.discard(name)
    else:
        return node
    return replace(node, properties=properties, weight=node.weight + grown, sizes=sizes)


def _size(name: str, xml: str) -> Held:
    return hold(_OF_A_PROPERTY + size_of_texts(name, xml))


def _bytes(properties: Properties) -> int:
    return sum(len(xml.encode()) for xml in properties.values())


def find(root: Node, path: Path) -> Node | None:
    """Find the node at a path from ``root``; None for an unmapped URL."""
    node: Node | None = root
    for segment in path:
        if not isinstance(node, Collection):
            return None
        node = node.children.get(segment)
    return node


def lineage(root: Collection, path: Path) -> list[Node]:
    """List the nodes from the root to a path; the list is shorter if one of them does not exist."""
    nodes: list[Node] = [root]
    for segment in path:
        parent = nodes[-1]
        child = parent.children.get(segment) if isinstance(parent, Collection) else None
        if child is None:
            break
        nodes.append(child)
    return nodes


def with_child(parent: Collection, name: str, child: Node | None, modified: float | None = None) -> Collection:
    """Replace the member of a name, or remove it with None.

    A caller that adds, removes or replaces a member passes the time as ``modified``; a change inside a member does not
    change the time of the collection.
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
        held=hold(_OF_A_VERSION + _OF_A_DOUBLING * _doublings(children)),
        resources=parent.resources + count(child) - count(old),
        index=None if parent.index is None else parent.index.with_member(name, old, child),
    )


def _doublings(children: HashTrieMap[str, Node]) -> int:
    """Say how often the number of members has doubled; a mapping that reads its members on demand is not counted."""
    return len(children).bit_length() if type(children) is HashTrieMap else 0


def placed(name: str, node: Node, old: Node | None = None) -> Node:
    """Count the memory of a node as a member of this name, unless it is the ``old`` one with a change that is elsewhere."""
    if old is not None and node.place is old.place and _has_texts_of(node, old):
        return node
    size = _OF_A_MEMBER + size_of_texts(name, *texts(node))
    if isinstance(node, Derived):
        size += sum(len(part) for part in node.parts if isinstance(part, bytes))
    return replace(node, place=hold(size))


def _has_texts_of(node: Node, old: Node) -> bool:
    """Say whether the texts of a node take about the memory that those of the ``old`` one do."""
    if isinstance(node, Document) and isinstance(old, Document):
        return node.content_type == old.content_type and (node.etag is old.etag or len(node.etag) < _SHORT)
    return texts(node) == texts(old)


def texts(node: Node) -> tuple[str, ...]:
    """List the texts of a node that its ``place`` counts."""
    return (node.content_type, node.etag) if isinstance(node, Document) else node.types


def _order_with(order: Order, name: str, *, gone: bool) -> Order:
    return order.removed(name) if gone else order.added(name)


def only_members(node: Collection, names: Iterable[str]) -> Collection:
    """Copy a collection with the members of these names alone; the cost grows with their number."""
    kept = {name: node.children[name] for name in names if name in node.children}
    return replace(
        node,
        children=map_of(kept),
        weight=_bytes(node.properties) + sum(child.weight for child in kept.values()),
        locked_children=HashTrieSet([name for name, child in kept.items() if child.locked]),
        order=node.order.only(kept) if node.order is not None else None,
        held=hold(_OF_A_VERSION + _OF_AN_ENTRY * len(kept)),
        resources=1 + sum(map(count, kept.values())),
        index=None,
    )


def without_members(node: Collection, names: Iterable[str]) -> Collection:
    """Copy a collection without the members of these names; the cost grows with their number."""
    for name in names:
        if name in node.children:
            node = with_child(node, name, None)
    return node


def walk(
    node: Node, path: Path, depth: float = float("inf"), closed: Container[Path] = ()
) -> Iterator[tuple[Path, Node]]:
    """Iterate over a node and the nodes at most ``depth`` levels below it, parents first; not into ``closed`` collections."""
    yield path, node
    levels = [(path, node.members())] if depth > 0 and isinstance(node, Collection) and path not in closed else []
    while levels:
        above, members = levels[-1]
        member = next(members, None)
        if member is None:
            levels.pop()
            continue
        name, child = member
        where = (*above, name)
        yield where, child
        if depth > len(levels) and isinstance(child, Collection) and where not in closed:
            levels.append((where, child.members()))


def walk_dated(root: Collection) -> Iterator[tuple[Path, Node, float]]:
    """Walk a whole tree, with the time at which each node was modified, or came to its path with a collection."""
    arrived: list[float] = []
    for path, node in walk(root, ()):
        # Parents come first, so ``arrived`` holds the times of the collections above this node.
        del arrived[len(path) :]
        arrived.append((isinstance(node, Collection) and node.arrived) or NEVER)
        yield path, node, max(node.modified, *arrived)


def distinct(node: Node) -> Iterator[Node]:
    """Iterate over a node and the nodes below it, and visit a node that occurs several times only once."""
    todo, seen = [node], {id(node)}
    while todo:
        visited = todo.pop()
        yield visited
        if isinstance(visited, Collection):
            for child in visited.children.values():
                if id(child) not in seen:
                    seen.add(id(child))
                    todo.append(child)


def without_locks(node: Node) -> Node:
    """Copy a node without the locks on it and below it; branches without locks are shared, not visited."""
    branch: list[tuple[Node, int, str]] = [(node, -1, "")]  # a node, the position of its parent, its name
    for position, (visited, _, _) in enumerate(branch):
        if isinstance(visited, Collection):
            branch.extend((visited.children[name], position, name) for name in visited.locked_children)
    changed: list[Node] = [replace(visited, locks=()) if visited.locks else visited for visited, _, _ in branch]
    for position in range(len(branch) - 1, 0, -1):
        _, parent, name = branch[position]
        above = changed[parent]
        assert isinstance(above, Collection), "only a collection has members"
        changed[parent] = with_child(above, name, changed[position])
    return changed[0]
