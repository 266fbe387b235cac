"""Load scenarios: from the bundled files, from the user's files and folders, or from a text.

A scenario that has problems is not loaded; the error has the problems of every file.
"""

from __future__ import annotations

import contextlib
import re
from collections.abc import Callable, Collection, Iterable
from pathlib import Path as FilePath
from typing import Any, cast

import msgspec

from dav424.core import decode
from dav424.scenario.file_problem import FileProblem, ScenarioError
from dav424.scenario.files import NAME
from dav424.scenario.model import Scenario
from dav424.scenario.yaml_reader import ParsedYaml, Pointer, read

MOST_PROBLEMS = 100
"""Limit for the problems of one file; the others are found when these are solved."""
_RESERVED = {"s": "spaces are", "learn": "the pages for learners are", "folder": "the folder of --folder is"}
"""The names that no scenario can have, and the reason."""
Names = Collection[str]


def load(
    text: str | bytes, file: str, *, trusted: bool = False, treeless: bool = False, dialects: Names | None = None
) -> Scenario:
    """Load a scenario, or raise ``ScenarioError`` with its first ``MOST_PROBLEMS``; ``file`` is its name in messages.

    A ``trusted`` text, such as a bundled scenario, is checked only if loading it fails. With ``treeless``, a text without
    ``tree`` is for the files of a provider, so that its paths are not checked. ``dialects`` are as in ``scenario_sources``.
    """
    return _load(read(text, file), trusted=trusted, treeless=treeless, dialects=dialects)


def notes(text: str | bytes, file: str) -> list[FileProblem]:
    """List likely mistakes in a file without problems."""
    from dav424.scenario.semantic_checks import semantic_notes  # noqa: PLC0415 - as in load

    parsed = read(text, file)
    scenario = _load(parsed, treeless=True)
    return [
        FileProblem(file, *parsed.position(pointer, key=_is_key(pointer)), f"note: {message}")
        for pointer, message in semantic_notes(scenario)
    ]


def _load(
    parsed: ParsedYaml, *, trusted: bool = False, treeless: bool = False, dialects: Names | None = None
) -> Scenario:
    if trusted and not parsed.problems:
        with contextlib.suppress(msgspec.ValidationError):  # the checks below report it, with its position
            return cast("Scenario", decode.to_type(_with_empty_resources(parsed.data), Scenario))
    # Imported late: a server that serves only the bundled scenarios, which are trusted, starts faster without these.
    from dav424.scenario.schema_checks import schema_problems  # noqa: PLC0415 - see above
    from dav424.scenario.semantic_checks import semantic_problems  # noqa: PLC0415 - see above

    check_with(parsed, schema_problems)
    scenario: Scenario = typed(parsed, _with_empty_resources(parsed.data), Scenario)
    tree_known = not (treeless and isinstance(parsed.data, dict) and "tree" not in parsed.data)
    for pointer, message in semantic_problems(scenario, tree_known=tree_known, dialects=dialects):
        parsed.problem(parsed.position(pointer, key=_is_key(pointer)), message)
        if len(parsed.problems) >= MOST_PROBLEMS:
            break
    if parsed.problems:
        raise ScenarioError(parsed.problems)
    return scenario


def check_with(parsed: ParsedYaml, find_problems: Callable[[Any], Iterable[tuple[Pointer, str, bool]]]) -> None:
    """Raise ``ScenarioError`` if the text is no YAML, or if its data has problems: the first of each value or key."""
    if parsed.problems:
        raise ScenarioError(parsed.problems)
    reported: set[Pointer] = set()
    for pointer, message, at_key in find_problems(parsed.data):
        if pointer not in reported:
            parsed.problem(parsed.position(pointer, key=at_key), message)
        reported.add(pointer)
        if len(parsed.problems) >= MOST_PROBLEMS:
            break
    if parsed.problems:
        raise ScenarioError(parsed.problems)


def typed(parsed: ParsedYaml, data: Any, kind: Any) -> Any:
    """Convert data that a schema has accepted; raises ``ScenarioError`` for what only the type refuses."""
    try:
        return decode.to_type(data, kind)
    except msgspec.ValidationError as error:
        problem = FileProblem(parsed.file, *parsed.position(_pointer(str(error))), str(error))
        raise ScenarioError([problem]) from None


def _is_key(pointer: Pointer) -> bool:
    """Say whether a problem is about the key: a path of the tree."""
    return len(pointer) == 2 and pointer[0] == "tree"


def _with_empty_resources(data: Any) -> Any:
    """Replace the missing value of each path of a resource, as in a line ``/folder/:``, by an empty resource."""
    if not isinstance(data, dict):
        return data
    given = {key: data[key] for key in ("tree", "calendars", "address-books") if isinstance(data.get(key), dict)}
    filled = {
        key: {path: {} if entry is None else entry for path, entry in entries.items()}
        for key, entries in given.items()
        if None in entries.values()
    }
    return {**data, **filled} if filled else data


def load_files(
    files: Iterable[FilePath], *, treeless: bool = False, dialects: Names | None = None
) -> dict[str, Scenario]:
    """Load files by name, which is the file's name without its suffix; raises ``ScenarioError`` with all problems.

    With ``treeless``, files without ``tree`` are for the files of a provider. ``dialects`` are as in ``scenario_sources``.
    """
    loaded: dict[str, Scenario] = {}
    file_of: dict[str, FilePath] = {}
    problems: list[FileProblem] = []
    for file in files:
        name = file.stem
        bad_name = _bad_name(name)
        if bad_name:
            problems.append(FileProblem(str(file), 1, 1, bad_name))
        elif name in loaded:
            message = f"{file_of[name]} has the same scenario name, {name!r}; rename one of the two files"
            problems.append(FileProblem(str(file), 1, 1, message))
        try:
            loaded[name] = load(file.read_bytes(), str(file), treeless=treeless, dialects=dialects)
            file_of[name] = file
        except ScenarioError as error:
            problems += error.problems
        except OSError as error:
            problems.append(FileProblem(str(file), 1, 1, f"the file can't be read: {error.strerror}"))
    if problems:
        raise ScenarioError(problems)
    return loaded


def load_text(text: str, name: str, origin: str, *, dialects: Names | None = None) -> Scenario:
    """Load a scenario named ``name`` from a text; messages call the text ``origin``. Raises ``ScenarioError``."""
    bad_name = _bad_name(name)
    if bad_name:
        raise ScenarioError([FileProblem(f"{origin}_NAME", 1, 1, bad_name)])
    return load(text, origin, dialects=dialects)


def _bad_name(name: str) -> str | None:
    """Say why a scenario can't have this name; None if it can."""
    if not NAME.fullmatch(name):
        return (
            f"{name!r} can't be a scenario's name; use at most 64 letters, digits, '.', '_' and '-', "
            "and begin with a letter or digit"
        )
    if name in _RESERVED:
        return f"{name!r} can't be a scenario's name, since {_RESERVED[name]} served at /{name}/; choose another name"
    return None


def _pointer(message: str) -> Pointer:
    """Read the pointer at the end of a message of msgspec, such as ``$.requests[0].expect``."""
    path = message.rpartition("`$")[2].rstrip("`")
    return tuple(int(index) if index else key for key, index in re.findall(r"\.([^.\[\]]+)|\[(\d+)\]", path))
