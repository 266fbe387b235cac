"""The problems of a scenario that a schema can't find.

Such problems are paths, users and ids that don't exist, and patterns, templates and XML that don't parse.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator
from typing import Literal

import msgspec

from dav424.causes.counted import Counted
from dav424.causes.kinds import BUILT_IN, AnyCause
from dav424.core import decode
from dav424.core.batch import Refused
from dav424.core.http_methods import KNOWN
from dav424.core.neighbours import origin_problem
from dav424.core.paths import Path, href, split
from dav424.faults.fault import Fault
from dav424.faults.kinds import AnyFault
from dav424.scenario.cause_checks import (
    Surroundings,
    cause_notes,
    cause_problems,
    fault_problems,
    lock_conflicts,
    method_hint,
)
from dav424.scenario.clark_names import condition_problem, name_note, name_problem
from dav424.scenario.computed_properties import computed_property
from dav424.scenario.derived_documents import resolve
from dav424.scenario.entry_checks import entry_problems, source_problems
from dav424.scenario.file_problem import did_you_mean, suggest, unknown_dialect
from dav424.scenario.home_checks import home_paths, home_problems, principal_paths
from dav424.scenario.homes import whole_tree
from dav424.scenario.model import ExpectedAnswer, RequestSpec, ResourceKinds, Scenario
from dav424.scenario.property_xml import property_xml
from dav424.scenario.requested_paths import RequestedPaths
from dav424.scenario.yaml_reader import Pointer

UNKNOWN_METHOD = 501
"""The status of a method that the server does not know (RFC 9110 15.6.2)."""


def semantic_problems(
    scenario: Scenario, *, tree_known: bool = True, dialects: Collection[str] | None = None
) -> Iterator[tuple[Pointer, str]]:
    """Check a scenario that fits the schema: a pointer and a sentence for each problem.

    Without a ``tree_known``, the scenario is for the files of a provider. ``dialects`` are the names that it can use; None
    for any.
    """
    name = (scenario.dialect or "").removesuffix("!")
    if name and dialects is not None and name not in dialects:
        yield ("dialect",), unknown_dialect(name, dialects)
    kinds = _resource_kinds(scenario)
    around = _surroundings(scenario, kinds)
    around.tree_known = tree_known
    for i, origin in enumerate(scenario.allow_origins or ()):
        if problem := origin_problem(origin):
            yield ("allow-origins", i), problem
    yield from _tree(scenario, kinds)
    yield from home_problems(scenario)
    yield from _source_problems(scenario, kinds, around)
    yield from _causes(scenario, around)
    yield from _faults(scenario, around)
    yield from _requests(scenario, scenario.requests, ("requests",))
    if scenario.cure is not None:
        yield from _requests(scenario, scenario.cure.requests, ("cure", "requests"))
    yield from _cure(scenario, around)


def semantic_notes(scenario: Scenario) -> Iterator[tuple[Pointer, str]]:
    """Find likely mistakes in a scenario without problems."""
    around = _surroundings(scenario, _resource_kinds(scenario))
    for written, entry in scenario.tree.items():
        for key, names in (("properties", entry.properties), ("types", entry.types)):
            for name in names:
                note = name_note(name)
                if note:
                    yield ("tree", written, key, name), note
    yield from _missing_collections(scenario)
    for i, cause in enumerate(scenario.causes):
        yield from ((("causes", i, *inner), note) for inner, note in cause_notes(cause, around))
    for i, fault in enumerate(scenario.faults):
        yield from ((("faults", i, *inner), note) for inner, note in cause_notes(fault, around))


def _surroundings(scenario: Scenario, kinds: ResourceKinds) -> Surroundings:
    requests = [*scenario.requests, *(scenario.cure.requests if scenario.cure is not None else ())]
    missing = {path for written in scenario.missing if (path := _source_path(written)) is not None}
    known: ResourceKinds = {**dict.fromkeys(missing, "document"), **kinds}
    return Surroundings(
        known, scenario.users, RequestedPaths(requests, known) if requests else None, atomic=scenario.atomic
    )


def _requests(scenario: Scenario, requests: Iterable[RequestSpec], pointer: Pointer) -> Iterator[tuple[Pointer, str]]:
    for i, request in enumerate(requests):
        if request.user is not None and request.user not in scenario.users:
            yield (
                (*pointer, i, "user"),
                f"the scenario has no user {request.user!r}{suggest(request.user, scenario.users)}",
            )
        if request.method not in KNOWN and request.expect.status != UNKNOWN_METHOD:
            why = f"there is no HTTP method {request.method!r}, and the request does not expect {UNKNOWN_METHOD}"
            yield (*pointer, i, "method"), why + method_hint(request.method, KNOWN)
        problem = _bad_path(request.path.partition("?")[0])
        if problem and request.expect.status < 400:
            yield (*pointer, i, "path"), problem
        yield from (((*pointer, i, "expect", *inner), message) for inner, message in _expected_names(request.expect))


def _expected_names(expect: ExpectedAnswer) -> Iterator[tuple[Pointer, str]]:
    """Find names of properties and condition codes that no answer can have."""
    if expect.condition is not None and (problem := condition_problem(expect.condition)):
        yield ("condition",), problem
    for i, answer in enumerate(expect.answers):
        if answer.property is not None and (problem := name_problem(answer.property)):
            yield ("answers", i, "property"), problem
        if answer.condition is not None and (problem := condition_problem(answer.condition)):
            yield ("answers", i, "condition"), problem


def _resource_kinds(scenario: Scenario) -> ResourceKinds:
    kinds: dict[Path, Literal["collection", "document"]] = {(): "collection"}
    written = [split(path) for path in whole_tree(scenario) if not _bad_path(path)]
    for path, _ in written:
        kinds.update({path[:depth]: "collection" for depth in range(len(path) + 1)})
    for path, slash in written:
        if path and not slash:
            kinds[path] = "document"
    kinds.update(dict.fromkeys(principal_paths(scenario), "collection"))
    return kinds


def _bad_path(path: str) -> str | None:
    try:
        split(path)
    except Refused as refused:
        return refused.detail
    return None


def _tree(scenario: Scenario, kinds: ResourceKinds) -> Iterator[tuple[Pointer, str]]:
    seen: dict[Path, str] = {}
    for written, entry in scenario.tree.items():
        pointer: Pointer = ("tree", written)
        problem = _bad_path(written)
        if problem:
            yield pointer, problem
            continue
        path, _ = split(written)
        if path in seen:
            yield pointer, f"{written} and {seen[path]} are the same resource; remove one of them"
        seen[path] = written
        above = next((path[:depth] for depth in range(1, len(path)) if kinds[path[:depth]] == "document"), None)
        if above is not None:
            document = href(above)
            yield pointer, f"{written} is below the document {document}; write {document}/ to make it a collection"
        yield from (((*pointer, *key), message) for key, message in entry_problems(written, entry))
        for name, value in entry.properties.items():
            wrong = name_problem(name) or computed_property(name, in_file=True)
            if wrong is not None:
                yield (*pointer, "properties", name), wrong
                continue
            try:
                property_xml(name, value)
            except ValueError as error:
                yield (*pointer, "properties", name), str(error)


def _causes(scenario: Scenario, around: Surroundings) -> Iterator[tuple[Pointer, str]]:
    seen: set[str] = set()
    for i, cause in enumerate(scenario.causes):
        pointer: Pointer = ("causes", i)
        if cause.id in seen:
            yield (*pointer, "id"), f"another cause has the id {cause.id!r}; choose another id"
        seen.add(cause.id)
        yield from (((*pointer, *inner), message) for inner, message in cause_problems(cause, around))
        yield from (((*pointer, *inner), message) for inner, message in lock_conflicts(cause, scenario.causes[:i]))


def _faults(scenario: Scenario, around: Surroundings) -> Iterator[tuple[Pointer, str]]:
    seen = {cause.id for cause in (*BUILT_IN, *scenario.causes)}
    for i, fault in enumerate(scenario.faults):
        pointer: Pointer = ("faults", i)
        if fault.id in seen:
            yield (*pointer, "id"), f"another cause or fault has the id {fault.id!r}; choose another id"
        seen.add(fault.id)
        yield from (((*pointer, *inner), message) for inner, message in fault_problems(fault, around))


def _cure(scenario: Scenario, around: Surroundings) -> Iterator[tuple[Pointer, str]]:
    if scenario.cure is None:
        return
    known: dict[str, Counted] = {each.id: each for each in (*BUILT_IN, *scenario.causes, *scenario.faults)}
    for i, name in enumerate(scenario.cure.remove):
        if name not in known:
            yield ("cure", "remove", i), f"the scenario has no cause or fault {name!r} to remove{suggest(name, known)}"
    for name, settings in scenario.cure.change.items():
        pointer: Pointer = ("cure", "change", name)
        if name not in known:
            yield pointer, f"the scenario has no cause or fault {name!r} to change{suggest(name, known)}"
            continue
        of_fault = isinstance(known[name], Fault)
        what = "fault" if of_fault else "cause"
        try:
            union = AnyFault if of_fault else AnyCause
            changed = decode.to_type({**msgspec.to_builtins(known[name]), **settings}, union)
        except msgspec.ValidationError as error:
            kind = type(known[name])
            unknown = next((key for key in settings if key not in kind.__struct_encode_fields__), "")
            hint = did_you_mean(unknown, kind.__struct_encode_fields__)
            yield pointer, f"the {what} {name!r} can't have these settings: {error}{hint}"
            continue
        if changed.id != name:
            yield pointer, f"the cure can't change the id of the {what} {name!r}; remove the id"
        problems = fault_problems(changed, around) if of_fault else cause_problems(changed, around)
        yield from (((*pointer, *inner), message) for inner, message in problems)


def _source_problems(scenario: Scenario, kinds: ResourceKinds, around: Surroundings) -> Iterator[tuple[Pointer, str]]:
    """Find sources that don't exist or that form a circle, and templates that don't parse."""
    missing = {path for written in scenario.missing if (path := _source_path(written)) is not None}
    known = sorted(map(href, {path for path, kind in kinds.items() if kind == "document"} | missing))
    needs: dict[Path, dict[Path, int]] = {}
    written_as: dict[Path, str] = {}
    for written, entry in scenario.tree.items():
        yield from (
            ((("tree", written, *key)), message)
            for key, message in source_problems(entry, collection=written[-1] == "/")
        )
        owner = _source_path(written)
        if owner is None:
            continue
        written_as[owner] = written
        for i, source in enumerate(entry.sources or ()):
            pointer: Pointer = ("tree", written, "from", i)
            try:
                path, slash = resolve(owner, source)
            except Refused as refused:
                yield pointer, refused.detail
                continue
            if slash or kinds.get(path) == "collection":
                yield pointer, f"{source} is a collection; use the path of a document"
            elif path not in kinds and path not in missing:
                hint = suggest(href(path), known)
                yield pointer, f"the tree has no document at {href(path)}, and missing doesn't list it{hint}"
            needs.setdefault(owner, {}).setdefault(path, i)
    used = {path for sources in needs.values() for path in sources} | home_paths(scenario)
    used.update(path for path in missing if around.requests is not None and around.requests.can_make(path))
    yield from _missing_source(scenario, kinds, used)
    for owner, i, circle in _circles(needs):
        chain = " from ".join(map(href, circle))
        yield ("tree", written_as[owner], "from", i), f"{href(circle[0])} depends on itself: {chain}; remove a source"


def _source_path(written: str) -> Path | None:
    try:
        return split(written)[0]
    except Refused:
        return None


def _missing_source(scenario: Scenario, kinds: ResourceKinds, used: Iterable[Path]) -> Iterator[tuple[Pointer, str]]:
    used = set(used)
    for i, written in enumerate(scenario.missing):
        pointer: Pointer = ("missing", i)
        try:
            path, _ = split(written)
        except Refused as refused:
            yield pointer, refused.detail
            continue
        if path in kinds:
            yield pointer, f"{written} is in the tree; remove it from missing or from the tree"
        elif path not in used:
            yield (
                pointer,
                f"no document has the source {written}{suggest(written, map(href, sorted(used - kinds.keys())))}",
            )


def _missing_collections(scenario: Scenario) -> Iterator[tuple[Pointer, str]]:
    """Find sources that no client can PUT at once, since their collections are not in the tree."""
    kinds = _resource_kinds(scenario)
    for i, written in enumerate(scenario.missing):
        path, _ = split(written)
        if kinds.get(path[:-1]) != "collection":
            collection = href(path[:-1], collection=True)
            why = f"{collection} is not in the tree, so no client can PUT {written} before it makes that"
            yield ("missing", i), f"{why}; add {collection}"


def _circles(needs: dict[Path, dict[Path, int]]) -> Iterator[tuple[Path, int, list[Path]]]:
    """Find the circles: the document and the position of the source that close one, and the documents in it."""
    done: set[Path] = set()
    for start, first in needs.items():
        way: list[tuple[Path, Iterator[tuple[Path, int]]]] = [(start, iter(first.items()))]
        on_way = {start} - done
        while way and on_way:
            document, left = way[-1]
            source, i = next(left, ((), -1))
            if i < 0:
                way.pop()
                done.add(document)
                on_way.discard(document)
            elif source in on_way:
                names = [path for path, _ in way]
                yield document, i, [*names[names.index(source) :], source]
            elif source in needs and source not in done:
                way.append((source, iter(needs[source].items())))
                on_way.add(source)
