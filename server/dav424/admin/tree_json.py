"""A world's tree as JSON, and back."""

from __future__ import annotations

import base64
import binascii
import zlib
from collections.abc import Iterator
from datetime import UTC, datetime

from msgspec.structs import replace

from dav424.admin.api_problem import ApiProblem, PointedError
from dav424.admin.payloads import LockShape, ResourceShape, TreeShape
from dav424.causes import Cause, Locked
from dav424.core import json_pointer
from dav424.core.batch import Refused
from dav424.core.paths import Path, href, split
from dav424.scenario.derivation import derive
from dav424.scenario.model import TreeEntry, Xml, build_tree, property_xml
from dav424.store.draft import Draft
from dav424.store.locks import Lock
from dav424.store.state import State
from dav424.store.tree import Collection, Derived, Node, find, walk
from dav424.worlds.world import World, WorldState

DEEPEST = 1000
"""Segments that a path may have: deeper than any client goes, and soon checked."""
EARLIEST_YEAR = 1000
_OWNER = "{DAV:}owner"


def read_tree(world: World) -> TreeShape:
    """Give all resources of a world as they are now."""
    now = world.clock()
    state, causes = world.state, world.causes
    planted = {cause.subtree for cause in causes.values() if isinstance(cause, Locked)}
    resources: dict[str, ResourceShape] = {}
    arrived: list[float] = []
    for path, node in walk(state.root, ()):
        # Parents come first: what holds this node stands before it.
        del arrived[len(path) :]
        since = max(arrived, default=0.0)
        arrived.append(node.arrived if isinstance(node, Collection) else 0.0)
        modified = max(node.modified, since, arrived[-1])
        resources[href(path, collection=isinstance(node, Collection))] = _resource(
            node, modified, [_lock(lock) for lock in node.locks if lock.alive(now)], told=path in planted
        )
    return TreeShape(resources)


def _resource(node: Node, modified: float, locks: list[LockShape], *, told: bool) -> ResourceShape:
    """Write a node; that it has no lock is ``told`` where a cause would else lock it again."""
    properties: dict[str, str | Xml] = {name: Xml(xml=xml) for name, xml in sorted(node.properties.items())}
    shape = ResourceShape(
        created=parse_time(node.created),
        modified=parse_time(modified),
        properties=properties,
        locks=locks if locks or told else None,
    )
    if isinstance(node, Collection):
        return replace(shape, types=node.types)
    if isinstance(node, Derived):
        return replace(shape, type=node.content_type, sources=list(map(href, node.sources)), template=_template(node))
    shape = replace(shape, type=node.content_type, etag=node.etag)
    try:
        return replace(shape, content=node.content.decode())
    except UnicodeDecodeError:
        return replace(shape, content_base64=base64.b64encode(node.content).decode())


def _template(node: Derived) -> str | None:
    """Write what it is made of as scenario files have it; None for its sources one after the other."""
    if list(node.parts) == list(range(len(node.sources))):
        return None
    return "".join(
        part.decode().replace("$", "$$") if isinstance(part, bytes) else f"${{{part + 1}}}" for part in node.parts
    )


def _lock(lock: Lock) -> LockShape:
    return LockShape(
        token=lock.token,
        scope="exclusive" if lock.exclusive else "shared",
        depth="infinity" if lock.infinite else "0",
        principal=lock.principal,
        owner=lock.owner,
        expires=parse_time(lock.expires) if lock.expires is not None else None,
    )


def parse_time(at: float) -> datetime:
    """Write seconds since the epoch as a time in UTC."""
    return datetime.fromtimestamp(at, UTC)


def write_tree(world: World, shape: TreeShape) -> None:
    """Put other resources in the place of all that a world has; its causes are put into the new tree.

    Raises ``Problem`` with all that is wrong, and changes nothing then.
    """
    errors = list(_errors(shape))
    if errors:
        raise ApiProblem(422, "The tree can't be used.", errors)
    now = world.clock()
    root = build_tree({path: _entry(each) for path, each in shape.resources.items()}, now)
    with world.mutex:
        draft = Draft(State(root, world.state.serial), now)
        said = set()
        for written, each in shape.resources.items():
            path, _ = split(written)
            draft.replace(path, _finished(draft.get(path), each, path))
            if each.locks is not None:
                said.add(path)
        for cause in world.causes.values():
            _arrange(cause, draft, world.state, said)
        world.set_state(WorldState(draft.state, world.causes, world.cause_index, world.counts))


def _arrange(cause: Cause, draft: Draft, before: State, said: set[Path]) -> None:
    """Put a cause into a new tree; its lock not where the tree says what locks there are, nor where it is gone already."""
    if isinstance(cause, Locked):
        old = find(before.root, cause.subtree)
        standing = old is not None and any(lock.token == cause.token for lock in old.locks)
        if cause.subtree in said or (draft.find(cause.subtree) is None and not standing):
            return
    try:
        cause.install(draft)
    except Refused as refused:
        raise ApiProblem(409, f"The cause {cause.id!r} has no place in this tree: {refused.detail}") from None


def _entry(shape: ResourceShape) -> TreeEntry:
    return TreeEntry(
        content=shape.content,
        type=shape.type,
        properties=shape.properties,
        sources=shape.sources,
        template=shape.template,
    )


def _finished(node: Node, shape: ResourceShape, path: Path) -> Node:
    """Give a node what a scenario's file can't say."""
    locks = tuple(
        Lock(
            token=each.token,
            root=path,
            exclusive=each.scope == "exclusive",
            infinite=each.depth == "infinity",
            principal=each.principal,
            owner=property_xml(_OWNER, Xml(xml=each.owner)) if each.owner else "",
            expires=each.expires.timestamp() if each.expires is not None else None,
        )
        for each in shape.locks or ()
    )
    created = shape.created.timestamp() if shape.created is not None else node.created
    modified = shape.modified.timestamp() if shape.modified is not None else node.modified
    if isinstance(node, Collection):
        return replace(node, locks=locks, created=created, modified=modified, types=tuple(shape.types))
    if isinstance(node, Derived):
        return replace(node, locks=locks, created=created, modified=modified)
    content = base64.b64decode(shape.content_base64) if shape.content_base64 is not None else node.content
    return replace(
        node,
        locks=locks,
        created=created,
        modified=modified,
        content=content,
        weight=node.weight + len(content) - len(node.content),
        etag=shape.etag if shape.etag is not None else f'"0-{zlib.crc32(content):08x}"',
    )


def _errors(shape: TreeShape) -> Iterator[PointedError]:
    seen: dict[Path, tuple[bool, str]] = {}
    tokens: set[str] = set()
    for written, each in shape.resources.items():
        here: list[str | int] = ["resources", written]
        try:
            path, slash = split(written)
        except Refused as refused:
            yield PointedError(json_pointer.spell(*here), refused.detail)
            continue
        if len(path) > DEEPEST:
            yield PointedError(json_pointer.spell(*here), f"A path has at most {DEEPEST} segments here.")
            continue
        if path in seen:
            yield PointedError(json_pointer.spell(*here), "This resource is there twice.")
        collection = slash or not path
        seen[path] = collection, written
        yield from _kind(here, each, collection=collection)
        if each.sources is not None or each.template is not None:
            yield from _derivation(here, path, each)
        yield from _details(here, each, tokens)
    documents = {path for path, (collection, _) in seen.items() if not collection}
    for path, (_, written) in seen.items():
        if any(path[:depth] in documents for depth in range(1, len(path))):
            yield PointedError(json_pointer.spell("resources", written), "It lies below a document.")


def _kind(here: list[str | int], each: ResourceShape, *, collection: bool) -> Iterator[PointedError]:
    if collection and (each.content or each.content_base64 is not None or each.type or each.etag or each.sources):
        yield PointedError(
            json_pointer.spell(*here), "It ends in a slash, so it is a collection, which has no content."
        )
    if each.types and not collection:
        yield PointedError(
            json_pointer.spell(*here, "types"), "Only a collection, written with a slash at its end, has types."
        )


def _derivation(here: list[str | int], path: Path, each: ResourceShape) -> Iterator[PointedError]:
    if each.sources is None:
        yield PointedError(
            json_pointer.spell(*here, "template"), "A template needs the sources that it is filled with, under from."
        )
        return
    if each.content or each.content_base64 is not None or each.etag:
        yield PointedError(
            json_pointer.spell(*here), "It is made from others, so it has no content and no entity-tag of its own."
        )
    try:
        derive(path, each.sources, each.template, "text/plain", 0)
    except (Refused, ValueError) as error:
        said = error.detail if isinstance(error, Refused) else f"{error}."
        yield PointedError(json_pointer.spell(*here), said)


def _details(here: list[str | int], each: ResourceShape, tokens: set[str]) -> Iterator[PointedError]:
    if each.content_base64 is not None:
        try:
            base64.b64decode(each.content_base64, validate=True)
        except (binascii.Error, ValueError) as error:
            yield PointedError(json_pointer.spell(*here, "content-base64"), f"Not base64: {error}.")
        if each.content:
            yield PointedError(json_pointer.spell(*here, "content"), "There is content-base64 already.")
    for name, value in each.properties.items():
        try:
            property_xml(name, value)
        except ValueError as error:
            yield PointedError(json_pointer.spell(*here, "properties", name), f"{error}.")
    yield from (_time([*here, name], at) for name in ("created", "modified") if _untold(at := getattr(each, name)))
    for index, lock in enumerate(each.locks or ()):
        spot = [*here, "locks", index]
        if lock.token in tokens:
            yield PointedError(json_pointer.spell(*spot, "token"), "Another lock has the same token.")
        tokens.add(lock.token)
        try:
            property_xml(_OWNER, Xml(xml=lock.owner) if lock.owner else "")
        except ValueError as error:
            yield PointedError(json_pointer.spell(*spot, "owner"), f"{error}.")
        if _untold(lock.expires):
            yield _time([*spot, "expires"], lock.expires)


def _untold(at: datetime | None) -> bool:
    """Say whether a time is none that can be written in UTC."""
    try:
        return at is not None and parse_time(at.timestamp()).year < EARLIEST_YEAR
    except (OverflowError, ValueError):
        return True


def _time(here: list[str | int], at: datetime | None) -> PointedError:
    return PointedError(json_pointer.spell(*here), f"{at} can't be written in UTC with a year of four digits.")
