"""The command line, run as a user runs it."""

from __future__ import annotations

import json
import os
import re
import signal
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path

import pytest

from dav424 import __version__


def dav424(*arguments: str, **variables: str) -> subprocess.CompletedProcess[str]:
    """Run the command to its end."""
    return subprocess.run(
        [sys.executable, "-m", "dav424", *arguments],
        capture_output=True,
        text=True,
        timeout=60,
        env={**os.environ, **variables},
        check=False,
    )


@contextmanager
def running(
    *arguments: str, said: str = r"dav424 ready url=(http://\S+)\n", **variables: str
) -> Iterator[tuple[subprocess.Popen[str], str]]:
    """Run ``dav424 serve``, and give the process and its URL once it says that it is ready."""
    process = subprocess.Popen(
        [sys.executable, "-m", "dav424", "serve", *arguments],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env={**os.environ, **variables},
    )
    try:
        assert process.stdout is not None
        ready = re.fullmatch(said, process.stdout.readline())
        assert ready is not None
        yield process, ready[1]
    finally:
        process.terminate()
        process.communicate(timeout=10)


def test_version() -> None:
    """--version prints it."""
    assert dav424("--version").stdout == f"dav424 {__version__}\n"


def test_scenarios_lists_them_with_their_titles() -> None:
    """Each line is a name and a title."""
    lines = dav424("scenarios").stdout.splitlines()
    assert any(re.fullmatch(r"proppatch-protected +One protected property .*", line) for line in lines)


def test_show_gives_curl_commands() -> None:
    """Show says what is in the way and how to ask."""
    shown = dav424("show", "proppatch-protected").stdout
    assert "getetag-is-protected: protected-property" in shown
    assert "curl -i -X PROPPATCH http://127.0.0.1:4240/proppatch-protected/report.txt" in shown


def test_try_explains_each_424() -> None:
    """The transcript names the cause of each 424 and the changes on the server, and ends in success."""
    told = dav424("try", "proppatch-protected").stdout
    assert "author: 424: Not done, because this failed: set {DAV:}getetag (403 Forbidden)." in told
    assert "=> Changes on the server: none." in told
    assert "getetag: 403 {DAV:}cannot-modify-protected-property: failed on its own. {DAV:}getetag is protected." in told
    assert "-> /report.txt {http://example.com/ns}title: 404\n" in told, "an absent property has not failed"
    assert told.rstrip().endswith("{http://example.com/ns}title: 200")


def test_show_tells_what_is_missing_and_how_to_put_it() -> None:
    """What is missing is in the way as a cause is, and the cure is a command to paste."""
    shown = dav424("show", "report-from-feeds").stdout
    assert "Causes:\n  /feeds/eu.csv is missing\n" in shown
    assert "curl -I http://127.0.0.1:4240/report-from-feeds/report.html" in shown
    assert "curl -i -X PUT http://127.0.0.1:4240/report-from-feeds/feeds/eu.csv" in shown.partition("# The cure:")[2]


def test_try_explains_a_424_on_the_status_line() -> None:
    """The answer as it came, what it says of the cause, and what the same bytes give after the cure."""
    before, _, after = dav424("try", "report-from-feeds").stdout.partition("# The cure:")
    assert "HTTP/1.1 424 Failed Dependency" in before
    assert "-> /feeds/eu.csv: 404: failed on its own." in before
    assert (after.count("HTTP/1.1 201 Created"), after.count("HTTP/1.1 200 OK"), "424" in after) == (1, 3, False)


def test_prove_says_what_it_has_proven() -> None:
    """Prove with names proves those."""
    run = dav424("prove", "playground", "proppatch-protected")
    assert run.stdout.splitlines()[-1] == "2 of 2 scenarios proven"
    assert run.returncode == 0


def test_a_scenario_that_isnt_as_promised_is_status_1(tmp_path: Path) -> None:
    """Prove exits with 1 and says what is not as written."""
    (tmp_path / "wrong.yaml").write_text(
        "title: wrong\nrequests:\n  - {name: list, method: GET, path: /, expect: {status: 404}}\n"
    )
    run = dav424("prove", "wrong", "--scenarios", str(tmp_path))
    assert run.returncode == 1
    assert "wrong: NOT proven\n  list: the status is 200, not 404" in run.stdout


def test_schema_is_the_committed_one() -> None:
    """The schema that is printed is the one that editors find in docs/."""
    committed = (Path(__file__).parents[2] / "docs" / "scenario.schema.json").read_text()
    assert dav424("schema").stdout == committed


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["show", "playgruond"], "there is no scenario 'playgruond'; did you mean 'playground'?"),
        (["serve", "--port", "x"], "'x' is not a port; give a number from 0 to 65535"),
        (["serve", "--port", "70000"], "'70000' is not a port"),
        (["serve", "--scenarios", "/nowhere"], "/nowhere:1:1: no scenario file at this path"),
        (["serve", "--ready-file", "/nowhere/ready", "--port", "0"], "can't write the ready file /nowhere/ready"),
        (["serve", "--host", "no.such.host.invalid", "--port", "0"], "can't listen on no.such.host.invalid:0"),
        (["frobnicate"], "invalid choice: 'frobnicate'"),
    ],
)
def test_what_cant_be_had_is_one_clear_line_and_status_2(arguments: list[str], said: str) -> None:
    """No traceback, exit status 2, and the reason on standard error."""
    run = dav424(*arguments)
    assert run.returncode == 2
    assert said in run.stderr
    assert "Traceback" not in run.stderr


def test_a_taken_port_is_one_clear_line() -> None:
    """The address, the reason and the way out."""
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        run = dav424("serve", "--port", str(port))
    assert run.returncode == 2
    assert re.fullmatch(rf"dav424: can't listen on 127\.0\.0\.1:{port}: .*; choose another with --port\n", run.stderr)


def test_a_bad_file_is_told_with_its_place(tmp_path: Path) -> None:
    """File, line, column and a suggestion."""
    (tmp_path / "mine.yaml").write_text("title: mine\nteeches: nothing\n")
    run = dav424("check", str(tmp_path))
    assert run.returncode == 2
    assert run.stderr == f"{tmp_path}/mine.yaml:2:1: unknown key 'teeches'; did you mean 'teaches'?\n"


def test_serve_announces_itself_and_writes_the_ready_file(tmp_path: Path) -> None:
    """The line and the file say the same URL, it answers, and the file goes with the server."""
    ready = tmp_path / "ready.json"
    with running("--port", "0", "--ready-file", str(ready)) as (process, url):
        told = json.loads(ready.read_text())
        assert told == {"url": url, "pid": process.pid}
        assert b"playground" in urllib.request.urlopen(url).read()
    assert not ready.exists()


def test_the_printed_lines_show_a_424_its_reason_and_its_cure() -> None:
    """``serve`` prints three requests to paste: one gets 424, one explains it, one makes the first succeed."""
    with running("--port", "0") as (process, _):
        assert process.stdout is not None
        printed = list(iter(process.stdout.readline, "Press Ctrl-C to stop the server.\n"))
        first, explain, cure = [text for text in "".join(printed).split("\n\n") if text.startswith("curl ")]
        answers = [
            subprocess.run(["bash", "-c", line], capture_output=True, text=True, check=True).stdout
            for line in (first, explain, cure, first)
        ]
    assert answers[0].startswith("HTTP/1.1 424 Failed Dependency")
    assert "/feeds/eu.csv: 404 Not Found" in answers[1]
    assert answers[2].startswith("HTTP/1.1 201 Created")
    assert answers[3].startswith("HTTP/1.1 200 OK")


def test_variables_are_settings_and_flags_win(tmp_path: Path) -> None:
    """DAV424_SCENARIOS adds scenarios; --port wins over DAV424_PORT."""
    (tmp_path / "mine.yaml").write_text("title: mine\n")
    with running("--port", "0", DAV424_PORT="not a port", DAV424_SCENARIOS=str(tmp_path)) as (_, url):
        assert urllib.request.urlopen(f"{url}mine/").status == 200


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_signal_stops_it_at_once(number: signal.Signals) -> None:
    """It ends by itself with status 0, soon, also while a client holds a connection open."""
    with running("--port", "0") as (process, url):
        host, port = url.removeprefix("http://").rstrip("/").split(":")
        with socket.create_connection((host, int(port))) as idle:
            idle.sendall(b"GET / HTTP/1.1\r\nHost: x\r\n\r\n")
            idle.recv(10)
            process.send_signal(number)
            assert process.wait(timeout=5) == 0


def test_the_first_requests_may_come_at_once() -> None:
    """While the commands to paste are being made, and many at a time: none of them finds the server gone."""
    for _ in range(4):
        with running("--port", "0") as (process, url), ThreadPoolExecutor(8) as pool:
            asked = [f"{url}s/x{number}/playground/" for number in range(8)]
            assert {answer.status for answer in pool.map(urllib.request.urlopen, asked)} == {200}
            time.sleep(0.2)
            assert process.poll() is None
