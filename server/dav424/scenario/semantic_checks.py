"""What a schema can't find in a scenario: paths, users and ids that lead nowhere, and texts that don't parse."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from typing import Literal

import msgspec

from dav424.causes import BUILT_IN, AnyCause, Locked, Quota, ValueRule
from dav424.core import decode
from dav424.core.batch import FAILED_DEPENDENCY, Refused
from dav424.core.paths import split
from dav424.scenario import derivation
from dav424.scenario.file_problem import suggest
from dav424.scenario.model import Places, RequestSpec, Scenario, property_xml
from dav424.scenario.yaml_reader import Pointer
from dav424.store.tree import Path

NEVER_424 = "424 can't be a cause: it is what becomes of the actions that depend on one; name the reason itself"


def dangling(scenario: Scenario) -> Iterator[tuple[Pointer, str]]:
    """Find what a schema can't: paths, users and ids that lead nowhere, and texts that don't parse."""
    places = _places(scenario)
    yield from _tree(scenario, places)
    yield from derivation.problems(scenario, places)
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
            changed = decode.convert({**msgspec.to_builtins(causes[name]), **settings}, AnyCause)
        except msgspec.ValidationError as error:
            yield here, f"the cause {name!r} can't be changed so: {error}"
            continue
        if changed.id != name:
            yield here, f"the cause {name!r} can't be renamed; leave its id out"
        yield from (((*here, *pointer), message) for pointer, message in cause_problems(changed, places))
