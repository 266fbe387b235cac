"""What docs/diagnose.md shows is what happens, and the command ends as it says."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from dav424.testing import Server

PAGE = (Path(__file__).parents[2] / "docs" / "diagnose.md").read_text()
SHOWN = re.findall(r"```console\n\$ (.*)\n((?:.*\n)*?)```", PAGE)


ENVIRONMENT = {
    **os.environ,
    "COLUMNS": "80",
    "PATH": os.pathsep.join([str(Path(sys.executable).parent), os.environ["PATH"]]),
}
"""A terminal of 80 columns, with the command on its path."""


def run(text: bytes, *arguments: str) -> subprocess.CompletedProcess[bytes]:
    """Run the command with a text."""
    command = [sys.executable, "-m", "dav424", "diagnose", *arguments]
    return subprocess.run(command, input=text, capture_output=True, check=False, timeout=60)


@pytest.mark.parametrize(("command", "printed"), SHOWN, ids=[command[:20] for command, _ in SHOWN])
def test_the_commands_print_what_stands_below_them(command: str, printed: str) -> None:
    """Pasted into a shell, against a server, on a terminal of 80 columns."""
    with Server() as server:
        pasted = command.replace("http://127.0.0.1:4240/", server.url)
        told = subprocess.run(["sh", "-c", pasted], capture_output=True, text=True, check=False, env=ENVIRONMENT)
        assert told.stdout.replace(server.url, "http://127.0.0.1:4240/") == printed
        assert told.returncode == 1


def test_the_python_snippet_runs() -> None:
    """The assertions in it hold."""
    (snippet,) = re.findall(r"```python\n(.*?)```", PAGE, re.DOTALL)
    subprocess.run([sys.executable, "-c", snippet], check=True, timeout=60)


@pytest.mark.parametrize(
    ("text", "status", "words"),
    [
        (b"HTTP/1.1 204 No Content\n\n", 0, b"Nothing in it failed."),
        (b"HTTP/1.1 423 Locked\n\n", 1, b"423 Locked"),
        (b"hello", 2, b"dav424: No answer of a server was found"),
        (b"", 2, b"dav424: The text is empty."),
        (b"HTTP/1.1 207 X\n\n<!DOCTYPE a []><a></a>", 2, b"document type declaration"),
    ],
    ids=["nothing", "failure", "prose", "empty", "dtd"],
)
def test_the_exit_status(text: bytes, status: int, words: bytes) -> None:
    """0 for no failure, 1 for a failure, 2 for a text that can't be read; errors are one line on stderr."""
    told = run(text)
    assert told.returncode == status
    assert words in told.stdout + told.stderr
    assert b"Traceback" not in told.stderr


def test_a_file_that_is_not_there() -> None:
    """The message names the file and the reason."""
    told = run(b"", "no-such-file.txt")
    assert told.returncode == 2
    assert told.stderr == b"dav424: no-such-file.txt can't be read: No such file or directory\n"


def test_another_format() -> None:
    """JSON is data; a format that isn't there is an error that lists those that are."""
    assert b'"exit_status": 1' in run(b"HTTP/1.1 423 Locked\n\n", "--format", "json").stdout
    assert b"choose text or json" in run(b"x", "--format", "xml").stderr
