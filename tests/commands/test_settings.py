"""The settings that containers and CI need, and the commands that find a server by them."""

from __future__ import annotations

import argparse
import json
import signal
import socket
import ssl
import subprocess
import sys
import time
import urllib.error
import urllib.request
from pathlib import Path

import pytest

from dav424.app import DEFAULT_MAX_BODY
from dav424.commands.flag_types import Flag
from dav424.commands.flags import FIND_FLAGS, SCENARIO_FLAGS, SERVE_FLAGS, WAIT, AnyFlag, add_flags
from dav424.wire.server import DEFAULT_LIMITS, STOP_TIMEOUT
from dav424.worlds.settings import Settings

from .test_cli import dav424, running


def test_a_scenario_can_be_given_by_variables_alone() -> None:
    """Text and name, in no file; it stands beside the bundled ones."""
    settings = {"DAV424_SCENARIO": "title: mine\ntree: {/f: {content: hello}}\n", "DAV424_SCENARIO_NAME": "mine"}
    with running(DAV424_PORT="0", **settings) as (_, url):
        assert urllib.request.urlopen(f"{url}mine/f").read() == b"hello"
        assert urllib.request.urlopen(f"{url}playground/").status == 200
    assert "mine " in dav424("scenarios", **settings).stdout


def test_it_is_served_as_inline_without_a_name() -> None:
    """The flag does the same as the variable, and wins."""
    with running("--port", "0", "--scenario", "title: mine", DAV424_SCENARIO="titel: wrong") as (_, url):
        assert urllib.request.urlopen(f"{url}inline/").status == 200


@pytest.mark.parametrize(
    ("text", "name", "said"),
    [
        ("title: x\nteeches: y\n", "mine", "DAV424_SCENARIO:2:1: unknown key 'teeches'; did you mean 'teaches'?\n"),
        (
            "title: x",
            "a b",
            "DAV424_SCENARIO_NAME:1:1: 'a b' can't be a scenario's name; use at most 64 letters, digits, '.', '_' and '-', and begin with a letter or digit\n",
        ),
        (
            "title: x",
            "s",
            "DAV424_SCENARIO_NAME:1:1: 's' can't be a scenario's name, since spaces are served at /s/; choose another name\n",
        ),
        (
            "title: x",
            "learn",
            "DAV424_SCENARIO_NAME:1:1: 'learn' can't be a scenario's name, since the pages for learners are served at /learn/; choose another name\n",
        ),
    ],
)
def test_what_is_wrong_with_it_is_told_with_its_place(text: str, name: str, said: str) -> None:
    """As of a file."""
    run = dav424("serve", "--port", "0", DAV424_SCENARIO=text, DAV424_SCENARIO_NAME=name)
    assert (run.returncode, run.stderr) == (2, said)


def free_port() -> int:
    """Find a port that nobody has now."""
    with socket.create_server(("127.0.0.1", 0)) as found:
        return int(found.getsockname()[1])


def test_health_reads_the_settings_of_serve(tmp_path: Path) -> None:
    """By port, by variable, by ready file; 0 while it serves, and 1 with a reason when it doesn't."""
    port, ready = str(free_port()), str(tmp_path / "ready.json")
    with running("--port", port, "--ready-file", ready) as (_, url):
        said = f"dav424 is ready at {url}\n"
        for run in (
            dav424("health", "--port", port),
            dav424("health", DAV424_PORT=port),
            dav424("health", DAV424_PORT=port, DAV424_HOST="*"),
            dav424("health", DAV424_PORT="1", DAV424_READY_FILE=ready),
        ):
            assert (run.returncode, run.stdout, run.stderr) == (0, said, "")
    run = dav424("health", "--port", port)
    assert (run.returncode, run.stdout) == (1, "")
    assert run.stderr == (
        f"dav424: not ready: http://127.0.0.1:{port}/-/ready can't be read: Connection refused; "
        "name the server with --host and --port, or with --ready-file\n"
    )
    assert dav424("health", "--ready-file", ready).returncode == 1
    Path(ready).write_text("[]")
    run = dav424("health", "--ready-file", ready)
    assert run.returncode == 1
    assert run.stderr.startswith(f"dav424: not ready: {ready} is not a ready file: it has no url as JSON; give a file")


def test_variables_of_kubernetes_are_not_meant_for_the_server() -> None:
    """A service with the name dav424 sets DAV424_PORT to a URL in each container; a port is a number."""
    injected = {"DAV424_PORT": "tcp://10.96.0.12:4240", "DAV424_ADMIN_PORT": "tcp://10.96.0.13:80"}
    with running("--port", "0", **injected) as (_, url):
        port = url.rstrip("/").rpartition(":")[2]
        assert dav424("health", "--port", port, **injected).returncode == 0
    assert "http://127.0.0.1:4240/-/ready" in dav424("health", **injected).stdout + dav424("health", **injected).stderr
    wrong = dav424("serve", "--port", "tcp://10.96.0.12:4240")
    assert (wrong.returncode, "is not a port" in wrong.stderr) == (2, True)


def test_health_asks_the_port_of_the_admin_api() -> None:
    """It is not on the other one then."""
    port, admin = str(free_port()), str(free_port())
    settings = {"DAV424_PORT": port, "DAV424_ADMIN_PORT": admin, "DAV424_ADMIN_TOKEN": "secret"}
    process_said = r"dav424 ready url=(http://\S+) admin=\S+\n"
    with running(said=process_said, **settings) as (_, url):
        assert dav424("health", **settings).stdout == f"dav424 is ready at {url}\n"


def test_health_says_what_it_cant_know() -> None:
    """Port 0 is no address."""
    run = dav424("health", "--port", "0")
    assert run.returncode == 1
    assert (
        run.stderr
        == "dav424: not ready: port 0 does not name the port of the server; give that port, or use --ready-file\n"
    )


def test_health_of_something_else_is_not_ready(tmp_path: Path) -> None:
    """A server that speaks no HTTP, or has no such path, is not this one."""
    with socket.create_server(("127.0.0.1", 0)) as silent:
        silent.settimeout(10)
        (tmp_path / "ready.json").write_text(json.dumps({"url": f"http://127.0.0.1:{silent.getsockname()[1]}/"}))
        run = dav424("health", "--ready-file", str(tmp_path / "ready.json"))
    assert run.returncode == 1
    assert "Traceback" not in run.stderr


def test_journal_prints_what_was_asked() -> None:
    """Of all spaces, each exchange explained; nothing for a server that nobody asked."""
    port = str(free_port())
    with running("--port", port) as (_, url):
        assert dav424("journal", "--port", port).stdout == ""
        urllib.request.urlopen(f"{url}s/alpha/playground/").close()
        with pytest.raises(urllib.error.HTTPError) as raised:
            urllib.request.urlopen(f"{url}report-from-feeds/report.html")
        raised.value.close()
        told = dav424("journal", "--port", port).stdout
    assert told.startswith("# The space default\n\nExchange 1,")
    assert "GET /report-from-feeds/report.html -> 424 Failed Dependency" in told
    assert "# The space alpha\n\nExchange 1," in told
    run = dav424("journal", "--port", port)
    assert run.returncode == 2
    assert run.stderr.startswith(f"dav424: the journal at http://127.0.0.1:{port}/-/spaces can't be read: ")


def test_journal_needs_the_token_that_serve_was_given() -> None:
    """The variable is the same."""
    port = str(free_port())
    with running("--port", port, DAV424_ADMIN_TOKEN="secret"):
        assert "401" in dav424("journal", "--port", port).stderr
        assert dav424("journal", "--port", port, DAV424_ADMIN_TOKEN="secret").returncode == 0


def test_tls_from_the_command_line(tmp_path: Path) -> None:
    """The line says https, the files say what to trust, and go with the server; health and journal find it."""
    authority, ready, port = tmp_path / "ca.pem", tmp_path / "ready.json", str(free_port())
    settings = {
        "DAV424_TLS": "1",
        "DAV424_TLS_CA": str(authority),
        "DAV424_PORT": port,
        "DAV424_TLS_NAMES": "dav, other",
    }
    said = rf"dav424 ready url=(https://127\.0\.0\.1:{port}/) ca={authority}\n"
    with running("--ready-file", str(ready), said=said, **settings) as (process, url):
        told = json.loads(ready.read_text())
        assert told == {"url": url, "ca": str(authority), "pid": process.pid}
        context = ssl.create_default_context(cafile=str(authority))
        assert urllib.request.urlopen(f"{url}-/ca.pem", context=context).read() == authority.read_bytes()
        assert dav424("health", **settings).returncode == 0
        assert dav424("health", "--ready-file", str(ready)).returncode == 0
        assert dav424("journal", **settings).returncode == 0
    assert not authority.exists()


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (
            ["--tls-broken", "badly"],
            "'badly' is not a fault of a certificate; give one of expired, wrong-host, untrusted",
        ),
        (["--tls", "--tls-names", "no_name!"], "--tls-names no_name!: a certificate can't have these names"),
        (["--tls", "--tls-ca", "/nowhere/ca.pem"], "can't write the authority's certificate /nowhere/ca.pem"),
    ],
)
def test_what_tls_cant_have_is_one_clear_line(arguments: list[str], said: str) -> None:
    """No traceback, and status 2."""
    run = dav424("serve", "--port", "0", *arguments)
    assert run.returncode == 2
    assert said in run.stderr
    assert "Traceback" not in run.stderr


def test_a_broken_certificate_needs_no_other_flag() -> None:
    """To ask for one is to ask for HTTPS; an empty variable asks for nothing."""
    with running("--port", "0", "--tls-broken", "expired", said=r"dav424 ready url=(https://\S+)\n"):
        pass
    with running("--port", "0", DAV424_TLS_BROKEN="", DAV424_TLS="0"):
        pass


def test_everywhere_is_both_families() -> None:
    """--host * answers on all addresses; the URL to hand out is one that works, and the admin API is closed."""
    with running("--port", "0", "--host", "*") as (_, url):
        assert url.startswith("http://127.0.0.1:")
        hosts = ["127.0.0.1", "127.0.0.2"] + ["[::1]"] * Path("/proc/net/if_inet6").exists()
        for host in hosts:
            assert urllib.request.urlopen(url.replace("127.0.0.1", host)).status == 200
        with pytest.raises(urllib.error.HTTPError, match="403"):
            urllib.request.urlopen(f"{url}-/spaces")


@pytest.mark.parametrize("flag", [*SCENARIO_FLAGS, *SERVE_FLAGS, WAIT], ids=lambda flag: flag.name)
def test_every_flag_has_a_variable_that_is_read(monkeypatch: pytest.MonkeyPatch, flag: AnyFlag) -> None:
    """The default of each flag comes from its variable: a container needs no other way."""
    command = argparse.ArgumentParser()
    monkeypatch.setenv(flag.variable, "1")
    add_flags(command, [flag])
    assert command.get_default(flag.name[2:].replace("-", "_")) in ("1", True, [Path("1")])
    assert flag.variable == "DAV424_" + flag.name[2:].replace("-", "_").upper()


def test_the_defaults_of_flags_are_those_of_the_server() -> None:
    """The library and the command have the same limits."""
    defaults = {flag.name: flag.default for flag in SERVE_FLAGS if isinstance(flag, Flag)}
    settings = Settings()
    assert float(str(defaults["--head-timeout"])) == DEFAULT_LIMITS.head_timeout
    assert defaults["--min-rate"] == str(DEFAULT_LIMITS.min_rate)
    assert float(str(defaults["--min-rate-window"])) == DEFAULT_LIMITS.rate_window
    assert float(str(defaults["--stop-timeout"])) == STOP_TIMEOUT
    assert defaults["--max-body"] == str(DEFAULT_MAX_BODY)
    assert (defaults["--space-idle"], settings.idle) == (None, None)
    assert defaults["--max-spaces"] == str(settings.most)
    assert defaults["--journal-entries"] == str(settings.journal_entries)
    assert defaults["--journal-bytes"] == str(settings.journal_bytes)


def test_the_commands_that_find_a_server_read_the_variables_of_serve() -> None:
    """A container has them once, for the server and its health check."""
    assert {(flag.name, flag.variable) for flag in FIND_FLAGS} < {(flag.name, flag.variable) for flag in SERVE_FLAGS}
    defaults = {flag.name: flag.default for flag in SERVE_FLAGS if isinstance(flag, Flag)}
    assert all(flag.default == defaults[flag.name] for flag in FIND_FLAGS if isinstance(flag, Flag))


@pytest.mark.parametrize(
    ("variable", "text", "message"),
    [
        ("DAV424_PORT", "x", "'x' is not a port; give a number from 0 to 65535 [DAV424_PORT]"),
        ("DAV424_MAX_SPACES", "many", "'many' is not a whole number; give one such as 1000 [DAV424_MAX_SPACES]"),
        ("DAV424_HEAD_TIMEOUT", "-1", "'-1' is not a number of seconds; give one such as 30 [DAV424_HEAD_TIMEOUT]"),
        ("DAV424_MIN_RATE", "1k", "'1k' is not a whole number; give one such as 1000 [DAV424_MIN_RATE]"),
        (
            "DAV424_MIN_RATE_WINDOW",
            "0.0",
            "'0.0' is not a time; give more than 0 seconds, such as 30 [DAV424_MIN_RATE_WINDOW]",
        ),
        ("DAV424_STOP_TIMEOUT", "soon", "'soon' is not a number of seconds; give one such as 30 [DAV424_STOP_TIMEOUT]"),
        ("DAV424_TLS", "maybe", "DAV424_TLS=maybe is not a value for a switch; write 1 or 0"),
    ],
)
def test_a_wrong_variable_is_named(variable: str, text: str, message: str) -> None:
    """A container has no flags: the message names the variable."""
    run = dav424("serve", **{variable: text})
    assert run.returncode == 2
    assert message in run.stderr


EMPTY = {flag.variable: "" for flag in SERVE_FLAGS + SCENARIO_FLAGS}


def test_an_empty_variable_is_none(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Compose files pass each variable, with nothing in most of them: that leaves the defaults, and no files behind."""
    monkeypatch.chdir(tmp_path)
    with running("--port", "0", **EMPTY) as (_, url):
        assert url.startswith("http://127.0.0.1:")
        assert urllib.request.urlopen(f"{url}playground/").status == 200
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["--host", ""], "argument --host: '' is not an address; give one such as 127.0.0.1 [DAV424_HOST]"),
        (["--host", " "], "argument --host: ' ' is not an address"),
        (["--host", "a..b"], "can't listen on a..b:4240: encoding with 'idna' codec failed"),
        (["--ready-file", "."], "can't write the ready file .: it is not a regular file; choose another path"),
        (["--tls", "--tls-ca", "."], "can't write the authority's certificate .: it is not a regular file"),
        (["--ready-file", ""], "argument --ready-file: the path is empty; give the path of a file"),
        (["--tls", "--tls-ca", ""], "argument --tls-ca: the path is empty"),
        (["--port", ""], "argument --port: '' is not a port"),
        (["--allow-host", "dav.test:80"], "argument --allow-host: 'dav.test:80' is not the name of a host"),
        (
            ["--access-log", "yaml"],
            "argument --access-log: 'yaml' is not a form of the log; give one of off, text, json",
        ),
        (["--allow-origin", "localhost:5173"], "argument --allow-origin: 'localhost:5173' is not an origin; give one"),
        (
            ["--admin-allow-origin", "http://a:80"],
            "which browsers leave out; give http://a [DAV424_ADMIN_ALLOW_ORIGIN]",
        ),
        (["--allow-host", "http://dav.test"], "'http://dav.test' is not the name of a host"),
    ],
)
def test_an_empty_or_wrong_value_is_one_clear_line(arguments: list[str], said: str) -> None:
    """Status 2, and no traceback."""
    run = dav424("serve", *arguments)
    assert run.returncode == 2
    assert said in run.stderr
    assert "Traceback" not in run.stderr


def status_of(url: str, host: str, context: ssl.SSLContext | None = None) -> int:
    """Ask for the list of scenarios under a name."""
    try:
        with urllib.request.urlopen(urllib.request.Request(url, headers={"Host": host}), context=context) as answer:
            return int(answer.status)
    except urllib.error.HTTPError as error:
        error.close()
        return error.code


def test_allow_host_names_hosts() -> None:
    """Flags add to the variable; the rest is 421, also on the port of the API."""
    said = r"dav424 ready url=(http://\S+ admin=\S+)\n"
    with running("--port", "0", "--admin-port", "0", "--allow-host", "a.test", "--allow-host", "b.test",
                 DAV424_ALLOW_HOST="c.test, *.d.test", said=said) as (_, urls):  # fmt: skip
        for url in (urls.split(" admin=")[0], urls.split(" admin=")[1]):
            names = ("a.test", "b.test:1", "C.test", "x.d.test", "localhost", "evil.example")
            assert [status_of(url, host) for host in names] == [200, 200, 200, 200, 200, 421]


def test_allow_origin_names_origins() -> None:
    """Flags add to the variable; the scenarios and the API have a list each, also on a port of its own."""
    said = r"dav424 ready url=(http://\S+ admin=\S+)\n"
    variables = {"DAV424_ALLOW_ORIGIN": "http://b.test, http://c.test", "DAV424_ADMIN_ALLOW_ORIGIN": "http://d.test"}
    with running("--port", "0", "--admin-port", "0", "--allow-origin", "http://a.test", "--admin-allow-origin", "*",
                 said=said, **variables) as (_, urls):  # fmt: skip
        url, _, admin = urls.partition(" admin=")
        for origin, allowed in (
            ("http://a.test", "http://a.test"),
            ("http://c.test", "http://c.test"),
            ("http://d.test", None),
        ):
            with urllib.request.urlopen(urllib.request.Request(url, headers={"Origin": origin})) as answer:
                assert answer.headers["Access-Control-Allow-Origin"] == allowed
        for origin, allowed in (("http://d.test", "http://d.test"), ("http://e.test", "*")):
            with urllib.request.urlopen(urllib.request.Request(f"{admin}spaces", headers={"Origin": origin})) as answer:
                assert answer.headers["Access-Control-Allow-Origin"] == allowed


def test_hosts_are_checked_on_loopback_alone() -> None:
    """Beyond, other machines reach the server by any name; the name that it listens on is right, too."""
    with running("--port", "0") as (_, url):
        assert status_of(url, "evil.example") == 421
    with running("--port", "0", DAV424_ALLOW_HOST="*") as (_, url):
        assert status_of(url, "evil.example") == 200
    with running("--port", "0", "--host", "0.0.0.0") as (_, url):
        assert status_of(url, "evil.example") == 200
    with running(
        "--port", "0", DAV424_TLS="1", DAV424_TLS_NAMES="dav.test", said=r"dav424 ready url=(https://\S+)\n"
    ) as (
        _,
        url,
    ):
        context = ssl._create_unverified_context()
        assert [status_of(url, host, context) for host in ("dav.test", "evil.example")] == [200, 421]


@pytest.mark.parametrize("number", [signal.SIGQUIT, signal.SIGTERM, signal.SIGINT])
def test_each_signal_of_a_terminal_removes_the_ready_file(tmp_path: Path, number: signal.Signals) -> None:
    """The server stops with status 0."""
    ready = tmp_path / "ready"
    with running("--port", "0", "--ready-file", str(ready)) as (process, _):
        assert ready.exists()
        process.send_signal(number)
        assert process.wait(timeout=20) == 0
    assert list(tmp_path.iterdir()) == []


def test_the_ready_file_of_another_server_stays(tmp_path: Path) -> None:
    """The file tells of the server that wrote it last."""
    ready = tmp_path / "ready"
    with running("--port", "0", "--ready-file", str(ready)) as (second, _):
        with running("--port", "0", "--ready-file", str(ready)) as (first, _):
            mine = ready.read_text()
            second.terminate()
            assert second.wait(timeout=20) == 0
            assert ready.read_text() == mine
            assert json.loads(mine)["pid"] == first.pid
        assert not ready.exists()


def test_a_ready_file_that_cant_be_moved_leaves_nothing(tmp_path: Path) -> None:
    """Its first form has the number of the process in its name."""
    (tmp_path / "ready").mkdir()
    (tmp_path / "ready" / "x").touch()
    run = dav424("serve", "--port", "0", "--ready-file", str(tmp_path / "ready"))
    assert (run.returncode, "can't write the ready file" in run.stderr) == (2, True)
    assert [path.name for path in tmp_path.iterdir()] == ["ready"]


@pytest.mark.parametrize("where", ["/dev/full", "closed pipe", "closed"])
def test_a_server_whose_output_cant_be_written_goes_on(tmp_path: Path, where: str) -> None:
    """It serves as ever, prints no traceback, and stops with status 0."""
    ready = tmp_path / "ready"
    command = f"exec {sys.executable} -m dav424 serve --port 0 --ready-file {ready}"
    command += {"/dev/full": " >/dev/full", "closed": " >&-", "closed pipe": ""}[where]
    process = subprocess.Popen(["sh", "-c", command], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    assert process.stdout is not None
    if where == "closed pipe":
        process.stdout.close()
        process.stdout = None
    for _ in range(400):
        if ready.exists():
            break
        time.sleep(0.05)
    url = json.loads(ready.read_text())["url"]
    time.sleep(0.4)  # the lines for a person are printed after the ready line
    assert urllib.request.urlopen(f"{url}playground/").status == 200
    process.terminate()
    _, said = process.communicate(timeout=20)
    assert process.returncode == 0
    lines = ["dav424: The output can't be written: No space left on device. The server goes on without it."]
    assert said.splitlines() == (lines if where == "/dev/full" else [])


def test_a_command_without_an_output_needs_none() -> None:
    """Python has no stdout if it was closed."""
    run = subprocess.run(
        ["sh", "-c", f"{sys.executable} -m dav424 scenarios >&-"], capture_output=True, text=True, check=False
    )
    assert (run.returncode, run.stderr) == (0, "")


def test_a_command_that_finds_the_disk_full_says_so() -> None:
    """In one line, with status 1."""
    run = subprocess.run(
        ["sh", "-c", f"{sys.executable} -m dav424 scenarios > /dev/full"], capture_output=True, text=True, check=False
    )
    assert (run.returncode, run.stderr) == (
        1,
        "dav424: the output can't be written: No space left on device; make room\n",
    )
