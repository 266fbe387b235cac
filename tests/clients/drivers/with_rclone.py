"""rclone: one process for each call, without retries; exit status 0 is a success."""

from __future__ import annotations

import os
import re
import subprocess
import tempfile
from pathlib import Path
from typing import Any

from answering import Calls, Failure, Value, answer

HOME = tempfile.TemporaryDirectory()


def rclone(*arguments: str) -> subprocess.CompletedProcess[str]:
    """Run it with no settings but its defaults."""
    command = ["rclone", "--config", "", "--retries", "1", "--low-level-retries", "1", "--checkers", "1", *arguments]
    return subprocess.run(
        [*command, "--transfers", "1"],
        cwd=HOME.name,
        env={"HOME": HOME.name, "PATH": os.environ["PATH"]},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


def connect(url: str) -> Calls:
    def ask(command: str, *arguments: str) -> subprocess.CompletedProcess[str]:
        return rclone("--webdav-url", url, command, *arguments)

    def told(command: str, *arguments: str) -> Any:
        done = ask(command, *arguments)
        said = " ".join(line for line in done.stderr.splitlines() if "Attempt" not in line)
        said = re.sub(r"\d{4}/\d\d/\d\d \d\d:\d\d:\d\d ", "", said)
        if done.returncode:
            return Failure(f"exit status {done.returncode}: {said}")
        return f"exit status 0{said and ': '}{said}"

    def there(path: str) -> str:
        return f":webdav:{path.strip('/')}"

    def put(path: str, content: str) -> Any:
        Path(HOME.name, "upload").write_text(content)
        return told("copyto", "upload", there(path))

    def copy(source: str, to: str) -> Any:
        return told("copy" if source.endswith("/") else "copyto", "--ignore-times", there(source), there(to))

    return {
        "mkdir": lambda path: told("mkdir", there(path)),
        "put": put,
        "list": lambda path: Value(ask("lsf", there(path)).stdout.split()),
        "get": lambda path: Value(ask("cat", there(path)).stdout),
        "copy": copy,
        "move": lambda source, to: told("moveto", there(source), there(to)),
        "delete": lambda path: told("purge" if path.endswith("/") else "deletefile", there(path)),
    }


answer(rclone("version").stdout.split()[1].removeprefix("v"), connect)
