"""Faults of the connection, as a client sees them on its socket."""

from __future__ import annotations

import socket
import struct
import threading
import time
from collections.abc import Callable, Iterator

import pytest

from dav424.app import App
from dav424.scenario.load import load
from dav424.wire import tls
from dav424.wire.cheroot_parts import HttpServer
from dav424.wire.server import open_server, serving, url
from tests.conftest import Served
from tests.faults.connections import Connected, asked

FILE = 'tree: {/f: {content: "0123456789"}}\n'


def _fault(settings: str) -> str:
    return f"{FILE}faults: [{{id: it, {settings}}}]"


@pytest.mark.parametrize("how", ["close", "reset"])
@pytest.mark.parametrize(
    ("at", "body"),
    [("before-head", None), ("before-body", b""), ("in-body", b"01234"), ("after-body", b"0123456789")],
)
def test_the_connection_ends(serve: Callable[..., Served], how: str, at: str, body: bytes | None) -> None:
    """It is closed or reset before the head, before, in or after the body, and no header announces it."""
    received = asked(serve(_fault(f"kind: {how}, at: {at}")).url, "GET", "/f")
    assert received.ended == how
    # A reset can overtake the bytes before it.
    if how == "close":
        assert received.body == (body or b"")
        assert ("200 OK" in received.head) == (body is not None)
        assert "Connection: close" not in received.head


def test_the_bytes_before_the_end_can_be_chosen(serve: Callable[..., Served]) -> None:
    """The head announces the whole body."""
    received = asked(serve(_fault("kind: close, bytes: 3")).url, "GET", "/f")
    assert received.body == b"012"
    assert "Content-Length: 10" in received.head


@pytest.mark.parametrize("how", ["close", "reset"])
def test_the_connection_ends_when_the_next_request_comes(serve: Callable[..., Served], how: str) -> None:
    """The first response is whole; the second request is neither answered nor done."""
    served = serve(_fault(f"kind: {how}, at: next-request, times: 1"))
    with Connected(served.url) as connection:
        connection.send("GET", "/f")
        assert connection.until(b"0123456789").startswith(b"HTTP/1.1 200 OK")
        connection.send("DELETE", "/f")
        assert connection.receive().ended == how
    assert served.client("GET", "/f").status == 200
    assert [entry.request.method for entry in served.space.journal] == ["GET", "GET"]


def test_pipelined_requests_get_their_answers_until_the_fault(serve: Callable[..., Served]) -> None:
    """The third of four requests that come at once gets half of its body; the fourth is not answered."""
    served = serve(_fault("kind: close, nth: 3"))
    with Connected(served.url) as connection:
        connection.socket.sendall(f"GET {connection.base}/f HTTP/1.1\r\nHost: test\r\n\r\n".encode() * 4)
        received = connection.receive()
    assert received.data.count(b"HTTP/1.1 200 OK") == 3
    assert received.data.count(b"0123456789") == 2
    assert received.data.endswith(b"\r\n\r\n01234")
    assert len(served.space.journal) == 3


@pytest.mark.parametrize(("by", "announced"), [("5", 15), ("-4", 6), ("-99", 0)])
def test_a_wrong_length_is_announced(serve: Callable[..., Served], by: str, announced: int) -> None:
    """The whole body is sent, and the connection is closed."""
    received = asked(serve(_fault(f"kind: wrong-length, by: {by}")).url, "GET", "/f")
    assert f"Content-Length: {announced}" in received.head.splitlines()
    assert (received.body, received.ended) == (b"0123456789", "close")


def test_the_surplus_of_a_body_stands_before_the_next_response(serve: Callable[..., Served]) -> None:
    """A connection that stays open goes on."""
    served = serve(_fault("kind: wrong-length, by: -4, stays-open: true, times: 1"))
    with Connected(served.url) as connection:
        connection.send("GET", "/f")
        connection.until(b"0123456789")
        connection.send("GET", "/f", "Connection: close")
        assert connection.receive().data.startswith(b"HTTP/1.1 200 OK")


def test_a_body_dribbles_in_chunks(serve: Callable[..., Served]) -> None:
    """Each piece is a chunk, and comes after a pause."""
    served = serve(_fault("kind: dribble, bytes: 4, milliseconds: 20"))
    begun = time.monotonic()
    received = asked(served.url, "GET", "/f", "Connection: close")
    assert received.body == b"4\r\n0123\r\n4\r\n4567\r\n2\r\n89\r\n0\r\n\r\n"
    assert time.monotonic() - begun >= 0.04
    assert "Transfer-Encoding: chunked" in received.head


def test_a_body_dribbles_without_chunks(serve: Callable[..., Served]) -> None:
    """Its length is announced as usual; the same for a client of HTTP/1.0, which knows no chunks."""
    served = serve(_fault("kind: dribble, bytes: 4, milliseconds: 1, chunked: false"))
    received = asked(served.url, "GET", "/f", "Connection: close")
    assert received.body == b"0123456789"
    assert "Content-Length: 10" in received.head
    with Connected(serve(_fault("kind: dribble, bytes: 4, milliseconds: 1")).url) as connection:
        connection.send("GET", "/f", version="1.0")
        assert connection.receive().body == b"0123456789"


@pytest.mark.parametrize("before", ["head", "body"])
def test_a_pause_delays_the_head_or_the_body(serve: Callable[..., Served], before: str) -> None:
    """The answer is whole; the head comes at once if the pause is behind it."""
    served = serve(_fault(f"kind: pause, before: {before}, milliseconds: 150"))
    begun = time.monotonic()
    with Connected(served.url) as connection:
        connection.send("GET", "/f", "Connection: close")
        head = connection.receive(1)
        to_head = time.monotonic() - begun
        body = connection.receive()
    assert (head.data + body.data).endswith(b"\r\n\r\n0123456789")
    assert (to_head >= 0.15) == (before == "head")
    assert time.monotonic() - begun >= 0.15


def test_a_paused_answer_keeps_no_other_request_waiting(serve: Callable[..., Served]) -> None:
    """No mutex is held: a change of the same world goes through while an answer pauses."""
    served = serve(_fault("kind: pause, milliseconds: 20000, methods: [PUT], times: 1"))
    with Connected(served.url) as connection:
        connection.send("PUT", "/f", body="new")
        begun = time.monotonic()
        while served.client("GET", "/f").body != b"new":
            assert time.monotonic() - begun < 10
        assert served.client("PUT", "/f", "newer").status == 204
    assert time.monotonic() - begun < 10


@pytest.fixture
def paused() -> Iterator[tuple[HttpServer, Connected]]:
    """A server, and a connection whose answer pauses for a minute."""
    scenario = load("title: t\n" + _fault("kind: pause, milliseconds: 60000"), "t.yaml")
    app = App({"t": lambda: scenario})
    server = open_server(app.gateway, "127.0.0.1", 0)
    thread = threading.Thread(target=server.serve, daemon=True)
    thread.start()
    with Connected(f"{url(server)}t/") as connection:
        connection.send("GET", "/f")
        _soon(lambda: len(app.spaces.default.journal) == 1)
        yield server, connection
    server.stop()
    thread.join(10)


def _soon(happened: Callable[[], bool]) -> None:
    """Wait until something has happened."""
    deadline = time.monotonic() + 10
    while not happened():
        assert time.monotonic() < deadline
        time.sleep(0.01)


def test_a_pause_ends_when_the_connection_breaks(paused: tuple[HttpServer, Connected]) -> None:
    """The client resets the connection, and no request is in progress any more."""
    server, connection = paused
    assert not server.at_rest
    connection.socket.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    connection.socket.close()
    _soon(lambda: server.at_rest)


def test_a_pause_ends_when_the_server_stops(paused: tuple[HttpServer, Connected]) -> None:
    """The stop does not wait for the end of the pause."""
    server, _ = paused
    begun = time.monotonic()
    server.stop()
    assert time.monotonic() - begun < 1


def test_a_flood_of_paused_answers_leaves_the_server_alive(serve: Callable[..., Served]) -> None:
    """A hundred clients wait for their answers; another one gets its own at once."""
    served = serve(_fault("kind: pause, milliseconds: 30000, methods: [PUT]"))
    connections = [Connected(served.url) for _ in range(100)]
    for number, connection in enumerate(connections):
        connection.send("PUT", f"/{number}", body="x")
    begun = time.monotonic()
    assert served.client("GET", "/f").status == 200
    assert time.monotonic() - begun < 5
    for connection in connections:
        connection.__exit__()


@pytest.mark.parametrize("then", ["close", "reset"])
def test_a_refusal_comes_before_the_body_was_sent(serve: Callable[..., Served], then: str) -> None:
    """The client has sent a head that decides the answer, and not one byte of the body."""
    served = serve(
        f"{FILE}causes: [{{id: no, kind: denied, methods: [PUT]}}]\n"
        f"faults: [{{id: early, kind: early-answer, then: {then}, methods: [PUT]}}]"
    )
    with Connected(served.url) as connection:
        connection.send("PUT", "/f", "Content-Length: 1000000")
        received = connection.receive()
    assert received.ended == then
    if then == "close":
        assert "403 Forbidden" in received.head
        assert "Connection: close" in received.head
    entry = next(iter(served.space.journal))
    assert [fault.id for fault in entry.sent.faults] == ["early"]


def test_a_body_that_decides_the_answer_is_read(serve: Callable[..., Served]) -> None:
    """The request is no match of the fault, and is done."""
    served = serve(f"{FILE}faults: [{{id: early, kind: early-answer, methods: [PUT], times: 1}}]")
    assert served.client("PUT", "/f", "new").status == 204
    assert served.client("GET", "/f").body == b"new"
    assert served.world.counts == {}


def test_a_client_that_waits_for_100_is_answered_as_ever(serve: Callable[..., Served]) -> None:
    """The fault is about clients that don't wait; other faults change this answer, too."""
    served = serve(
        f"{FILE}causes: [{{id: no, kind: denied, methods: [PUT]}}]\n"
        "faults: [{id: early, kind: early-answer}, {id: empty, kind: empty-body, methods: [PUT]}]"
    )
    received = asked(served.url, "PUT", "/f", "Content-Length: 10", "Expect: 100-continue")
    assert received.data.startswith(b"HTTP/1.1 403 Forbidden")
    assert received.body == b""
    assert [fault.id for fault in next(iter(served.space.journal)).sent.faults] == ["empty"]


def test_head_and_304_have_no_body_to_change(serve: Callable[..., Served]) -> None:
    """A HEAD and a 304 are no matches of faults that are about a body."""
    faults = "empty-body", "cut-body", "dribble", "close", "wrong-length, by: 3"
    listed = ", ".join(f"{{id: f{number}, kind: {kind}}}" for number, kind in enumerate(faults))
    served = serve(f"{FILE}faults: [{listed}]")
    head = served.client("HEAD", "/f")
    assert (head.status, head.headers["Content-Length"]) == (200, "10")
    assert served.client("GET", "/f", headers={"If-None-Match": head.headers["ETag"]}).status == 304
    assert served.world.counts == {}


def test_a_head_can_be_late_and_reset(serve: Callable[..., Served]) -> None:
    """A fault that is not about the body happens to the answer to a HEAD."""
    served = serve(_fault("kind: reset, at: before-head, methods: [HEAD]"))
    assert asked(served.url, "HEAD", "/f").ended == "reset"


def test_a_streamed_body_can_be_cut_on_the_connection(serve: Callable[..., Served]) -> None:
    """A long listing comes in chunks; the last chunk never comes."""
    tree = "tree: {" + ", ".join(f"/{number}: {{content: x}}" for number in range(3000)) + "}\n"
    served = serve(f"{tree}faults: [{{id: it, kind: close, bytes: 100000, methods: [PROPFIND]}}]")
    received = asked(served.url, "PROPFIND", "/", "Depth: 1")
    assert "207 Multi-Status" in received.head
    assert received.ended == "close"
    assert not received.data.endswith(b"0\r\n\r\n")


def test_two_faults_change_one_answer(serve: Callable[..., Served]) -> None:
    """The body is cut, and the rest comes late."""
    served = serve(f"{FILE}faults: [{{id: p, kind: pause, milliseconds: 50}}, {{id: c, kind: cut-body, bytes: 4}}]")
    answer = served.client("GET", "/f")
    assert answer.body == b"0123"
    assert [fault.id for fault in next(iter(served.space.journal)).sent.faults] == ["c", "p"]


def test_the_same_over_tls() -> None:
    """Resets, cuts and pauses are those of a connection that is encrypted."""
    faults = "{id: r, kind: reset, at: before-head, nth: 1}, {id: c, kind: close, nth: 2}, {id: p, kind: pause, milliseconds: 30, nth: 3}"
    scenario = load(f"title: t\n{FILE}faults: [{faults}]", "t.yaml")
    made = tls.make()
    authority = made.authority.decode()
    with serving(App({"t": lambda: scenario}).gateway, made) as root:
        assert asked(f"{root}t/", "GET", "/f", authority=authority).ended == "reset"
        cut = asked(f"{root}t/", "GET", "/f", authority=authority)
        assert (cut.body, cut.ended) == (b"01234", "close")
        late = asked(f"{root}t/", "GET", "/f", "Connection: close", authority=authority)
        assert late.body == b"0123456789"
