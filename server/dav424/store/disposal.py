"""Free large trees in slices, in a thread of their own, so that no request waits for it.

Python frees a tree at once when its last owner drops it: 100,000 documents keep every other thread waiting for a tenth of
a second. So the last owner gives the root to ``dispose``, and the thread takes the tree apart.

    a request publishes a tree without /large/  -->  dispose(the old root)
                                                        |  waits until nothing else refers to the root
                                                        v
    takes its members out of their map, one after the other; a member to which nothing else refers is taken apart as well

Trees share nodes. The number of references to a member, once it is out of its map, tells whether another tree has it too.
"""

from __future__ import annotations

import threading
from collections.abc import Iterator
from sys import getrefcount
from typing import TYPE_CHECKING, NamedTuple

from msgspec import Struct

from dav424.core.clocks import monotonic, sleep
from dav424.store.tree import Collection, Document, Node

if TYPE_CHECKING:
    from dav424.core.memory import Held
    from dav424.store.state import State

LARGE = 1_000
"""The resources of a tree that is freed in slices; a smaller one is freed in a millisecond, unless it is heavy."""
HEAVY = 1 << 20
"""The bytes of a tree that is freed in slices however few its resources are: they can have many properties."""
_AT_ONCE = 100
"""Members that the thread frees before it lets others run."""
_PAUSE = 0.0005
_MOST_SHARED = 512
"""After this many members in a row that another tree has too, the other members are taken to be shared as well."""
_SOLE = 2
"""The references to an object that only one variable and the argument of ``getrefcount`` refer to."""
_GIVE_UP = 60.0
"""Seconds after which a tree is left to its other owners, such as a snapshot."""


class _Waiting(Struct):
    root: Collection
    until: float


class Disposal:
    """The trees to be taken apart, and the thread that does it; the thread ends when there are none."""

    def __init__(self) -> None:
        self._changed = threading.Condition()
        self._waiting: list[_Waiting] = []
        self._running = False

    def __call__(self, root: Collection) -> None:
        """Free a tree once nothing else refers to its root; the caller drops its reference soon."""
        if root.resources < LARGE and root.weight < HEAVY:
            return
        with self._changed:
            self._waiting.append(_Waiting(root, monotonic() + _GIVE_UP))
            self._changed.notify_all()
            if not self._running:
                try:
                    threading.Thread(target=self._run, name="disposal", daemon=True).start()
                except RuntimeError:  # the machine has no thread left, so that the owners free the tree
                    self._waiting.clear()
                    return
                self._running = True

    def idle(self, timeout: float) -> bool:
        """Wait at most ``timeout`` seconds until no tree is left to be freed; False if there still is one."""
        with self._changed:
            return self._changed.wait_for(lambda: not self._running, timeout)

    def _run(self) -> None:
        pause = _PAUSE
        while True:
            freed = self._free_unowned()
            with self._changed:
                if not self._waiting:
                    self._running = False
                    self._changed.notify_all()
                    return
                pause = _PAUSE if freed else min(2 * pause, 1.0)
                if self._changed.wait(pause):
                    pause = _PAUSE

    def _free_unowned(self) -> bool:
        """Take apart the first tree to which nothing else refers; False if there is none."""
        now = monotonic()
        with self._changed:
            self._waiting = [waiting for waiting in self._waiting if waiting.until > now]
            for position, waiting in enumerate(self._waiting):
                if getrefcount(waiting.root) == _SOLE:  # the reference of ``waiting`` instead of a variable
                    del self._waiting[position]
                    roots: list[Node] = [waiting.root]
                    break
            else:
                return False
        del waiting
        _take_apart(roots)
        return True


def _take_apart(nodes: list[Node]) -> None:
    """Free nodes, the only reference to each of which is in the list, and the nodes below them."""
    while nodes:
        members, properties = _maps_of(nodes.pop())
        _free_properties(properties)
        nodes += _free_members(members)


class _Maps(NamedTuple):
    """Iterators over the large maps of a node that nothing else has; each drops the value that it gives."""

    members: Iterator[Node]
    properties: tuple[Iterator[Held], Iterator[str]]


def _maps_of(node: Node) -> _Maps:
    """Give the maps of a node. The caller drops the node, so that the iterators are the owners of the maps."""
    members: Iterator[Node] = iter(())
    properties: tuple[Iterator[Held], Iterator[str]] = iter(()), iter(())
    if isinstance(node, Collection) and getrefcount(node.children) == _SOLE:
        members = iter(node.children.values())
    if _is_large(node) and getrefcount(node.properties) == getrefcount(node.sizes) == _SOLE:
        properties = iter(node.sizes.values()), iter(node.properties.values())
    return _Maps(members, properties)


def _free_members(members: Iterator[Node]) -> Iterator[Node]:
    """Free the members of a collection; gives those that have to be taken apart, and nothing else owns."""
    count = shared = 0
    for member in members:
        count += 1  # noqa: SIM113 - enumerate() keeps a reference to each
        if getrefcount(member) > _SOLE:
            shared += 1
            if shared == _MOST_SHARED:
                return
        else:
            shared = 0
            if isinstance(member, Collection) or (isinstance(member, Document) and _is_large(member)):
                yield member
        if count % _AT_ONCE == 0:
            sleep(_PAUSE)


def _free_properties(properties: tuple[Iterator[Held], Iterator[str]]) -> None:
    """Free properties, each with the number that counts its memory.

    That number tells whether another tree has the property too. The text does not: a request that sets it has it for a while.
    """
    count = shared = 0
    for size in properties[0]:
        count += 1  # noqa: SIM113 - as above
        next(properties[1], None)
        shared = shared + 1 if getrefcount(size) > _SOLE else 0
        if shared == _MOST_SHARED:
            return
        if count % _AT_ONCE == 0:
            sleep(_PAUSE)


def _is_large(node: Node) -> bool:
    """Say whether the properties of a node are too many to be freed at once."""
    return len(node.properties) > _AT_ONCE


dispose = Disposal()


def dispose_if_lost(old: State, new: State) -> None:
    """Free what only the old one of two states has, if that is much; the caller drops the old one soon."""
    lost = new.removed - old.removed >= LARGE or old.root.resources - new.root.resources >= LARGE
    if lost or old.root.weight - new.root.weight >= HEAVY:
        dispose(old.root)
