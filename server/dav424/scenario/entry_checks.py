"""The mistakes in one resource of a tree that a schema can't find: keys that exclude each other, and values that don't parse."""

from __future__ import annotations

import base64
from collections.abc import Iterator

from dav424.core.paths import is_uri
from dav424.core.writable import is_date, seconds_of
from dav424.scenario.clark_names import name_problem
from dav424.scenario.model import TreeEntry
from dav424.scenario.yaml_reader import Pointer
from dav424.spine import derived_resources
from dav424.store.tree import COLLECTION


def entry_problems(written: str, entry: TreeEntry) -> Iterator[tuple[Pointer, str]]:
    """Check a resource at its path as the file has it: a pointer into the resource and a sentence for each problem."""
    collection = written.endswith("/")
    if collection and (entry.content or entry.type or entry.content_base64 is not None):
        yield (), f"{written} is a collection, which can't have content or type; remove these, or the slash at its end"
    if entry.ordering and not is_uri(entry.ordering):
        yield ("ordering",), f"{entry.ordering!r} is not a URI; write one, such as DAV:custom"
    if entry.ordering and not collection:
        yield (
            ("ordering",),
            f"{written} is a document, which has no members to order; write {written}/ to make it a collection",
        )
    if entry.types and not collection:
        yield ("types",), f"{written} is a document, which has no types; write {written}/ to make it a collection"
    for i, name in enumerate(entry.types):
        problem = name_problem(name)
        if problem is None and name == COLLECTION:
            problem = f"every collection has the type {name}; leave it out"
        if problem is not None:
            yield ("types", i), problem
    if entry.content_base64 is not None:
        yield from _bytes(entry)
    for key, time in (("created", entry.created), ("modified", entry.modified)):
        if time is not None and (problem := _time_problem(time)):
            yield (key,), problem


def _bytes(entry: TreeEntry) -> Iterator[tuple[Pointer, str]]:
    if entry.content:
        yield ("content",), "the document has content and content-base64; leave one of them out"
    try:
        base64.b64decode(entry.content_base64 or "", validate=True)
    except ValueError as error:
        yield ("content-base64",), f"the value is not base64: {error}"


def _time_problem(time: str) -> str | None:
    try:
        seconds = seconds_of(time)
    except ValueError as error:
        return f"there is no time {time}: {error}"
    return None if is_date(seconds) else f"{time} can't be written in UTC with a year of four digits"


def source_problems(entry: TreeEntry, *, collection: bool) -> Iterator[tuple[Pointer, str]]:
    """Check the keys of a derived document, as ``entry_problems`` does."""
    if entry.sources is None:
        if entry.template is not None:
            yield ("template",), "a template needs sources; list them under from"
        if entry.methods is not None:
            yield ("methods",), "only a document with sources has methods; list its sources under from"
        if entry.spelling is not None:
            yield ("spelling",), "only a document with sources has a spelling; list its sources under from"
        return
    if collection:
        yield ("from",), "a collection can't have sources; remove these, or the slash at the end of the path"
    if entry.content or entry.content_base64 is not None:
        key = "content" if entry.content else "content-base64"
        yield (key,), "a document with sources can't have content; write a template instead"
    if entry.methods is not None and "GET" not in entry.methods:
        yield ("methods",), "a derived document can always be read; add GET"
    if entry.template is not None:
        try:
            list(derived_resources.parts(entry.template, len(entry.sources)))
        except ValueError as error:
            yield ("template",), str(error)
