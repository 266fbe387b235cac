"""The page that proves all scenarios, over plain HTTP."""

from __future__ import annotations

import socket
import threading
import time
from collections.abc import Callable, Sequence
from urllib.parse import urlsplit

import pytest

from dav424.app import App
from dav424.pages import prove_page
from dav424.scenario.load import load
from dav424.scenario.model import Scenario
from tests.bundled import SOURCES, Whole
from tests.client import Client
from tests.conftest import Serving

FORM = {"Content-Type": "application/x-www-form-urlencoded"}
WRONG = load(
    """
title: A wrong file
tree: {/a.txt: {content: Milk}}
causes: [{id: stays, kind: read-only, path: /a.txt}]
requests: [{name: Delete it, method: DELETE, path: /a.txt, expect: {status: 204}}]
""",
    "wrong.yaml",
)
GOOD = ("proppatch-protected", "report-from-feeds")


@pytest.fixture
def few(serve_alone: Serving) -> Whole:
    """A server with two bundled scenarios, and one that expects the wrong status."""
    return Whole(*serve_alone({**{name: SOURCES[name] for name in GOOD}, "wrong": lambda: WRONG}))


def post(server: Whole, body: str = "", accept: str = "*/*") -> str:
    """Send the form; gives the page, as text by default."""
    answer = Client(server.url)("POST", "/-/ui/prove", body, {**FORM, "Accept": accept})
    assert answer.status == 200, answer.body
    return answer.body.decode()


def test_curl_proves_all_scenarios(few: Whole) -> None:
    """Each has its result, a wrong one its reason, and the last line counts them."""
    text = post(few)
    assert "1. proven One protected property takes the others with it" in text
    assert "3. not proven A wrong file" in text
    assert "* Delete it: the status is 403, not 204" in text
    assert text.splitlines()[-1] == "2 of 3 proven, 1 not proven."


def test_one_scenario_is_proven(few: Whole) -> None:
    """The form can name it; an unknown name is 404."""
    text = post(few, "scenario=report-from-feeds")
    assert text.splitlines()[-1] == "1 of 1 proven."
    assert "A wrong file" not in text
    assert Client(few.url)("POST", "/-/ui/prove", "scenario=none", FORM).status == 404


def test_a_look_at_the_page_proves_nothing(few: Whole) -> None:
    """It lists the scenarios, which wait, and says how to prove them from a terminal."""
    text = Client(few.url)("GET", "/-/ui/prove").body.decode()
    assert text.count("waiting") == 3
    assert f"curl -d '' {few.url}-/ui/prove" in text


def test_another_proof_under_way_ends_the_work(few: Whole, monkeypatch: pytest.MonkeyPatch) -> None:
    """The page waits a while; then it says why, and tries no other scenario."""
    monkeypatch.setattr(prove_page, "_TRIES", 2)
    with few.app._proving:
        text = post(few)
    assert text.count("Another proof is under way; send the request again later.") == 1
    assert text.splitlines()[-1] == "0 of 3 proven, 3 not tried."


@pytest.mark.parametrize(
    ("settings", "reason"),
    [
        ({"closed": "It is closed here."}, "It is closed here."),
        ({"token": "secret"}, "send the header Authorization: Bearer TOKEN"),
        ({"apart": True}, "The admin API is on another port"),
    ],
)
def test_without_the_admin_api_the_page_says_what_is_missing(
    serve_alone: Serving, settings: dict[str, object], reason: str
) -> None:
    """Nothing is proven, and the reason is that of the API."""
    server = Whole(*serve_alone({"wrong": lambda: WRONG}, **settings))
    text = " ".join(post(server).split())
    assert reason in text
    assert "Proofs are part of the admin API" in text
    assert "1. waiting" in text


def test_a_token_opens_the_page(serve_alone: Serving) -> None:
    """It comes in the form, or in the header that curl sends."""
    server = Whole(*serve_alone({"wrong": lambda: WRONG}, token="secret"))
    assert "0 of 1 proven, 1 not proven." in post(server, "token=secret")
    answer = Client(server.url)("POST", "/-/ui/prove", "", {**FORM, "Authorization": "Bearer secret"})
    assert b"0 of 1 proven, 1 not proven." in answer.body


class Gate:
    """Lets proofs of a server begin one by one; ``begun`` counts them."""

    def __init__(self, app: App) -> None:
        self._permits, self.begun, self._prove = threading.Semaphore(0), 0, app.prove

    def prove(self, name: str, scenario: Scenario, look: Callable[[], object]) -> Sequence[tuple[str, str]]:
        self.begun += 1
        assert self._permits.acquire(timeout=20), "the test lets each proof begin"
        return self._prove(name, scenario, look)

    def let(self, number: int) -> None:
        self._permits.release(number)


def streaming(server: Whole) -> socket.socket:
    """Send the form as a browser without JavaScript does."""
    parts = urlsplit(server.url)
    assert parts.hostname
    assert parts.port
    connection = socket.create_connection((parts.hostname, parts.port), 20)
    head = f"Host: {parts.netloc}\r\nAccept: text/html\r\nContent-Type: {FORM['Content-Type']}\r\nContent-Length: 0"
    connection.sendall(f"POST /-/ui/prove HTTP/1.1\r\n{head}\r\nConnection: close\r\n\r\n".encode())
    return connection


def read_until(connection: socket.socket, text: bytes) -> bytes:
    """Read until a text has come."""
    received = b""
    while text not in received:
        piece = connection.recv(65536)
        assert piece, received
        received += piece
    return received


def test_results_come_one_by_one(few: Whole, monkeypatch: pytest.MonkeyPatch) -> None:
    """A browser without JavaScript has the first result while the second proof has not begun."""
    gate = Gate(few.app)
    monkeypatch.setattr(few.app, "prove", gate.prove)
    with streaming(few) as connection:
        gate.let(1)
        assert b"Transfer-Encoding: chunked" in read_until(connection, b'data-state="proven"')
        gate.let(2)
        assert b"2 of 3 proven, 1 not proven." in read_until(connection, b"</html>")


def test_a_reader_who_leaves_ends_the_work(server: Whole, monkeypatch: pytest.MonkeyPatch) -> None:
    """A browser that stops loading the page leaves most scenarios unproven; another proof can begin."""
    gate = Gate(server.app)
    monkeypatch.setattr(server.app, "prove", gate.prove)
    with streaming(server) as connection:
        gate.let(1)
        read_until(connection, b'data-state="proven"')
    gate.let(len(SOURCES))
    begun = -1
    while begun != gate.begun:
        begun = gate.begun
        time.sleep(0.5)
    assert begun < len(SOURCES) // 2
    assert "1 of 1 proven." in post(server, "scenario=proppatch-protected")
