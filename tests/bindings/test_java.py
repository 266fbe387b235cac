"""bindings/java under JUnit's own console, and docs/java.md."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.commands.test_cli import running
from tests.junit import class_path

from .conftest import BINDINGS, Run, follow, snippets

Junit = Callable[..., str]


@pytest.fixture(scope="session")
def junit(run: Run, program: Callable[..., str], tmp_path_factory: pytest.TempPathFactory) -> Junit:
    """Compile sources, and run the tests of one class; gives the output."""

    def start(*sources: Path, test: str, expect: int = 0, **variables: str) -> str:
        javac, java = (program(name, "default-jdk-headless") for name in ("javac", "java"))
        classes = tmp_path_factory.mktemp("classes")
        run(classes, javac, "-Xlint:all,-path,-classfile", "-Werror", "-cp", class_path(), "-d", classes, *sources)
        console = [java, "-cp", f"{class_path()}:{classes}", "org.junit.platform.console.ConsoleLauncher"]
        options = ["--select-class", test, "--disable-banner", "--disable-ansi-colors"]
        done = run(classes, *console, *options, expect=expect, **variables)
        return done.stdout + done.stderr

    return start


OWN = (BINDINGS / "java/dav424/Dav424.java", BINDINGS / "java/test/Dav424Test.java")


def test_its_own_tests_pass_on_a_server_of_their_own(junit: Junit) -> None:
    """The extension starts the command ``dav424``; one test is for the test below."""
    said = junit(*OWN, test="Dav424Test")
    assert re.findall(r"(\d+) tests (successful|skipped)", said) == [("1", "skipped"), ("5", "successful")]


def test_its_own_tests_pass_on_a_server_that_runs(junit: Junit) -> None:
    """DAV424_URL, without its slash at the end; the admin API requires a token."""
    with running("--port", "0", "--admin-token", "secret") as (_, url):
        variables = {"DAV424_URL": url.rstrip("/"), "DAV424_ADMIN_TOKEN": "secret", "DAV424_COMMAND": "false"}
        assert "5 tests successful" in junit(*OWN, test="Dav424Test", **variables)


def test_a_red_test_prints_the_journal(junit: Junit) -> None:
    """The exchange, the reason of the failure, and a curl command."""
    said = junit(*OWN, test="Dav424Test", expect=1, RED="1")
    printed = re.search(r"GET \S+none.txt -> 404 Not Found(?s:.*)There is nothing at /none.txt.(?s:.*)curl -i ", said)
    if printed is None:
        pytest.fail(said)  # whole: the message of an assertion would be cut


def test_a_command_that_is_missing_is_named(junit: Junit) -> None:
    """And the message says what to do."""
    said = junit(*OWN, test="Dav424Test", expect=1, DAV424_COMMAND="/nonesuch")
    assert (
        'put dav424 on the PATH, or its path into DAV424_COMMAND: java.io.IOException: Cannot run program "/none'
        in said
    )


def test_the_page(junit: Junit, run: Run, checkout: Path) -> None:
    """Its commands put the extension beside its test, which passes."""
    assert set(snippets("java.md")) == {"sh", "java"}
    project = checkout / "java"
    project.mkdir()
    command = run(project, *follow("java.md", 'echo "$DAV424_COMMAND"')).stdout.splitlines()[-1]
    sources = project / "src/test/java"
    (sources / "ProtectedPropertyTest.java").write_text(snippets("java.md")["java"])
    said = junit(*sources.rglob("*.java"), test="ProtectedPropertyTest", DAV424_COMMAND=command)
    assert "1 tests successful" in said
