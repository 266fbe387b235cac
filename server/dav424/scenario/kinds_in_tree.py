"""The kinds of the resources in a tree, looked up as they are asked for: a tree can have too many to list them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from itertools import islice
from typing import Literal

from dav424.core.paths import Path
from dav424.store.tree import Collection, find, walk

MOST_LISTED = 1_000
"""The most paths that iteration gives: enough to suggest one of them for a misspelt path."""


class KindsInTree(Mapping[Path, Literal["collection", "document"]]):
    """The kind of each resource in a tree, by its path."""

    def __init__(self, root: Collection) -> None:
        self._root = root

    def __getitem__(self, path: Path) -> Literal["collection", "document"]:
        """Give the kind of the resource at a path; KeyError if there is none."""
        node = find(self._root, path)
        if node is None:
            raise KeyError(path)
        return "collection" if isinstance(node, Collection) else "document"

    def __iter__(self) -> Iterator[Path]:
        """Iterate over the paths of the first ``MOST_LISTED`` resources."""
        return (path for path, _ in islice(walk(self._root, ()), MOST_LISTED))

    def __len__(self) -> int:
        """Count the paths that iteration gives."""
        return min(self._root.resources, MOST_LISTED)
