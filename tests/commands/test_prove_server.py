"""``dav424 prove --server``: the scenarios of a server that runs."""

from __future__ import annotations

import json
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.commands.test_cli import dav424, running

NAMES = ("proppatch-protected", "report-from-feeds", "fault-repeated-propstat", "class-1-no-locks", "upload-in-parts")
"""One with 207, one with 424 on the status line, one with a fault, and two in dialects."""


@pytest.fixture(scope="module")
def url() -> Iterator[str]:
    """The URL of a server whose admin API needs a token."""
    with running("--port", "0", "--admin-token", "secret") as (_, found):
        yield found


def test_its_scenarios_are_proven(url: str) -> None:
    """With a token from the variable."""
    run = dav424("prove", "--server", url, *NAMES, DAV424_ADMIN_TOKEN="secret")
    assert (run.stdout.splitlines()[-1], run.stderr, run.returncode) == ("5 of 5 scenarios proven", "", 0)


def test_no_space_is_left(url: str) -> None:
    """Each proof deletes its spaces."""
    dav424("prove", "--server", url, "--admin-token", "secret", "fault-repeated-propstat")
    request = urllib.request.Request(f"{url}-/spaces", headers={"Authorization": "Bearer secret"})
    with urllib.request.urlopen(request, timeout=20) as answer:
        assert [space["name"] for space in json.loads(answer.read())["spaces"]] == ["default"]


def test_a_server_that_answers_otherwise_is_not_as_promised(url: str, tmp_path: Path) -> None:
    """The file here is compared with the server there."""
    (tmp_path / "playground.yaml").write_text(
        "title: wrong\nrequests:\n  - {name: list, method: GET, path: /, expect: {status: 404}}\n"
    )
    run = dav424("prove", "--server", url, "--admin-token", "secret", str(tmp_path / "playground.yaml"))
    assert run.stdout.splitlines()[:2] == ["playground: NOT proven", "  list: the status is 200, not 404"]
    assert run.returncode == 1


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["playground"], "with 401 Unauthorized: "),
        (["--admin-token", "secret", "mine.yaml"], "with 422 Unprocessable Content: There is no scenario 'mine'."),
        (["--each-dialect"], "--server proves the answers of rfc4918 alone; leave out --dialect and --each-dialect"),
        (["--dialect", "apache"], "--server proves the answers of rfc4918 alone"),
    ],
)
def test_what_is_impossible_is_said(
    url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, arguments: list[str], said: str
) -> None:
    """In one line, with exit status 2."""
    (tmp_path / "mine.yaml").write_text(
        "title: Mine\nrequests: [{name: list, method: GET, path: /, expect: {status: 200}}]\n"
    )
    monkeypatch.chdir(tmp_path)
    run = dav424("prove", "--server", url, *arguments)
    assert said in run.stderr
    assert (run.stderr.count("\n"), run.returncode) == (1, 2)


def test_a_server_that_is_not_there_is_said() -> None:
    """With its URL."""
    run = dav424("prove", "--server", "http://127.0.0.1:9", "playground")
    assert run.stderr.startswith("dav424: http://127.0.0.1:9/ does not answer PUT /-/spaces/prove-")
    assert run.returncode == 2


@pytest.mark.parametrize("text", ["127.0.0.1:4240", "ftp://here/", "http://here/s/mine/"])
def test_only_the_root_of_a_server_will_do(text: str) -> None:
    """The message has an example."""
    run = dav424("prove", "--server", text)
    assert f"{text!r} is not the URL of a server; give one without a path, such as http://127.0.0.1:4240/" in run.stderr
    assert run.returncode == 2
