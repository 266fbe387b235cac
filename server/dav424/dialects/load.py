"""Load dialects: from the bundled files, and from the user's files and folders.

A dialect that has problems is not loaded; the error has the problems of every file.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from functools import cache
from pathlib import Path as FilePath
from typing import Any

from msgspec import Struct, field

from dav424.dialects.dialect_file import OWN_KEYS, DialectFile, dialect_schema
from dav424.dialects.names import RFC4918
from dav424.scenario.file_problem import FileProblem, ScenarioError, unknown_dialect
from dav424.scenario.files import NAME, bundled_files, files_in
from dav424.scenario.load import check_with, typed
from dav424.scenario.schema_errors import SchemaErrors
from dav424.scenario.yaml_reader import ParsedYaml, read

FOLDER = "dialects"
"""The folder of the bundled files."""


class DialectData(Struct, frozen=True):
    """What a dialect file says; ``values`` are those of the traits that it names, by trait."""

    title: str = ""
    source: str = ""
    extends: str | None = None
    values: Mapping[str, Any] = field(default_factory=dict)


DialectSources = Mapping[str, Callable[[], DialectData]]
"""A function for each dialect, by name, that gives what its file says. Equal functions give equal dialects."""


class BundledDialect(Struct, frozen=True):
    """A source: the file of a bundled dialect."""

    file: FilePath

    def __call__(self) -> DialectData:
        """Load the dialect."""
        return load_dialect(self.file.read_bytes(), self.file.name, trusted=True)


class LoadedDialect(Struct, frozen=True):
    """A source: a dialect that was loaded and checked."""

    data: DialectData

    def __call__(self) -> DialectData:
        """Give the dialect."""
        return self.data


def dialect_sources(paths: Iterable[FilePath] = ()) -> DialectSources:
    """List all dialects by name: the bundled ones, and those in ``paths``, which win over a bundled one of the same name.

    Raises ``ScenarioError`` with all problems of the files in ``paths``.
    """
    return {**bundled_sources(), **load_dialect_files(files_in(paths, "dialect"))}


def bundled_sources() -> dict[str, BundledDialect]:
    """List the bundled dialects by name."""
    return {file.stem: BundledDialect(file) for file in bundled_files(FOLDER)}


def load_dialect(text: str | bytes, file: str, *, trusted: bool = False) -> DialectData:
    """Load what a dialect file says, or raise ``ScenarioError``; what it extends is not looked at.

    The schema does not check a ``trusted`` text, such as a bundled dialect.
    """
    return read_dialect(read(text, file), trusted=trusted)


def read_dialect(parsed: ParsedYaml, *, trusted: bool = False) -> DialectData:
    """Read what the data of a file says, as ``load_dialect`` does."""
    if parsed.problems or not trusted:
        check_with(parsed, _schema_errors().problems)
    typed(parsed, parsed.data, DialectFile)
    own = {name: parsed.data[name] for name in OWN_KEYS if name in parsed.data}
    return DialectData(**own, values={name: parsed.data[name] for name in parsed.data if name not in OWN_KEYS})


@cache
def _schema_errors() -> SchemaErrors:
    return SchemaErrors(dialect_schema())


def load_dialect_files(files: Iterable[FilePath]) -> dict[str, LoadedDialect]:
    """Load files by name, which is the file's name without its suffix; raises ``ScenarioError`` with all problems."""
    loaded: dict[str, LoadedDialect] = {}
    read_from: dict[str, ParsedYaml] = {}
    problems: list[FileProblem] = []
    for file in files:
        name = file.stem
        if not NAME.fullmatch(name):
            problems.append(FileProblem(str(file), 1, 1, _bad_name(name)))
        elif name in read_from:
            message = f"{read_from[name].file} has the same dialect name, {name!r}; rename one of the two files"
            problems.append(FileProblem(str(file), 1, 1, message))
        try:
            read_from[name] = parsed = read(file.read_bytes(), str(file))
            loaded[name] = LoadedDialect(read_dialect(parsed))
            if name == RFC4918 and (loaded[name].data.values or loaded[name].data.extends):
                message = f"{name!r} stands for the answers of the RFCs, so it can't have a trait; choose another name"
                problems.append(FileProblem(str(file), 1, 1, message))
        except ScenarioError as error:
            problems += error.problems
        except OSError as error:
            problems.append(FileProblem(str(file), 1, 1, f"the file can't be read: {error.strerror}"))
    problems += _bad_extensions(loaded, read_from)
    if problems:
        raise ScenarioError(problems)
    return loaded


def _bad_name(name: str) -> str:
    return (
        f"{name!r} can't be a dialect's name; use at most 64 letters, digits, '.', '_' and '-', "
        "and begin with a letter or digit"
    )


def _bad_extensions(loaded: Mapping[str, LoadedDialect], read_from: Mapping[str, ParsedYaml]) -> list[FileProblem]:
    """List the dialects that extend an unknown one, or in the end themselves."""
    sources: DialectSources = {**bundled_sources(), **loaded}
    # A file with problems is there; what is wrong with it is said already.
    known = {*sources, *read_from}
    problems: list[FileProblem] = []
    for name, dialect in loaded.items():
        extended = dialect.data.extends
        if extended is None:
            continue
        parsed = read_from[name]
        if extended not in known:
            parsed.problem(parsed.position(("extends",)), unknown_dialect(extended, known))
        elif (chain := lineage(name, sources))[-1] in chain[:-1]:
            shown = " extends ".join(chain)
            parsed.problem(parsed.position(("extends",)), f"a dialect can't extend itself: {shown}; break the circle")
        problems += parsed.problems
    return problems


def lineage(name: str, sources: DialectSources) -> list[str]:
    """List a dialect, the one that it extends, and so on; it ends with an unknown name, or where a name comes again."""
    names = [name]
    while names[-1] in sources:
        extended = sources[names[-1]]().extends
        if extended is None:
            break
        again = extended in names
        names.append(extended)
        if again:
            break
    return names
