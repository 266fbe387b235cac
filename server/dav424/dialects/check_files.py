"""Check files of scenarios and dialects; a dialect is recognised by its keys, none of which is required."""

from __future__ import annotations

import difflib
from collections.abc import Collection, Iterable, Iterator, Mapping
from functools import cache
from pathlib import Path as FilePath
from typing import Any

import msgspec

from dav424.dialects.dialect_file import OWN_KEYS
from dav424.dialects.library import Dialects
from dav424.dialects.load import LoadedDialect, bundled_sources, load_dialect_files, read_dialect
from dav424.dialects.table import TRAIT_NAMES
from dav424.scenario.file_problem import FileProblem, ScenarioError, unknown_dialect
from dav424.scenario.load import load_files, notes
from dav424.scenario.model import Scenario
from dav424.scenario.yaml_reader import read

_LONGEST_KEY = 200
_MOST_KEYS = 1000
"""Limits for the keys that are compared with known ones, and for their characters: the comparison is slow."""


def check_files(files: Iterable[FilePath]) -> Iterator[str]:
    """Check files; gives a line for each of them, and for each note about a likely mistake.

    The dialects among the files are known to all of them. Raises ``ScenarioError`` with the problems of all files.
    """
    of_dialects, of_scenarios = _sorted_out(files)
    dialects: dict[str, LoadedDialect] = {}
    problems: list[FileProblem] = []
    try:
        dialects = load_dialect_files(of_dialects)
    except ScenarioError as error:
        problems += error.problems
    known = {*bundled_sources(), *(file.stem for file in of_dialects)}
    try:
        scenarios = load_files(of_scenarios, treeless=True, dialects=known)
    except ScenarioError as error:
        problems += error.problems
    if problems:
        raise ScenarioError(problems)
    library = Dialects(lambda: {**bundled_sources(), **dialects})
    for file in of_dialects:
        yield from map(str, _notes_about_dialect(file, library))
        yield f"{file}: ok"
    for file in of_scenarios:
        text, scenario = file.read_bytes(), scenarios[file.stem]
        yield from map(str, [*notes(text, str(file)), *left_out_notes(text, str(file), scenario, library)])
        yield f"{file}: ok"


def _sorted_out(files: Iterable[FilePath]) -> tuple[list[FilePath], list[FilePath]]:
    """Tell the files of dialects from those of scenarios; one that can't be read counts as a scenario, whose check reports it."""
    found: tuple[list[FilePath], list[FilePath]] = ([], [])
    for file in files:
        try:
            data = read(file.read_bytes(), str(file)).data
        except OSError:
            data = None
        found[not is_dialect(data)].append(file)
    return found


def is_dialect_text(text: str) -> bool:
    """Say whether a text is the file of a dialect, as ``is_dialect`` does."""
    return is_dialect(read(text, "").data)


def dialect_problems(text: str, known: Collection[str]) -> list[FileProblem]:
    """List the problems of a dialect that has no name yet; ``known`` are those that it can extend."""
    parsed = read(text, "")
    try:
        extended = read_dialect(parsed).extends
    except ScenarioError as error:
        return error.problems
    if extended is not None and extended not in known:
        parsed.problem(parsed.position(("extends",)), unknown_dialect(extended, known))
    return parsed.problems


def is_dialect(data: Any) -> bool:
    """Say whether the data of a file is a dialect: most of its keys are known for dialects alone, or are like such a key."""
    if not isinstance(data, dict):
        return False
    return sum(map(_weight, list(data)[:_MOST_KEYS])) > 0


def _weight(key: str) -> float:
    """Say how much a key tells: above 0 for a dialect, below 0 for a scenario."""
    signs = _signs()
    if key in signs:
        return signs[key]
    near = difflib.get_close_matches(key[:_LONGEST_KEY], signs, n=1, cutoff=0.8)
    return signs[near[0]] / 2 if near else 0.0


@cache
def _signs() -> Mapping[str, float]:
    """Give 1 for each key of dialects alone, -1 for each key of scenarios alone, and 0 for the others."""
    of_dialects = {*OWN_KEYS, *TRAIT_NAMES}
    of_scenarios = {field.encode_name for field in msgspec.structs.fields(Scenario)}
    return {key: float(key in of_dialects) - float(key in of_scenarios) for key in of_dialects | of_scenarios}


def _notes_about_dialect(file: FilePath, library: Dialects) -> Iterator[FileProblem]:
    """Say of each fault of a dialect, also of one that it has from another, that its name must have an exclamation mark."""
    text = file.read_bytes()
    own = list(fault_notes(text, str(file), file.stem))
    yield from own
    if len(library.describe(file.stem).left_out) > len(own):
        message = f"note: {library.note(file.stem)}"
        yield FileProblem(str(file), *read(text, str(file)).position(("extends",)), message)


def fault_notes(text: str | bytes, file: str, name: str) -> Iterator[FileProblem]:
    """Say of each fault in the text of a dialect without problems that the ``name`` must have an exclamation mark."""
    parsed = read(text, file)
    for key, value in parsed.data.items():
        trait = TRAIT_NAMES.get(key)
        if trait is not None and trait.kind == "fault" and value != trait.default:
            message = f"note: {key} is a fault, which works only where the dialect is named {name}!"
            yield FileProblem(file, *parsed.position((key,), key=True), message)


def left_out_notes(text: str | bytes, file: str, scenario: Scenario, library: Dialects) -> Iterator[FileProblem]:
    """Say which faults the dialect of a scenario leaves out; ``text`` is that of its file."""
    note = library.note(scenario.dialect) if scenario.dialect else ""
    if note:
        yield FileProblem(file, *read(text, file).position(("dialect",)), f"note: {note}")
