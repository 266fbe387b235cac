"""What docs/admin.md and docs/pytest.md show is what happens."""

from __future__ import annotations

import os
import re
import socket
import subprocess
import sys
from pathlib import Path

import pytest

from dav424.testing import Server

pytest_plugins = ["pytester"]
DOCS = Path(__file__).parents[2] / "docs"


def test_the_lines_of_the_admin_page_print_what_stands_below_them(tmp_path: Path) -> None:
    """In their order, pasted into a shell, against one server; and against another one, which a line starts."""
    page = (DOCS / "admin.md").read_text()
    told = [
        (command, printed.strip())
        for block in re.findall(r"```console\n(.*?)```", page, re.DOTALL)
        for command, printed in re.findall(r"^\$ (.*)\n((?:(?!\$ ).*\n)*)", block, re.MULTILINE)
    ]
    assert len(told) > 8
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = str(free.getsockname()[1])
    path = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
    with Server() as server:
        for command, printed in told:
            pasted = command.replace("http://127.0.0.1:4240/", server.url).replace("4250", port)
            run = subprocess.run(
                ["sh", "-c", pasted],
                capture_output=True,
                text=True,
                check=True,
                cwd=tmp_path,
                env={**os.environ, "PATH": path},
            )
            received = re.sub(
                r'"expires-in": 3599\.\d+', '"expires-in": 3600.0', run.stdout.strip()
            )  # real time goes on
            assert received == printed, command


def test_every_route_is_on_the_admin_page() -> None:
    """By its last word."""
    from dav424.admin.routes import ROUTES

    page = (DOCS / "admin.md").read_text()
    for route in ROUTES:
        (*_, word) = [step for step in route.path.split("/") if "{" not in step]
        assert word in page


def test_the_snippets_of_the_pytest_page_run(pytester: pytest.Pytester) -> None:
    """As one file of tests, all green."""
    snippets = re.findall(r"```python\n(.*?)```", (DOCS / "pytest.md").read_text(), re.DOTALL)
    pytester.makepyfile("\n".join(snippets))
    run = pytester.runpytest_subprocess("-q", "-W", "error", "-p", "no:schemathesis", "-p", "no:hypothesispytest")
    run.assert_outcomes(passed=len(snippets))
