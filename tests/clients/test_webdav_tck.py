"""webdav-tck, the other test suite for WebDAV servers, in the playground."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from tests.installed import NotInstalledError

from . import install

SUITES = {"basic": 11, "copymove": 7, "props": 11, "locks": 35, "http": 1, "largefile": 2}
"""All that it has, and how many tests are in each."""


@pytest.mark.parametrize("suite", SUITES)
def test_the_suite_passes_whole(suite: str, bundled_url: str, tmp_path: Path) -> None:
    """Every test of it runs and passes."""
    try:
        packages = install.at_hand("webdav-tck")
    except NotInstalledError as missing:
        pytest.skip(str(missing))
    done = subprocess.run(
        [sys.executable, "-m", "webdav_tck", "--no-colour", "--suites", suite, f"{bundled_url}playground/"],
        cwd=tmp_path,
        env={"PATH": os.environ["PATH"], "PYTHONPATH": str(packages), "NO_PROXY": "127.0.0.1", "LC_ALL": "C.UTF-8"},
        capture_output=True,
        text=True,
        encoding="utf-8",
        timeout=300,
        check=False,
    )
    counts = dict(re.findall(r"│ (Total|Passed|Failed|Skipped|Warnings?) +│ +(\d+)", done.stdout))
    assert counts == {"Total": str(SUITES[suite]), "Passed": str(SUITES[suite])}, done.stdout + done.stderr
    assert done.returncode == 0
