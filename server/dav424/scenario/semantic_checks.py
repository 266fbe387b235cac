"""What a schema can't find in a scenario: paths, users and ids that lead nowhere, and texts that don't parse."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from typing import Literal

import msgspec

from dav424.causes import BUILT_IN, AnyCause, Locked, Quota, ValueRule
from dav424.core import decode
from dav424.core.batch import FAILED_DEPENDENCY, Refused
from dav424.core.paths import Path, href, split
from dav424.scenario.derivation import resolve
from dav424.scenario.file_problem import suggest
from dav424.scenario.model import Places, RequestSpec, Scenario, TreeEntry, property_xml
from dav424.scenario.yaml_reader import Pointer
from dav424.spine import derived_resources

NEVER_424 = "424 can't be a cause: it is what becomes of the actions that depend on one; name the reason itself"


def semantic_problems(scenario: Scenario) -> Iterator[tuple[Pointer, str]]:
    """Find what a schema can't: paths, users and ids that lead nowhere, and texts that don't parse."""
    places = _places(scenario)
    yield from _tree(scenario, places)
    yield from _source_problems(scenario, places)
    yield from _causes(scenario, places)
    yield from _requests(scenario, scenario.requests, ("requests",))
    if scenario.cure is not None:
        yield from _requests(scenario, scenario.cure.requests, ("cure", "requests"))
    yield from _cure(scenario, places)


def _requests(scenario: Scenario, requests: Iterable[RequestSpec], where: Pointer) -> Iterator[tuple[Pointer, str]]:
    for i, request in enumerate(requests):
        if request.user is not None and request.user not in scenario.users:
            yield (*where, i, "user"), f"there is no user {request.user!r}{suggest(request.user, scenario.users)}"
        problem = _bad_path(request.path.partition("?")[0])
        if problem and request.expect.status < 400:
            yield (*where, i, "path"), problem


def _places(scenario: Scenario) -> Places:
    found: dict[Path, Literal["collection", "document"]] = {(): "collection"}
    written = [split(path) for path in scenario.tree if not _bad_path(path)]
    for path, _ in written:
        found.update({path[:depth]: "collection" for depth in range(len(path) + 1)})
    for path, slash in written:
        if path and not slash:
            found[path] = "document"
    return found


def _bad_path(path: str) -> str | None:
    try:
        split(path)
    except Refused as refused:
        return refused.detail
    return None


def _tree(scenario: Scenario, places: Places) -> Iterator[tuple[Pointer, str]]:
    seen: dict[Path, str] = {}
    for written, entry in scenario.tree.items():
        here: Pointer = ("tree", written)
        problem = _bad_path(written)
        if problem:
            yield here, problem
            continue
        path, slash = split(written)
        if path in seen:
            yield here, f"{written} and {seen[path]} are the same resource"
        seen[path] = written
        if any(places[path[:depth]] == "document" for depth in range(1, len(path))):
            yield here, f"{written} lies below a document; only a collection, written with a slash, has members"
        if slash and (entry.content or entry.type):
            yield here, f"{written} ends in a slash, so it is a collection, which has no content and no type"
        if entry.ordering and not slash:
            yield (*here, "ordering"), f"{written} is a document, which has no members to order"
        for name, value in entry.properties.items():
            try:
                property_xml(name, value)
            except ValueError as error:
                yield (*here, "properties", name), str(error)


def _causes(scenario: Scenario, places: Places) -> Iterator[tuple[Pointer, str]]:
    seen: set[str] = set()
    for i, cause in enumerate(scenario.causes):
        here: Pointer = ("causes", i)
        if cause.id in seen:
            yield (*here, "id"), f"there is a cause with the id {cause.id!r} already"
        seen.add(cause.id)
        yield from (((*here, *pointer), message) for pointer, message in cause_problems(cause, places))


def cause_problems(cause: AnyCause, places: Places) -> Iterator[tuple[Pointer, str]]:
    """Find what is wrong with a cause in a tree: each with a pointer into the cause, and a sentence."""
    if getattr(cause, "status", None) == FAILED_DEPENDENCY:
        yield ("status",), NEVER_424
    problem = _bad_path(cause.path)
    if problem:
        yield ("path",), problem
        return
    path, _ = split(cause.path)
    must_exist = isinstance(cause, Locked | Quota)
    if path not in places and (must_exist or path[:-1] not in places):
        names = ["/" + "/".join(each) for each in places]
        yield ("path",), f"nothing in the tree is at {cause.path}{suggest(cause.path, sorted(names))}"
    if isinstance(cause, ValueRule):
        if cause.pattern is None and cause.enum is None and cause.type is None:
            yield (), "a value-rule needs a pattern, an enum or a type"
        if cause.pattern is not None:
            try:
                re.compile(cause.pattern)
            except (re.error, OverflowError, RecursionError) as error:
                yield ("pattern",), f"not a regular expression: {error}"
    if isinstance(cause, Locked):
        try:
            property_xml("{DAV:}owner", cause.principal)
        except ValueError:
            yield ("principal",), "the principal holds a character that XML can't"
    if isinstance(cause, Quota) and cause.bytes is not None and places.get(path) == "document":
        yield ("path",), f"{cause.path} is a document; a quota of bytes is a collection's"
    if isinstance(cause, Quota) and cause.bytes is None and cause.properties is None:
        yield (), "a quota needs bytes or properties"


def _cure(scenario: Scenario, places: Places) -> Iterator[tuple[Pointer, str]]:
    if scenario.cure is None:
        return
    causes = {cause.id: cause for cause in (*BUILT_IN, *scenario.causes)}
    for i, name in enumerate(scenario.cure.remove):
        if name not in causes:
            yield ("cure", "remove", i), f"there is no cause {name!r} to remove{suggest(name, causes)}"
    for name, settings in scenario.cure.change.items():
        here: Pointer = ("cure", "change", name)
        if name not in causes:
            yield here, f"there is no cause {name!r} to change{suggest(name, causes)}"
            continue
        try:
            changed = decode.to_type({**msgspec.to_builtins(causes[name]), **settings}, AnyCause)
        except msgspec.ValidationError as error:
            yield here, f"the cause {name!r} can't be changed so: {error}"
            continue
        if changed.id != name:
            yield here, f"the cause {name!r} can't be renamed; leave its id out"
        yield from (((*here, *pointer), message) for pointer, message in cause_problems(changed, places))


def _source_problems(scenario: Scenario, places: Places) -> Iterator[tuple[Pointer, str]]:
    """Find what is wrong with sources: paths that lead nowhere or in a circle, and templates that don't parse.

    ``places`` are what the tree holds.
    """
    missing = {path for written in scenario.missing if (path := _source_path(written)) is not None}
    known = sorted(map(href, {path for path, kind in places.items() if kind == "document"} | missing))
    needs: dict[Path, dict[Path, int]] = {}
    written_as: dict[Path, str] = {}
    for written, entry in scenario.tree.items():
        yield from (
            ((("tree", written, *key)), message) for key, message in _source_entry(entry, collection=written[-1] == "/")
        )
        owner = _source_path(written)
        if owner is None:
            continue
        written_as[owner] = written
        for i, source in enumerate(entry.sources or ()):
            here: Pointer = ("tree", written, "from", i)
            try:
                path, slash = resolve(owner, source)
            except Refused as refused:
                yield here, refused.detail
                continue
            if slash or places.get(path) == "collection":
                yield here, f"{source} is a collection; things are made from documents alone"
            elif path not in places and path not in missing:
                hint = suggest(href(path), known)
                yield here, f"nothing in the tree is at {href(path)}, and it isn't listed under missing{hint}"
            needs.setdefault(owner, {}).setdefault(path, i)
    yield from _missing_source(scenario, places, {path for each in needs.values() for path in each})
    for owner, i, around in _circles(needs):
        said = " from ".join(map(href, around))
        yield ("tree", written_as[owner], "from", i), f"{href(around[0])} would be made from itself: {said}"


def _source_path(written: str) -> Path | None:
    try:
        return split(written)[0]
    except Refused:
        return None


def _source_entry(entry: TreeEntry, *, collection: bool) -> Iterator[tuple[Pointer, str]]:
    if entry.sources is None:
        if entry.template is not None:
            yield ("template",), "a template is for what is made from others; say of what, with from"
        return
    if collection:
        yield ("from",), "a path that ends in a slash is a collection, which is not made from anything"
    if entry.content:
        yield ("content",), "what is made from others has no content of its own; write it as a template"
    if entry.template is not None:
        try:
            list(derived_resources.parts(entry.template, len(entry.sources)))
        except ValueError as error:
            yield ("template",), str(error)


def _missing_source(scenario: Scenario, places: Places, used: Iterable[Path]) -> Iterator[tuple[Pointer, str]]:
    used = set(used)
    for i, written in enumerate(scenario.missing):
        here: Pointer = ("missing", i)
        try:
            path, _ = split(written)
        except Refused as refused:
            yield here, refused.detail
            continue
        if path in places:
            yield here, f"{written} is in the tree"
        elif path not in used:
            yield here, f"nothing is made from {written}{suggest(written, map(href, sorted(used - places.keys())))}"
        elif places.get(path[:-1]) != "collection":
            yield here, f"{href(path[:-1], collection=True)} is not in the tree, so nobody could PUT {written}"


def _circles(needs: dict[Path, dict[Path, int]]) -> Iterator[tuple[Path, int, list[Path]]]:
    """Find the circles: the resource and the position of the source that closes one, and the way around."""
    done: set[Path] = set()
    for start, first in needs.items():
        way: list[tuple[Path, Iterator[tuple[Path, int]]]] = [(start, iter(first.items()))]
        entered = {start} - done
        while way and entered:
            here, left = way[-1]
            source, i = next(left, ((), -1))
            if i < 0:
                way.pop()
                done.add(here)
                entered.discard(here)
            elif source in entered:
                names = [path for path, _ in way]
                yield here, i, [*names[names.index(source) :], source]
            elif source in needs and source not in done:
                way.append((source, iter(needs[source].items())))
                entered.add(source)
