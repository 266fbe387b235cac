"""Everything that is wrong with a scenario file, at once, each with its place and a suggestion."""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterable, Iterator
from functools import cache
from pathlib import Path as FilePath
from typing import Any

import msgspec

from dav424.batch import FAILED_DEPENDENCY, Refused
from dav424.causes import BUILT_IN, AnyCause, Locked, Quota, ValueRule
from dav424.multistatus import reason
from dav424.scenario.find import NAME, bundled_files
from dav424.scenario.model import Scenario, property_xml
from dav424.scenario.problem import Problem, Wrong
from dav424.scenario.read import Pointer, read
from dav424.scenario.schema import schema
from dav424.target import split
from dav424.tree import Path


def load(text: str | bytes, file: str, *, trusted: bool = False) -> Scenario:
    """Read a scenario, or raise ``Wrong`` with every problem. A ``trusted`` text was checked before."""
    found = read(text, file)
    if trusted and not found.problems:
        try:
            return msgspec.convert(found.data, Scenario)
        except msgspec.ValidationError:
            pass  # to be told below, in full
    if found.problems:
        raise Wrong(found.problems)
    told: set[Pointer] = set()
    for pointer, message, at_key in _schema_problems(found.data):
        if pointer not in told:
            found.problem(found.place(pointer, key=at_key), message)
        told.add(pointer)
    if found.problems:
        raise Wrong(found.problems)
    try:
        scenario = msgspec.convert(found.data, Scenario)
    except msgspec.ValidationError as error:
        raise Wrong([Problem(file, *found.place(_named(str(error))), str(error))]) from None
    for pointer, message in _dangling(scenario):
        is_tree_path = len(pointer) == 2 and pointer[0] == "tree"
        found.problem(found.place(pointer, key=is_tree_path), message)
    if found.problems:
        raise Wrong(found.problems)
    return scenario


def bundled() -> dict[str, Scenario]:
    """Load the bundled scenarios by name."""
    return {file.stem: load(file.read_bytes(), file.name, trusted=True) for file in bundled_files()}


def load_files(files: Iterable[FilePath]) -> dict[str, Scenario]:
    """Load files by name, the file's name without its suffix; raises ``Wrong`` with all that is wrong in any."""
    loaded: dict[str, Scenario] = {}
    origin: dict[str, FilePath] = {}
    wrong: list[Problem] = []
    for file in files:
        name = file.stem
        if not NAME.fullmatch(name):
            wrong.append(Problem(str(file), 1, 1, "the file's name must be of letters, digits, '.', '_' and '-'"))
        elif name in loaded:
            wrong.append(Problem(str(file), 1, 1, f"{origin[name]} is a scenario of the same name"))
        try:
            loaded[name] = load(file.read_bytes(), str(file))
            origin[name] = file
        except Wrong as error:
            wrong += error.problems
        except OSError as error:
            wrong.append(Problem(str(file), 1, 1, f"can't be read: {error.strerror}"))
    if wrong:
        raise Wrong(wrong)
    return loaded


def _named(message: str) -> Pointer:
    """Find the place that a message of msgspec names, as ``$.requests[0].expect``."""
    path = message.rpartition("`$")[2].rstrip("`")
    return tuple(int(index) if index else key for key, index in re.findall(r"\.([^.\[\]]+)|\[(\d+)\]", path))


@cache
def _validator() -> Any:
    import jsonschema_rs  # noqa: PLC0415 - as above

    return jsonschema_rs.Draft7Validator(schema())


def _schema_problems(data: Any) -> Iterator[tuple[Pointer, str, bool]]:
    if isinstance(data, dict):
        yield from _statuses(data)
    import jsonschema_rs  # noqa: PLC0415 - the bundled scenarios, which were checked, do without

    for error in _validator().iter_errors(data):
        pointer = tuple(error.instance_path)
        kind = error.kind
        if isinstance(kind, jsonschema_rs.ValidationErrorKind.AdditionalProperties):
            known = _known_keys(error.schema_path)
            for key in kind.unexpected:
                yield (*pointer, key), f"unknown key {key!r}{_suggest(key, known)}", True
        elif isinstance(kind, jsonschema_rs.ValidationErrorKind.Enum):
            value = _at(data, pointer)
            options = [str(option) for option in kind.options]
            yield pointer, f"{value!r} is none of {', '.join(options)}{_suggest(str(value), options)}", False
        elif isinstance(kind, jsonschema_rs.ValidationErrorKind.Type):
            yield pointer, f"{error.message}{_quoting(_at(data, pointer), kind.types)}", False
        else:
            yield pointer, error.message, False


def _at(data: Any, pointer: Pointer) -> Any:
    for step in pointer:
        data = data[step]
    return data


def _known_keys(schema_path: list[str | int]) -> list[str]:
    """Find the keys that the schema knows at the place where an unknown one was met."""
    here: Any = schema()
    root = here
    for step in schema_path[:-1]:
        here = here[int(step)] if isinstance(here, list) else here.get(str(step), here)
        while isinstance(here, dict) and "$ref" in here:
            here = root["definitions"][here["$ref"].rpartition("/")[2]]
    return sorted(here.get("properties", {}))


def _suggest(word: str, known: Iterable[str]) -> str:
    """Suggest the known word that was probably meant, or list them all."""
    known = list(known)
    near = difflib.get_close_matches(word, known, n=1, cutoff=0.6)
    if near:
        return f"; did you mean {near[0]!r}?"
    return f"; known are {', '.join(known)}" if known else ""


def _quoting(value: Any, types: object) -> str:
    return "; put it in quotes to make it text" if "string" in str(types) and isinstance(value, int | float) else ""


def _statuses(data: dict[str, Any]) -> Iterator[tuple[Pointer, str, bool]]:
    """Find statuses that no cause can have and statuses that no registry knows."""
    causes = data.get("causes")
    for i, cause in enumerate(causes if isinstance(causes, list) else []):
        if isinstance(cause, dict) and cause.get("status") == FAILED_DEPENDENCY:
            message = (
                "424 can't be a cause: it is what becomes of the actions that depend on one; name the reason itself"
            )
            yield ("causes", i, "status"), message, False
    requests = data.get("requests")
    for i, request in enumerate(requests if isinstance(requests, list) else []):
        expect = request.get("expect") if isinstance(request, dict) else None
        if not isinstance(expect, dict):
            continue
        answers = expect.get("answers")
        spots: list[tuple[Pointer, Any]] = [(("requests", i, "expect", "status"), expect.get("status"))]
        spots += [
            (("requests", i, "expect", "answers", k, "status"), answer.get("status"))
            for k, answer in enumerate(answers if isinstance(answers, list) else [])
            if isinstance(answer, dict)
        ]
        for pointer, status in spots:
            if isinstance(status, int) and 100 <= status <= 599 and not reason(status):
                yield pointer, f"{status} is not a status that HTTP knows", False


def _dangling(scenario: Scenario) -> Iterator[tuple[Pointer, str]]:
    """Find what a schema can't: paths, users and ids that lead nowhere, and texts that don't parse."""
    yield from _tree(scenario)
    existing, documents = _existing(scenario), _documents(scenario)
    yield from _causes(scenario, existing, documents)
    for i, request in enumerate(scenario.requests):
        if request.user is not None and request.user not in scenario.users:
            yield ("requests", i, "user"), f"there is no user {request.user!r}{_suggest(request.user, scenario.users)}"
        problem = _bad_path(request.path.partition("?")[0])
        if problem and request.expect.status < 400:
            yield ("requests", i, "path"), problem
    yield from _cure(scenario, existing, documents)


def _existing(scenario: Scenario) -> set[Path]:
    paths = [split(path)[0] for path in scenario.tree if not _bad_path(path)]
    return {path[:depth] for path in paths for depth in range(len(path) + 1)} | {()}


def _documents(scenario: Scenario) -> set[Path]:
    return {split(path)[0] for path in scenario.tree if not _bad_path(path) and not path.endswith("/")}


def _bad_path(path: str) -> str | None:
    try:
        split(path)
    except Refused as refused:
        return refused.detail
    return None


def _tree(scenario: Scenario) -> Iterator[tuple[Pointer, str]]:
    seen: dict[Path, str] = {}
    documents = _documents(scenario)
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
        if any(path[:depth] in documents for depth in range(1, len(path))):
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


def _causes(scenario: Scenario, existing: set[Path], documents: set[Path]) -> Iterator[tuple[Pointer, str]]:
    seen: set[str] = set()
    for i, cause in enumerate(scenario.causes):
        here: Pointer = ("causes", i)
        if cause.id in seen:
            yield (*here, "id"), f"there is a cause with the id {cause.id!r} already"
        seen.add(cause.id)
        yield from (((*here, *pointer), message) for pointer, message in _cause(cause, existing, documents))


def _cause(cause: AnyCause, existing: set[Path], documents: set[Path]) -> Iterator[tuple[Pointer, str]]:
    problem = _bad_path(cause.path)
    if problem:
        yield ("path",), problem
        return
    path, _ = split(cause.path)
    must_exist = isinstance(cause, Locked | Quota)
    if path not in existing and (must_exist or path[:-1] not in existing):
        names = ["/" + "/".join(each) for each in existing]
        yield ("path",), f"nothing in the tree is at {cause.path}{_suggest(cause.path, sorted(names))}"
    if isinstance(cause, ValueRule):
        if cause.pattern is None and cause.enum is None and cause.type is None:
            yield (), "a value-rule needs a pattern, an enum or a type"
        if cause.pattern is not None:
            try:
                re.compile(cause.pattern)
            except (re.error, OverflowError, RecursionError) as error:
                yield ("pattern",), f"not a regular expression: {error}"
    if isinstance(cause, Quota) and cause.bytes is not None and path in documents:
        yield ("path",), f"{cause.path} is a document; a quota of bytes is a collection's"
    if isinstance(cause, Quota) and cause.bytes is None and cause.properties is None:
        yield (), "a quota needs bytes or properties"


def _cure(scenario: Scenario, existing: set[Path], documents: set[Path]) -> Iterator[tuple[Pointer, str]]:
    if scenario.cure is None:
        return
    causes = {cause.id: cause for cause in (*BUILT_IN, *scenario.causes)}
    for i, name in enumerate(scenario.cure.remove):
        if name not in causes:
            yield ("cure", "remove", i), f"there is no cause {name!r} to remove{_suggest(name, causes)}"
    for name, settings in scenario.cure.change.items():
        here: Pointer = ("cure", "change", name)
        if name not in causes:
            yield here, f"there is no cause {name!r} to change{_suggest(name, causes)}"
            continue
        try:
            changed = msgspec.convert({**msgspec.to_builtins(causes[name]), **settings}, AnyCause)
        except msgspec.ValidationError as error:
            yield here, f"the cause {name!r} can't be changed so: {error}"
            continue
        if changed.id != name:
            yield here, f"the cause {name!r} can't be renamed; leave its id out"
        yield from (((*here, *pointer), message) for pointer, message in _cause(changed, existing, documents))
