"""The type of the fixture ``dav424``."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, Protocol

from dav424.testing.scenario_data import ScenarioData
from dav424.testing.space import Space


class MakeSpace(Protocol):
    """Makes a space of one test; the arguments are those of ``Server.space``."""

    def __call__(
        self,
        scenario: str | ScenarioData = "playground",
        *,
        causes: Iterable[Mapping[str, Any]] = (),
        faults: Iterable[Mapping[str, Any]] = (),
        tree: Mapping[str, Mapping[str, Any]] | None = None,
        users: Mapping[str, str] | None = None,
        dialect: str | None = None,
    ) -> Space:
        """Make a space; raises ``AdminError`` if the scenario is unknown or a value is not valid."""
