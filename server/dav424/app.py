"""The composition root: scenarios become worlds, and worlds an application."""

from __future__ import annotations

import difflib
import threading
import time
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING

from dav424.batch import Refused
from dav424.exchange import World
from dav424.multistatus import escape
from dav424.share import Share
from dav424.tree import Collection, new_collection, with_child, with_property

if TYPE_CHECKING:
    from dav424.scenario.model import Scenario

DEFAULT_MAX_BODY = 4 << 30
"""4 GiB in bytes: the largest content of a known test suite is a little over 2 GiB."""


class ScenarioWorlds:
    """The worlds of scenarios, each set up when it is first asked for.

    ``scenarios`` gives what is to be loaded, by name.
    """

    def __init__(self, scenarios: Mapping[str, Callable[[], Scenario]], clock: Callable[[], float] = time.time) -> None:
        self._sources = dict(scenarios)
        self._clock = clock
        self._loaded: dict[str, Scenario] = {}
        self._worlds: dict[str, World] = {}
        self._index: Collection | None = None
        self._loading = threading.Lock()
        self._closed = threading.Event()

    def close(self) -> None:
        """Let no request wait any longer."""
        self._closed.set()

    def find(self, name: str) -> World:
        """Find a world by name; refuses with 404, naming what was probably meant."""
        world = self._worlds.get(name)
        if world is not None:
            return world
        if name not in self._sources:
            near = difflib.get_close_matches(name, self._sources, n=1)
            hint = f"Did you mean /{near[0]}/? " if near else ""
            raise Refused(404, f"There is no scenario {name!r}. {hint}GET / lists all of them.")
        from dav424.scenario.model import build_world  # noqa: PLC0415 - not needed before the first scenario is asked for

        scenario = self.scenario(name)
        with self._loading:
            return self._worlds.setdefault(name, build_world(name, scenario, self._clock, self._closed.wait))

    def scenario(self, name: str) -> Scenario:
        """Load a scenario by name."""
        with self._loading:
            if name not in self._loaded:
                self._loaded[name] = self._sources[name]()
            return self._loaded[name]

    def index(self) -> World:
        """Make a world whose members are the scenarios, with their titles as display names."""
        if self._index is None:
            self._index = self._list(self._clock())
        return World("", self._index, read_only=True, clock=self._clock)

    def _list(self, now: float) -> Collection:
        root = new_collection(now)
        for name in self._sources:
            title = f'<D:displayname xmlns:D="DAV:">{escape(self.scenario(name).title)}</D:displayname>'
            root = with_child(root, name, with_property(new_collection(now), "{DAV:}displayname", title))
        return root


def make_app(worlds: ScenarioWorlds, max_body: int = DEFAULT_MAX_BODY) -> Share:
    """Make the application that serves these worlds."""
    return Share(worlds, max_body)
