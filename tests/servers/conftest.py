"""The fixture that starts real servers."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

import pytest

from tests.installed import NotInstalledError
from tests.servers.running import Running, started

Start = Callable[[str], Running]


@contextmanager
def started_or_skipped(name: str, folder: Path) -> Iterator[Running]:
    """Start a real server; the test is skipped where the server is not installed."""
    with ExitStack() as running:
        try:
            server = running.enter_context(started(name, folder))
        except NotInstalledError as missing:
            pytest.skip(str(missing))
        yield server


@pytest.fixture
def real(tmp_path: Path) -> Iterator[Start]:
    """Start real servers by their names, until the test ends."""
    with ExitStack() as servers:
        yield lambda name: servers.enter_context(started_or_skipped(name, tmp_path / name))
