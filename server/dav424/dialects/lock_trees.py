"""The locks in a tree, which only branches with locks are visited for."""

from __future__ import annotations

from collections.abc import Iterator

from dav424.core.paths import Path
from dav424.store.locks import Lock
from dav424.store.tree import Collection, Node


def locks_in(node: Node | None, now: float) -> Iterator[tuple[Path, Lock]]:
    """List the locks at and below a node that have not expired, with the paths of their resources from the node."""
    todo: list[tuple[Path, Node]] = [((), node)] if node is not None else []
    while todo:
        path, current = todo.pop()
        for lock in current.locks:
            if lock.alive(now):
                yield path, lock
        if isinstance(current, Collection):
            todo += [((*path, name), current.children[name]) for name in sorted(current.locked_children, reverse=True)]
