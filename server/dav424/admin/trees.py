"""A world's tree as JSON, and back."""

from __future__ import annotations

import base64
import binascii
from collections.abc import Iterator
from datetime import UTC, datetime

from msgspec.structs import replace

from dav424.admin.problem import Error, Problem, pointer
from dav424.admin.shapes import LockShape, ResourceShape, TreeShape
from dav424.batch import Refused
from dav424.causes import Locked
from dav424.scenario.model import Entry, Xml, build_tree, property_xml
from dav424.scenario.sources import derive
from dav424.store import Draft, State
from dav424.target import split
from dav424.tree import Collection, Derived, Lock, Node, Path, href, walk
from dav424.world import Moment, World


def read_tree(world: World) -> TreeShape:
    """Give all resources of a world as they are now."""
    return TreeShape(
        {
            href(path, collection=isinstance(node, Collection)): _resource(node)
            for path, node in walk(world.state.root, ())
        }
    )


def _resource(node: Node) -> ResourceShape:
    properties: dict[str, str | Xml] = {name: Xml(xml=xml) for name, xml in sorted(node.properties.items())}
    shape = ResourceShape(
        created=moment(node.created),
        modified=moment(node.modified),
        properties=properties,
        locks=[_lock(lock) for lock in node.locks],
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
        expires=moment(lock.expires) if lock.expires is not None else None,
    )


def moment(at: float) -> datetime:
    """Write seconds since the epoch as a time in UTC."""
    return datetime.fromtimestamp(at, UTC)


def write_tree(world: World, shape: TreeShape) -> None:
    """Put other resources in the place of all that a world has; its causes are put into the new tree.

    Raises ``Problem`` with all that is wrong, and changes nothing then.
    """
    errors = list(_errors(shape))
    if errors:
        raise Problem(422, "The tree can't be used.", errors)
    now = world.clock()
    root = build_tree({path: _entry(each) for path, each in shape.resources.items()}, now)
    with world.turn:
        draft = Draft(State(root, world.state.serial), now)
        held = {cause.token for cause in world.causes.values() if isinstance(cause, Locked)}
        for written, each in shape.resources.items():
            path, _ = split(written)
            draft.replace(path, _finished(draft.get(path), each, path, held))
        for cause in world.causes.values():
            try:
                cause.arrange(draft)
            except Refused as refused:
                raise Problem(409, f"The cause {cause.id!r} has no place in this tree: {refused.detail}") from None
        world.be(Moment(draft.state, world.causes, world.obstacles, world.counts))


def _entry(shape: ResourceShape) -> Entry:
    return Entry(
        content=shape.content,
        type=shape.type,
        properties=shape.properties,
        sources=shape.sources,
        template=shape.template,
    )


def _finished(node: Node, shape: ResourceShape, path: Path, held: set[str]) -> Node:
    """Give a node what a scenario's file can't say."""
    locks = tuple(
        Lock(
            token=each.token,
            root=path,
            exclusive=each.scope == "exclusive",
            infinite=each.depth == "infinity",
            principal=each.principal,
            owner=each.owner,
            expires=each.expires.timestamp() if each.expires is not None else None,
        )
        for each in shape.locks
        if each.token not in held
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
        etag=shape.etag if shape.etag is not None else node.etag,
    )


def _errors(shape: TreeShape) -> Iterator[Error]:
    seen: dict[Path, bool] = {}
    for written, each in shape.resources.items():
        here: list[str | int] = ["resources", written]
        try:
            path, slash = split(written)
        except Refused as refused:
            yield Error(pointer(here), refused.detail)
            continue
        if path in seen:
            yield Error(pointer(here), "This resource is there twice.")
        seen[path] = slash or not path
        if seen[path] and (each.content or each.content_base64 or each.type or each.etag or each.sources):
            yield Error(pointer(here), "It ends in a slash, so it is a collection, which has no content.")
        elif each.sources is not None or each.template is not None:
            yield from _derivation(here, path, each)
        yield from _details(here, each)
    documents = {path for path, collection in seen.items() if not collection}
    for path, collection in seen.items():
        if any(path[:depth] in documents for depth in range(1, len(path))):
            yield Error(pointer(["resources", href(path, collection=collection)]), "It lies below a document.")


def _derivation(here: list[str | int], path: Path, each: ResourceShape) -> Iterator[Error]:
    if each.sources is None:
        yield Error(pointer([*here, "template"]), "A template needs the sources that it is filled with, under from.")
        return
    if each.content or each.content_base64 or each.etag:
        yield Error(pointer(here), "It is made from others, so it has no content and no entity-tag of its own.")
    try:
        derive(path, each.sources, each.template, "text/plain", 0)
    except (Refused, ValueError) as error:
        said = error.detail if isinstance(error, Refused) else f"{error}."
        yield Error(pointer(here), said)


def _details(here: list[str | int], each: ResourceShape) -> Iterator[Error]:
    if each.content_base64 is not None:
        try:
            base64.b64decode(each.content_base64, validate=True)
        except binascii.Error as error:
            yield Error(pointer([*here, "content-base64"]), f"Not base64: {error}.")
        if each.content:
            yield Error(pointer([*here, "content"]), "There is content-base64 already.")
    for name, value in each.properties.items():
        try:
            property_xml(name, value)
        except ValueError as error:
            yield Error(pointer([*here, "properties", name]), f"{error}.")
    for index, lock in enumerate(each.locks):
        try:
            property_xml("{DAV:}owner", Xml(xml=lock.owner) if lock.owner else "")
        except ValueError as error:
            yield Error(pointer([*here, "locks", index, "owner"]), f"{error}.")
    tokens = [lock.token for lock in each.locks]
    if len(set(tokens)) < len(tokens):
        yield Error(pointer([*here, "locks"]), "Two locks have the same token.")
