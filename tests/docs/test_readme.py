"""README's commands do what README says."""

from __future__ import annotations

import re
import subprocess
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import pytest

from dav424.commands import cli
from dav424.commands.flags import SCENARIO_FLAGS, SERVE_FLAGS
from dav424.testing import Server

ROOT = Path(__file__).parents[2]
README = (ROOT / "README.md").read_text()
FIRST = "curl -I http://127.0.0.1:4240/report-from-feeds/report.html"
"""The line that every reference page on status codes tells its readers to look for."""


def transcripts(text: str) -> Iterator[tuple[str, str]]:
    """List the commands of a page and the output below each; a command goes on while a quote is open."""
    for block in re.findall(r"```console\n(.*?)\n```", text, re.DOTALL):
        for transcript in re.split(r"^\$ ", block, flags=re.MULTILINE)[1:]:
            lines = transcript.splitlines()
            length = next(n for n in range(1, len(lines) + 1) if "\n".join(lines[:n]).count("'") % 2 == 0)
            yield "\n".join(lines[:length]), "\n".join(lines[length:]).rstrip()


CONSOLE = list(transcripts(README))


def test_the_pasted_lines_give_the_printed_output() -> None:
    """Each command, in a shell and in order on one fresh server, prints what stands below it, but for ``Date``."""
    assert len(CONSOLE) == README.count("\n$ ") == 7
    with Server() as server:
        for command, printed in CONSOLE:
            pasted = command.replace("http://127.0.0.1:4240/", server.url).replace("curl ", "curl -s ", 1)
            run = subprocess.run(["sh", "-c", pasted], capture_output=True, text=True, check=True)
            output = re.sub(r"Date: .*\n", "", run.stdout.replace("\r", "")).rstrip()
            if printed.endswith("\n..."):
                output = f"{output[: len(printed) - 4]}\n..."
            assert output == printed


def test_the_first_line_to_paste_is_the_one_that_people_look_for() -> None:
    """``curl -I`` answers 424 on its status line, and, once the missing source is there, 200."""
    assert CONSOLE[0][0] == FIRST
    assert [printed.partition("\n")[0] for command, printed in CONSOLE if command == FIRST] == [
        "HTTP/1.1 424 Failed Dependency",
        "HTTP/1.1 200 OK",
    ]


def test_another_project_can_install_it() -> None:
    """There is a line for pip, for uv and for a container, and none for an index that does not have the package."""
    (shown,) = re.findall(r"```sh\n(.*?)```", README, re.DOTALL)
    url = "https://EXAMPLE.invalid/dav424"
    assert shown.splitlines() == [
        f"pip install 'dav424 @ git+{url}'",
        f"uv add --dev 'dav424 @ git+{url}'",
        f"docker build -t dav424 {url}.git && docker run --rm -p 127.0.0.1:4240:4240 dav424",
    ]


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
    """Each command is in the table of commands."""
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


def test_the_flag_table_of_the_readme_is_that_of_the_command() -> None:
    """Each row has flags of ``serve`` and, in the same order, their variables; no flag is missing, and none is made up."""
    (table,) = re.findall(r"^\| flag of `serve` .*\n\|.*\n((?:\|.*\n)+)", README, re.MULTILINE)
    rows = [[re.findall(r"`([^`]+)`", cell) for cell in row.split("|")[1:3]] for row in table.splitlines()]
    documented = [pair for flags, variables in rows for pair in zip(flags, variables, strict=True)]
    assert sorted(documented) == sorted((flag.name, flag.variable) for flag in (*SCENARIO_FLAGS, *SERVE_FLAGS))


def test_help_is_printed_without_loading_the_server(capsys: pytest.CaptureFixture[str]) -> None:
    """--help lists the commands and exits with 0."""
    with pytest.raises(SystemExit) as ended:
        cli.main(["--help"])
    assert ended.value.code == 0
    assert "prove" in capsys.readouterr().out


def test_the_documented_scenario_shows_a_424(tmp_path: Path) -> None:
    """The YAML that README shows loads, and does what the sentence above it promises."""
    (shown,) = re.findall(r"```yaml\n(title.*?)```", README, re.DOTALL)
    (tmp_path / "fixed-owner.yaml").write_text(shown)
    names = "<x:owner>Grace</x:owner><x:colour>red</x:colour>"
    body = f'<D:propertyupdate xmlns:D="DAV:" xmlns:x="http://example.com/ns"><D:set><D:prop>{names}</D:prop></D:set></D:propertyupdate>'
    with Server(tmp_path) as server:
        space = server.space("fixed-owner")
        headers = {"Content-Type": "application/xml"}
        request = urllib.request.Request(f"{space.url}list.txt", body.encode(), headers, method="PROPPATCH")
        urllib.request.urlopen(request).close()
        statuses = {name: outcome.status for (_, name), outcome in space.journal.last.outcomes.items()}
    assert statuses == {"{http://example.com/ns}owner": 403, "{http://example.com/ns}colour": 424}


def test_the_documented_scenario_can_be_tried_and_proven(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Saved under the documented name: ``try`` shows the 424, and ``prove`` proves it."""
    (shown,) = re.findall(r"```yaml\n(title.*?)```", README, re.DOTALL)
    file = tmp_path / "fixed-owner.yaml"
    file.write_text(shown)
    assert cli.main(["try", str(file)]) == 0
    assert "HTTP/1.1 424 Failed Dependency" in capsys.readouterr().out
    assert cli.main(["prove", str(file)]) == 0
    assert capsys.readouterr().out == "fixed-owner: proven\n1 of 1 scenarios proven\n"


def test_every_kind_and_key_is_documented() -> None:
    """docs/scenarios.md has a row for each kind of cause, and names each of its settings."""
    from dav424.causes import CAUSES

    text = (ROOT / "docs" / "scenarios.md").read_text()
    for kind in CAUSES:
        assert f"| `{kind.__struct_config__.tag}` |" in text
        for field in kind.__struct_encode_fields__:
            assert f"`{field}`" in text
