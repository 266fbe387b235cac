"""README's commands do what README says."""

from __future__ import annotations

import re
import subprocess
from pathlib import Path

import pytest

from dav424.app import App
from dav424.commands import cli
from dav424.scenario.check import load
from dav424.scenario.find import bundled_files
from dav424.wire.server import serving

ROOT = Path(__file__).parents[2]
README = (ROOT / "README.md").read_text()
CONSOLE = re.findall(r"```console\n\$ (curl .*?')\n(HTTP/1\.1 .*?)\n```", README, re.DOTALL)


def test_a_pasted_line_gives_the_printed_answer() -> None:
    """Each curl command of the README, pasted into a shell, prints what stands below it."""
    assert len(CONSOLE) == 2
    sources = {file.stem: (lambda file=file: load(file.read_bytes(), file.name)) for file in bundled_files()}
    with serving(App(sources).gateway) as url:
        for command, printed in CONSOLE:
            pasted = command.replace("http://127.0.0.1:4240/", url).replace("curl -i", "curl -si", 1)
            run = subprocess.run(["bash", "-c", pasted], capture_output=True, text=True, check=True)
            assert re.sub(r"Date: .*\n", "", run.stdout.replace("\r", "")).rstrip() == printed
        ((command, printed),) = re.findall(r"\$ (curl \S+/explain)\n(.*?)\n```", README, re.DOTALL)
        pasted = command.replace("http://127.0.0.1:4240/", url).split()
        assert subprocess.run(pasted, capture_output=True, text=True, check=True).stdout.startswith(f"{printed}\n")


def test_the_readme_opens_with_the_two_commands() -> None:
    """The first code block is make serve and make test."""
    first = re.search(r"```\n(.*?)```", README, re.DOTALL)
    assert first is not None
    assert [line.partition("#")[0].strip() for line in first[1].splitlines()] == ["make serve", "make test"]


def _commands() -> dict[str, str]:
    top = cli.parser()
    (choices,) = [action.choices for action in top._actions if isinstance(action.choices, dict)]
    return {name: command.format_help() for name, command in choices.items()}


@pytest.mark.parametrize("name", _commands())
def test_every_command_is_in_the_readme(name: str) -> None:
    """A command that README doesn't know is one that nobody finds."""
    assert f"`dav424 {name}" in README


@pytest.mark.parametrize("name", _commands())
def test_every_flag_is_in_the_readme_with_its_variable(name: str) -> None:
    """Each flag and its variable can be found in README, and each variable in the flag's own help."""
    text = _commands()[name]
    for flag in set(re.findall(r"--[a-z-]+", text)) - {"--help"}:
        variable = "DAV424_" + flag[2:].upper().replace("-", "_")
        assert flag in README
        assert variable in README
        assert variable in text


def test_help_is_printed_without_loading_the_server(capsys: pytest.CaptureFixture[str]) -> None:
    """--help lists the commands and exits with 0."""
    with pytest.raises(SystemExit) as ended:
        cli.main(["--help"])
    assert ended.value.code == 0
    assert "prove" in capsys.readouterr().out


def test_the_documented_scenario_is_valid() -> None:
    """The YAML that README shows loads without a complaint."""
    (shown,) = re.findall(r"```yaml\n(title.*?)```", README, re.DOTALL)
    assert load(shown, "README.md").causes[1].id == "somebody-is-shopping"


def test_every_kind_and_key_is_documented() -> None:
    """docs/scenarios.md has a row for each kind of cause, and names each of its settings."""
    from dav424.causes import CAUSES

    text = (ROOT / "docs" / "scenarios.md").read_text()
    for kind in CAUSES:
        assert f"| `{kind.__struct_config__.tag}` |" in text
        for field in kind.__struct_encode_fields__:
            assert f"`{field}`" in text
