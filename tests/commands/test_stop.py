"""The end of ``dav424 serve``: it answers what is in progress, and ends within its deadline whatever its clients do."""

from __future__ import annotations

import http.client
import json
import re
import signal
import socket
import ssl
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests.client import statuses

from .test_cli import running

SOON = 10.0
"""Seconds that bound an end which should come far sooner: the machine may be busy."""
NEVER = "600"
"""A deadline that no test reaches: what ends sooner did not wait for it."""
UPLOAD = b"PUT /playground/new HTTP/1.1\r\nHost: x\r\nContent-Length: 10\r\n\r\nfive "
STUCK = """
import sys
from dav424.commands.cli import main
from dav424.methods import get

def plan(exchange):
    while True:
        sum(range(1000))

get.plan = plan
main(sys.argv[1:])
"""
"""A server in which each GET works for ever."""


class Server:
    """A process of ``dav424 serve``."""

    def __init__(self, process: subprocess.Popen[str], url: str) -> None:
        self.process = process
        host, _, port = url.rstrip("/").rpartition("/")[2].rpartition(":")
        self.address = (host, int(port))

    def connect(self, sent: bytes) -> socket.socket:
        """Open a connection, and send bytes on it."""
        connection = socket.create_connection(self.address, timeout=SOON)
        connection.sendall(sent)
        time.sleep(0.3)  # until the server has read them
        return connection

    def get(self, target: str) -> tuple[int, str | None]:
        """Get a status, and the value of Connection."""
        connection = http.client.HTTPConnection(*self.address, timeout=SOON)
        try:
            connection.request("GET", target)
            response = connection.getresponse()
            response.read()
            return response.status, response.getheader("Connection")
        finally:
            connection.close()

    def signal(self, number: signal.Signals = signal.SIGTERM) -> None:
        """Send a signal to the process."""
        self.process.send_signal(number)
        time.sleep(0.1)

    def ended(self) -> int:
        """Wait for the end of the process, and give its exit status."""
        return self.process.wait(timeout=SOON)


@contextmanager
def serving(*arguments: str) -> Iterator[Server]:
    """Run the server, and give it; it is killed if it is still there at the end."""
    with running("--port", "0", *arguments) as (process, url):
        try:
            yield Server(process, url)
        finally:
            process.kill()


def test_an_upload_in_progress_may_end() -> None:
    """The client gets its answer after the signal, and the server ends when no request is left."""
    with serving("--stop-timeout", NEVER) as server, server.connect(UPLOAD) as upload:
        server.signal()
        upload.sendall(b"five ")
        response = http.client.HTTPResponse(upload)
        response.begin()
        assert (response.status, response.getheader("Connection")) == (201, "close")
        assert server.ended() == 0


def test_a_download_in_progress_may_end() -> None:
    """Every byte arrives after the signal."""
    with serving("--stop-timeout", NEVER) as server:
        body = b"x" * 30_000_000
        put = f"PUT /playground/f HTTP/1.1\r\nHost: x\r\nContent-Length: {len(body)}\r\n\r\n".encode()
        with server.connect(put + body) as upload:
            assert upload.recv(12) == b"HTTP/1.1 201"
        with server.connect(b"GET /playground/f HTTP/1.1\r\nHost: x\r\n\r\n") as download:
            server.signal()
            response = http.client.HTTPResponse(download)
            response.begin()
            assert response.read() == body
        assert server.ended() == 0


def test_the_server_is_not_ready_while_it_drains() -> None:
    """503, as a load balancer expects; it is alive, and answers others, on connections that it closes."""
    with serving("--stop-timeout", NEVER) as server, server.connect(UPLOAD) as upload:
        assert server.get("/-/ready") == (200, None)
        server.signal()
        assert server.get("/-/ready") == (503, "close")
        assert server.get("/-/live") == server.get("/playground/") == (200, "close")
        upload.sendall(b"five ")
        assert server.ended() == 0


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_the_admin_port_is_not_ready_either(number: signal.Signals) -> None:
    """The flag ``--admin-port`` moves the question, not its answer."""
    said = r"dav424 ready url=(\S+ admin=\S+)\n"
    with running("--port", "0", "--admin-port", "0", "--stop-timeout", NEVER, said=said) as (process, urls):
        server, admin = Server(process, urls.split()[0]), Server(process, urls.partition("admin=")[2][:-3])
        with server.connect(UPLOAD) as upload:
            server.signal(number)
            assert admin.get("/-/ready") == (503, None)
            upload.sendall(b"five ")
            assert server.ended() == 0


WORLD = "title: t\ntree: {/f: {content: x}}\ncauses: [{id: late, kind: delay, path: /f, milliseconds: 60000}]"


@pytest.mark.parametrize(
    "sent",
    [
        UPLOAD,
        b"PUT /playground/new HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nfi",
        b"GET /playground/f HTTP/1.1\r\nHo",
        b"",
        b"GET /-/spaces/default/journal?wait=60s&count=9 HTTP/1.1\r\nHost: x\r\n\r\n",
        b"GET /inline/f HTTP/1.1\r\nHost: x\r\n\r\n",
    ],
)
def test_a_client_that_stands_still_does_not_delay_the_end(sent: bytes) -> None:
    """The deadline is kept for a body, a head, a silent connection, a wait and a delay."""
    with serving("--stop-timeout", "0.3", "--scenario", WORLD) as server, server.connect(sent):
        server.signal()
        assert server.ended() == 0


@pytest.mark.parametrize("handshake", [False, True])
def test_a_client_that_stands_still_over_tls_does_not_either(*, handshake: bool) -> None:
    """In the middle of a body, or before its handshake."""
    said = r"dav424 ready url=(https://\S+)\n"
    with running("--port", "0", "--tls", "--stop-timeout", "0.3", said=said) as (process, url):
        server = Server(process, url)
        with server.connect(b"") as plain:
            context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
            context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
            with context.wrap_socket(plain, do_handshake_on_connect=handshake) as secure:
                if handshake:
                    secure.sendall(UPLOAD)
                    time.sleep(0.3)
                server.signal()
                assert server.ended() == 0


def test_a_client_that_does_not_read_does_not_delay_the_end() -> None:
    """Its answer is cut."""
    with serving("--stop-timeout", "0.3") as server:
        body = b"x" * 30_000_000
        put = f"PUT /playground/f HTTP/1.1\r\nHost: x\r\nContent-Length: {len(body)}\r\n\r\n".encode()
        with server.connect(put + body) as upload:
            assert upload.recv(12) == b"HTTP/1.1 201"
        with server.connect(b"GET /playground/f HTTP/1.1\r\nHost: x\r\n\r\n"):
            server.signal()
            assert server.ended() == 0


@pytest.fixture
def stuck(tmp_path: Path) -> Iterator[tuple[Server, Path]]:
    """Run a server with a request that works for ever; gives it and its ready file."""
    ready = tmp_path / "ready.json"
    process = subprocess.Popen(
        [sys.executable, "-c", STUCK, "serve", "--port", "0", "--ready-file", str(ready), "--stop-timeout", "0.3"],
        stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
    )  # fmt: skip
    try:
        assert process.stdout is not None
        assert re.match("dav424 ready", process.stdout.readline())
        yield Server(process, json.loads(ready.read_text())["url"]), ready
    finally:
        process.kill()
        process.communicate(timeout=SOON)


def test_a_worker_that_works_on_does_not_delay_the_end(stuck: tuple[Server, Path]) -> None:
    """The process ends without it, and deletes its ready file."""
    server, ready = stuck
    with server.connect(b"GET /playground/ HTTP/1.1\r\nHost: x\r\n\r\n"):
        server.signal()
        assert server.ended() == 0
    assert not ready.exists()


@pytest.mark.parametrize("numbers", [(signal.SIGTERM, signal.SIGTERM), (signal.SIGINT, signal.SIGINT)])
def test_a_second_signal_ends_the_server_at_once(tmp_path: Path, numbers: tuple[signal.Signals, ...]) -> None:
    """Although a request is in progress and has time left; the ready file is deleted."""
    ready = tmp_path / "ready.json"
    with serving("--stop-timeout", NEVER, "--ready-file", str(ready)) as server, server.connect(UPLOAD) as upload:
        assert ready.exists()
        for number in numbers:
            assert server.process.poll() is None
            server.signal(number)
        assert server.ended() == 0
        assert statuses(upload.recv(100)) == []
    assert not ready.exists()


def test_a_request_that_the_end_cuts_has_no_answer() -> None:
    """The client finds the connection closed without an answer."""
    with serving("--stop-timeout", "0.3") as server, server.connect(UPLOAD) as upload:
        server.signal()
        assert server.ended() == 0
        assert statuses(upload.recv(100)) == []
