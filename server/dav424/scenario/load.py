"""Load scenarios: from the bundled files, from the user's files and folders, or from a text.

A scenario that has problems is not loaded; the error has the problems of every file.
"""

from __future__ import annotations

import contextlib
import re
from collections.abc import Callable, Iterable
from functools import partial
from pathlib import Path as FilePath
from typing import Any, cast

import msgspec

from dav424.core import decode
from dav424.scenario.file_problem import FileProblem, ScenarioError
from dav424.scenario.files import NAME, bundled_files, files_in
from dav424.scenario.model import Scenario
from dav424.scenario.yaml_reader import ParsedYaml, Pointer, read

MOST_PROBLEMS = 100
"""Limit for the problems of one file; the others are found when these are solved."""
Sources = dict[str, Callable[[], Scenario]]
"""A function for each scenario, by name, that gives the loaded scenario."""


def scenario_sources(paths: Iterable[FilePath] = (), *, text: str = "", text_name: str = "inline") -> Sources:
    """List all scenarios by name: the bundled ones, those in ``paths``, and ``text``, if not empty, as ``text_name``.

    A bundled scenario is loaded by each call of its function. The others are loaded and checked at once, and win
    over a bundled scenario of the same name; raises ``ScenarioError`` with all their problems.
    """
    sources: Sources = {file.stem: partial(_load_bundled, file) for file in bundled_files()}
    own = load_files(files_in(paths))
    if text:
        own[text_name] = load_text(text, text_name, "DAV424_SCENARIO")
    for name, scenario in own.items():
        sources[name] = partial(_loaded, scenario)
    return sources


def _load_bundled(file: FilePath) -> Scenario:
    return load(file.read_bytes(), file.name, trusted=True)


def _loaded(scenario: Scenario) -> Scenario:
    return scenario


def load(text: str | bytes, file: str, *, trusted: bool = False) -> Scenario:
    """Load a scenario, or raise ``ScenarioError`` with its first ``MOST_PROBLEMS``; ``file`` is its name in messages.

    A ``trusted`` text, such as a bundled scenario, is checked only if loading it fails.
    """
    return _load(read(text, file), file, trusted=trusted)


def notes(text: str | bytes, file: str) -> list[FileProblem]:
    """List likely mistakes in a file without problems."""
    from dav424.scenario.semantic_checks import semantic_notes  # noqa: PLC0415 - as in load

    parsed = read(text, file)
    scenario = _load(parsed, file)
    return [
        FileProblem(file, *parsed.position(pointer, key=_is_key(pointer)), f"note: {message}")
        for pointer, message in semantic_notes(scenario)
    ]


def _load(parsed: ParsedYaml, file: str, *, trusted: bool = False) -> Scenario:
    if trusted and not parsed.problems:
        with contextlib.suppress(msgspec.ValidationError):  # the checks below report it, with its position
            return cast("Scenario", decode.to_type(_with_empty_resources(parsed.data), Scenario))
    if parsed.problems:
        raise ScenarioError(parsed.problems)
    # Imported late: a server that serves only the bundled scenarios, which are trusted, starts faster without these.
    from dav424.scenario.schema_checks import schema_problems  # noqa: PLC0415 - see above
    from dav424.scenario.semantic_checks import semantic_problems  # noqa: PLC0415 - see above

    reported: set[Pointer] = set()
    for pointer, message, at_key in schema_problems(parsed.data):
        if pointer not in reported:
            parsed.problem(parsed.position(pointer, key=at_key), message)
        reported.add(pointer)
        if len(parsed.problems) >= MOST_PROBLEMS:
            break
    if parsed.problems:
        raise ScenarioError(parsed.problems)
    try:
        scenario: Scenario = decode.to_type(_with_empty_resources(parsed.data), Scenario)
    except msgspec.ValidationError as error:
        raise ScenarioError([FileProblem(file, *parsed.position(_pointer(str(error))), str(error))]) from None
    for pointer, message in semantic_problems(scenario):
        parsed.problem(parsed.position(pointer, key=_is_key(pointer)), message)
        if len(parsed.problems) >= MOST_PROBLEMS:
            break
    if parsed.problems:
        raise ScenarioError(parsed.problems)
    return scenario


def _is_key(pointer: Pointer) -> bool:
    """Say whether a problem is about the key: a path of the tree."""
    return len(pointer) == 2 and pointer[0] == "tree"


def _with_empty_resources(data: Any) -> Any:
    """Replace the missing value of each path of the tree, as in a line ``/folder/:``, by an empty resource."""
    tree = data.get("tree") if isinstance(data, dict) else None
    if not isinstance(tree, dict) or None not in tree.values():
        return data
    return {**data, "tree": {path: {} if entry is None else entry for path, entry in tree.items()}}


def load_files(files: Iterable[FilePath]) -> dict[str, Scenario]:
    """Load files by name, which is the file's name without its suffix; raises ``ScenarioError`` with all problems."""
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
            loaded[name] = load(file.read_bytes(), str(file))
            file_of[name] = file
        except ScenarioError as error:
            problems += error.problems
        except OSError as error:
            problems.append(FileProblem(str(file), 1, 1, f"the file can't be read: {error.strerror}"))
    if problems:
        raise ScenarioError(problems)
    return loaded


def load_text(text: str, name: str, origin: str) -> Scenario:
    """Load a scenario named ``name`` from a text; messages call the text ``origin``. Raises ``ScenarioError``."""
    bad_name = _bad_name(name)
    if bad_name:
        raise ScenarioError([FileProblem(f"{origin}_NAME", 1, 1, bad_name)])
    return load(text, origin)


def _bad_name(name: str) -> str | None:
    """Say why a scenario can't have this name; None if it can."""
    if not NAME.fullmatch(name):
        return (
            f"{name!r} can't be a scenario's name; use at most 64 letters, digits, '.', '_' and '-', "
            "and begin with a letter or digit"
        )
    if name == "s":
        return "'s' can't be a scenario's name, since spaces are served at /s/; choose another name"
    return None


def _pointer(message: str) -> Pointer:
    """Read the pointer at the end of a message of msgspec, such as ``$.requests[0].expect``."""
    path = message.rpartition("`$")[2].rstrip("`")
    return tuple(int(index) if index else key for key, index in re.findall(r"\.([^.\[\]]+)|\[(\d+)\]", path))
