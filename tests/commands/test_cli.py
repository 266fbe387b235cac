"""The command line, run as a user runs it."""

from __future__ import annotations

import contextlib
import json
import os
import pty
import re
import signal
import socket
import subprocess
import sys
import termios
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path

import pytest

from dav424 import __version__
from dav424.proof.play import Player
from dav424.proof.show import describe
from tests.bundled import SOURCES


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


def test_show_names_the_clients_that_get_it_wrong() -> None:
    """By what they did, from the record of the tests; those that report the truth are not named."""
    shown = dav424("show", "delete-locked-member").stdout.partition("Clients that get it wrong")[2].partition("#")[0]
    assert "mistook it for success: " in shown
    assert "rclone 1.60.1" in shown
    assert "cadaver" not in shown
    assert "Clients" not in dav424("show", "playground").stdout


def test_show_and_try_print_lines_for_the_server_that_runs(tmp_path: Path) -> None:
    """They find it as health and journal do: by flags, by variables and by the ready file."""
    assert (
        "curl -i -X PROPPATCH http://127.0.0.1:4395/proppatch-protected/"
        in dav424("show", "proppatch-protected", DAV424_PORT="4395").stdout
    )
    ready = tmp_path / "ready.json"
    ready.write_text(json.dumps({"url": "http://dav.test:1/"}))
    for arguments, url in (
        (["--port", "4396", "--host", "*"], "http://127.0.0.1:4396"),
        (["--ready-file", str(ready)], "http://dav.test:1"),
        (["--tls"], "https://127.0.0.1:4240"),
    ):
        told = dav424("try", "proppatch-locked", *arguments).stdout
        assert f"$ curl -i -X PROPPATCH {url}/proppatch-locked/report.txt" in told
        assert "HTTP/1.1 423 Locked" in told


def test_try_gives_a_reason_for_each_failure() -> None:
    """Also for a request that was refused as a whole, for a request of a batch, and for the 424 itself."""
    refused = dav424("try", "proppatch-locked").stdout
    assert "-> /report.txt: 423 {DAV:}lock-token-submitted: failed on its own. Locked: /report.txt. Send" in refused
    batch = dav424("try", "batch-chain").stdout
    assert "-> request 1: 423 {DAV:}lock-token-submitted: failed on its own. Locked: /order.txt. Send" in batch
    assert "=> Changes on the server: /log.txt was added.\n" in batch
    report = dav424("try", "report-from-feeds").stdout
    assert "-> /report.html: 424: Not done, because this failed: /feeds/eu.csv: 404." in report, "of a HEAD"
    assert "-> /report.html: 424: Not done, because this failed: read /feeds/eu.csv (404 Not Found)." in report


def test_try_decodes_the_bodies_of_batches() -> None:
    """Below the answer as it came."""
    told = dav424("try", "batch-chain").stdout
    (decoded,) = re.findall(r"The body of request 1, decoded from base64:\n(.*?)\n\n", told, re.DOTALL)
    assert decoded.startswith("<?xml")
    assert "<D:lock-token-submitted>" in decoded


@pytest.mark.parametrize("name", sorted(SOURCES))
def test_show_prints_no_python(name: str) -> None:
    """Lists and mappings are words."""
    scenario = SOURCES[name]()
    lines = "\n".join(describe(name, Player("http://127.0.0.1:4240/x/", scenario)))
    head = lines.partition("\n# ")[0] + lines.rpartition("# The cure:")[2].partition("\n#")[0]
    assert re.findall(r"[\[\]]|\{'|\('|\bNone\b|\bTrue\b|\bFalse\b", head) == []


def test_settings_of_causes_are_words() -> None:
    """As a person would write them."""
    assert "denied (path /salaries.csv, users bob, methods GET, HEAD)" in dav424("show", "report-denied-source").stdout


def in_terminal(columns: int, *arguments: str) -> str:
    """Run the command in a terminal of this width; gives its output."""
    ours, its = pty.openpty()
    termios.tcsetwinsize(its, (24, columns))
    variables = {name: value for name, value in os.environ.items() if name not in ("COLUMNS", "LINES")}
    with subprocess.Popen([sys.executable, "-m", "dav424", *arguments], stdout=its, env=variables) as process:
        os.close(its)
        pieces = []
        with contextlib.suppress(OSError):  # Linux reports the end of a terminal as an error
            while piece := os.read(ours, 65536):
                pieces.append(piece)
        os.close(ours)
        assert process.wait(timeout=60) == 0
    return b"".join(pieces).decode()


@pytest.mark.parametrize("arguments", [["scenarios"], ["show", "report-denied-source"], ["try", "proppatch-locked"]])
def test_sentences_fit_the_terminal(arguments: list[str]) -> None:
    """They are wrapped between words; in a pipe, a scenario is a line."""
    told = re.sub(r"\x1b\[[0-9]*m", "", in_terminal(60, *arguments)).splitlines()
    prose = [line for line in told if not re.match(r"\s*[<\$]|curl|.*<", line)]
    assert len(prose) > 5
    assert [line for line in prose if len(line) > 60] == []
    assert len(dav424("scenarios").stdout.splitlines()) == len(SOURCES)


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
    assert (after.count("HTTP/1.1 201 Created"), after.count("HTTP/1.1 200 OK"), "HTTP/1.1 424" in after) == (
        1,
        3,
        False,
    )


SIMPLE = "title: Simple\nrequests: [{name: list, method: GET, path: /, expect: {status: 200}}]\n"


@pytest.mark.parametrize("command", ["show", "try", "prove"])
def test_a_command_takes_the_path_of_a_file(tmp_path: Path, command: str) -> None:
    """The scenario has the file's name, without its suffix."""
    (tmp_path / "simple.yml").write_text(SIMPLE)
    run = dav424(command, str(tmp_path / "simple.yml"))
    assert (run.returncode, run.stderr) == (0, "")
    assert run.stdout.startswith("simple: ")


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("nowhere.yaml", "there is no file 'nowhere.yaml'; check the path"),
        ("here/playground.yaml", "there is no file 'here/playground.yaml'; did you mean the scenario 'playground'?"),
        (".", "'.' is a folder; name a file in it"),
        ("playgroun", "there is no scenario 'playgroun'; did you mean 'playground'?"),
    ],
)
@pytest.mark.parametrize("command", ["show", "try", "prove"])
def test_a_file_that_is_not_there_is_told(command: str, name: str, said: str) -> None:
    """With what was probably meant."""
    run = dav424(command, name)
    assert run.returncode == 2
    assert said in run.stderr


def test_a_file_with_mistakes_is_not_tried(tmp_path: Path) -> None:
    """They are told with their places."""
    (tmp_path / "bad.yaml").write_text("titel: x\n")
    run = dav424("try", str(tmp_path / "bad.yaml"))
    assert run.returncode == 2
    assert "bad.yaml:1:1: unknown key 'titel'" in run.stderr


def test_prove_proves_no_scenario_without_requests(tmp_path: Path) -> None:
    """It says so, and the sum is right."""
    (tmp_path / "empty.yaml").write_text("title: Empty\n")
    run = dav424("prove", str(tmp_path / "empty.yaml"), "playground")
    assert run.returncode == 1
    assert run.stdout.splitlines() == [
        "empty: NOT proven",
        "  the scenario has no requests, so nothing was proven; add requests",
        "playground: proven",
        "1 of 2 scenarios proven",
    ]
    assert "The scenario has no requests to send" in dav424("try", str(tmp_path / "empty.yaml")).stdout


def test_check_prints_notes(tmp_path: Path) -> None:
    """They are no mistakes: the file is ok."""
    (tmp_path / "noted.yaml").write_text("title: Noted\ntree: {/a: {properties: {owner: Ada}}}\n")
    run = dav424("check", str(tmp_path / "noted.yaml"))
    assert run.returncode == 0
    assert re.search(r"noted\.yaml:2:33: note: 'owner' has no namespace.*\n.*noted\.yaml: ok\n", run.stdout)


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
        (["show", "report-f"], "did you mean 'report-fails-twice-then-works' or 'report-from-feeds'?"),
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


def test_without_a_command_the_commands_are_listed() -> None:
    """The person who types the name of the program alone sees what it can do."""
    run = dav424()
    assert (run.returncode, run.stdout) == (2, "")
    assert "serve the scenarios until" in run.stderr
    assert run.stderr.endswith("dav424: choose a command, such as: dav424 serve\n")


def test_a_taken_port_is_one_clear_line() -> None:
    """The address, the reason and the way out."""
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        run = dav424("serve", "--port", str(port))
    assert run.returncode == 2
    reason = "Address already in use; choose another port with --port, or another address with --host"
    assert run.stderr == f"dav424: can't listen on 127.0.0.1:{port}: {reason}\n"


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


def send(url: str, *lines: str) -> None:
    """Send requests such as ``GET proppatch-locked/``, whatever comes of them."""
    for line in lines:
        method, path = line.split()
        with contextlib.suppress(urllib.error.HTTPError):
            urllib.request.urlopen(urllib.request.Request(url + path, method=method)).close()


def test_the_printed_explanation_stays_true_after_a_look_in_a_browser() -> None:
    """The list of scenarios, the icon and another page are read first."""
    with running("--port", "0") as (process, url):
        assert process.stdout is not None
        printed = list(iter(process.stdout.readline, "Press Ctrl-C to stop the server.\n"))
        first, explain, _ = [text for text in "".join(printed).split("\n\n") if text.startswith("curl ")]
        send(url, "GET /", "GET favicon.ico", "GET playground/")
        subprocess.run(["sh", "-c", first], capture_output=True, check=True)
        send(url, "GET /", "GET favicon.ico", "GET report-from-feeds/")
        told = subprocess.run(["sh", "-c", explain], capture_output=True, text=True, check=True).stdout
    assert "HEAD /report-from-feeds/report.html -> 424 Failed Dependency" in told


def test_journal_chooses_exchanges() -> None:
    """The last ones of each space, those that failed, and those of a method."""
    with running("--port", "0") as (_, url):
        send(url, "GET playground/", "GET playground/x", "PUT playground/y", "GET s/other/playground/z")
        port = ["--port", url.rstrip("/").rpartition(":")[2]]

        def numbers(*arguments: str) -> list[str]:
            return re.findall(
                r"^(?:# The space (\w+)|Exchange .*: (\S+ \S+) ->)",
                "".join(line for line in dav424("journal", *port, *arguments).stdout.splitlines(keepends=True)),
                re.MULTILINE,
            )

        def told(*arguments: str) -> list[str]:
            return ["".join(found) for found in numbers(*arguments)]

        assert told() == [
            "default", "GET /playground/", "GET /playground/x", "PUT /playground/y", "other", "GET /s/other/playground/z",
        ]  # fmt: skip
        assert told("--last") == ["default", "PUT /playground/y", "other", "GET /s/other/playground/z"]
        assert told("--last", "2")[:3] == ["default", "GET /playground/x", "PUT /playground/y"]
        assert told("--failed") == ["default", "GET /playground/x", "other", "GET /s/other/playground/z"]
        assert told("--method", "put") == ["default", "PUT /playground/y"]
        assert told("--method", "get", "--last", "1", "--failed")[:2] == ["default", "GET /playground/x"]
        headed = subprocess.run(
            ["bash", "-o", "pipefail", "-c", f"{sys.executable} -m dav424 journal {' '.join(port)} | head -n 1"],
            capture_output=True,
            text=True,
            check=False,
        )
        assert (headed.returncode, headed.stdout, headed.stderr) == (0, "# The space default\n", "")


def test_journal_follows_the_server() -> None:
    """It prints what there is and what comes, after a reset too, until it is interrupted; then its status is 0."""
    with running("--port", "0") as (_, url):
        send(url, "GET playground/", "GET playground/a")
        following = subprocess.Popen(
            [
                sys.executable,
                "-m",
                "dav424",
                "journal",
                "--follow",
                "--last",
                "--port",
                url.rstrip("/").rpartition(":")[2],
            ],
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        assert following.stdout is not None
        found: list[str] = []

        def wait_for(words: str) -> None:
            assert following.stdout is not None
            for line in following.stdout:
                found.extend(re.findall(r"^Exchange .*: (\S+ \S+) ->", line))
                if words in line:
                    return

        wait_for("/playground/a ->")
        send(url, "GET playground/b")
        wait_for("/playground/b ->")
        send(url, "POST -/spaces/default/reset", "GET playground/c")
        wait_for("/playground/c ->")
        following.send_signal(signal.SIGINT)
        _, errors = following.communicate(timeout=20)
    assert (following.returncode, errors) == (0, "")
    assert found == ["GET /playground/a", "GET /playground/b", "GET /playground/c"]


def test_journal_names_the_url_that_it_asked() -> None:
    """And the flags that name another."""
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
    run = dav424("journal", "--port", str(port))
    assert run.returncode == 2
    assert run.stderr == (
        f"dav424: the journal at http://127.0.0.1:{port}/-/spaces can't be read: Connection refused; "
        "name the server with --host and --port, or with --ready-file\n"
    )


def test_variables_are_settings_and_flags_win(tmp_path: Path) -> None:
    """DAV424_SCENARIOS adds scenarios; --port wins over DAV424_PORT."""
    (tmp_path / "mine.yaml").write_text("title: mine\n")
    with running("--port", "0", DAV424_PORT="not a port", DAV424_SCENARIOS=str(tmp_path)) as (_, url):
        assert urllib.request.urlopen(f"{url}mine/").status == 200


TWICE = """
import os, signal, sys, threading

sent = []

def set_and_signal(self):
    with self._cond:
        if not sent and threading.get_ident() == threading.main_thread().ident and callable(signal.getsignal(signal.SIGTERM)):
            sent.append(True)
            os.kill(os.getpid(), signal.SIGTERM)
        self._flag = True
        self._cond.notify_all()

threading.Event.set = set_and_signal
from dav424.commands.cli import main
sys.exit(main(["serve", "--port", "0"]))
"""


def test_a_second_signal_can_come_while_the_first_is_handled() -> None:
    """It ends the process at once; it can't wait for a lock that the first one holds."""
    process = subprocess.Popen([sys.executable, "-c", TWICE], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    try:
        assert process.stdout is not None
        assert "ready" in process.stdout.readline()
        process.terminate()
        process.communicate(timeout=20)
        assert process.returncode == 0
    finally:
        process.kill()
        process.communicate()


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
