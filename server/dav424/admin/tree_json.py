"""The tree of a world as JSON: read it, and replace it."""

from __future__ import annotations

import base64
import binascii
import zlib
from collections.abc import Container, Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any, cast

import msgspec
from msgspec.structs import replace

from dav424.admin.api_problem import ApiProblem
from dav424.admin.body_errors import PointedError
from dav424.admin.call import JSON
from dav424.admin.tree_payloads import LockJson, ResourceJson, TreeJson
from dav424.causes import standing
from dav424.causes.cause import Cause
from dav424.causes.lock import Locked
from dav424.core import json_pointer
from dav424.core.batch import Refused
from dav424.core.memory import hold
from dav424.core.message import Response, whole_if_short
from dav424.core.paths import Path, href, is_uri, split
from dav424.core.writable import is_date, utc
from dav424.scenario.blueprint import build_tree
from dav424.scenario.computed_properties import computed_property
from dav424.scenario.derived_documents import derive, template_of
from dav424.scenario.model import Spelling, TreeEntry, XmlProperty
from dav424.scenario.property_xml import property_xml
from dav424.store.content import whole
from dav424.store.disposal import dispose
from dav424.store.draft import MOST_RESOURCES, Draft, too_many_resources
from dav424.store.locks import Lock, counted
from dav424.store.ordering import Order, ranked
from dav424.store.slices import clear, in_order
from dav424.store.state import State
from dav424.store.tree import Collection, Derived, Node, find, walk_dated
from dav424.worlds.world import World, WorldState

DEEPEST = 1000
"""The maximum number of segments in a path: more than any client uses, and still fast to check."""
_OWNER = "{DAV:}owner"
_CHUNK = 1 << 16  # bytes


def tree_response(world: World) -> Response:
    """Answer with all resources of a world; a long answer is streamed, so that it never is in memory as a whole."""
    return Response(200, JSON, whole_if_short(_json_chunks(resources(world))))


def _json_chunks(listed: Iterator[tuple[str, ResourceJson]]) -> Iterator[bytes]:
    """Write a ``TreeJson`` in chunks, as ``call.to_json`` would write it in one piece."""
    chunk, separator = bytearray(b'{\n "resources": {'), b""
    for path, resource in listed:
        written = msgspec.json.format(msgspec.json.encode({path: resource}), indent=1)
        inner = written.removeprefix(b"{").removesuffix(b"\n}")
        chunk += separator + inner.replace(b"\n", b"\n ")  # no text in JSON has a line break of its own
        separator = b","
        if len(chunk) >= _CHUNK:
            yield bytes(chunk)
            chunk.clear()
    yield bytes(chunk) + b"\n }\n}\n"


def read_tree(world: World) -> TreeJson:
    """Give all resources of a world."""
    return TreeJson(dict(resources(world)))


def resources(world: World) -> Iterator[tuple[str, ResourceJson]]:
    """Give all resources of a world with their paths, parents first: as they are now, whatever changes later."""
    return _resources(world.state, world.causes, world.clock())


def _resources(state: State, causes: Mapping[str, Cause], now: float) -> Iterator[tuple[str, ResourceJson]]:
    locked_by_causes = {cause.subtree for cause in causes.values() if isinstance(cause, Locked)}
    for path, node, modified in walk_dated(state.root):
        locks = [_lock(lock) for lock in node.locks if lock.alive(now)]
        # An empty list says that the lock of a cause is gone; without a list, the cause would make it again.
        written_locks = locks if locks or path in locked_by_causes else None
        yield href(path, collection=isinstance(node, Collection)), _resource(node, modified, written_locks)


def _resource(node: Node, modified: float, locks: list[LockJson] | None) -> ResourceJson:
    properties: dict[str, str | XmlProperty] = {
        name: XmlProperty(xml=node.properties[name]) for name in in_order(node.properties)
    }
    resource = ResourceJson(
        created=utc(node.created),
        modified=utc(modified),
        properties=properties,
        locks=locks,
    )
    if isinstance(node, Collection):
        return replace(resource, types=node.types, **_ordering(node))
    if isinstance(node, Derived):
        return replace(
            resource,
            type=node.content_type,
            sources=list(map(href, node.sources)),
            template=template_of(node),
            methods=["GET", "POST"] if node.takes_post else None,
            spelling=cast("Spelling", node.spelling) if node.spelling else None,
        )
    resource = replace(resource, type=node.content_type, etag=node.etag)
    try:
        return replace(resource, content=whole(node.content).decode())
    except UnicodeDecodeError:
        return replace(resource, content_base64=base64.b64encode(whole(node.content)).decode())


def _ordering(node: Collection) -> dict[str, Any]:
    """Give the keys for the order that clients have set; none for a collection without one."""
    if node.order is None:
        return {}
    return {"ordering": node.order.type, "order": [href((name,))[1:] for name, _ in node.members()]}


def _order(node: Collection, written: Sequence[str]) -> Order | None:
    """Give the order of a new collection with the members that are ``written`` at its beginning, in their sequence."""
    if node.order is None or not written:
        return node.order
    first = [split(f"/{name}")[0][0] for name in written]
    return ranked(node.order.type, dict.fromkeys([*first, *(name for name, _ in node.members())]))


def _lock(lock: Lock) -> LockJson:
    return LockJson(
        token=lock.token,
        scope="exclusive" if lock.exclusive else "shared",
        depth="infinity" if lock.infinite else "0",
        principal=lock.principal,
        owner=lock.owner,
        expires=utc(lock.expires) if lock.expires is not None else None,
    )


def write_tree(world: World, tree: TreeJson) -> None:
    """Replace all resources of a world, and install its causes in the new tree.

    Raises ``ApiProblem`` with all errors of the tree, and changes nothing then.
    """
    errors = list(tree_errors(tree))
    if errors:
        raise ApiProblem(422, "The tree is not valid.", errors)
    now = world.clock()
    world.budget.check()
    entries = {path: _entry(resource) for path, resource in tree.resources.items()}
    root = build_tree(entries, now)
    clear(entries)
    if root.resources > MOST_RESOURCES:
        raise too_many_resources(root.resources)
    with world.mutex:
        changes = world.state.changes.noted((), world.state.root, root)
        draft = Draft(State(root, world.state.serial, changes=changes), now, budget=world.budget)
        with_locks = set()
        for written, resource in tree.resources.items():
            path, _ = split(written)
            draft.replace(path, _completed(draft.get(path), resource, path))
            if resource.locks is not None:
                with_locks.add(path)
        for cause in world.causes.values():
            _install(cause, draft, world, with_locks)
        draft.budget.check()
        world.set_state(
            WorldState(draft.state, world.causes, world.cause_index, world.counts, world.held, world.faults)
        )
    dispose(root)  # its nodes were replaced one by one


def _install(cause: Cause, draft: Draft, world: World, with_locks: set[Path]) -> None:
    """Install a cause in a new tree; leave out a lock if the tree lists the locks there, or if the lock is gone already.

    ``with_locks`` are the paths whose locks the tree lists.
    """
    if isinstance(cause, Locked) and cause.id not in world.state.dormant:
        old = find(world.state.root, cause.subtree)
        still_locked = old is not None and any(lock.token == cause.token for lock in old.locks)
        if cause.subtree in with_locks or (draft.find(cause.subtree) is None and not still_locked):
            return
    try:
        standing.install(cause, draft, world.counts.get(cause.id, 0))
    except Refused as refused:
        raise ApiProblem(409, f"The cause {cause.id!r} does not fit this tree: {refused.detail}") from None


def _entry(resource: ResourceJson) -> TreeEntry:
    return TreeEntry(
        content=resource.content,
        type=resource.type,
        properties=resource.properties,
        sources=resource.sources,
        template=resource.template,
        methods=resource.methods,
        spelling=resource.spelling,
        ordering=resource.ordering,
    )


def _completed(node: Node, resource: ResourceJson, path: Path) -> Node:
    """Add to a node the values that a scenario file can't have: locks, times, types, bytes and the entity-tag."""
    locks = tuple(
        counted(
            Lock(
                token=lock.token,
                root=path,
                exclusive=lock.scope == "exclusive",
                infinite=lock.depth == "infinity",
                principal=lock.principal,
                owner=property_xml(_OWNER, XmlProperty(xml=lock.owner)) if lock.owner else "",
                expires=lock.expires.timestamp() if lock.expires is not None else None,
            )
        )
        for lock in resource.locks or ()
    )
    created = resource.created.timestamp() if resource.created is not None else node.created
    modified = resource.modified.timestamp() if resource.modified is not None else node.modified
    if isinstance(node, Collection):
        order = _order(node, resource.order)
        return replace(node, locks=locks, created=created, modified=modified, types=tuple(resource.types), order=order)
    if isinstance(node, Derived):
        return replace(node, locks=locks, created=created, modified=modified)
    content = base64.b64decode(resource.content_base64) if resource.content_base64 is not None else whole(node.content)
    return replace(
        node,
        locks=locks,
        created=created,
        modified=modified,
        content=content,
        weight=node.weight + len(content) - len(node.content),
        held=hold(len(content)) if content is not node.content else node.held,
        etag=resource.etag if resource.etag is not None else f'"0-{zlib.crc32(content):08x}"',
    )


def tree_errors(tree: TreeJson) -> Iterator[PointedError]:
    """Iterate over the errors of a tree that its type allows."""
    seen: dict[Path, tuple[bool, str]] = {}
    tokens: set[str] = set()
    for written, resource in tree.resources.items():
        steps: list[str | int] = ["resources", written]
        try:
            path, slash = split(written)
        except Refused as refused:
            yield _error(steps, refused.detail)
            continue
        if len(path) > DEEPEST:
            yield _error(steps, f"The path has {len(path)} segments; at most {DEEPEST} are allowed.")
            continue
        if path in seen:
            yield _error(steps, f"The tree has this resource twice; the other path is {seen[path][1]}.")
        collection = slash or not path
        seen[path] = collection, written
        yield from _collection_errors(steps, resource, collection=collection)
        if any(
            value is not None for value in (resource.sources, resource.template, resource.methods, resource.spelling)
        ):
            yield from _derivation_errors(steps, path, resource)
        yield from _value_errors(steps, resource)
        yield from _lock_errors(steps, resource, tokens)
    yield from _order_errors(tree, seen)
    documents = {path for path, (collection, _) in seen.items() if not collection}
    for path, (_, written) in seen.items():
        if any(path[:depth] in documents for depth in range(1, len(path))):
            yield _error(["resources", written], "The resource lies below a document; only a collection has members.")
    clear(seen)


def _error(steps: Sequence[str | int], detail: str) -> PointedError:
    return PointedError(json_pointer.spell(*steps), detail)


def _order_errors(tree: TreeJson, seen: Iterable[Path]) -> Iterator[PointedError]:
    """Check the order of each collection against the members that the tree gives it."""
    ordered = {written: resource for written, resource in tree.resources.items() if resource.ordering or resource.order}
    if not ordered:
        return
    members: dict[Path, set[str]] = {}
    for path in seen:
        for depth, name in enumerate(path):
            members.setdefault(path[:depth], set()).add(name)
    for written, resource in ordered.items():
        steps: list[str | int] = ["resources", written]
        try:
            path, slash = split(written)
        except Refused:
            continue  # the path has an error of its own
        if path and not slash:
            yield _error([*steps, "ordering"], "Only a collection has an order; end its path with a slash.")
        elif resource.ordering is None:
            yield _error([*steps, "order"], "An order needs its type; add ordering, such as DAV:custom.")
        elif not is_uri(resource.ordering):
            yield _error([*steps, "ordering"], "The ordering type is not a URI; write one, such as DAV:custom.")
        else:
            yield from _name_errors([*steps, "order"], resource.order, members.get(path, set()))


def _name_errors(steps: list[str | int], names: Iterable[str], members: Container[str]) -> Iterator[PointedError]:
    seen: set[str] = set()
    for index, written in enumerate(names):
        try:
            segments, slash = split(f"/{written}")
        except Refused as refused:
            yield _error([*steps, index], refused.detail)
            continue
        if len(segments) != 1 or slash or segments[0] not in members:
            yield _error([*steps, index], "The collection has no member of this name; write its last path segment.")
        elif segments[0] in seen:
            yield _error([*steps, index], "The order names this member twice; name it once.")
        seen.update(segments)


def _collection_errors(steps: list[str | int], resource: ResourceJson, *, collection: bool) -> Iterator[PointedError]:
    has_content = resource.content or resource.content_base64 is not None or resource.sources
    if collection and (has_content or resource.type or resource.etag):
        yield _error(steps, "The path ends in a slash, so this is a collection; a collection has no content.")
    if resource.types and not collection:
        yield _error([*steps, "types"], "Only a collection has types; end its path with a slash.")


def _derivation_errors(steps: list[str | int], path: Path, resource: ResourceJson) -> Iterator[PointedError]:
    if resource.sources is None:
        if resource.template is not None:
            yield _error([*steps, "template"], "A template needs sources; list their paths under from.")
        for key, value in (("methods", resource.methods), ("spelling", resource.spelling)):
            if value is not None:
                yield _error([*steps, key], f"Only a document with sources has {key}; list their paths under from.")
        return
    if resource.methods is not None and "GET" not in resource.methods:
        yield _error([*steps, "methods"], "A derived document can always be read; add GET.")
    if resource.content or resource.content_base64 is not None or resource.etag:
        yield _error(steps, "The document is made from its sources; leave out its content and entity-tag.")
    try:
        derive(path, _entry(resource), "text/plain", 0)
    except (Refused, ValueError) as error:
        yield _error(steps, error.detail if isinstance(error, Refused) else f"{error}.")


def _value_errors(steps: list[str | int], resource: ResourceJson) -> Iterator[PointedError]:
    if resource.content_base64 is not None:
        try:
            base64.b64decode(resource.content_base64, validate=True)
        except (binascii.Error, ValueError) as error:
            yield _error([*steps, "content-base64"], f"The value is not base64: {error}.")
        if resource.content:
            yield _error([*steps, "content"], "The resource has content and content-base64; leave one of them out.")
    for name, value in resource.properties.items():
        computed = computed_property(name, in_file=False)
        if computed is not None:
            yield _error([*steps, "properties", name], f"{computed}.")
            continue
        try:
            property_xml(name, value)
        except ValueError as error:
            yield _error([*steps, "properties", name], f"{error}.")
    for index, name in enumerate(resource.types):
        try:
            property_xml(name, "")
        except ValueError as error:
            yield _error([*steps, "types", index], f"{error}.")
    yield from _time_errors([*steps, "created"], resource.created)
    yield from _time_errors([*steps, "modified"], resource.modified)


def _lock_errors(steps: list[str | int], resource: ResourceJson, tokens: set[str]) -> Iterator[PointedError]:
    """Check the locks of a resource; ``tokens`` collects those of the whole tree."""
    for index, lock in enumerate(resource.locks or ()):
        lock_steps = [*steps, "locks", index]
        if lock.token in tokens:
            yield _error([*lock_steps, "token"], "Another lock has the same token; each lock needs its own.")
        tokens.add(lock.token)
        try:
            property_xml(_OWNER, XmlProperty(xml=lock.owner) if lock.owner else "")
        except ValueError as error:
            yield _error([*lock_steps, "owner"], f"{error}.")
        yield from _time_errors([*lock_steps, "expires"], lock.expires)


def _time_errors(steps: list[str | int], time: datetime | None) -> Iterator[PointedError]:
    """Report a time that can't be written in UTC with a year of four digits."""
    if time is not None and not is_date(time.timestamp()):
        yield _error(
            steps, f"{time} can't be written in UTC with a year of four digits; choose a later or earlier time."
        )
