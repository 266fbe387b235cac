"""Clients that nobody here wrote, against a server on a real socket."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest

from dav424.app import App
from dav424.scenario.sources import scenario_sources
from dav424.wire.server import serving

from .run import NotInstalledError, Ran, run

collect_ignore = ["drivers"]  # each is a program of its own, and imports a client


@pytest.fixture
def bundled_url() -> Iterator[str]:
    """The URL of a server with all bundled scenarios."""
    with serving(App(scenario_sources()).gateway) as url:
        yield url


@pytest.fixture
def ran() -> Callable[[str], Ran]:
    """Take a client through everything, once a process; skip the test if the client is not installed."""

    def find(client: str) -> Ran:
        try:
            return run(client)
        except NotInstalledError as missing:
            pytest.skip(str(missing))

    return find


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Give all tests of one client to one worker (--dist loadgroup), which takes it through everything once."""
    for item in items:
        if isinstance(item, pytest.Function) and hasattr(item, "callspec") and "client" in item.callspec.params:
            item.add_marker(pytest.mark.xdist_group(item.callspec.params["client"]))
