"""The circle: a dialect is learned from a real server and served, and both answer alike, but for the listed differences."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.servers.conftest import started_or_skipped
from tests.servers.learned import LEARNED, Circle, measured


@pytest.mark.parametrize("name", LEARNED)
def test_a_learned_dialect_answers_as_its_server(name: str, tmp_path: Path) -> None:
    """As many answers are alike as were measured."""
    with started_or_skipped(name, tmp_path / name) as server:
        Circle(server, tmp_path / "dialects").check()


def test_all_servers_were_measured() -> None:
    """The measurement has each server from which a dialect is learned."""
    assert set(measured()) == set(LEARNED)
