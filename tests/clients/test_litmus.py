"""litmus, the WebDAV protocol test suite, in the playground, and where one has to log in."""

from __future__ import annotations

import re
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.conftest import Served

SUITES = ["basic", "copymove", "props", "locks", "http"]
"""All that Debian's package has; its largefile suite is not built. What that does, test_curl.py does."""


def run(litmus: str, folder: Path, suite: str, *arguments: str) -> None:
    """Run a suite; every test of it has to pass, without a warning."""
    done = subprocess.run(
        [litmus, *arguments],
        env={"TESTS": suite, "PATH": "/usr/bin:/bin"},
        cwd=folder,
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )
    said = re.search(rf"<- summary for `{suite}': of (\d+) tests run: (\d+) passed, 0 failed", done.stdout)
    assert said is not None, done.stdout
    assert said[1] == said[2]
    assert "WARNING" not in done.stdout


@pytest.mark.parametrize("suite", SUITES)
def test_the_suite_passes_whole(suite: str, bundled_url: str, program: Callable[[str], str], tmp_path: Path) -> None:
    """For whoever comes as nobody."""
    run(program("litmus"), tmp_path, suite, f"{bundled_url}playground/")


@pytest.mark.parametrize("suite", SUITES)
@pytest.mark.parametrize("scheme", ["basic", "digest", "any"])
def test_the_suite_passes_whole_for_a_user(
    scheme: str, suite: str, serve: Callable[[str], Served], program: Callable[[str], str], tmp_path: Path
) -> None:
    """For a user who logs in by either scheme."""
    served = serve(f"auth: {scheme}\nusers: {{ada: lovelace}}\n")
    run(program("litmus"), tmp_path, suite, served.url, "ada", "lovelace")
