"""docs/calendars.md: each of its snippets runs, with the clients that it names."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from dav424.app import App
from dav424.scenario.load import load
from dav424.wire.server import serving
from dav424.worlds.settings import Settings
from tests.clients import install
from tests.docs.transcripts import ROOT, printed_at, transcripts
from tests.installed import NotInstalledError

PAGE = (ROOT / "docs" / "calendars.md").read_text()
FILES = dict(re.findall(r"```\w+ ([\w.]+)\n(.*?)```", PAGE, re.DOTALL))


@pytest.fixture
def url() -> Iterator[str]:
    """Serve the scenario of the page."""
    app = App({"office": lambda: load(FILES["office.yaml"], "office.yaml")}, Settings())
    with serving(app.gateway) as served:
        yield served


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A folder with the files of the page."""
    for name, text in FILES.items():
        (tmp_path / name).write_text(text)
    return tmp_path


def test_the_page_has_the_files_that_it_runs() -> None:
    """A scenario, and a test in each language."""
    assert set(FILES) == {"office.yaml", "test_office.py", "office.test.mjs"}


def test_the_python_of_the_page(folder: Path) -> None:
    """Both tests pass, with the installed caldav."""
    try:
        package = install.at_hand("caldav")
    except NotInstalledError as error:
        pytest.skip(str(error))
    path = os.pathsep.join([str(ROOT / "server"), str(package)])
    words = [sys.executable, "-W", "ignore", "-m", "pytest", "-q", "-p", "no:cacheprovider", "test_office.py"]
    env = {**os.environ, "PYTHONPATH": path, "NO_PROXY": "127.0.0.1"}
    ran = subprocess.run(words, cwd=folder, env=env, capture_output=True, text=True, check=False, timeout=60)
    assert "2 passed" in ran.stdout, ran.stdout + ran.stderr


def test_the_javascript_of_the_page(folder: Path, url: str) -> None:
    """Both tests pass, with the installed tsdav."""
    if shutil.which("node") is None or not install.has_npm():
        pytest.skip("tsdav isn't installed here; with node and npm make clients does that")
    (folder / "node_modules").symlink_to(install.NPM / "node_modules")
    script = folder / "office.test.mjs"
    script.write_text(script.read_text().replace("http://127.0.0.1:4240/", url))
    words = ["node", "--no-warnings", "--test", script.name]
    ran = subprocess.run(words, cwd=folder, capture_output=True, text=True, check=False, timeout=60)
    assert ran.returncode == 0, ran.stdout + ran.stderr


@pytest.mark.parametrize(("command", "printed"), list(transcripts(PAGE)))
def test_the_questions_of_the_page(url: str, command: str, printed: str) -> None:
    """What curl prints is what the page has."""
    assert printed_at(url, command, printed) == printed


def test_the_page_names_scenarios_that_are_there() -> None:
    """Each row of the table is a bundled scenario."""
    table = PAGE.partition("| scenario | situation |")[2].partition("\n\n")[0]
    named = set(re.findall(r"^\| `([\w-]+)` \|", table, re.MULTILINE))
    assert len(named) >= 10
    assert {name for name in named if not (ROOT / "scenarios" / f"{name}.yaml").exists()} == set()
