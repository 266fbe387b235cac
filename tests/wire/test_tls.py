"""HTTPS: the authority that is handed out, the ways of being wrong, and clients that behave badly."""

from __future__ import annotations

import http.client
import os
import re
import socket
import ssl
import struct
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from dav424.app import App
from dav424.commands.flags import BROKEN
from dav424.scenario.load import load
from dav424.wire import tls
from dav424.wire.server import serving

YAML = "title: test\ntree: {/f: {content: hello}}\n"


@contextmanager
def secured(broken: str | None = None, names: tuple[str, ...] = ()) -> Iterator[tuple[str, bytes]]:
    """Serve a scenario at /test/ over HTTPS; gives the URL and the authority's certificate."""
    made = tls.make(names, broken)
    app = App({"test": lambda: load(YAML, "test.yaml")}, authority=made.authority)
    with serving(app.gateway, made) as url:
        yield url, made.authority


def get(url: str, authority: bytes, path: str = "test/f", name: str | None = None) -> tuple[int, bytes]:
    """Ask over TLS, trusting one authority alone; ``name`` is what the server is expected to be called."""
    parts = urlsplit(url)
    context = ssl.create_default_context(cadata=authority.decode())
    with (
        socket.create_connection((parts.hostname, parts.port), timeout=20) as plain,
        context.wrap_socket(plain, server_hostname=name or parts.hostname) as secure,
    ):
        secure.sendall(f"GET /{path} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n".encode())
        answer = http.client.HTTPResponse(secure)
        answer.begin()
        return answer.status, answer.read()


@pytest.mark.parametrize("name", ["localhost", "127.0.0.1", "::1", socket.gethostname().lower()])
def test_a_client_that_trusts_the_authority_is_served(name: str) -> None:
    """The certificate is for this machine under all its names."""
    with secured() as (url, authority):
        assert url.startswith("https://127.0.0.1:")
        assert get(url, authority, name=name) == (200, b"hello")


def test_more_names_can_be_asked_for() -> None:
    """As that of a service in a compose file."""
    with secured(names=("dav", "dav.example.com")) as (url, authority):
        assert get(url, authority, name="dav") == get(url, authority, name="dav.example.com") == (200, b"hello")


def test_the_authority_is_handed_out() -> None:
    """/-/ca.pem is what clients have to trust, also where nobody may use the admin API."""
    made = tls.make()
    app = App({"test": lambda: load(YAML, "test.yaml")}, authority=made.authority, closed="closed")
    with serving(app.gateway, made) as url:
        assert get(url, made.authority, "-/ca.pem") == (200, made.authority)
        assert get(url, made.authority, "-/spaces")[0] == 403
        careless = ssl._create_unverified_context()
        connection = http.client.HTTPSConnection("127.0.0.1", urlsplit(url).port, context=careless, timeout=20)
        connection.request("PUT", "/-/ca.pem", b"mine")
        assert connection.getresponse().status == 404
        connection.close()


def test_without_tls_there_is_no_authority(serve: Callable[..., object]) -> None:
    """Nothing is at /-/ca.pem then."""
    from tests.client import Client

    served = serve("")
    assert Client(served.url.replace("/test/", "/"))("GET", "/-/ca.pem").status == 404  # type: ignore[attr-defined]


@pytest.mark.parametrize(
    ("broken", "said"),
    [
        ("expired", "certificate has expired"),
        ("wrong-host", "IP address mismatch, certificate is not valid for '127.0.0.1'"),
        ("untrusted", "unable to get local issuer certificate|certificate signature failure"),
    ],
)
def test_each_broken_certificate_is_refused_for_its_own_reason(broken: str, said: str) -> None:
    """Also by a client that trusts the authority; whoever doesn't look at certificates is served."""
    with secured(broken) as (url, authority):
        with pytest.raises(ssl.SSLCertVerificationError, match=said):
            get(url, authority)
        careless = ssl.create_default_context()
        careless.check_hostname, careless.verify_mode = False, ssl.CERT_NONE
        connection = http.client.HTTPSConnection("127.0.0.1", urlsplit(url).port, context=careless, timeout=20)
        connection.request("GET", "/test/f")
        assert connection.getresponse().read() == b"hello"
        connection.close()


def test_every_broken_mode_is_tried_here() -> None:
    """A new one needs a row above."""
    assert BROKEN == ("expired", "wrong-host", "untrusted")


def test_plain_http_is_told_where_it_is() -> None:
    """A URL with http:// gets an answer that says so, in plain HTTP."""
    with secured() as (url, _):
        connection = http.client.HTTPConnection("127.0.0.1", urlsplit(url).port, timeout=20)
        connection.request("PUT", "/test/f", b"x" * 1000)
        answer = connection.getresponse()
        assert (answer.status, answer.read()) == (400, b"This port speaks only HTTPS; write https:// in the URL.\n")
        connection.close()


def test_a_client_that_never_shakes_hands_keeps_nobody_waiting() -> None:
    """Forty connections that say nothing, and one that begins and stops, and others are served at once."""
    with secured() as (url, authority):
        port = urlsplit(url).port
        idle = [socket.create_connection(("127.0.0.1", port)) for _ in range(40)]
        idle[0].sendall(b"\x16\x03\x01")
        assert get(url, authority) == (200, b"hello")  # the client waits for less long than the server for a handshake
        for each in idle:
            each.close()


def test_many_requests_on_one_connection_and_a_body_of_megabytes() -> None:
    """A connection is kept open, and bodies that take many TLS records arrive whole, both ways."""
    body = os.urandom(5 << 20)
    with secured() as (url, authority):
        context = ssl.create_default_context(cadata=authority.decode())
        connection = http.client.HTTPSConnection("localhost", urlsplit(url).port, context=context, timeout=60)
        for number in range(20):
            connection.request("PUT", f"/test/{number}", b"small")
            assert connection.getresponse().read() == b""
            sock = connection.sock
        connection.request("PUT", "/test/large", body)
        assert connection.getresponse().read() == b""
        time.sleep(0.1)  # long enough for the worker to hand the connection back
        connection.request("GET", "/test/large")
        assert connection.getresponse().read() == body
        assert connection.sock is sock
        connection.close()


def test_requests_sent_ahead_are_all_answered() -> None:
    """Several in one TLS record, and one that is cut in two."""
    one = b"GET /test/f HTTP/1.1\r\nHost: x\r\n\r\n"
    last = b"GET /test/f HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n"
    with secured() as (url, authority):
        context = ssl.create_default_context(cadata=authority.decode())
        with (
            socket.create_connection(("127.0.0.1", urlsplit(url).port)) as plain,
            context.wrap_socket(plain, server_hostname="localhost") as secure,
        ):
            secure.sendall(one * 3 + last[:20])
            time.sleep(0.05)
            secure.sendall(last[20:])
            received = b""
            while piece := secure.recv(65536):
                received += piece
    assert len(re.findall(rb"HTTP/1\.1 200 OK", received)) == 4


def test_many_clients_at_once() -> None:
    """Each its own handshake, all at the same time."""
    with secured() as (url, authority):
        found: list[tuple[int, bytes]] = []
        clients = [threading.Thread(target=lambda: found.append(get(url, authority))) for _ in range(20)]
        for each in clients:
            each.start()
        for each in clients:
            each.join(30)
    assert found == [(200, b"hello")] * 20


def test_stopping_with_connections_open_is_quiet(caplog: pytest.LogCaptureFixture) -> None:
    """One that is idle after a request, one in the middle of its handshake."""
    with secured() as (url, authority):
        port = urlsplit(url).port
        context = ssl.create_default_context(cadata=authority.decode())
        kept = http.client.HTTPSConnection("localhost", port, context=context, timeout=20)
        kept.request("GET", "/test/f")
        kept.getresponse().read()
        half = socket.create_connection(("127.0.0.1", port))
        half.sendall(b"\x16\x03")
        time.sleep(0.05)
        begun = time.monotonic()
    assert time.monotonic() - begun < 10, "the server waits for longer than that for a client"
    assert not [each for each in caplog.records if each.levelname in ("WARNING", "ERROR")]
    kept.close()
    half.close()


def test_the_testing_server_speaks_it_too() -> None:
    """dav424.testing.Server(tls=True): the spaces, and the admin API behind them."""
    from dav424.testing import Server

    with Server(tls=True) as server:
        space = server.space("proppatch-protected")
        status, body = get(server.url, server.authority, space.url.removeprefix(server.url) + "report.txt")
        assert (status, body[:9]) == (200, b"Quarterly")
        assert space.journal.last.curl.startswith("curl -i https://x/")


def test_without_trustme_the_extra_is_named(tmp_path: Path) -> None:
    """One line that says what to install, and exit status 2; without --tls nothing asks for it."""
    (tmp_path / "trustme.py").write_text("raise ModuleNotFoundError('No module named trustme', name='trustme')\n")
    run = subprocess.run(
        [sys.executable, "-m", "dav424", "serve", "--tls", "--port", "0"],
        capture_output=True,
        text=True,
        timeout=30,
        env={**os.environ, "PYTHONPATH": str(tmp_path)},
        check=False,
    )
    assert (run.returncode, run.stdout) == (2, "")
    assert run.stderr == "dav424: --tls needs trustme; install it with: pip install 'dav424[tls]'\n"


def test_a_plain_server_never_loads_trustme() -> None:
    """Nor ssl: who doesn't ask for TLS doesn't wait for it."""
    program = "import sys; from dav424.commands.serve import serve; import dav424.app, dav424.wire.server; print('trustme' in sys.modules, 'dav424.wire.tls' in sys.modules)"
    assert (
        subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True).stdout
        == "False False\n"
    )


def test_a_client_that_breaks_off_is_one_line_of_the_log(caplog: pytest.LogCaptureFixture) -> None:
    """It is no error of the server, so it is no warning, and has no traceback."""
    caplog.set_level("INFO", logger="dav424")
    with secured() as (url, authority):
        parts = urlsplit(url)
        context = ssl.create_default_context(cadata=authority.decode())
        for _ in range(3):
            plain = socket.create_connection((parts.hostname, parts.port), timeout=20)
            plain.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
            secure = context.wrap_socket(plain, server_hostname="localhost")
            secure.sendall(b"PUT /test/g HTTP/1.1\r\nHost: x\r\nContent-Length: 1000\r\n\r\nabc")
            secure.close()
        assert get(url, authority) == (200, b"hello")
    assert [record for record in caplog.records if record.levelname != "INFO" or record.exc_info] == []
