"""Microsoft Graph's own SDKs, unchanged, send batches that fail, and read the 424, its body and the cause."""

from __future__ import annotations

import base64
import json
import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests.conftest import Served
from tests.installed import NotInstalledError

from .install import NPM, at_hand, has_npm

DRIVERS = Path(__file__).parent / "drivers"
PYTHON = ("msgraph-core", "microsoft-kiota-serialization-json", "deprecated")
"""The packages of the SDK for Python: that of the batches, that of their JSON, and one that the first needs and does not declare."""
SDKS = ("javascript", "python")
LOCKED = "tree: {/l.json: {content: '{}'}}\ncauses: [{id: locked, kind: lock, path: /l.json}]\n"
TEXT = {"Content-Type": "text/plain"}
JSON = {"Content-Type": "application/json"}
Serve = Callable[[str], Served]


def command(sdk: str) -> tuple[list[str], Path, dict[str, str]]:
    """Give the command that starts the driver of an SDK, where to start it, and its environment."""
    if sdk == "python":
        folders = os.pathsep.join(str(at_hand(name)) for name in PYTHON)
        return [sys.executable, "-W", "ignore", str(DRIVERS / "graph_sdk.py")], DRIVERS, {"PYTHONPATH": folders}
    if shutil.which("node") is None or not has_npm():
        raise NotInstalledError("Graph's SDK isn't installed here; with node and npm make clients-test does that")
    text = (DRIVERS / "graph_sdk.mjs").read_text()
    return ["node", "--no-warnings", "--input-type=module", "--eval", text, "--"], NPM, {}


def send(sdk: str, served: Served, *requests: dict[str, Any], options: tuple[str, ...] = ()) -> dict[str, Any]:
    """Let an SDK send a batch, and give the answers as it gives them, by id."""
    try:
        words, folder, environment = command(sdk)
    except NotInstalledError as missing:
        pytest.skip(str(missing))
    done = subprocess.run(
        [*words, served.url, *options],
        cwd=folder,
        env={**os.environ, "NO_PROXY": "127.0.0.1", **environment},
        input=json.dumps(requests),
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    answers: dict[str, Any] = json.loads(done.stdout)
    return answers


def put(name: str, url: str, body: str, headers: dict[str, str] = JSON, **more: Any) -> dict[str, Any]:
    """Write a request that stores a document."""
    return {"id": name, "method": "PUT", "url": url, "headers": headers, "body": body, **more}


def get(name: str, url: str, **more: Any) -> dict[str, Any]:
    """Write a request that reads a document."""
    return {"id": name, "method": "GET", "url": url, **more}


@pytest.mark.parametrize(("sdk", "options"), [("javascript", ()), ("python", ("--dependsOn",))])
def test_the_sdk_reads_the_424_and_its_cause(sdk: str, options: tuple[str, ...], serve: Serve) -> None:
    """The body of the 424 is Graph's error, and names the request that failed."""
    requests = put("1", "/l.json", '{"a": 1}'), get("2", "/l.json", dependsOn=["1"])
    answers = send(sdk, serve(LOCKED), *requests, options=options)
    assert {name: (each["status"], each["type"]) for name, each in answers.items()} == {
        "1": (423, "application/json"),
        "2": (424, "application/json"),
    }
    cause, error = json.loads(answers["1"]["text"])["error"], json.loads(answers["2"]["text"])["error"]
    assert (cause["code"], cause["innerError"]["condition"]) == ("Locked", "{DAV:}lock-token-submitted")
    assert error["code"] == "FailedDependency"
    assert [(each["id"], each["status"]) for each in error["innerError"]["because"]] == [("1", 423)]


@pytest.mark.parametrize("sdk", SDKS)
def test_the_sdk_reads_the_424_of_a_derived_document(sdk: str, serve: Serve) -> None:
    """It depends on its source, so that it needs no dependsOn."""
    served = serve("tree: {/sum.txt: {from: [a.txt]}}\nmissing: [/a.txt]")
    answer = send(sdk, served, get("1", "/sum.txt"))["1"]
    error = json.loads(answer["text"])["error"]
    assert (answer["status"], error["code"]) == (424, "FailedDependency")
    assert [each["status"] for each in error["innerError"]["because"]] == [404]


@pytest.mark.parametrize("sdk", SDKS)
def test_the_sdk_stores_and_reads_json(sdk: str, serve: Serve) -> None:
    """Both give the JSON of the document."""
    served = serve("")
    answers = send(sdk, served, put("1", "/a.json", '{"b": [1, "ü"]}'), get("2", "/a.json"))
    assert [each["status"] for each in answers.values()] == [201, 200]
    assert json.loads(answers["2"]["text"]) == {"b": [1, "ü"]}
    assert json.loads(served.client("GET", "/a.json").body) == {"b": [1, "ü"]}


@pytest.mark.parametrize("sdk", SDKS)
def test_the_sdk_finds_its_answers_in_any_order(sdk: str, serve: Serve) -> None:
    """It looks them up by id, so that the scenario may reverse them."""
    served = serve("batch-order: reversed\ntree: {/a: {content: x}}")
    answers = send(sdk, served, get("a", "/a"), get("b", "/none"))
    assert [(name, each["status"]) for name, each in answers.items()] == [("b", 404), ("a", 200)]


def test_javascript_stores_text_and_reads_it_in_base64(serve: Serve) -> None:
    """It sends base64 for each body that is not JSON, and gives base64 as it comes; atob can read it."""
    served = serve("")
    answers = send("javascript", served, put("1", "/t.txt", "Hello World ü", TEXT), get("2", "/t.txt"))
    assert [each["status"] for each in answers.values()] == [201, 200]
    assert base64.b64decode(answers["2"]["text"], validate=True).decode() == "Hello World ü"
    assert served.client("GET", "/t.txt").body.decode() == "Hello World ü"


def test_javascript_reads_the_error_of_a_malformed_batch(serve: Serve) -> None:
    """A batch with a nested batch is 400; the SDK throws Graph's error, with its code and its message."""
    nested = {"id": "1", "method": "POST", "url": "/v1.0/$batch", "headers": JSON, "body": "{}"}
    error = send("javascript", serve(""), nested)["error"]
    assert (error["name"], error["status"], error["code"]) == ("Error", 400, "BadRequest")
    assert error["message"] == "A batch can't hold another batch."


def test_python_loses_its_order_and_the_journal_says_so(serve: Serve) -> None:
    """It writes depends_on, which Graph passes over: the second request is done although the first one failed."""
    served = serve(LOCKED)
    requests = put("1", "/l.json", '{"a": 1}'), get("2", "/l.json", dependsOn=["1"])
    assert [each["status"] for each in send("python", served, *requests).values()] == [423, 200]
    (entry,) = served.world.journal
    assert [note.partition(":")[0] for note in entry.notes] == ["#/requests/0/depends_on", "#/requests/1/depends_on"]
