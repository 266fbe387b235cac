"""The scenario files of the package, and those in files and folders that the user names."""

from __future__ import annotations

import re
from collections.abc import Iterable
from importlib import resources
from pathlib import Path as FilePath

from dav424.scenario.file_problem import FileProblem, ScenarioError

NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,63}")
"""The names that a scenario can have: the name is the first segment of its URLs."""
SUFFIXES = (".yaml", ".yml")


def bundled_files() -> list[FilePath]:
    """List the bundled files: those in the installed package, or in the folder ``scenarios`` of a checkout."""
    installed = FilePath(str(resources.files("dav424"))) / "scenarios"
    folder = installed if installed.is_dir() else FilePath(__file__).parents[3] / "scenarios"
    return sorted(folder.glob("*.yaml"))


def files_in(paths: Iterable[FilePath]) -> list[FilePath]:
    """List the scenario files among files and folders; raises ``ScenarioError`` for a path without any."""
    files: list[FilePath] = []
    problems: list[FileProblem] = []
    for path in paths:
        members = sorted(file for file in path.iterdir() if file.suffix in SUFFIXES) if path.is_dir() else [path]
        if not members or not all(file.is_file() for file in members):
            message = "no scenario file at this path; give a .yaml or .yml file, or a folder that has some"
            problems.append(FileProblem(str(path), 1, 1, message))
        files += members
    if problems:
        raise ScenarioError(problems)
    return files
