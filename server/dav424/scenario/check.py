"""Everything that is wrong with a scenario file, at once, each with its place and a suggestion."""

from __future__ import annotations

import contextlib
import re
from collections.abc import Iterable, Iterator
from functools import cache
from pathlib import Path as FilePath
from typing import Any, cast

import msgspec

from dav424.core import decode
from dav424.core.batch import FAILED_DEPENDENCY
from dav424.core.reason_phrases import reason
from dav424.scenario.file_problem import FileProblem, ScenarioError, suggest
from dav424.scenario.find import NAME, bundled_files
from dav424.scenario.model import Scenario
from dav424.scenario.schema import schema
from dav424.scenario.semantic_checks import NEVER_424, semantic_problems
from dav424.scenario.yaml_reader import Pointer, read


def load(text: str | bytes, file: str, *, trusted: bool = False) -> Scenario:
    """Read a scenario, or raise ``Wrong`` with every problem. A ``trusted`` text was checked before."""
    found = read(text, file)
    if trusted and not found.problems:
        with contextlib.suppress(msgspec.ValidationError):  # to be told below, in full
            return cast("Scenario", decode.to_type(found.data, Scenario))
    if found.problems:
        raise ScenarioError(found.problems)
    told: set[Pointer] = set()
    for pointer, message, at_key in _schema_problems(found.data):
        if pointer not in told:
            found.problem(found.place(pointer, key=at_key), message)
        told.add(pointer)
    if found.problems:
        raise ScenarioError(found.problems)
    try:
        scenario: Scenario = decode.to_type(found.data, Scenario)
    except msgspec.ValidationError as error:
        raise ScenarioError([FileProblem(file, *found.place(_named(str(error))), str(error))]) from None
    for pointer, message in semantic_problems(scenario):
        is_tree_path = len(pointer) == 2 and pointer[0] == "tree"
        found.problem(found.place(pointer, key=is_tree_path), message)
    if found.problems:
        raise ScenarioError(found.problems)
    return scenario


def bundled() -> dict[str, Scenario]:
    """Load the bundled scenarios by name."""
    return {file.stem: load(file.read_bytes(), file.name, trusted=True) for file in bundled_files()}


def load_files(files: Iterable[FilePath]) -> dict[str, Scenario]:
    """Load files by name, the file's name without its suffix; raises ``Wrong`` with all that is wrong in any."""
    loaded: dict[str, Scenario] = {}
    origin: dict[str, FilePath] = {}
    wrong: list[FileProblem] = []
    for file in files:
        name = file.stem
        unfit = _unfit(name)
        if unfit:
            wrong.append(FileProblem(str(file), 1, 1, unfit))
        elif name in loaded:
            wrong.append(FileProblem(str(file), 1, 1, f"{origin[name]} is a scenario of the same name"))
        try:
            loaded[name] = load(file.read_bytes(), str(file))
            origin[name] = file
        except ScenarioError as error:
            wrong += error.problems
        except OSError as error:
            wrong.append(FileProblem(str(file), 1, 1, f"can't be read: {error.strerror}"))
    if wrong:
        raise ScenarioError(wrong)
    return loaded


def load_text(text: str, name: str, origin: str) -> Scenario:
    """Load a scenario to be served as ``name`` from a text, which messages call ``origin``; raises ``Wrong``."""
    unfit = _unfit(name, "name")
    if unfit:
        raise ScenarioError([FileProblem(f"{origin}_NAME", 1, 1, unfit)])
    return load(text, origin)


def _unfit(name: str, what: str = "file's name") -> str | None:
    """Say why a scenario can't have this name; None if it can."""
    if not NAME.fullmatch(name):
        return f"the {what} must be of letters, digits, '.', '_' and '-'"
    return "a scenario can't be named 's': spaces are served at /s/" if name == "s" else None


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
                yield (*pointer, key), f"unknown key {key!r}{suggest(key, known)}", True
        elif isinstance(kind, jsonschema_rs.ValidationErrorKind.Enum):
            value = _at(data, pointer)
            options = [str(option) for option in kind.options]
            yield pointer, f"{value!r} is none of {', '.join(options)}{suggest(str(value), options)}", False
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


def _quoting(value: Any, types: object) -> str:
    return "; put it in quotes to make it text" if "string" in str(types) and isinstance(value, int | float) else ""


def _statuses(data: dict[str, Any]) -> Iterator[tuple[Pointer, str, bool]]:
    """Find statuses that no cause can have and statuses that no registry knows."""
    causes = data.get("causes")
    for i, cause in enumerate(causes if isinstance(causes, list) else []):
        if isinstance(cause, dict) and cause.get("status") == FAILED_DEPENDENCY:
            yield ("causes", i, "status"), NEVER_424, False
    cure = data.get("cure")
    yield from _expected(data.get("requests"), ("requests",))
    yield from _expected(cure.get("requests") if isinstance(cure, dict) else None, ("cure", "requests"))


def _expected(requests: Any, where: Pointer) -> Iterator[tuple[Pointer, str, bool]]:
    for i, request in enumerate(requests if isinstance(requests, list) else []):
        expect = request.get("expect") if isinstance(request, dict) else None
        if not isinstance(expect, dict):
            continue
        answers = expect.get("answers")
        spots: list[tuple[Pointer, Any]] = [((*where, i, "expect", "status"), expect.get("status"))]
        spots += [
            ((*where, i, "expect", "answers", k, "status"), answer.get("status"))
            for k, answer in enumerate(answers if isinstance(answers, list) else [])
            if isinstance(answer, dict)
        ]
        for pointer, status in spots:
            if isinstance(status, int) and 100 <= status <= 599 and not reason(status):
                yield pointer, f"{status} is not a status that HTTP knows", False
