"""The problems of a scenario that a schema can't find.

Such problems are paths, users and ids that don't exist, and patterns, templates and XML that don't parse.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Literal

import msgspec

from dav424.causes import BUILT_IN, AnyCause
from dav424.core import decode
from dav424.core.batch import Refused
from dav424.core.http_methods import KNOWN
from dav424.core.paths import Path, href, is_uri, split
from dav424.scenario.cause_checks import Surroundings, cause_notes, cause_problems, lock_conflicts, method_hint
from dav424.scenario.clark_names import condition_problem, name_note, name_problem
from dav424.scenario.computed_properties import computed_property
from dav424.scenario.derived_documents import resolve
from dav424.scenario.file_problem import did_you_mean, suggest
from dav424.scenario.model import ExpectedAnswer, RequestSpec, ResourceKinds, Scenario, TreeEntry
from dav424.scenario.property_xml import property_xml
from dav424.scenario.requested_paths import RequestedPaths
from dav424.scenario.yaml_reader import Pointer
from dav424.spine import derived_resources

UNKNOWN_METHOD = 501
"""The status of a method that the server does not know (RFC 9110 15.6.2)."""


def semantic_problems(scenario: Scenario) -> Iterator[tuple[Pointer, str]]:
    """Check a scenario that fits the schema: a pointer and a sentence for each problem."""
    kinds = _resource_kinds(scenario)
    around = _surroundings(scenario, kinds)
    yield from _tree(scenario, kinds)
    yield from _source_problems(scenario, kinds)
    yield from _causes(scenario, around)
    yield from _requests(scenario, scenario.requests, ("requests",))
    if scenario.cure is not None:
        yield from _requests(scenario, scenario.cure.requests, ("cure", "requests"))
    yield from _cure(scenario, around)


def semantic_notes(scenario: Scenario) -> Iterator[tuple[Pointer, str]]:
    """Find likely mistakes in a scenario without problems."""
    around = _surroundings(scenario, _resource_kinds(scenario))
    for written, entry in scenario.tree.items():
        for name in entry.properties:
            note = name_note(name)
            if note:
                yield ("tree", written, "properties", name), note
    for i, cause in enumerate(scenario.causes):
        yield from ((("causes", i, *inner), note) for inner, note in cause_notes(cause, around))


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
    written = [split(path) for path in scenario.tree if not _bad_path(path)]
    for path, _ in written:
        kinds.update({path[:depth]: "collection" for depth in range(len(path) + 1)})
    for path, slash in written:
        if path and not slash:
            kinds[path] = "document"
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
        path, slash = split(written)
        if path in seen:
            yield pointer, f"{written} and {seen[path]} are the same resource; remove one of them"
        seen[path] = written
        above = next((path[:depth] for depth in range(1, len(path)) if kinds[path[:depth]] == "document"), None)
        if above is not None:
            document = href(above)
            yield pointer, f"{written} is below the document {document}; write {document}/ to make it a collection"
        if slash and (entry.content or entry.type):
            yield (
                pointer,
                f"{written} is a collection, which can't have content or type; remove these, or the slash at its end",
            )
        if entry.ordering and not is_uri(entry.ordering):
            yield (*pointer, "ordering"), f"{entry.ordering!r} is not a URI; write one, such as DAV:custom"
        if entry.ordering and not slash:
            yield (
                (*pointer, "ordering"),
                f"{written} is a document, which has no members to order; write {written}/ to make it a collection",
            )
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


def _cure(scenario: Scenario, around: Surroundings) -> Iterator[tuple[Pointer, str]]:
    if scenario.cure is None:
        return
    causes = {cause.id: cause for cause in (*BUILT_IN, *scenario.causes)}
    for i, name in enumerate(scenario.cure.remove):
        if name not in causes:
            yield ("cure", "remove", i), f"the scenario has no cause {name!r} to remove{suggest(name, causes)}"
    for name, settings in scenario.cure.change.items():
        pointer: Pointer = ("cure", "change", name)
        if name not in causes:
            yield pointer, f"the scenario has no cause {name!r} to change{suggest(name, causes)}"
            continue
        try:
            changed = decode.to_type({**msgspec.to_builtins(causes[name]), **settings}, AnyCause)
        except msgspec.ValidationError as error:
            kind = type(causes[name])
            unknown = next((key for key in settings if key not in kind.__struct_encode_fields__), "")
            hint = did_you_mean(unknown, kind.__struct_encode_fields__)
            yield pointer, f"the cause {name!r} can't have these settings: {error}{hint}"
            continue
        if changed.id != name:
            yield pointer, f"the cure can't change the id of the cause {name!r}; remove the id"
        yield from (((*pointer, *inner), message) for inner, message in cause_problems(changed, around))


def _source_problems(scenario: Scenario, kinds: ResourceKinds) -> Iterator[tuple[Pointer, str]]:
    """Find sources that don't exist or that form a circle, and templates that don't parse."""
    missing = {path for written in scenario.missing if (path := _source_path(written)) is not None}
    known = sorted(map(href, {path for path, kind in kinds.items() if kind == "document"} | missing))
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
    yield from _missing_source(scenario, kinds, {path for sources in needs.values() for path in sources})
    for owner, i, around in _circles(needs):
        chain = " from ".join(map(href, around))
        yield ("tree", written_as[owner], "from", i), f"{href(around[0])} depends on itself: {chain}; remove a source"


def _source_path(written: str) -> Path | None:
    try:
        return split(written)[0]
    except Refused:
        return None


def _source_entry(entry: TreeEntry, *, collection: bool) -> Iterator[tuple[Pointer, str]]:
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
    if entry.content:
        yield ("content",), "a document with sources can't have content; write a template instead"
    if entry.methods is not None and "GET" not in entry.methods:
        yield ("methods",), "a derived document can always be read; add GET"
    if entry.template is not None:
        try:
            list(derived_resources.parts(entry.template, len(entry.sources)))
        except ValueError as error:
            yield ("template",), str(error)


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
        elif kinds.get(path[:-1]) != "collection":
            collection = href(path[:-1], collection=True)
            yield pointer, f"{collection} is not in the tree, so no client could PUT {written}; add {collection}"


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
