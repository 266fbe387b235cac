"""The circle with all servers but those of ``make servers-test``. It takes minutes, and is a target of its own."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.servers.conftest import started_or_skipped
from tests.servers.learned import LEARNED, USUAL, Circle


@pytest.mark.parametrize("name", [name for name in LEARNED if name not in USUAL])
def test_a_learned_dialect_answers_as_its_server(name: str, tmp_path: Path) -> None:
    """As many answers are alike as were measured."""
    with started_or_skipped(name, tmp_path / name) as server:
        Circle(server, tmp_path / "dialects").check()
