"""docs/running.md names the commands and flags that there are, and each flag has its variable."""

from __future__ import annotations

import re

import pytest

from dav424.commands import cli
from tests.docs.transcripts import ROOT

PAGE = (ROOT / "docs" / "running.md").read_text()


def _helps() -> dict[str, str]:
    top = cli.parser()
    (choices,) = [action.choices for action in top._actions if isinstance(action.choices, dict)]
    return {name: command.format_help() for name, command in choices.items()}


@pytest.mark.parametrize("name", _helps())
def test_every_command_is_on_the_page(name: str) -> None:
    """Each command is in the table of commands."""
    assert f"`dav424 {name}" in PAGE


@pytest.mark.parametrize("name", _helps())
def test_every_flag_names_its_variable(name: str) -> None:
    """The help of each flag has the variable that sets the flag, too."""
    text = _helps()[name]
    plain = set(re.findall(r"^ +(--[a-z-]+) .*\(no variable\)$", text, re.MULTILINE))
    for flag in set(re.findall(r"--[a-z-]+", text)) - plain - {"--help"}:
        assert "DAV424_" + flag[2:].upper().replace("-", "_") in text


@pytest.mark.parametrize("name", _helps())
def test_every_flag_is_in_the_docs(name: str) -> None:
    """A page that a person has written names it or its variable, beside the reference that is made from the code."""
    written = "".join(page.read_text() for page in (ROOT / "docs").glob("*.md"))
    for flag in set(re.findall(r"--[a-z-]+", _helps()[name])) - {"--help"}:
        variable = "DAV424_" + flag[2:].upper().replace("-", "_")
        assert re.search(rf"{flag}\b(?!-)|{variable}\b", written), flag


def test_no_flag_on_the_page_is_made_up() -> None:
    """Each flag that the page names is a flag of a command."""
    known = set(re.findall(r"--[a-z-]+", "".join(_helps().values())))
    named = set(re.findall(r"`(--[a-z-]+)", PAGE))
    assert named
    assert named - known == set()
