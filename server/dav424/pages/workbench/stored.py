"""The stored resources as a page lists them, and the changes of a request in words."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from msgspec import Struct

from dav424.admin.payloads import Change, ChangedPart, ChangedValue

MOST_TEXT = 2000
"""The characters of a content that a page shows."""
_BRIEF = re.compile(r"<(?:[\w.-]+:)?[\w.-]+(?:\s[^>]*)?>([^<]*)</[^>]*>", re.DOTALL)
_SILENT = frozenset({"kind", "created", "modified"})
"""Parts that change with others."""
Tree = Mapping[str, Mapping[str, Any]]
"""The resources of a scenario by path, as the admin API writes them."""


class ChangeRow(Struct, frozen=True):
    """One difference: the resource, the part of it, and the values, empty for a part that was not there or is gone."""

    path: str
    what: str
    before: str
    after: str


class ListedResource(Struct, frozen=True):
    """A resource as a page lists it."""

    path: str
    content: str
    properties: tuple[tuple[str, str], ...]
    locks: int


def listing(tree: Tree) -> list[ListedResource]:
    """List the resources of a tree."""
    return [
        ListedResource(
            path,
            _content(resource),
            tuple((_local(name), _value(value)) for name, value in resource.get("properties", {}).items()),
            len(resource.get("locks") or ()),
        )
        for path, resource in tree.items()
    ]


def rows(changes: Sequence[Change]) -> list[ChangeRow]:
    """List the changes in words; the times of a resource only if nothing else of it changed."""
    return [row for change in changes for row in _rows(change)]


def _rows(change: Change) -> Iterator[ChangeRow]:
    telling = [part for part in change.parts if part.part not in _SILENT]
    content = any(part.part == "content" for part in telling)
    if change.change != "changed":
        telling = [part for part in telling if part.part not in ("etag", "content-type")]
        if not telling:
            there = "a collection" if change.path.endswith("/") else "an empty document"
            before, after = ("", there) if change.change == "added" else (there, "")
            yield ChangeRow(change.path, change.change, before, after)
    for part in telling or (change.parts if change.change == "changed" else ()):
        if part.part == "etag" and content:
            continue  # it follows the content
        yield ChangeRow(change.path, _what(part, change), _of(part.before, part.part), _of(part.after, part.part))


def _what(part: ChangedPart, change: Change) -> str:
    name = _local(part.name) if part.part == "property" else part.part
    return name if change.change == "changed" else f"{change.change}: {name}"


def _of(value: ChangedValue | None, part: str) -> str:
    if value is None:
        return ""
    if value.base64:
        return f"{value.size} bytes that are no text"
    text = _value(value.text) if part == "property" else value.text
    return text if len(text) <= MOST_TEXT else f"{text[:MOST_TEXT]} ... ({value.size} bytes)"


def _content(resource: Mapping[str, Any]) -> str:
    if resource.get("from"):
        return f"made from {', '.join(resource['from'])}"
    if resource.get("content-base64") is not None:
        return f"{len(resource['content-base64']) * 3 // 4} bytes that are no text"
    text = str(resource.get("content", ""))
    return text if len(text) <= MOST_TEXT else f"{text[:MOST_TEXT]} ... ({len(text)} characters)"


def _value(value: Any) -> str:
    """Give the text of a property; its whole XML if it has elements in it."""
    xml = str(value.get("xml", "")) if isinstance(value, Mapping) else str(value)
    match = _BRIEF.fullmatch(xml)
    return match[1] if match else xml


def _local(name: str) -> str:
    return name.rpartition("}")[2]
