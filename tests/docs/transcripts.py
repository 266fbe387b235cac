"""The transcripts of a page: the commands behind ``$`` in its ``console`` blocks, and the output below each of them."""

from __future__ import annotations

import re
import subprocess
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).parents[2]


def transcripts(text: str) -> Iterator[tuple[str, str]]:
    """List the commands of a page and the output below each; a command goes on while a quote is open."""
    for block in re.findall(r"```console\n(.*?)\n```", text, re.DOTALL):
        for transcript in re.split(r"^\$ ", block, flags=re.MULTILINE)[1:]:
            lines = transcript.splitlines()
            length = next(n for n in range(1, len(lines) + 1) if "\n".join(lines[:n]).count("'") % 2 == 0)
            yield "\n".join(lines[:length]), "\n".join(lines[length:]).rstrip()


def printed_at(url: str, command: str, printed: str) -> str:
    """Run a command of curl, at another server, in a shell; gives its output without ``Date``.

    If the printed output ends in ``...``, the rest of the output is left out, too.
    """
    pasted = command.replace("http://127.0.0.1:4240/", url).replace("curl ", "curl -s ", 1)
    run = subprocess.run(["sh", "-c", pasted], capture_output=True, text=True, check=True)
    output = re.sub(r"Date: .*\n", "", run.stdout.replace("\r", "")).rstrip()
    return f"{output[: len(printed) - 4]}\n..." if printed.endswith("\n...") else output
