"""What the tests of the bindings share: the command ``dav424``, a copy of the repository, and the snippets of a page."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
BINDINGS = ROOT / "bindings"
LEFT_OUT = shutil.ignore_patterns(".git", ".venv", "build", "node_modules", "__pycache__", ".*_cache", ".hypothesis")
Run = Callable[..., subprocess.CompletedProcess[str]]


@pytest.fixture(scope="session")
def run(tmp_path_factory: pytest.TempPathFactory) -> Run:
    """Run a command in a folder, with ``dav424`` on its path; the exit status has to be ``expect``."""
    home = tmp_path_factory.mktemp("home")
    (home / "bin").mkdir()
    command = home / "bin" / "dav424"
    command.write_text(f'#!/bin/sh\nexec "{sys.executable}" -m dav424 "$@"\n')
    command.chmod(0o755)
    more = {
        "NO_COLOR": "1",
        "PIP_NO_COMPILE": "1",  # the command is run a few times
        "GOCACHE": str(Path.home() / ".cache" / "go-build"),
        "npm_config_cache": str(Path.home() / ".npm"),
        "PIP_CACHE_DIR": str(Path.home() / ".cache" / "pip"),
    }
    usual = {name: value for name, value in os.environ.items() if not name.startswith("DAV424_")}

    def start(folder: Path, *words: str | Path, expect: int = 0, **variables: str) -> subprocess.CompletedProcess[str]:
        done = subprocess.run(
            [str(word) for word in words],
            cwd=folder,
            env={**more, **usual, "PATH": f"{home / 'bin'}:{os.environ['PATH']}", **variables},
            capture_output=True,
            text=True,
            check=False,
            timeout=300,
        )
        assert done.returncode == expect, done.stdout + done.stderr
        return done

    return start


@pytest.fixture(scope="session")
def checkout(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Copy the repository, as a user of the pages clones it; gives the folder for the user's own project beside it."""
    folder = tmp_path_factory.mktemp("user")
    shutil.copytree(ROOT, folder / "dav424", ignore=LEFT_OUT)
    return folder


def snippets(page: str) -> dict[str, str]:
    """Give the snippets of a page by their first line, such as ``js node``."""
    found = re.findall(r"^```(\w[^\n]*)\n(.*?)^```$", (ROOT / "docs" / page).read_text(), re.MULTILINE | re.DOTALL)
    assert len(dict(found)) == len(found)
    return dict(found)


def follow(page: str, then: str = "") -> list[str]:
    """Give the shell commands of a page, without the clone; ``then`` comes after them."""
    clone, *rest = snippets(page)["sh"].splitlines()
    assert clone == "git clone https://EXAMPLE.invalid/dav424 ../dav424"
    return ["sh", "-euc", "\n".join([*rest, then])]
