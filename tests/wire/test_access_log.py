"""The access log of ``dav424 serve``, as a reader of its stderr sees it."""

from __future__ import annotations

import contextlib
import io
import json
import os
import re
import socket
import subprocess
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest

from dav424.wire.access_log import Answered, log_to
from tests.client import Client
from tests.commands.test_cli import running


class Log:
    """A server that writes an access log; ``lines`` ends it, and gives the log."""

    def __init__(self, process: subprocess.Popen[str], url: str) -> None:
        self._process, self.url = process, url
        self.client = Client(url)

    def lines(self) -> list[str]:
        self._process.terminate()
        assert self._process.stderr is not None
        return self._process.stderr.read().splitlines()

    def objects(self) -> list[dict[str, Any]]:
        return [json.loads(line) for line in self.lines()]


@contextmanager
def logging(form: str, *flags: str) -> Iterator[Log]:
    """Run a server with a log of a form."""
    with running("--port", "0", "--access-log", form, *flags) as (process, url):
        yield Log(process, url)


def test_text() -> None:
    """A line for each response: time, client, request, status, bytes, duration, number."""
    with logging("text") as log:
        log.client("PUT", "/playground/a", "Milk")
        log.client("GET", "/playground/a")
        log.client("GET", "/-/spaces/none")
        time = r"20\d\d-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z 127\.0\.0\.1"
        written = log.lines()
        assert re.fullmatch(time + r" PUT /playground/a 201 0 \d+\.\dms exchange=1", written[0])
        assert re.fullmatch(time + r" GET /playground/a 200 4 \d+\.\dms exchange=2", written[1])
        assert re.fullmatch(time + r" GET /-/spaces/none 404 \d+ \d+\.\dms", written[2])
        assert len(written) == 3


def test_json() -> None:
    """An object for each response."""
    with logging("json") as log:
        log.client("PROPFIND", "/playground/")
        log.client("HEAD", "/playground/")
        first, second = log.objects()
        assert set(first) == {"time", "client", "method", "target", "status", "bytes", "seconds", "exchange"}
        assert (first["method"], first["target"], first["status"], first["exchange"]) == (
            "PROPFIND",
            "/playground/",
            207,
            1,
        )
        assert first["bytes"] > 100
        assert 0 < first["seconds"] < 60
        assert (second["method"], second["bytes"]) == ("HEAD", 0)


def test_a_streamed_body_is_counted() -> None:
    """A long listing has no Content-Length."""
    with logging("json") as log:
        for number in range(300):
            log.client("PUT", f"/playground/{number}", "x")
        body = log.client("PROPFIND", "/playground/", headers={"Depth": "1"}).body
        assert log.objects()[-1]["bytes"] == len(body)


def test_malformed_heads_are_logged() -> None:
    """They have no method that is known."""
    with logging("json") as log:
        log.client.raw(b"GET /a b HTTP/1.1\r\n\r\n")
        assert [(each["method"], each["target"], each["status"]) for each in log.objects()] == [("-", "/a", 400)]


def test_probes_are_left_out() -> None:
    """A health check asks every few seconds."""
    with logging("text") as log:
        urllib.request.urlopen(f"{log.url}-/ready").close()
        urllib.request.urlopen(f"{log.url}-/live").close()
        assert log.lines() == []


def test_off_is_the_default() -> None:
    """Nothing is written."""
    with running("--port", "0") as (process, url):
        urllib.request.urlopen(f"{url}playground/").close()
        process.terminate()
        assert process.stderr is not None
        assert process.stderr.read() == ""


def test_the_admin_port_is_logged_too() -> None:
    """It is the same server."""
    said = r"dav424 ready url=http://\S+ admin=(\S+)\n"
    with running("--port", "0", "--admin-port", "0", "--access-log", "text", said=said) as (process, url):
        urllib.request.urlopen(f"{url}spaces").close()
        process.terminate()
        assert process.stderr is not None
        assert " GET /-/spaces 200 " in process.stderr.read()


def test_no_credentials_are_logged() -> None:
    """A target in absolute form can have some."""
    with logging("text") as log:
        head = b"GET http://ada:lovelace@localhost/playground/ HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n"
        log.client.raw(head)
        (line,) = log.lines()
        assert "lovelace" not in line
        assert " GET http://localhost/playground/ 200 " in line


@pytest.mark.parametrize(
    "target", ["http://ada:l@velace@h/x", "http://ada:l@h@velace@h/", "ada:velace@h:80", "HTTPS://:velace@h/?a=b@c"]
)
def test_odd_credentials_are_not_logged(target: str) -> None:
    """Nor a password with an at sign, or one in the authority of a CONNECT."""
    stream = io.StringIO()
    log_to(stream, as_json=False)(Answered("c", "GET", target, 400, 0, 0.001, None))
    assert "velace" not in stream.getvalue()
    assert "l@" not in stream.getvalue()


@pytest.mark.parametrize(
    ("target", "shown"), [("/\xff", "/%FF"), ("", "-"), ("/\n2026 x", "/%0A2026%20x"), ("/a@b//c@d", "/a@b//c@d")]
)
def test_a_target_stays_one_word(target: str, shown: str) -> None:
    """No client can write a line of its own."""
    stream = io.StringIO()
    log_to(stream, as_json=False)(Answered("c", "GET", target, 200, 0, 0.001, None))
    assert stream.getvalue().split()[3] == shown
    assert stream.getvalue().count("\n") == 1


def test_a_log_that_nobody_reads_stops_nothing() -> None:
    """The server answers although its stderr is broken."""
    reading, writing = os.pipe()
    os.close(reading)
    with os.fdopen(writing, "w") as broken:
        log = log_to(broken, as_json=True)
        log(Answered("c", "GET", "/", 404, 0, 0.001, None))
        with contextlib.suppress(OSError):
            broken.close()
    log(Answered("c", "GET", "/", 404, 0, 0.001, None))


def test_a_client_of_ipv4_has_its_address() -> None:
    """Also on a socket that listens for both versions."""
    with running("--port", "0", "--host", "*", "--access-log", "json") as (process, url):
        port = int(url.rstrip("/").rpartition(":")[2])
        with socket.create_connection(("127.0.0.1", port)) as connection:
            connection.sendall(b"GET / HTTP/1.0\r\n\r\n")
            while connection.recv(65536):
                pass
        process.terminate()
        assert process.stderr is not None
        assert json.loads(process.stderr.readline())["client"] == "127.0.0.1"
