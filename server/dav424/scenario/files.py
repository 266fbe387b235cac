"""The scenario files of the package, and those in files and folders that the user names."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path as FilePath

from dav424.core.patterns import pattern
from dav424.scenario.file_problem import FileProblem, ScenarioError

NAME = pattern(r"[A-Za-z0-9][A-Za-z0-9._-]{0,63}")
"""The names that a scenario can have: the name is the first segment of its URLs."""
SUFFIXES = (".yaml", ".yml")


def bundled_files(kind: str = "scenarios") -> list[FilePath]:
    """List the bundled files: those in the installed package, or in the folder of a checkout that is named after their ``kind``."""
    _, installed, _, checkout = FilePath(__file__).parents[:4]
    return sorted((installed / kind).glob("*.yaml")) or sorted((checkout / kind).glob("*.yaml"))


def files_in(paths: Iterable[FilePath], kind: str = "scenario") -> list[FilePath]:
    """List the files of a ``kind`` among files and folders; raises ``ScenarioError`` for a path without any."""
    files: list[FilePath] = []
    problems: list[FileProblem] = []
    for path in paths:
        members = sorted(file for file in path.iterdir() if file.suffix in SUFFIXES) if path.is_dir() else [path]
        if not members or not all(file.is_file() for file in members):
            message = f"no {kind} file at this path; give a .yaml or .yml file, or a folder that has some"
            problems.append(FileProblem(str(path), 1, 1, message))
        files += members
    if problems:
        raise ScenarioError(problems)
    return files
