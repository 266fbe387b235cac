"""action.yml: its steps, as a runner would run them."""

from __future__ import annotations

import os
import re
import shutil
import signal
import subprocess
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest
import yaml

from dav424 import __version__

ROOT = Path(__file__).parents[2]
ACTION = yaml.safe_load((ROOT / "action.yml").read_text())


class Runner:
    """Runs the steps of a composite action: their conditions, inputs, outputs, environment and path.

    It runs no other action; ``used`` lists each one that a step names, with its inputs.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.files = {name: folder / name for name in ("GITHUB_OUTPUT", "GITHUB_ENV", "GITHUB_PATH")}
        self.path: list[str] = []
        self.env = {
            **{name: value for name, value in os.environ.items() if not re.match("DAV424_|PIP_NO_CACHE", name)},
            "RUNNER_TEMP": str(folder),
            "PIP_NO_COMPILE": "1",  # the installed files are used twice
            "GITHUB_ACTION_PATH": str(ROOT),
            **{name: str(file) for name, file in self.files.items()},
        }
        self.used: list[tuple[str, dict[str, str]]] = []
        self._contexts: dict[str, Any] = {"runner": {"temp": str(folder), "os": "Linux", "arch": "X64"}, "steps": {}}

    def use(self, **given: str) -> tuple[dict[str, str], str]:
        """Use the action; gives its outputs, and the output of its steps."""
        assert given.keys() <= ACTION["inputs"].keys()
        self._contexts["inputs"] = {name: given.get(name, each["default"]) for name, each in ACTION["inputs"].items()}
        printed = "".join(self._step(step) for step in ACTION["runs"]["steps"] if self._wanted(step["if"]))
        return self._filled({name: each["value"] for name, each in ACTION["outputs"].items()}), printed

    def _wanted(self, condition: str) -> bool:
        for each in condition.split(" && "):
            equation = re.fullmatch(r"inputs\.(\w+) == '(\w+)'", each)
            assert equation is not None, each
            if self._contexts["inputs"][equation[1]] != equation[2]:
                return False
        return True

    def _step(self, step: dict[str, Any]) -> str:
        if "uses" in step:
            self.used.append((step["uses"], self._filled(step["with"])))
            return ""
        for file in self.files.values():
            file.write_text("")
        assert "${{" not in step["run"], "a value in a script can change it; pass it by env"
        done = subprocess.run(
            ["bash", "--noprofile", "--norc", "-eo", "pipefail", "-c", step["run"]],
            env={**self.env, **self._filled(step.get("env", {}))},
            cwd=self.folder,
            capture_output=True,
            text=True,
            check=False,
            timeout=300,
        )
        assert done.returncode == 0, done.stdout + done.stderr
        self._contexts["steps"][step.get("id", "")] = {"outputs": self._pairs("GITHUB_OUTPUT")}
        self.env |= self._pairs("GITHUB_ENV")
        for each in self.files["GITHUB_PATH"].read_text().split():
            self.path.append(each)
            self.env["PATH"] = f"{each}:{self.env['PATH']}"
        return done.stdout

    def _pairs(self, name: str) -> dict[str, str]:
        return dict(line.split("=", 1) for line in self.files[name].read_text().splitlines())

    def _filled(self, texts: Mapping[str, str]) -> dict[str, str]:
        def fill(match: re.Match[str]) -> str:
            value: Any = self._contexts
            for name in match[1].split("."):
                value = value.get(name, {})
            return value or ""

        return {name: re.sub(r"\$\{\{ (\S+) \}\}", fill, text) for name, text in texts.items()}

    def get(self, url: str, *options: str) -> str:
        """Get a URL in a later step, with curl."""
        curl = ["curl", "--silent", "--fail", *options, url]
        return subprocess.run(curl, capture_output=True, text=True, check=True, env=self.env).stdout


@pytest.fixture(scope="module")
def runner(tmp_path_factory: pytest.TempPathFactory) -> Runner:
    """One job: the action installs once."""
    return Runner(tmp_path_factory.mktemp("job"))


@pytest.fixture
def use(runner: Runner) -> Iterator[Any]:
    """Use the action in the job; its servers end with the test."""
    pids: list[int] = []

    def start(**given: str) -> dict[str, str]:
        outputs, _ = runner.use(**given)
        pids.append(int(outputs["pid"]))
        return outputs

    yield start
    for pid in pids:
        os.kill(pid, signal.SIGTERM)


def test_the_action_installs_starts_and_tells(runner: Runner, use: Any) -> None:
    """The URL answers, over HTTPS here; own scenarios are served; the journal is printed by another use."""
    outputs = use(scenarios=str(ROOT / "my-scenarios"), tls="true")
    url, authority = runner.env["DAV424_URL"], runner.env["DAV424_TLS_CA"]
    assert (outputs["url"], outputs["ca"]) == (url, authority)
    assert re.fullmatch(r"https://127\.0\.0\.1:\d+/", url)
    assert runner.get(f"{url}fixed-owner/list.txt", "--cacert", authority) == "Milk\n"
    _, printed = runner.use(do="journal")
    assert "GET /fixed-owner/list.txt -> 200 OK" in printed
    assert f"dav424 ready url={url}" in printed


def test_the_path_gets_the_command_alone(runner: Runner, use: Any) -> None:
    """The python and the pip of later steps are those of the job."""
    use()
    assert [file.name for folder in set(runner.path) for file in Path(folder).iterdir()] == ["dav424"]
    path = runner.env["PATH"]
    assert shutil.which("dav424", path=path) == f"{runner.path[-1]}/dav424"
    for name in ("python", "python3", "pip"):
        assert shutil.which(name, path=path) == shutil.which(name)


def test_two_uses_in_one_job(runner: Runner, use: Any) -> None:
    """Each has its own server; the variables are those of the second, and the journals of both are printed."""
    first, second = use(), use(tls="true")
    assert first["url"].startswith("http://")
    assert second["url"].startswith("https://")
    assert runner.env["DAV424_URL"] == second["url"]
    runner.get(f"{first['url']}playground/", "--output", "/dev/null")
    runner.get(f"{second['url']}playground/", "--output", "/dev/null", "--cacert", second["ca"])
    _, printed = runner.use(do="journal")
    for url in (first["url"], second["url"]):
        assert f"dav424 ready url={url}" in printed
    assert printed.count("GET /playground/ -> ") >= 2


def test_more_flags(runner: Runner, use: Any) -> None:
    """One on each line; a line may have a blank in it."""
    outputs = use(args="--max-body=3\n\n--scenario=title: mine\n--scenario-name\nmine\n")
    assert runner.get(f"{outputs['url']}mine/")
    put = ["-X", "PUT", "--data", "four", "--write-out", "%{http_code}", "--no-fail", "--output", "/dev/null"]
    assert runner.get(f"{outputs['url']}mine/a.txt", *put) == "413"


def test_the_downloads_are_cached(runner: Runner, use: Any) -> None:
    """Under a key that changes with the Python, the constraints and the version; pip puts its downloads there."""
    runner.used.clear()
    use()
    use(version="", cache="false")
    ((action, given),) = runner.used
    assert action == "actions/cache@v4"
    assert re.fullmatch(r"dav424-Linux-X64-cpython-3\d+-[0-9a-f]{64}-", given["key"])
    assert any(Path(given["path"]).rglob("*"))


def test_another_version(runner: Runner, use: Any, tmp_path: Path) -> None:
    """It comes from the package index, here from a folder, and not from the ref of the action."""
    build = [sys.executable, "-m", "build", "--no-isolation", "--wheel", "--outdir", str(tmp_path), str(ROOT)]
    subprocess.run(build, capture_output=True, check=True)
    runner.env["PIP_FIND_LINKS"] = str(tmp_path)
    use(version=__version__)
    assert f"/dav424/{__version__}/bin" in runner.path[-1]
    told = subprocess.run(["dav424", "--version"], env=runner.env, capture_output=True, text=True, check=True)
    assert told.stdout == f"dav424 {__version__}\n"


def test_the_action_prints_why_it_could_not_start(tmp_path: Path) -> None:
    """A scenario with a mistake: the step fails, and its output has the place."""
    (tmp_path / "mine.yaml").write_text("titel: mine\n")
    runner = Runner(tmp_path)
    (step,) = [step for step in ACTION["runs"]["steps"] if step.get("id") == "start"]
    run = step["run"].replace("--wait 30", "--wait 2")
    assert run != step["run"]
    own = {"ARGS": "", "SCENARIOS": str(tmp_path / "mine.yaml"), "DAV424_PORT": "0"}
    more = {"BIN": str(Path(sys.executable).parent), **own}
    done = subprocess.run(
        ["bash", "-eo", "pipefail", "-c", run], env={**runner.env, **more}, capture_output=True, text=True, check=False
    )
    assert done.returncode == 1
    assert "mine.yaml:1:1: unknown key 'titel'; did you mean 'title'?" in done.stdout
