"""Write a world, at one time, as a scenario: its tree, its causes with their remaining counts, its settings.

state of the tree   the resources, and the locks of clients as causes
causes and faults   those that can still apply, with smaller counts
what does not fit   is left out of the scenario, with a sentence for each thing
"""

from __future__ import annotations

import base64
from collections.abc import Iterable, Iterator, Mapping
from itertools import islice
from typing import TypeVar, cast

from msgspec import Struct
from msgspec.structs import replace

from dav424.causes.cause import Cause
from dav424.causes.counted import Counted
from dav424.causes.kinds import BUILT_IN, AnyCause
from dav424.causes.lock import Locked
from dav424.core.media_types import guess_type
from dav424.core.paths import href, split
from dav424.core.writable import LARGEST_NUMBER, timestamp
from dav424.faults.fault import Fault
from dav424.faults.kinds import AnyFault
from dav424.scenario.derived_documents import template_of
from dav424.scenario.homes import principals_as_written
from dav424.scenario.model import LONGEST_TEMPLATE, MOST_SOURCES, Scenario, Spelling, TreeEntry
from dav424.scenario.property_xml import property_value
from dav424.scenario.semantic_checks import semantic_problems
from dav424.scenario.yaml_reader import MAX_BYTES, MAX_NODES, Pointer
from dav424.scenario.yaml_writer import FileTooLargeError
from dav424.store.content import whole
from dav424.store.locks import Lock
from dav424.store.slices import in_order
from dav424.store.tree import Collection, Derived, Node, find, walk_dated
from dav424.worlds.world import Blueprint, WorldState

AnyCounted = TypeVar("AnyCounted", bound=Counted)
MOST_LOCKS = 1000
"""The most locks of clients in one file: each is compared with each."""
_AT_ONCE = 1000
"""The most problems that one look at a scenario solves."""
_NOBODY = "another user"
"""The holder of a lock in a file if the client that holds it had no name."""


class Exported(Struct, frozen=True):
    """A scenario, the ids of the causes that are locks of clients, and a sentence for each thing that it leaves out."""

    scenario: Scenario
    client_locks: list[str]
    left_out: list[str]


def export(title: str, blueprint: Blueprint, world: WorldState, now: float) -> Exported:
    """Write the state of a world at the time ``now``, in seconds since the epoch.

    Raises ``FileTooLargeError`` if no file could hold it, before anything is written.
    """
    _check_size(world.state.root)
    began = blueprint.initial.state.root.created
    tree = {path: entry for path, entry in _entries(world.state.root, began) if entry is not None}
    locks = dict(_client_locks(world, now))
    causes = [*_causes_left(world), *locks.values()]
    scenario = Scenario(
        title=title,
        tree=tree,
        users=dict(blueprint.users),
        principals=principals_as_written(blueprint.principals),
        auth=blueprint.schemes,
        atomic=blueprint.atomic,
        dependency_success="status-line" if blueprint.status_line_counts else "outcome",
        batch_order="reversed" if blueprint.reverses_batches else "document",
        tells_dependents=blueprint.tells_dependents,
        allow_origins=sorted(blueprint.origins) if blueprint.origins is not None else None,
        sandbox=blueprint.sandbox,
        dialect=blueprint.dialect or None,
        causes=cast("list[AnyCause]", causes),
        faults=cast("list[AnyFault]", list(_faults_left(world))),
    )
    scenario, left_out = _fitting(scenario)
    kept = {cause.id for cause in scenario.causes}
    return Exported(scenario, [name for name in locks if name in kept], [*left_out, *_lost_built_ins(world)])


def _check_size(root: Collection) -> None:
    if root.resources > MAX_NODES:
        message = f"a scenario file may have {MAX_NODES} values, and the tree has {root.resources} resources"
        raise FileTooLargeError(message)
    if root.weight > MAX_BYTES:
        raise FileTooLargeError(f"a scenario file may have {MAX_BYTES} bytes, and the tree has {root.weight}")


def _entries(root: Collection, began: float) -> Iterator[tuple[str, TreeEntry | None]]:
    """Give the resources with their paths, in the order of the tree; None for a collection that its members imply."""
    for path, node, modified in walk_dated(root):
        entry = _entry(path[-1] if path else "", node)
        entry = replace(
            entry,
            created=timestamp(node.created) if node.created != began else None,
            modified=timestamp(modified) if modified != began else None,
        )
        implied = isinstance(node, Collection) and entry == TreeEntry() and (len(node.children) or not path)
        yield href(path, collection=isinstance(node, Collection)), None if implied else entry


def _entry(name: str, node: Node) -> TreeEntry:
    properties = {key: property_value(key, node.properties[key]) for key in in_order(node.properties)}
    if isinstance(node, Collection):
        ordering = node.order.type if node.order is not None else None
        return TreeEntry(properties=properties, types=list(node.types), ordering=ordering)
    content_type = node.content_type if node.content_type != guess_type(name) else None
    entry = TreeEntry(properties=properties, type=content_type)
    if isinstance(node, Derived):
        return replace(
            entry,
            sources=list(map(href, node.sources)),
            template=template_of(node),
            methods=["GET", "POST"] if node.takes_post else None,
            spelling=cast("Spelling", node.spelling) if node.spelling else None,
        )
    content = whole(node.content)
    try:
        return replace(entry, content=content.decode())
    except UnicodeDecodeError:
        return replace(entry, content_base64=base64.b64encode(content).decode())


def _client_locks(world: WorldState, now: float) -> Iterator[tuple[str, Locked]]:
    """Give the locks that no cause has made as causes, by id; without those that have expired."""
    of_causes = {cause.token for cause in world.causes.values() if isinstance(cause, Locked)}
    number = 0
    for path, node, _ in walk_dated(world.state.root):
        for lock in node.locks:
            if lock.token in of_causes or not lock.alive(now):
                continue
            number += 1
            while f"lock-{number}" in world.causes:
                number += 1
            if number > MOST_LOCKS:
                message = f"a scenario file gets at most {MOST_LOCKS} locks of clients, and there are more"
                raise FileTooLargeError(message)
            written = href(path, collection=isinstance(node, Collection))
            yield f"lock-{number}", _cause_of(lock, f"lock-{number}", written)


def _cause_of(lock: Lock, name: str, path: str) -> Locked:
    return Locked(
        id=name,
        path=path,
        principal=lock.principal or _NOBODY,
        scope="exclusive" if lock.exclusive else "shared",
        depth="infinity" if lock.infinite else "0",
    )


def _causes_left(world: WorldState) -> Iterator[Cause]:
    """Give the causes that can still apply; a built-in cause only if the world has another one in its place."""
    built_in = {cause.id: cause for cause in BUILT_IN}
    for name, cause in world.causes.items():
        left = None if _lock_is_gone(cause, world) else remaining(cause, world.counts.get(name, 0))
        if left is not None and left != built_in.get(name):
            yield left
        elif left is None and name in built_in:
            yield _never(cause)
    yield from (_never(cause) for name, cause in built_in.items() if name not in world.causes)


def _never(cause: Cause) -> Cause:
    """Give a built-in cause that does not apply: a file can replace it, and not remove it."""
    return replace(cause, nth=None, after=LARGEST_NUMBER, times=None)


def _lock_is_gone(cause: Cause, world: WorldState) -> bool:
    """Say whether the cause is a lock that was made, and that its holder has removed."""
    if not isinstance(cause, Locked) or cause.id in world.state.dormant:
        return False
    node = find(world.state.root, cause.subtree)
    return node is None or all(lock.token != cause.token for lock in node.locks)


def _faults_left(world: WorldState) -> Iterator[Fault]:
    for name, fault in world.faults.items():
        left = remaining(fault, world.counts.get(name, 0))
        if left is not None:
            yield left


def remaining(cause: AnyCounted, matches: int) -> AnyCounted | None:
    """Give the cause or fault that a world begins with to go on after a number of matches; None if no other match can be hit."""
    if cause.nth is not None:
        return replace(cause, nth=cause.nth - matches) if matches < cause.nth else None
    after, over = max(0, cause.after - matches), max(0, matches - cause.after)
    if cause.times is None:
        return replace(cause, after=after)
    return replace(cause, after=after, times=cause.times - over) if over < cause.times else None


def _lost_built_ins(world: WorldState) -> Iterator[str]:
    for cause in BUILT_IN:
        if cause.id not in world.causes:
            yield f"The cause {cause.id} was removed. A file can't say that, so it skips all matches that there can be."


def _fitting(scenario: Scenario) -> tuple[Scenario, list[str]]:
    """Leave out what no scenario file can have: gives the other things, and a sentence for each one that is missing."""
    long = [path for path, entry in scenario.tree.items() if _is_too_long(entry)]
    told = [f"{path}: a file has at most {MOST_SOURCES} sources and a shorter template." for path in long]
    scenario = replace(scenario, tree={path: entry for path, entry in scenario.tree.items() if path not in long})
    while True:
        scenario = replace(scenario, missing=_missing(scenario.tree))
        problems = dict(islice(semantic_problems(scenario), _AT_ONCE))
        if not problems:
            return scenario, told
        told += [f"{_place(pointer, scenario)}: {message}." for pointer, message in problems.items()]
        scenario = _without(scenario, problems)


def _is_too_long(entry: TreeEntry) -> bool:
    return len(entry.sources or ()) > MOST_SOURCES or len(entry.template or "") > LONGEST_TEMPLATE


def _missing(tree: Mapping[str, TreeEntry]) -> list[str]:
    """List the sources that the tree does not have."""
    sources = {written for entry in tree.values() for written in entry.sources or ()}
    if not sources:
        return []
    paths = [split(written)[0] for written in tree]
    known = {path[:depth] for path in paths for depth in range(len(path) + 1)}
    return sorted(written for written in sources if split(written)[0] not in known)


def _without(scenario: Scenario, pointers: Iterable[Pointer]) -> Scenario:
    """Remove the things to which pointers lead."""
    tree, gone, faults = dict(scenario.tree), set(), set()
    for pointer in pointers:
        match pointer:
            case ("causes", int(index), *_):
                gone.add(index)
            case ("faults", int(index), *_):
                faults.add(index)
            case ("tree", str(path), "properties", name, *_):
                kept = {key: value for key, value in tree[path].properties.items() if key != name}
                tree[path] = replace(tree[path], properties=kept)
            case ("tree", str(path), *inside):
                if inside and path.endswith("/"):
                    tree[path] = TreeEntry()
                else:
                    tree.pop(path, None)
            case _:
                message = f"the export made a scenario with a mistake at {pointer}"
                raise AssertionError(message)
    return replace(
        scenario,
        tree=tree,
        causes=[each for index, each in enumerate(scenario.causes) if index not in gone],
        faults=[each for index, each in enumerate(scenario.faults) if index not in faults],
    )


def _place(pointer: Pointer, scenario: Scenario) -> str:
    """Name the thing to which a pointer leads."""
    match pointer:
        case ("causes", int(index), *_):
            return f"the cause {scenario.causes[index].id}"
        case ("faults", int(index), *_):
            return f"the fault {scenario.faults[index].id}"
        case ("tree", path, "properties", name, *_):
            return f"{name} of {path}"
        case _:
            return str(pointer[1])
