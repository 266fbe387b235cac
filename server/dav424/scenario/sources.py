"""Where the scenarios of a server come from: a function for each name, which loads the scenario when it is first needed.

What reads and checks files is imported then, too: a server starts without it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from pathlib import Path as FilePath
from typing import TYPE_CHECKING

import msgspec

from dav424.scenario.files import bundled_files, files_in

if TYPE_CHECKING:
    from dav424.scenario.load import Names
    from dav424.scenario.model import Scenario

Sources = dict[str, Callable[[], "Scenario"]]
"""A function for each scenario, by name, that gives the loaded scenario. Equal functions give equal scenarios."""


class BundledScenario(msgspec.Struct, frozen=True):
    """A source: the file of a bundled scenario."""

    file: FilePath

    def __call__(self) -> Scenario:
        """Load the scenario."""
        from dav424.scenario.load import load  # noqa: PLC0415 - a server starts without it

        return load(self.file.read_bytes(), self.file.name, trusted=True)


class LoadedScenario(msgspec.Struct, frozen=True):
    """A source: a scenario that was loaded and checked. Two of them are equal if the same scenario came from both."""

    scenario: Scenario

    def __call__(self) -> Scenario:
        """Give the scenario."""
        return self.scenario


def scenario_sources(
    paths: Iterable[FilePath] = (), *, text: str = "", text_name: str = "inline", dialects: Names | None = None
) -> Sources:
    """List all scenarios by name: the bundled ones, those in ``paths``, and ``text``, if not empty, as ``text_name``.

    A bundled scenario is loaded by each call of its function. The others are loaded and checked at once, and win
    over a bundled scenario of the same name; raises ``ScenarioError`` with all their problems. ``dialects`` are the names
    of those that they can use; None for any.
    """
    sources: Sources = {file.stem: BundledScenario(file) for file in bundled_files()}
    files = files_in(paths)
    if files or text:
        from dav424.scenario.load import load_files, load_text  # noqa: PLC0415 - most servers have the bundled ones alone

        own = load_files(files, dialects=dialects)
        if text:
            own[text_name] = load_text(text, text_name, "DAV424_SCENARIO", dialects=dialects)
        for name, scenario in own.items():
            sources[name] = LoadedScenario(scenario)
    return sources
