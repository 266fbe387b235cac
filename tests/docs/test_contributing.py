"""docs/contributing.md: the steps, followed in a copy of the sources, work."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
TEXT = (ROOT / "docs" / "contributing.md").read_text()
BLOCKS = re.findall(r"^```(yaml|python|diff) (\S+)\n(.*?)^```$", TEXT, re.MULTILINE | re.DOTALL)
FILES = {name: text for kind, name, text in BLOCKS if kind != "diff"}
CHANGES = [(name, text) for kind, name, text in BLOCKS if kind == "diff"]


def changed(source: str, diff: str) -> str:
    """Apply a hunk without line numbers: the old lines stand in the source once."""
    lines = [(line[:1], line[1:]) for line in diff.splitlines(keepends=True)]
    old = "".join(line for sign, line in lines if sign != "+")
    new = "".join(line for sign, line in lines if sign != "-")
    assert source.count(old) == 1, f"docs/contributing.md quotes lines that are not in the source, or not once:\n{old}"
    return source.replace(old, new)


@pytest.fixture(scope="module")
def copy(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Make a copy of the repository in which each step of the page is done."""
    folder = tmp_path_factory.mktemp("contributing")
    for name in ("server", "scenarios", "dialects", "tests"):
        shutil.copytree(ROOT / name, folder / name, ignore=shutil.ignore_patterns("__pycache__", "node_modules"))
    shutil.copy(ROOT / "pyproject.toml", folder)
    for name, text in FILES.items():
        assert not (folder / name).exists(), f"{name} is in the repository already; the page needs another example"
        (folder / name).write_text(text)
    for name, diff in CHANGES:
        (folder / name).write_text(changed((folder / name).read_text(), diff))
    return folder


def run(folder: Path, *arguments: str) -> str:
    """Run a Python module in the copy; it has to succeed."""
    environment = {**os.environ, "PYTHONPATH": str(folder / "server")}
    command = [sys.executable, "-m", *arguments]
    done = subprocess.run(command, cwd=folder, env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def test_the_page_has_an_example_of_each_kind() -> None:
    """A scenario; a cause, its lines in the table and its tests; a method, its lines and its tests."""
    assert list(FILES) == [
        "scenarios/fixed-owner.yaml",
        "server/dav424/causes/value_length.py",
        "tests/methods/test_value_length.py",
        "server/dav424/methods/unbind.py",
        "tests/methods/test_unbind.py",
    ]
    assert CHANGES


def test_the_scenario_is_proven(copy: Path) -> None:
    """By the commands of the page."""
    commands = re.findall(r"^dav424 (.*fixed-owner.*)$", TEXT, re.MULTILINE)
    assert [command.split()[0] for command in commands] == ["check", "try", "prove"]
    printed = [run(copy, "dav424", *command.split()) for command in commands]
    assert "fixed-owner: proven" in printed[-1]


def test_the_tests_of_the_page_pass(copy: Path) -> None:
    """Those of the cause and those of the method, with the configuration of this project."""
    tests = [name for name in FILES if name.startswith("tests/")]
    count = sum(FILES[name].count("\ndef test_") for name in tests)
    assert f"{count} passed" in run(copy, "pytest", "-q", "-p", "no:cacheprovider", *tests)


def test_the_sources_of_the_page_are_as_this_project_wants_them(copy: Path) -> None:
    """The linter, the formatter and the type checker have nothing to say."""
    sources = [name for name in FILES if name.startswith("server/")]
    run(copy, "ruff", "check", "--no-cache", *sources)
    run(copy, "ruff", "format", "--no-cache", "--check", *sources)
    run(copy, "mypy", "--cache-dir", os.devnull, "--follow-imports", "silent", *sources)


def test_what_make_check_runs_is_listed() -> None:
    """The table of the page has the steps of the Makefile, in their order."""
    (recipe,) = re.findall(r"^check: .*\n((?:\t.*\n)+)", (ROOT / "Makefile").read_text(), re.MULTILINE)
    steps = [line.removeprefix("\t$(BIN)/") for line in recipe.splitlines()]
    listed = TEXT.partition("`make check` runs the other checks")[2].partition("\n## ")[0]
    assert re.findall(r"^\| `([^`]+)` \|", listed, re.MULTILINE) == steps
