"""docs/ci.md, action.yml and docker-compose.yml: what can be run is run, the rest is held against its schema."""

from __future__ import annotations

import json
import os
import re
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from importlib import resources
from pathlib import Path
from typing import Any

import jsonschema_rs
import pytest
import yaml

from tests.commands.test_cli import running

ROOT = Path(__file__).parents[2]
TEXT = (ROOT / "docs" / "ci.md").read_text()
SNIPPETS: dict[str, list[str]] = {}
for _kind, _code in re.findall(r"```([a-z ]+)\n(.*?)```", TEXT, re.DOTALL):
    SNIPPETS.setdefault(_kind, []).append(_code)
JAVA = Path("/usr/share/java")
JARS = [
    *("junit-jupiter-api", "junit-jupiter-engine", "junit-platform-commons", "junit-platform-console"),
    *("junit-platform-engine", "junit-platform-launcher", "junit-platform-reporting", "opentest4j", "apiguardian-api"),
    *("picocli", "univocity-parsers", "opentest4j-reporting-events", "opentest4j-reporting-schema"),
]


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
        env={**os.environ, "DAV424_URL": url, "HOME": str(folder)},
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
        "sh": 2,
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


def test_pytest(url: str, tmp_path: Path) -> None:
    """With the plugin, against a server of its own and against one that runs."""
    (tmp_path / "test_mine.py").write_text(SNIPPETS["python"][0])
    command = [sys.executable, "-m", "pytest", "-p", "no:cacheprovider"]
    command += ["-p", "no:schemathesis", "-p", "no:hypothesispytest", "-p", "no:anyio"]  # they take long to load
    for options in ([], ["--dav424-url", url]):
        assert "1 passed" in said(tmp_path, url, *command, *options)


def test_junit(url: str, tmp_path: Path, program: Callable[[str, str], str]) -> None:
    """JUnit 5 by its own console."""
    if not (JAVA / "junit-platform-console.jar").exists():
        pytest.skip("JUnit 5 is not installed; on Debian: apt-get install junit5 default-jdk-headless")
    path = ":".join(str(JAVA / f"{name}.jar") for name in JARS)
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
    """Each is one that README has, or the URL for the tests; scenarios in them are served as they stand."""
    assert schema
    found = dict(variables(loaded(text)))
    readme = (ROOT / "README.md").read_text()
    assert not [name for name in found if name != "DAV424_URL" and f"`{name}`" not in readme]
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


# The action, as a runner would run it


class Runner:
    """Runs the steps of a composite action: their conditions, inputs, outputs, environment and path."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.files = {name: folder / name for name in ("GITHUB_OUTPUT", "GITHUB_ENV", "GITHUB_PATH")}
        self.env = {
            **os.environ,
            "RUNNER_TEMP": str(folder),
            "PIP_NO_COMPILE": "1",  # what is installed is used twice
            "GITHUB_ACTION_PATH": str(ROOT),
            **{name: str(file) for name, file in self.files.items()},
        }
        self.outputs: dict[str, dict[str, str]] = {}

    def use(self, **given: str) -> tuple[dict[str, str], str]:
        """Use the action; gives its outputs, and what its steps printed."""
        action = yaml.safe_load((ROOT / "action.yml").read_text())
        inputs = {name: given.get(name, each["default"]) for name, each in action["inputs"].items()}
        printed = ""
        for step in action["runs"]["steps"]:
            wanted = re.fullmatch(r"inputs\.do == '(\w+)'", step["if"])
            assert wanted is not None
            if wanted[1] != inputs["do"]:
                continue
            printed += self._step(step, inputs)
        return {name: self._filled(each["value"], inputs) for name, each in action["outputs"].items()}, printed

    def _step(self, step: dict[str, Any], inputs: dict[str, str]) -> str:
        for file in self.files.values():
            file.write_text("")
        more = {name: self._filled(value, inputs) for name, value in step.get("env", {}).items()}
        assert "${{" not in step["run"], "what is put into a script can change it; pass it by env"
        done = subprocess.run(
            ["bash", "--noprofile", "--norc", "-eo", "pipefail", "-c", step["run"]],
            env={**self.env, **more},
            cwd=self.folder,
            capture_output=True,
            text=True,
            check=False,
            timeout=300,
        )
        assert done.returncode == 0, done.stdout + done.stderr
        self.outputs[step.get("id", "")] = self._pairs("GITHUB_OUTPUT")
        self.env |= self._pairs("GITHUB_ENV")
        for each in self.files["GITHUB_PATH"].read_text().split():
            self.env["PATH"] = f"{each}:{self.env['PATH']}"
        return done.stdout

    def _pairs(self, name: str) -> dict[str, str]:
        return dict(line.split("=", 1) for line in self.files[name].read_text().splitlines())

    def _filled(self, text: str, inputs: dict[str, str]) -> str:
        def fill(match: re.Match[str]) -> str:
            kind, *rest = match[1].split(".")
            return inputs[rest[0]] if kind == "inputs" else self.outputs.get(rest[0], {}).get(rest[2], "")

        return re.sub(r"\$\{\{ (\S+) \}\}", fill, text)


def test_the_action_installs_starts_and_tells(tmp_path: Path) -> None:
    """The URL answers, over HTTPS here; own scenarios are served; the journal is printed by the second use."""
    runner = Runner(tmp_path)
    outputs, _ = runner.use(scenarios=str(ROOT / "my-scenarios"), tls="true")
    try:
        url, authority = runner.env["DAV424_URL"], runner.env["DAV424_TLS_CA"]
        assert outputs["url"] == url
        assert outputs["ca"] == authority
        assert re.fullmatch(r"https://127\.0\.0\.1:\d+/", url)
        curl = ["curl", "--silent", "--fail", "--cacert", authority, f"{url}fixed-owner/list.txt"]
        assert subprocess.run(curl, capture_output=True, text=True, check=True).stdout == "Milk\n"
        _, printed = runner.use(do="journal")
        assert "GET /fixed-owner/list.txt -> 200 OK" in printed
        assert f"dav424 ready url={url}" in printed
    finally:
        os.kill(int(outputs["pid"]), signal.SIGTERM)


def test_the_action_prints_why_it_could_not_start(tmp_path: Path) -> None:
    """A scenario with a mistake: the step fails, and its output has the place."""
    (tmp_path / "mine.yaml").write_text("titel: mine\n")
    runner = Runner(tmp_path)
    step = yaml.safe_load((ROOT / "action.yml").read_text())["runs"]["steps"][1]
    run = step["run"].replace("--wait 30", "--wait 2")
    assert run != step["run"]
    more = {"BIN": str(Path(sys.executable).parent), "SCENARIOS": str(tmp_path / "mine.yaml"), "DAV424_PORT": "0"}
    done = subprocess.run(
        ["bash", "-eo", "pipefail", "-c", run], env={**runner.env, **more}, capture_output=True, text=True, check=False
    )
    assert done.returncode == 1
    assert "mine.yaml:1:1: unknown key 'titel'; did you mean 'title'?" in done.stdout
