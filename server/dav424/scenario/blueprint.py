"""The blueprint of a scenario: the tree, the causes and the users from which each world starts."""

from __future__ import annotations

import base64
import zlib
from collections.abc import Mapping

from msgspec.structs import replace
from rpds import HashTrieMap

from dav424.core.media_types import guess_type
from dav424.core.paths import Path, split
from dav424.core.writable import seconds_of
from dav424.scenario.derived_documents import derive
from dav424.scenario.homes import principals_of, whole_tree
from dav424.scenario.model import Scenario, TreeEntry, all_causes, faults_of
from dav424.scenario.property_xml import property_xml
from dav424.store.draft import Draft
from dav424.store.ordering import UNORDERED, ranked
from dav424.store.slices import in_order
from dav424.store.state import State
from dav424.store.tree import (
    Collection,
    Document,
    Node,
    new_collection,
    new_document,
    placed,
    with_child,
    with_properties,
)
from dav424.worlds.world import Blueprint, initial_state


def blueprint(name: str, scenario: Scenario, now: float) -> Blueprint:
    """Make the blueprint of a scenario; ``now`` is the creation time of its tree, in seconds since the epoch."""
    return Blueprint(
        name,
        initial_state(build_tree(whole_tree(scenario), now), all_causes(scenario), now, faults_of(scenario)),
        scenario.users,
        schemes=scenario.auth,
        atomic=scenario.atomic,
        status_line_counts=scenario.dependency_success == "status-line",
        tells_dependents=scenario.tells_dependents,
        reverses_batches=scenario.batch_order == "reversed",
        origins=frozenset(scenario.allow_origins) if scenario.allow_origins is not None else None,
        sandbox=scenario.sandbox,
        dialect=scenario.dialect or "",
        title=scenario.title,
        principals=principals_of(scenario, now),
        missing=tuple(split(path)[0] for path in scenario.missing),
    )


def build_tree(entries: Mapping[str, TreeEntry], now: float) -> Collection:
    """Build the tree, with the collections above each path."""
    root = new_collection(now)
    for path, written in in_order([(split(written)[0], written) for written in entries]):
        root = _add(root, path, entries[written], now, collection=split(written)[1])
    return _ordered(root, entries)


def _ordered(root: Collection, entries: Mapping[str, TreeEntry]) -> Collection:
    """Order the members of ordered collections as the file first names them."""
    draft = Draft(State(root), 0.0)
    listed = [split(written)[0] for written in entries]
    for written, entry in entries.items():
        path, _ = split(written)
        node = draft.get(path)
        if entry.ordering not in (None, UNORDERED) and isinstance(node, Collection):
            below = [member[len(path)] for member in listed if len(member) > len(path) and member[: len(path)] == path]
            draft.replace(path, replace(node, order=ranked(entry.ordering, dict.fromkeys(below))))
    return draft.root


def _add(top: Collection, path: Path, entry: TreeEntry, now: float, *, collection: bool) -> Collection:
    properties = HashTrieMap({name: property_xml(name, value) for name, value in entry.properties.items()})
    if not path:
        node = _typed(with_properties(top, properties), entry)
        assert isinstance(node, Collection), "the root is a collection"
        return node
    above: list[Collection] = [top]
    for segment in path[:-1]:
        child = above[-1].children.get(segment)
        above.append(child if isinstance(child, Collection) else new_collection(now))
    if collection:
        made = _typed(with_properties(new_collection(now), properties), entry)
    else:
        made = _dated(with_properties(_document(path, entry, now), properties), entry)
    for parent, segment in zip(reversed(above), reversed(path), strict=True):
        made = with_child(parent, segment, placed(segment, made, parent.children.get(segment)))
    assert isinstance(made, Collection), "the last parent is the root"
    return made


def _typed(node: Node, entry: TreeEntry) -> Node:
    """Give a collection its types and times."""
    return _dated(replace(node, types=tuple(entry.types)), entry)


def _dated(node: Node, entry: TreeEntry) -> Node:
    """Give a node the times that the file has for it."""
    if entry.created is None and entry.modified is None:
        return node
    created = seconds_of(entry.created) if entry.created is not None else node.created
    modified = seconds_of(entry.modified) if entry.modified is not None else node.modified
    return replace(node, created=created, modified=modified)


def _document(path: Path, entry: TreeEntry, now: float) -> Document:
    content = entry.content.encode() if entry.content_base64 is None else base64.b64decode(entry.content_base64)
    guessed = guess_type(path[-1])
    if entry.sources is not None:
        return derive(path, entry, entry.type or guessed, now)
    return new_document(content, entry.type or guessed, f'"0-{zlib.crc32(content):08x}"', now)
