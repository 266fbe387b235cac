"""Which scenarios there are: the bundled ones, and files and folders of the user's own."""

from __future__ import annotations

import re
from collections.abc import Iterable
from importlib import resources
from pathlib import Path as FilePath

from dav424.scenario.file_problem import FileProblem, ScenarioError

NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,63}")
SUFFIXES = (".yaml", ".yml")


def bundled_files() -> list[FilePath]:
    """List the bundled files: in the installed package, else beside the sources of a checkout."""
    installed = FilePath(str(resources.files("dav424"))) / "scenarios"
    folder = installed if installed.is_dir() else FilePath(__file__).parents[3] / "scenarios"
    return sorted(folder.glob("*.yaml"))


def files_in(places: Iterable[FilePath]) -> list[FilePath]:
    """List the scenario files among files and folders; raises ``Wrong`` for a place that has none."""
    found: list[FilePath] = []
    wrong: list[FileProblem] = []
    for place in places:
        inside = sorted(each for each in place.iterdir() if each.suffix in SUFFIXES) if place.is_dir() else [place]
        if not inside or not all(each.is_file() for each in inside):
            wrong.append(
                FileProblem(str(place), 1, 1, "no scenario file is there; name a .yaml file or a folder of them")
            )
        found += inside
    if wrong:
        raise ScenarioError(wrong)
    return found
