"""The examples that return a 424: each runs as its first line says, names its dependency, and is cured by a PUT."""

from __future__ import annotations

import http.client
import json
import os
import shutil
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from msgspec import Struct

from dav424.pages.learn.snippets import SNIPPETS
from tests.clients import install

NODE_MODULES = install.NPM / "node_modules"
PATIENCE = 120.0
"""Seconds in which an example must listen: go compiles it first, on a busy machine."""


class Example(Struct, frozen=True):
    """How to run an example: the name of its file, and the command, in which PORT stands for the port."""

    file: str
    command: tuple[str, ...]
    program: str
    package: str


EXAMPLES = {
    "Express": Example("report.js", ("node", "report.js"), "node", "nodejs"),
    "Flask": Example(
        "report.py", (sys.executable, "-m", "flask", "--app", "report", "run", "--port", "PORT"), "sh", "dash"
    ),
    "FastAPI": Example("report.py", (sys.executable, "-m", "uvicorn", "report:app", "--port", "PORT"), "sh", "dash"),
    "PHP": Example("report.php", ("php", "-S", "127.0.0.1:PORT", "report.php"), "php", "php-cli"),
    "Go": Example("report.go", ("go", "run", "report.go"), "go", "golang-go"),
}


class Told(Struct, frozen=True):
    """An answer of an example."""

    status: int
    headers: dict[str, str]
    body: bytes


def ask(port: int, method: str, path: str, body: bytes | None = None) -> Told:
    """Send one request."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=30)
    connection.request(method, path, body, {"Content-Type": "text/csv"} if body is not None else {})
    response = connection.getresponse()
    told = Told(response.status, {name.lower(): value for name, value in response.getheaders()}, response.read())
    connection.close()
    return told


@pytest.fixture(scope="module", params=EXAMPLES, ids=list(EXAMPLES))
def port(
    request: pytest.FixtureRequest, program: Callable[..., str], tmp_path_factory: pytest.TempPathFactory
) -> Iterator[int]:
    """Run an example; gives its port."""
    example = EXAMPLES[request.param]
    program(example.program, example.package)
    folder = tmp_path_factory.mktemp("snippet")
    if request.param == "Express":
        if not (NODE_MODULES / "express").exists():
            pytest.skip("express is not installed here; make clients does that")
        (folder / "node_modules").symlink_to(NODE_MODULES)
    (folder / example.file).write_text(SNIPPETS[request.param].text)
    (folder / "feeds").mkdir()
    (folder / "feeds" / "us.csv").write_text("us,2400\n")
    (folder / "feeds" / "asia.csv.part").touch()
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        free = probe.getsockname()[1]
    env = {"GOCACHE": str(Path.home() / ".cache" / "go-build"), "GO111MODULE": "off", **os.environ, "PORT": str(free)}
    command = [word.replace("PORT", str(free)) for word in example.command]
    # A session of its own: go runs the example in a child, which has to end too.
    run = subprocess.Popen(
        command, cwd=folder, env=env, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, start_new_session=True
    )
    try:
        _wait_until_it_listens(run, free)
        yield free
    finally:
        os.killpg(run.pid, 15)
        run.communicate(timeout=30)
        shutil.rmtree(folder)


def _wait_until_it_listens(run: subprocess.Popen[bytes], port: int) -> None:
    deadline = time.monotonic() + PATIENCE
    while True:
        try:
            socket.create_connection(("127.0.0.1", port), timeout=5).close()
        except OSError:
            if run.poll() is not None:
                pytest.fail(f"the example ended: {run.communicate()[0].decode()}")
            assert time.monotonic() < deadline, "the example does not listen"
            time.sleep(0.05)
        else:
            return


def test_the_answer_names_the_dependency_its_status_and_that_a_retry_is_no_use(port: int) -> None:
    """The feed does not exist: 404, which does not pass on its own."""
    told = ask(port, "GET", "/reports/eu")
    assert told.status == 424
    assert told.headers["content-type"].startswith("application/problem+json")
    assert told.headers["link"] == '</feeds/eu.csv>; rel="https://example.com/rels/failed-dependency"'
    assert "retry-after" not in told.headers
    problem = json.loads(told.body)
    assert (problem["status"], problem["title"]) == (424, "Failed Dependency")
    assert problem["causes"] == [{"href": "/feeds/eu.csv", "status": 404, "retry": False}]


def test_a_cause_that_passes_may_be_retried(port: int) -> None:
    """The feed is still being uploaded: 503, and the answer says when to retry."""
    told = ask(port, "GET", "/reports/asia")
    assert (told.status, told.headers["retry-after"]) == (424, "30")
    assert json.loads(told.body)["causes"] == [{"href": "/feeds/asia.csv", "status": 503, "retry": True}]


def test_without_a_failure_there_is_no_424(port: int) -> None:
    """The feed can be read: the report is made from it."""
    told = ask(port, "GET", "/reports/us")
    assert (told.status, told.body) == (200, b"Sales: us,2400\n")


def test_the_same_request_succeeds_once_the_dependency_is_there(port: int) -> None:
    """The cure is to PUT the feed."""
    assert ask(port, "GET", "/reports/africa").status == 424
    assert ask(port, "PUT", "/feeds/africa.csv", b"africa,900\n").status == 204
    assert ask(port, "GET", "/reports/africa").body == b"Sales: africa,900\n"


def test_every_example_is_run_here() -> None:
    """A new example needs a line above; each says in its first line how to run it."""
    assert set(EXAMPLES) == set(SNIPPETS)
    for name, example in EXAMPLES.items():
        assert example.file.partition(".")[0] in SNIPPETS[name].text.partition("\n")[0]
