"""bindings/go under go test, and docs/go.md."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.commands.test_cli import running

from .conftest import BINDINGS, Run, follow, snippets


@pytest.fixture
def go(program: Callable[..., str]) -> str:
    return program("go", "golang-go")


def test_its_own_tests_pass_on_a_server_of_their_own(go: str, run: Run) -> None:
    """Main starts the command ``dav424``; one test is for the test below."""
    said = run(BINDINGS / "go", go, "test", "-count=1", "-v", "./...").stdout
    assert (said.count("\n--- PASS"), re.findall(r"^--- SKIP: (\w+)", said, re.MULTILINE)) == (4, ["TestRed"])


def test_its_own_tests_pass_on_a_server_that_runs(go: str, run: Run) -> None:
    """DAV424_URL, without its slash at the end; the admin API requires a token."""
    with running("--port", "0", "--admin-token", "secret") as (_, url):
        variables = {"DAV424_URL": url.rstrip("/"), "DAV424_ADMIN_TOKEN": "secret", "DAV424_COMMAND": "false"}
        run(BINDINGS / "go", go, "test", "-count=1", "-run", "Explains|Refuses|Advances", "./...", **variables)


def test_a_red_test_logs_the_journal(go: str, run: Run) -> None:
    """The exchange, the reason of the failure, and a curl command."""
    said = run(BINDINGS / "go", go, "test", "-count=1", "-run", "TestRed", "./...", expect=1, RED="1").stdout
    assert re.search(r"GET \S+none.txt -> 404 Not Found(?s:.*)There is nothing at /none.txt.(?s:.*)curl -i ", said)


def test_a_command_that_is_missing_is_named(go: str, run: Run) -> None:
    """And the message says what to do."""
    said = run(BINDINGS / "go", go, "test", "-count=1", "./...", expect=1, DAV424_COMMAND="/nonesuch")
    assert "/nonesuch: no such file or directory: put dav424 on the PATH" in said.stdout + said.stderr


def test_it_is_formatted_and_vetted(go: str, run: Run, program: Callable[..., str]) -> None:
    """The formatter changes no line, and go vet finds nothing."""
    run(BINDINGS / "go", go, "vet", "./...")
    assert run(BINDINGS / "go", program("gofmt", "golang-go"), "-l", ".").stdout == ""


def test_the_page(go: str, run: Run, checkout: Path) -> None:
    """Its commands, in a module that has its test, end with a test that passes."""
    assert set(snippets("go.md")) == {"sh", "go"}
    module = checkout / "go"
    module.mkdir()
    (module / "dav_test.go").write_text(snippets("go.md")["go"])
    run(module, go, "mod", "init", "example.com/dav")
    assert run(module, *follow("go.md")).stdout.startswith("ok")
