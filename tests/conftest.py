"""What all tests share: a server on a real socket, and the tiny language of the wire tests."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from contextlib import ExitStack

import pytest
from hypothesis import settings

from dav424.app import App
from dav424.scenario.check import load
from dav424.wire.server import serving
from dav424.worlds.space import Settings
from dav424.worlds.world import World
from tests.client import Client

# The same examples in every run, so that what is red is red for a change; make soak looks for new ones.
settings.register_profile("repeatable", derandomize="DAV424_SOAK" not in os.environ, database=None)
settings.load_profile("repeatable")

pytest_plugins = ["tests.bundled"]

NOW = 1_700_000_000.0


class Served:
    """One scenario on a real socket: ``url`` of its root, a ``client`` for it, and its ``world``."""

    def __init__(self, url: str, app: App) -> None:
        self.url = url
        self.client = Client(url)
        self.app = app

    @property
    def world(self) -> World:
        return self.app.spaces.default.world("test")


@pytest.fixture
def serve() -> Iterator[Callable[[str], Served]]:
    """Serve a scenario, written as YAML without its title, at ``/test/`` of a server of its own."""
    with ExitStack() as stack:

        def start(yaml: str = "", spaces: Settings | None = None, **settings: int) -> Served:
            scenario = load("title: test\n" + yaml, "test.yaml")
            app = App({"test": lambda: scenario}, spaces or Settings(start=NOW), **settings)
            url = stack.enter_context(serving(app.gateway))
            return Served(f"{url}test/", app)

        yield start


@pytest.fixture
def dav(serve: Callable[[str], Served]) -> Client:
    """A client of a world in which everything is allowed and nothing is there yet."""
    return serve("").client
