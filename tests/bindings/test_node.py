"""bindings/node under node:test, vitest, jest and tsc, and docs/node.md."""

from __future__ import annotations

import json
import re
import shutil
import signal
import socket
import time
from collections.abc import Callable
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from tests.commands.test_cli import running

from .conftest import BINDINGS, LEFT_OUT, Run, follow, snippets

PAGE = snippets("node.md")
RUNNERS = {"vitest": ("vitest", "run"), "jest": ("jest",)}
FILES = {
    "vitest": ("vitest.config.mjs", "write.test.mjs"),
    "jest": ("jest.config.js", "write.test.js"),
}


@pytest.fixture(scope="session")
def package(run: Run, program: Callable[..., str], tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Install a copy of the package with its development dependencies, without their scripts."""
    folder = tmp_path_factory.mktemp("node") / "package"
    shutil.copytree(BINDINGS / "node", folder, ignore=LEFT_OUT)
    run(folder, program("npm"), "install", "--no-package-lock", "--no-audit", "--no-fund", "--ignore-scripts")
    return folder


@pytest.fixture
def project(package: Path, tmp_path: Path) -> Path:
    """Make a project that has the package, and the test runners."""
    modules = tmp_path / "node_modules"
    modules.mkdir()
    for each in (package / "node_modules").iterdir():
        (modules / each.name).symlink_to(each)
    (modules / "dav424").symlink_to(package)
    return tmp_path


def test_its_own_tests_pass_on_a_server_of_their_own(package: Path, run: Run) -> None:
    """The package starts the command ``dav424``."""
    said = run(package, "node", "--test", "--test-reporter=tap").stdout
    assert re.findall(r"^# (pass|fail|skipped) (\d+)", said, re.MULTILINE) == [
        ("pass", "7"),
        ("fail", "0"),
        ("skipped", "0"),
    ]


def test_its_own_tests_pass_on_a_server_that_runs(package: Path, run: Run) -> None:
    """DAV424_URL, without its slash at the end; the admin API requires a token."""
    with running("--port", "0", "--admin-token", "secret") as (_, url):
        variables = {"DAV424_URL": url.rstrip("/"), "DAV424_ADMIN_TOKEN": "secret", "DAV424_COMMAND": "false"}
        assert "\n# pass 7\n" in run(package, "node", "--test", "--test-reporter=tap", **variables).stdout


def test_it_trusts_the_test_authority(package: Path, run: Run, tmp_path: Path) -> None:
    """Over HTTPS, with the certificate that DAV424_TLS_CA names."""
    script = 'require("./index.js").connect().then((server) => server.space("playground")).then(({ url }) => console.log(url))'
    authority = {"DAV424_TLS_CA": str(tmp_path / "ca.pem")}
    said = run(package, "node", "-e", script, **authority, DAV424_TLS="1").stdout
    assert re.fullmatch(r"https://127.0.0.1:\d+/s/node-\S+/playground/\n", said)


@pytest.mark.parametrize("runner", RUNNERS)
def test_the_runners_of_the_page(project: Path, run: Run, runner: str) -> None:
    """The test of the page passes, with its own configuration."""
    for name in FILES[runner]:
        (project / name).write_text(PAGE[f"js {name}"])
    done = run(project, "npx", *RUNNERS[runner])
    assert re.search(r"Tests:? +1 passed", done.stdout + done.stderr)


@pytest.mark.parametrize("runner", RUNNERS)
def test_a_red_test_prints_the_journal(project: Path, run: Run, runner: str) -> None:
    """The exchange, the result and a curl command, in the output of the runner."""
    for name in FILES[runner]:
        text = PAGE[f"js {name}"]
        (project / name).write_text(re.sub(r"\[507, 201\]|\"A\"\);", "0);" if '"A");' in text else "0", text))
    done = run(project, "npx", *RUNNERS[runner], expect=1)
    assert re.search(r"PUT \S+a.txt -> 201 Created(?s:.*)curl -i ", done.stdout + done.stderr)


def test_the_setup_starts_one_server_for_all_files(project: Path, run: Run) -> None:
    """Two files of vitest see the same server."""
    (project / "vitest.config.mjs").write_text(PAGE["js vitest.config.mjs"])
    text = (
        'import { test } from "vitest";\nimport { appendFileSync } from "node:fs";\nimport { inSpace } from "dav424";\n'
    )
    text += 'test("x", inSpace("playground", ({ url }) => appendFileSync("seen", `${new URL(url).origin}\\n`)));\n'
    for name in ("a", "b"):
        (project / f"{name}.test.mjs").write_text(text)
    run(project, "npx", "vitest", "run")
    first, second = (project / "seen").read_text().splitlines()
    assert first == second


def test_a_killed_runner_leaves_no_server(package: Path, run: Run) -> None:
    """SIGKILL gives the package no time to stop the server, which ends on its own."""
    script = (
        'require("./index.js").connect().then(({ url }) => (console.log(url), process.kill(process.pid, "SIGKILL")))'
    )
    url = run(package, "node", "-e", script, expect=-signal.SIGKILL).stdout.strip()
    address = ("127.0.0.1", urlsplit(url).port)
    deadline = time.monotonic() + 60
    with pytest.raises(ConnectionRefusedError):  # noqa: PT012 - the server may need a moment
        while time.monotonic() < deadline:
            socket.create_connection(address).close()
            time.sleep(0.1)


def test_a_command_that_is_missing_is_named(package: Path, run: Run) -> None:
    """And the message says what to do."""
    done = run(package, "node", "-e", 'require("./index.js").connect()', expect=1, DAV424_COMMAND="/nonesuch")
    assert "/nonesuch can't be started: put dav424 on the PATH" in done.stderr


def test_a_server_that_can_not_start_says_why(package: Path, run: Run) -> None:
    """The line of the server goes to stderr."""
    done = run(package, "node", "-e", 'require("./index.js").connect("--stop-timeout", "x")', expect=1)
    assert "serve ended with exit status 2; its reason is above" in done.stderr
    assert "--stop-timeout" in done.stderr.partition("Error:")[0]


def test_the_types_are_those_of_the_code(package: Path, run: Run) -> None:
    """The compiler finds no mistake, and writes the committed declarations."""
    run(package, "npx", "tsc", "--outDir", "made")
    for name in ("index.d.ts", "setup.d.ts"):
        assert (package / "made" / name).read_text() == (package / "types" / name).read_text(), "run npm run types"


@pytest.mark.parametrize(
    ("line", "error"), [("space.url.length", None), ("space.none", "TS2339"), ("space.putCause(5)", "TS2345")]
)
def test_a_typescript_project_is_checked(project: Path, run: Run, line: str, error: str | None) -> None:
    """The space has its type, without an annotation."""
    (project / "a.ts").write_text(
        f'import {{ inSpace }} from "dav424";\nexport const a = inSpace("playground", (space) => {{ {line}; }});\n'
    )
    options = ["--noEmit", "--strict", "--module", "node16", "--target", "es2023", "--types", "node", "a.ts"]
    said = run(project, "npx", "tsc", *options, expect=2 if error else 0).stdout
    assert re.findall(r"TS\d+", said) == ([error] if error else [])


def test_the_package_holds_what_it_needs(package: Path, run: Run) -> None:
    """The packed files are the code, its types and its description."""
    (packed,) = json.loads(run(package, "npm", "pack", "--dry-run", "--json").stdout)
    names = ["index.js", "package.json", "setup.js", "types/index.d.ts", "types/setup.d.ts"]
    assert sorted(file["path"] for file in packed["files"]) == names


def test_the_page(run: Run, program: Callable[..., str], checkout: Path) -> None:
    """Its commands, in a project that has its test, end with a test that passes."""
    assert set(PAGE) == {"sh", "js node", *(f"js {name}" for names in FILES.values() for name in names)}
    project = checkout / "node"
    project.mkdir()
    (project / "proppatch.test.mjs").write_text(PAGE["js node"])
    run(project, program("npm"), "init", "--yes")
    said = run(project, *follow("node.md")).stdout
    assert re.search(r"^\S pass 1$", said, re.MULTILINE), said
