"""One thread answers all connections: a request that lasts, for whatever reason, keeps no other client waiting."""

from __future__ import annotations

import socket
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from urllib.parse import urlsplit

import pytest

from dav424.core.clocks import sleep
from dav424.core.message import Response
from dav424.wire.framing import IncomingRequest, read_body
from dav424.wire.server import serving

LONG = 20.0
"""Seconds after which a test has hung."""
CROWD = 40


class Lasting:
    """An application in which requests for /held wait until ``released``, in a way of the test's own."""

    def __init__(self, wait: Callable[[threading.Event], object]) -> None:
        self.wait = wait
        self.released = threading.Event()
        self.threads: set[str] = set()

    def __call__(self, http: IncomingRequest) -> Response:
        """Answer with the target."""
        if http.head.target.startswith("/held"):
            self.wait(self.released)
        self.threads.add(threading.current_thread().name)
        return Response(200, [], http.head.target.encode() + read_body(http, 1000))


def _compute(released: threading.Event) -> None:
    while not released.is_set():
        sum(range(1000))


def _sleep(released: threading.Event) -> None:
    while not released.is_set():
        sleep(0.01)


WAITS = {
    "without a word": lambda released: released.wait(LONG),
    "for a time": _sleep,
    "not at all": _compute,
}


@pytest.fixture(params=WAITS)
def lasting(request: pytest.FixtureRequest) -> Iterator[tuple[Lasting, int]]:
    """Serve such an application; give it and its port."""
    app = Lasting(WAITS[request.param])
    with serving(app) as url:
        yield app, urlsplit(url).port or 0
        app.released.set()


def connect(port: int) -> socket.socket:
    """Connect to the server."""
    return socket.create_connection(("127.0.0.1", port), timeout=LONG)


def ask(connection: socket.socket, target: str) -> None:
    """Send a request."""
    connection.sendall(f"GET {target} HTTP/1.1\r\nHost: x\r\n\r\n".encode())


def answer(connection: socket.socket) -> bytes:
    """Receive one response, byte by byte, and give its body."""
    head = b""
    while not head.endswith(b"\r\n\r\n"):
        head += connection.recv(1)
    length = int(head.lower().partition(b"content-length: ")[2].split(b"\r\n")[0])
    body = b""
    while len(body) < length:
        body += connection.recv(length - len(body))
    return body


def test_others_are_answered_meanwhile(lasting: tuple[Lasting, int]) -> None:
    """One connection is held; a second one gets many answers."""
    app, port = lasting
    with connect(port) as held, connect(port) as other:
        ask(held, "/held")
        for number in range(50):
            ask(other, f"/{number}")
            assert answer(other) == f"/{number}".encode()
        app.released.set()
        assert answer(held) == b"/held"


def test_the_held_connection_goes_on_afterwards(lasting: tuple[Lasting, int]) -> None:
    """It waits for its next request as all others do."""
    app, port = lasting
    with connect(port) as held:
        ask(held, "/held")
        ask(held, "/next")
        app.released.set()
        assert answer(held) == b"/held"
        assert answer(held) == b"/next"
        ask(held, "/last")
        assert answer(held) == b"/last"


@pytest.mark.parametrize("wait", ["without a word", "for a time"])
def test_a_crowd_is_held_at_once(wait: str) -> None:
    """Each has a thread of its own by then, and they end in any order."""
    app = Lasting(WAITS[wait])
    with serving(app) as url, ExitStack() as stack:
        port = urlsplit(url).port or 0
        crowd = [stack.enter_context(connect(port)) for _ in range(CROWD)]
        for number, connection in enumerate(crowd):
            ask(connection, f"/held{number}")
        with connect(port) as other:
            ask(other, "/other")
            assert answer(other) == b"/other"
        app.released.set()
        for number, connection in enumerate(crowd):
            assert answer(connection) == f"/held{number}".encode()


def test_short_requests_of_many_connections_have_one_thread() -> None:
    """No request changes the thread; the watch may take the lead once on a busy machine."""
    app = Lasting(WAITS["for a time"])
    with serving(app) as url, ExitStack() as stack:
        port = urlsplit(url).port or 0
        connections = [stack.enter_context(connect(port)) for _ in range(16)]
        for _ in range(5):
            for connection in connections:
                ask(connection, "/short")
            assert {answer(connection) for connection in connections} == {b"/short"}
    assert len(app.threads) <= 5


def test_a_body_after_its_head_has_a_thread_meanwhile() -> None:
    """The client sends the head, then nothing; others get answers; then it sends the body, and gets its own."""
    app = Lasting(WAITS["for a time"])
    with serving(app) as url:
        port = urlsplit(url).port or 0
        with connect(port) as slow, connect(port) as other:
            slow.sendall(b"PUT /slow HTTP/1.1\r\nHost: x\r\nContent-Length: 4\r\n\r\n")
            ask(other, "/other")
            assert answer(other) == b"/other"
            slow.sendall(b"body")
            assert answer(slow) == b"/slowbody"
            ask(slow, "/again")
            assert answer(slow) == b"/again"


def test_a_server_stops_while_its_leader_answers() -> None:
    """The request in progress goes on for a moment without the lead, and the stop waits no longer."""
    app = Lasting(WAITS["without a word"])
    with serving(app) as url:
        held = connect(urlsplit(url).port or 0)
        ask(held, "/held")
        begun = time.monotonic()
    assert time.monotonic() - begun < LONG / 2
    app.released.set()
    held.close()
