"""docs/ci.md, action.yml and docker-compose.yml: what can be run is run, the rest is held against its schema."""

from __future__ import annotations

import json
import os
import re
import shlex
import subprocess
import sys
from collections.abc import Callable, Iterator
from importlib import resources
from pathlib import Path
from typing import TYPE_CHECKING, Any

import jsonschema_rs
import pytest
import yaml

from dav424.commands.flags import SCENARIO_FLAGS, SERVE_FLAGS
from tests.browser import Site
from tests.client import Client
from tests.commands.test_cli import running
from tests.junit import class_path

if TYPE_CHECKING:
    from playwright.sync_api import Page

ROOT = Path(__file__).parents[2]
TEXT = (ROOT / "docs" / "ci.md").read_text()
UPDATE = """<D:propertyupdate xmlns:D="DAV:">
    <D:set><D:prop><D:getetag>mine</D:getetag><title xmlns="urn:x">Q3</title></D:prop></D:set>
</D:propertyupdate>"""
SNIPPETS: dict[str, list[str]] = {}
for _kind, _code in re.findall(r"```([a-z ]+)\n(.*?)```", TEXT, re.DOTALL):
    SNIPPETS.setdefault(_kind, []).append(_code)


@pytest.fixture(scope="module")
def url() -> Iterator[str]:
    """The URL of a server as ``dav424 serve`` runs it."""
    with running("--port", "0") as (_, found):
        yield found


def said(folder: Path, url: str, *command: str | Path) -> str:
    """Run a command that has to succeed, and give what it printed."""
    done = subprocess.run(
        [str(word) for word in command],
        capture_output=True,
        text=True,
        cwd=folder,
        env={"GOCACHE": str(Path.home() / ".cache" / "go-build"), **os.environ, "DAV424_URL": url, "HOME": str(folder)},
        check=False,
        timeout=300,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def test_every_snippet_is_of_a_kind_that_is_tested() -> None:
    """A new language needs a test below."""
    assert {kind: len(found) for kind, found in SNIPPETS.items()} == {
        "yaml github": 2,
        "yaml gitlab": 1,
        "yaml compose": 1,
        "sh": 3,
        "sh serve": 1,
        "html page": 1,
        "text log": 1,
        "nginx": 1,
        "python": 1,
        "java": 1,
        "go": 1,
        "js": 1,
        "php": 1,
        "perl": 1,
    }


@pytest.mark.parametrize("number", range(2))
def test_shell(url: str, tmp_path: Path, program: Callable[[str, str], str], number: int) -> None:
    """With curl alone."""
    program("curl", "curl")
    told = said(tmp_path, url, program("sh", "dash"), "-c", SNIPPETS["sh"][number])
    assert number or "424 Failed Dependency" in told


def test_shell_over_https(tmp_path: Path, program: Callable[[str, str], str]) -> None:
    """The lines that fetch the certificate and trust it."""
    program("curl", "curl")
    with running("--port", "0", "--tls", said=r"dav424 ready url=(https://\S+)\n") as (_, url):
        said(tmp_path, url, program("sh", "dash"), "-c", SNIPPETS["sh"][2])
    assert (tmp_path / "report.txt").read_text()


def test_pytest(url: str, tmp_path: Path) -> None:
    """With the plugin, against a server of its own and against one that runs."""
    (tmp_path / "test_mine.py").write_text(SNIPPETS["python"][0])
    command = [sys.executable, "-m", "pytest", "-p", "no:cacheprovider"]
    command += ["-p", "no:schemathesis", "-p", "no:hypothesispytest", "-p", "no:anyio"]  # they take long to load
    for options in ([], ["--dav424-url", url]):
        assert "1 passed" in said(tmp_path, url, *command, *options)


def test_junit(url: str, tmp_path: Path, program: Callable[[str, str], str]) -> None:
    """JUnit 5 by its own console."""
    path = class_path()
    (tmp_path / "ProtectedPropertyTest.java").write_text(SNIPPETS["java"][0])
    said(tmp_path, url, program("javac", "default-jdk-headless"), "-cp", path, "ProtectedPropertyTest.java")
    command = [
        program("java", "default-jdk-headless"),
        "-cp",
        f"{path}:{tmp_path}",
        "org.junit.platform.console.ConsoleLauncher",
    ]
    told = said(tmp_path, url, *command, "--select-class", "ProtectedPropertyTest", "--disable-banner")
    assert re.search(r"\b1 tests successful", told), told


def test_go(url: str, tmp_path: Path, program: Callable[[str, str], str]) -> None:
    """With the standard library alone."""
    (tmp_path / "dav_test.go").write_text(SNIPPETS["go"][0])
    (tmp_path / "go.mod").write_text("module example.com/dav\n\ngo 1.19\n")
    assert said(tmp_path, url, program("go", "golang-go"), "test", "./...").startswith("ok")


def test_javascript(url: str, tmp_path: Path, program: Callable[[str, str], str]) -> None:
    """With node's own test runner."""
    (tmp_path / "mine.test.mjs").write_text(SNIPPETS["js"][0])
    assert re.search(
        r"^# pass 1$",
        said(tmp_path, url, program("node", "nodejs"), "--test", "--test-reporter=tap", "mine.test.mjs"),
        re.MULTILINE,
    )


def test_a_page_in_a_browser(page: Page, site: Site) -> None:
    """A page of another origin, in Chromium, with the flags that the page names."""
    origin = site({"/": SNIPPETS["html page"][0]})
    _, _, *flags = shlex.split(SNIPPETS["sh serve"][0].replace("http://localhost:5173", origin))
    with running("--port", "0", *flags) as (_, url):
        page.goto(f"{origin}/?url={url}")
        page.wait_for_function("document.title !== 'waiting'")
        assert page.title() == "207: 403,424"


def test_the_line_of_the_log_is_as_the_server_writes_it() -> None:
    """But for its numbers, except the status."""
    with running("--port", "0", "--access-log", "text") as (process, url):
        Client(url)("PROPPATCH", "/proppatch-protected/report.txt", UPDATE, {"Content-Type": "application/xml"})
        process.terminate()
        assert process.stderr is not None
        written = process.stderr.readline()
    assert " 207 " in written
    assert re.sub("[0-9]+", "0", written) == re.sub("[0-9]+", "0", SNIPPETS["text log"][0])


def test_php(url: str, tmp_path: Path, program: Callable[[str, str], str]) -> None:
    """With its streams alone."""
    (tmp_path / "mine.php").write_text(SNIPPETS["php"][0])
    assert said(tmp_path, url, program("php", "php-cli"), "mine.php") == "ok\n"


def test_perl(url: str, tmp_path: Path, program: Callable[[str, str], str]) -> None:
    """With the modules that it brings."""
    (tmp_path / "mine.t").write_text(SNIPPETS["perl"][0])
    assert said(tmp_path, url, program("perl", "perl"), "mine.t").count("\nok") == 2


def against(schema: str, data: Any) -> None:
    """Hold data against a schema that check-jsonschema brings."""
    text = (resources.files("check_jsonschema") / "builtin_schemas" / "vendor" / f"{schema}.json").read_text()
    jsonschema_rs.validator_for(json.loads(text)).validate(data)


def documents() -> Iterator[Any]:
    """List what is written for a CI system or for compose, with its schema."""
    schemas = {"yaml github": "github-workflows", "yaml gitlab": "gitlab-ci", "yaml compose": "compose-spec"}
    for kind, schema in schemas.items():
        for number, text in enumerate(SNIPPETS[kind]):
            yield pytest.param(schema, text, id=f"{schema}-{number}")
    yield pytest.param("compose-spec", (ROOT / "docker-compose.yml").read_text(), id="docker-compose.yml")
    yield pytest.param("github-actions", (ROOT / "action.yml").read_text(), id="action.yml")


def loaded(text: str) -> Any:
    """Read YAML as CI systems do: "on" is a word."""
    data = yaml.safe_load(text)
    return {("on" if key is True else key): value for key, value in data.items()}


@pytest.mark.parametrize(("schema", "text"), list(documents()))
def test_it_is_as_its_schema_says(schema: str, text: str) -> None:
    """No key that nobody knows."""
    against(schema, loaded(text))


@pytest.mark.parametrize(("schema", "text"), list(documents()))
def test_a_mistake_would_be_seen(schema: str, text: str) -> None:
    """The schemas are really held against it: a word where a mapping belongs is refused."""
    data = loaded(text)
    first = {"compose-spec": "services", "github-workflows": "jobs", "github-actions": "runs", "gitlab-ci": "test"}[
        schema
    ]
    with pytest.raises(jsonschema_rs.ValidationError):
        against(schema, {**data, first: 5})


def variables(data: Any) -> Iterator[tuple[str, str]]:
    """Find all variables of dav424 in a document."""
    if isinstance(data, dict):
        for name, value in data.items():
            if isinstance(name, str) and name.startswith("DAV424_"):
                yield name, value
            yield from variables(value)
    elif isinstance(data, list):
        for each in data:
            yield from variables(each)


@pytest.mark.parametrize(("schema", "text"), list(documents()))
def test_the_variables_are_settings(schema: str, text: str) -> None:
    """Each is one of a flag of serve, or the URL for the tests; scenarios in them are served as they stand."""
    assert schema
    found = dict(variables(loaded(text)))
    known = {flag.variable for flag in (*SCENARIO_FLAGS, *SERVE_FLAGS)}
    assert found.keys() - known <= {"DAV424_URL"}
    if "DAV424_SCENARIO" in found:
        settings = {name: value for name, value in found.items() if name != "DAV424_URL"}
        commands = re.findall(r"(curl [^\n]*?)http://[a-z0-9.]+:4240/(\S+)", text)
        assert commands
        with running("--port", "0", **settings) as (_, url):
            for command, path in commands:
                assert (
                    subprocess.run(
                        ["sh", "-c", f"{command}{url}{path}"], capture_output=True, text=True, check=True
                    ).stdout
                    == "Milk"
                )
