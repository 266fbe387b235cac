"""What changed in a scenario of a space: the differences between two of its trees, by path and property."""

from __future__ import annotations

import base64
import codecs
from collections.abc import Iterator, Mapping
from itertools import islice

from dav424.admin.api_problem import ApiProblem
from dav424.admin.call import Call
from dav424.admin.payloads import Change, ChangedPart, ChangedValue, ChangeList, PartName
from dav424.core.paths import href
from dav424.core.writable import timestamp
from dav424.journal.entries import MOST_OF_A_BODY
from dav424.store.content import whole
from dav424.store.differences import differences
from dav424.store.tree import Collection, Derived, Node
from dav424.worlds.outside import outside
from dav424.worlds.world import World, WorldState

MOST_CHANGES = 1000
"""The most resources whose changes one answer lists; it counts the others."""
_Parts = Mapping[tuple[PartName, str], str | bytes]
"""The parts of a resource by what they are and, if there can be several, by name."""


def changes(call: Call) -> ChangeList:
    """List what changed in a scenario since a snapshot, or since its beginning: by path, part and property."""
    world, name = call.world, call.query.get("snapshot")
    if world.blueprint.outside:
        raise ApiProblem(409, f"{outside(world.name)} So their changes can't be listed.")
    before = world.blueprint.initial
    if name is not None:
        before = call.space.find_snapshot(name).worlds.get(world.name, before)
    return list_changes(world, before, world.snapshot())


def list_changes(world: World, before: WorldState, after: WorldState) -> ChangeList:
    """List the changes between two states of a world; locks that have expired by now are in neither."""
    now = world.clock()
    found = _changes(before.state.root, after.state.root, now)
    listed = list(islice(found, MOST_CHANGES))
    return ChangeList(world.name, listed, sum(1 for _ in found))


def _changes(old: Node, new: Node, now: float) -> Iterator[Change]:
    for path, before, after in differences(old, new):
        here = href(path, collection=isinstance(after if after is not None else before, Collection))
        if before is None or after is None:
            parts = list(_changed_parts(_parts(before, now), _parts(after, now)))
            yield Change(here, "added" if before is None else "removed", parts)
            continue
        parts = list(_changed_parts(_parts(before, now), _parts(after, now)))
        if parts:
            yield Change(here, "changed", parts)


def _changed_parts(before: _Parts, after: _Parts) -> Iterator[ChangedPart]:
    for key in dict.fromkeys((*before, *after)):
        if before.get(key) != after.get(key):
            yield ChangedPart(*key, _value(before.get(key)), _value(after.get(key)))


def _parts(node: Node | None, now: float) -> _Parts:
    """Take a resource apart into what a client can read of it."""
    if node is None:
        return {}
    parts: dict[tuple[PartName, str], str | bytes] = {}
    if isinstance(node, Collection):
        parts["kind", ""] = "collection"
        parts.update({("resource-type", name): name for name in node.types})
        if node.order is not None:
            parts["order", ""] = " ".join([node.order.type, *(href((name,))[1:] for name, _ in node.members())])
    else:
        parts["kind", ""] = "derived" if isinstance(node, Derived) else "document"
        parts["content-type", ""] = node.content_type
        if isinstance(node, Derived):
            parts["sources", ""] = " ".join(map(href, node.sources))
        else:
            parts["content", ""] = whole(node.content)
            parts["etag", ""] = node.etag
    parts.update({("property", name): node.properties[name] for name in sorted(node.properties)})
    for lock in node.locks:
        if lock.alive(now):
            scope, depth = "exclusive" if lock.exclusive else "shared", "infinity" if lock.infinite else "0"
            parts["lock", lock.token] = f"{scope}, depth {depth}{f', of {lock.principal}' if lock.principal else ''}"
    parts["created", ""] = timestamp(node.created)
    parts["modified", ""] = timestamp(node.modified)
    return parts


def _value(part: str | bytes | None) -> ChangedValue | None:
    """Write a part as text, shortened; bytes that are not UTF-8 in base64."""
    if part is None:
        return None
    content = part.encode() if isinstance(part, str) else part
    kept = content[:MOST_OF_A_BODY]
    try:
        # The cut may be in the middle of a character.
        text, encoded = codecs.getincrementaldecoder("utf-8")().decode(kept, final=len(kept) == len(content)), False
    except UnicodeDecodeError:
        text, encoded = base64.b64encode(kept).decode(), True
    return ChangedValue(text, len(content), encoded, truncated=len(kept) < len(content))
