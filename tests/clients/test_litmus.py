"""litmus, the WebDAV protocol test suite, in the playground."""

from __future__ import annotations

import re
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest


@pytest.mark.parametrize("suite", ["basic", "copymove", "props", "locks", "http"])
def test_the_suite_passes_whole(suite: str, bundled_url: str, program: Callable[[str], str], tmp_path: Path) -> None:
    """Every test of the suite passes, without a warning."""
    done = subprocess.run(
        [program("litmus"), f"{bundled_url}playground/"],
        env={"TESTS": suite, "PATH": "/usr/bin:/bin"},
        cwd=tmp_path,
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    said = re.search(rf"<- summary for `{suite}': of (\d+) tests run: (\d+) passed, 0 failed", done.stdout)
    assert said is not None, done.stdout
    assert said[1] == said[2]
    assert "WARNING" not in done.stdout
