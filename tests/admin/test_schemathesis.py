"""Schemathesis finds no answer that the OpenAPI document doesn't describe, and no bug."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

from dav424.app import App
from dav424.scenario.load import load
from dav424.wire.server import serving

from .conftest import SCENARIOS

CONFIGURATION = """
[parameters]
"query.wait" = "10ms"

[checks.negative_data_rejection]
expected-statuses = ["400", "401", "403", "404", "405", "406", "409", "410", "415", "422", "428", "429", "5xx"]
"""
"""A wait of a minute would be too long, and the name of a space that has expired is 410 whatever the body is."""


def test_whatever_it_allows_and_whatever_it_does_not(tmp_path: Path) -> None:
    """Examples, edge cases and nonsense for every route: each answer is a described one, and nonsense is refused.

    That what the schema allows is accepted is not asked for: which scenarios there are, and that a clock is either
    set or advanced, no schema says.
    """
    (tmp_path / "schemathesis.toml").write_text(CONFIGURATION)
    app = App({name: (lambda text=text: load(text, "x.yaml")) for name, text in SCENARIOS.items()})
    app.spaces.default.world("plain")
    bugs: list[BaseException] = []
    app.gateway._on_bug = bugs.append
    with serving(app.gateway) as url:
        run = subprocess.run(
            [Path(sys.executable).with_name("st"), "run", f"{url}-/openapi.json", "--seed=1", "--max-examples=2",
             "--phases=examples,coverage,fuzzing", "--exclude-checks=positive_data_acceptance", "--no-color"],
            capture_output=True, text=True, cwd=tmp_path, check=False, timeout=300,
        )  # fmt: skip
    assert run.returncode == 0, run.stdout[-8000:]
    assert bugs == []
