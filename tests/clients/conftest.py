"""Clients that nobody here wrote, against a server on a real socket."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable, Iterator

import pytest

from dav424.app import App
from dav424.scenario.load import scenario_sources
from dav424.wire.server import serving

from .run import NotInstalledError, Ran, run

collect_ignore = ["drivers"]  # each is a program of its own, and imports a client


@pytest.fixture
def bundled_url() -> Iterator[str]:
    """The URL of a server with all bundled scenarios."""
    with serving(App(scenario_sources()).gateway) as url:
        yield url


@pytest.fixture
def program() -> Callable[[str], str]:
    """Find a program of the system; where CI runs it has to be there."""

    def find(name: str) -> str:
        found = shutil.which(name)
        if found is None and "CI" not in os.environ:
            pytest.skip(f"{name} is a system program that isn't installed here; on Debian: apt-get install {name}")
        assert found is not None, f"CI has to install {name}"
        return found

    return find


def here_or_skipped(missing: NotInstalledError) -> None:
    """Skip a test for want of a client; where CI runs it fails."""
    if "CI" not in os.environ:
        pytest.skip(str(missing))
    raise missing


@pytest.fixture
def ran() -> Callable[[str], Ran]:
    """Take a client through everything, once a session; it has to be here as a program has."""

    def find(client: str) -> Ran:
        try:
            return run(client)
        except NotInstalledError as missing:
            here_or_skipped(missing)
            raise

    return find
