"""What a scenario makes from others: where its sources are, and what can be wrong with that."""

from __future__ import annotations

from collections.abc import Sequence

from dav424.core.paths import Path, split
from dav424.spine import derived_resources
from dav424.store.tree import Derived

MOST_SOURCES = 32
LONGEST_TEMPLATE = 65_536
"""In characters."""


def resolve(owner: Path, written: str) -> tuple[Path, bool]:
    """Find the source of what lies at ``owner``: from the root if it starts with a slash, else from beside it.

    Says also if it ends in a slash. Raises ``Refused`` for what can't be a path.
    """
    if written.startswith("/"):
        return split(written)
    path, slash = split(f"/{written}")
    return (*owner[:-1], *path), slash


def derive(path: Path, sources: Sequence[str], template: str | None, content_type: str, now: float) -> Derived:
    """Make the node of what is made from others; without a template, by putting them one behind the other."""
    return Derived(
        content=b"",
        content_type=content_type,
        etag="",
        created=now,
        modified=now,
        sources=tuple(resolve(path, written)[0] for written in sources),
        parts=tuple(range(len(sources)) if template is None else derived_resources.parts(template, len(sources))),
    )
