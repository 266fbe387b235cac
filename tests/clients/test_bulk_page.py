"""docs/bulk.md: what its commands print is what it shows."""

from __future__ import annotations

import re
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

PAGE = (Path(__file__).parents[2] / "docs" / "bulk.md").read_text()
EXAMPLES = re.findall(r"```sh\n(.*?)```\n\n```\n(.*?)```", PAGE, re.DOTALL)


def words(text: str) -> str:
    """Give a text without its line ends and indents."""
    return " ".join(text.split())


def test_the_page_has_an_example_of_each_family() -> None:
    """The next test can't pass for having nothing to do."""
    assert [re.findall(r"-X (\w+)", command) for command, _ in EXAMPLES] == [
        ["BPROPPATCH"], ["BDELETE"], [], [], [], ["ORDERPATCH"], ["PUT"],
    ]  # fmt: skip


@pytest.mark.parametrize(("command", "shown"), EXAMPLES, ids=[words(shown)[:32] for _, shown in EXAMPLES])
def test_what_comes_back_is_what_is_shown(
    command: str, shown: str, bundled_url: str, program: Callable[[str], str]
) -> None:
    """Each line of what is shown is in what a shell prints, in the same order."""
    program("curl")
    pasted = command.replace("http://127.0.0.1:4240/", bundled_url).replace("curl ", "curl --silent ")
    run = subprocess.run([program("bash"), "-c", pasted], capture_output=True, text=True, timeout=60, check=True)
    printed, at = words(run.stdout), 0
    for line in re.findall(r"<[^\n]*|HTTP[^\n]*|\S[^<]*", shown):
        at = printed.find(words(line), at)
        assert at >= 0, f"not printed: {words(line)}"
