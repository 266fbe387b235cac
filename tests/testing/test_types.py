"""The types of dav424.testing, as the tests of a project use them: strict under mypy and pyright."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

import dav424

CODE = """
from dav424.testing import ActionResult, Exchange, Key, MakeSpace, Server, Space, assert_outcomes, scenarios


def test_it(dav424: MakeSpace, dav424_space: Space, dav424_server: Server) -> None:
    space = dav424("playground", causes=[{"id": "a", "kind": "quota", "bytes": 0}], tree={"/a": {}}, users={"a": "b"})
    last: Exchange = space.journal.last
    result: ActionResult = last.outcomes["a"]
    by_path: dict[str, int] = {"a": result.status}
    by_property: dict[tuple[str, str], int] = {("a", "{DAV:}getetag"): 403}
    by_key: dict[Key, int] = {"a": 1}
    for expected in (by_path, by_property, by_key):
        assert_outcomes(last, expected)
    for scenario in scenarios():
        url: str = scenario.requests[0].at(dav424_server.space(scenario).url).url
        assert url


async def wait(space: Space) -> list[Exchange]:
    return await space.journal.wait_async(1, 2.0, method="PUT")
"""


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """A project with one module."""
    (tmp_path / "typed.py").write_text(CODE)
    return tmp_path


def test_mypy(project: Path) -> None:
    """In strict mode."""
    command = [sys.executable, "-m", "mypy", "--strict", "typed.py"]
    run = subprocess.run(command, cwd=project, capture_output=True, text=True, check=False)
    assert (run.returncode, run.stdout) == (0, "Success: no issues found in 1 source file\n")


def test_pyright(project: Path) -> None:
    """In strict mode."""
    server = str(Path(dav424.__file__).parents[1])
    settings = {"typeCheckingMode": "strict", "include": ["typed.py"], "extraPaths": [server]}
    (project / "pyrightconfig.json").write_text(json.dumps(settings))
    command = [sys.executable, "-m", "pyright", "--pythonpath", sys.executable]
    run = subprocess.run(command, cwd=project, capture_output=True, text=True, check=False)
    assert (run.returncode, run.stdout.splitlines()[-1]) == (0, "0 errors, 0 warnings, 0 informations"), run.stdout
