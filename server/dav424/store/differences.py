"""The differences between two trees; what they share is not visited."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from types import MappingProxyType

from dav424.core.paths import Path
from dav424.store.slices import in_order
from dav424.store.tree import Collection, Node

_NONE: Mapping[str, Node] = MappingProxyType({})


def differences(old: Node, new: Node) -> Iterator[tuple[Path, Node | None, Node | None]]:
    """Give each path at which two trees have different nodes, with both nodes: None where a tree has none.

    Parents come first, and members by name. The collections above a node that changed are different nodes, too.
    """
    todo: list[tuple[Path, Node | None, Node | None]] = [((), old, new)]
    while todo:
        path, before, after = todo.pop()
        if before is after:
            continue
        yield path, before, after
        left, right = _members(before), _members(after)
        names = in_order({*left, *right})
        todo += [((*path, name), left.get(name), right.get(name)) for name in reversed(names)]


def _members(node: Node | None) -> Mapping[str, Node]:
    return node.children if isinstance(node, Collection) else _NONE
