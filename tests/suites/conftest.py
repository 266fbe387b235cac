"""A server with a home set, for suites that run as programs of their own."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from dav424.testing.server import Server


@pytest.fixture
def home() -> Iterator[str]:
    """Give the URL of a scenario with two users; the server has the clock of the machine."""
    with Server([Path(__file__).with_name("caldav-suite.yaml")], wall_clock=True) as server:
        yield f"{server.url}caldav-suite/"
