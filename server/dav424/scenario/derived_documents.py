"""Derived documents: documents that the server makes from other documents, their sources."""

from __future__ import annotations

from dav424.core.paths import Path, split
from dav424.scenario.model import TreeEntry
from dav424.spine import derived_resources
from dav424.store.tree import Derived


def resolve(owner: Path, written: str) -> tuple[Path, bool]:
    """Resolve a source of the document at ``owner``: from the root if it starts with a slash, else from its collection.

    The second value says whether the path ends in a slash. Raises ``Refused`` if the text is not a path.
    """
    if written.startswith("/"):
        return split(written)
    path, slash = split(f"/{written}")
    return (*owner[:-1], *path), slash


def derive(path: Path, entry: TreeEntry, content_type: str, now: float) -> Derived:
    """Make the node of a derived document; without a template its content is that of its sources, in order."""
    sources, template = entry.sources or (), entry.template
    return Derived(
        content=b"",
        content_type=content_type,
        etag="",
        created=now,
        modified=now,
        sources=tuple(resolve(path, written)[0] for written in sources),
        parts=tuple(range(len(sources)) if template is None else derived_resources.parts(template, len(sources))),
        spelling=entry.spelling or "",
        takes_post="POST" in (entry.methods or ()),
    )


def template_of(node: Derived) -> str | None:
    """Write the template as in scenario files; None if the document is its sources one after the other."""
    if list(node.parts) == list(range(len(node.sources))):
        return None
    return "".join(
        part.decode().replace("$", "$$") if isinstance(part, bytes) else f"${{{part + 1}}}" for part in node.parts
    )
