"""Clients that are slow, stand still or are many, on real sockets: a slow client is served, and no other client waits."""

from __future__ import annotations

import http.client
import socket
import ssl
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager, suppress

import pytest

from dav424.app import App
from dav424.scenario.load import load
from dav424.wire import socket_files, tls
from dav424.wire.cheroot_parts import THREADS
from dav424.wire.pace import Limits
from dav424.wire.server import serving
from tests.client import statuses

YAML = "title: test\ntree: {/f: {content: hello}}\n"
USERS = "title: test\ntree: {/f: {content: hello}}\nusers: {ada: lovelace}\n"
SHORT = Limits(head_timeout=0.3, min_rate=10_000, rate_window=0.3, idle_timeout=0.3)
PATIENT = Limits(head_timeout=20, min_rate=1000, rate_window=20)
BIG = 40_000_000
"""More bytes than the buffers of a connection hold."""
SOON = 10.0
"""Seconds that bound a wait which should be far shorter: the machine may be busy."""


class Peer:
    """A server with limits, on a socket that is plain or encrypts, and the raw connections of a test to it."""

    def __init__(self, app: App, port: int, stack: ExitStack, *, encrypts: bool) -> None:
        self.app = app
        self._port, self._stack, self._encrypts = port, stack, encrypts

    def connect(self, sent: bytes = b"", *, receive_buffer: int = 0) -> socket.socket:
        """Open a connection, and send bytes on it."""
        plain = socket.socket()
        if receive_buffer:
            plain.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, receive_buffer)
        plain.settimeout(SOON)
        plain.connect(("127.0.0.1", self._port))
        connection: socket.socket = plain
        if self._encrypts:
            context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
            context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
            connection = context.wrap_socket(plain)
        self._stack.callback(connection.close)
        connection.sendall(sent)
        return connection

    def status(self, method: str = "GET", target: str = "/test/f", body: bytes = b"") -> int:
        """Send a request on a connection of its own, and give the status of the response."""
        with closing_at_end(self.connect(request(method, target, body))) as connection:
            return http_response(connection).status


@contextmanager
def closing_at_end(connection: socket.socket) -> Iterator[socket.socket]:
    """Close a connection at the end."""
    try:
        yield connection
    finally:
        connection.close()


def request(method: str, target: str, body: bytes = b"", **headers: str) -> bytes:
    """Spell a request as bytes."""
    lines = [f"{method} {target} HTTP/1.1", "Host: x", f"Content-Length: {len(body)}"]
    lines += [f"{name}: {value}" for name, value in headers.items()]
    return "\r\n".join([*lines, "", ""]).encode() + body


def http_response(connection: socket.socket) -> http.client.HTTPResponse:
    """Read the head of a response."""
    response = http.client.HTTPResponse(connection)
    response.begin()
    return response


def rest_of(connection: socket.socket) -> bytes:
    """Read all that the server sends until it closes."""
    pieces = []
    with suppress(ConnectionResetError):
        while piece := connection.recv(1 << 16):
            pieces.append(piece)
    return b"".join(pieces)


Serve = Callable[..., Peer]


@pytest.fixture(scope="module")
def made() -> tls.Tls:
    """The certificate of all servers here: to make one takes a while."""
    return tls.make()


@pytest.fixture(params=["http", "https"])
def slow(request: pytest.FixtureRequest, bugs: list[BaseException], made: tls.Tls) -> Iterator[Serve]:
    """Serve a scenario at /test/ with limits, once over HTTP and once over HTTPS."""
    with ExitStack() as stack:

        def start(limits: Limits, yaml: str = YAML, **settings: int) -> Peer:
            encrypts = request.param == "https"
            app = App({"test": lambda: load(yaml, "test.yaml")}, on_bug=bugs.append, **settings)  # type: ignore[arg-type]
            url = stack.enter_context(serving(app.gateway, made if encrypts else None, limits))
            stack.callback(app.spaces.close)
            return Peer(app, int(url.rstrip("/").rpartition(":")[2]), stack, encrypts=encrypts)

        yield start


# One slow client ---------------------------------------------------------------------------------


def test_a_download_that_goes_on_is_not_cut(slow: Serve) -> None:
    """It takes many times longer than a client may stand still, and every byte arrives."""
    peer = slow(Limits(min_rate=100_000, rate_window=1))
    assert peer.status("PUT", "/test/big", b"x" * BIG) == 201
    response = http_response(peer.connect(request("GET", "/test/big"), receive_buffer=1 << 16))
    received, begun = 0, time.monotonic()
    while piece := response.read(1 << 20):
        received += len(piece)
        time.sleep(0.08)
    assert received == BIG
    assert time.monotonic() - begun > 2 * 1


def test_a_client_that_stops_reading_is_given_up(slow: Serve) -> None:
    """The thread of its answer is free again; the client finds the answer cut."""
    peer = slow(SHORT)
    assert peer.status("PUT", "/test/big", b"x" * BIG) == 201
    connections = [peer.connect(request("GET", "/test/big")) for _ in range(3)]
    time.sleep(1)
    for connection in connections:
        assert len(rest_of(connection)) < BIG


def test_a_streamed_answer_that_nobody_reads_is_given_up(slow: Serve) -> None:
    """The same for an answer that comes in chunks."""
    members = "".join(f"  /{number}: {{content: {'x' * 200}}}\n" for number in range(1000))
    peer = slow(SHORT, f"title: test\ntree:\n{members}")
    asked = request("PROPFIND", "/test/", Depth="infinity")
    connection = peer.connect(asked * 60, receive_buffer=1 << 12)
    time.sleep(4)
    assert statuses(rest_of(connection)).count(207) < 60


def test_an_upload_that_goes_on_is_not_cut(slow: Serve) -> None:
    """It takes many times longer than a client may stand still."""
    peer = slow(Limits(min_rate=100, rate_window=1))
    connection = peer.connect(request("PUT", "/test/new", b"x" * 2000)[:-2000])
    for _ in range(20):
        connection.sendall(b"x" * 100)
        time.sleep(0.12)
    assert http_response(connection).status == 201


@pytest.mark.parametrize(
    "begun",
    [
        b"PUT /test/new HTTP/1.1\r\nHost: x\r\nContent-Length: 100000\r\n\r\nxxxxx",
        b"PUT /test/new HTTP/1.1\r\nHost: x\r\nContent-Length: 100000000\r\n\r\nxxxxx",
        b"PUT /test/new HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n10\r\nxxxxx",
        b"PUT /test/new HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nxxxxx\r\n",
        b"PUT /test/new HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n",
        b"PUT /test/new HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n1",
        b"POST /-/spaces HTTP/1.1\r\nHost: x\r\nContent-Length: 100\r\n\r\n{",
    ],
)
def test_a_body_that_stands_still_is_408(slow: Serve, begun: bytes) -> None:
    """The client learns why, the connection ends, and nothing was stored."""
    peer = slow(SHORT)
    answer = rest_of(peer.connect(begun))
    assert statuses(answer) == [408]
    assert b"fewer than 3000 bytes in 0.3 seconds" in answer
    assert peer.status("GET", "/test/new") == 404


def test_a_body_slower_than_the_rate_is_408(slow: Serve) -> None:
    """A byte now and then does not keep a thread."""
    peer = slow(SHORT)
    connection = peer.connect(request("PUT", "/test/new", b"x" * 100_000)[:-100_000])
    with suppress(OSError):
        for _ in range(20):
            connection.sendall(b"x")
            time.sleep(0.1)
    assert statuses(rest_of(connection)) == [408]


def test_a_408_is_in_the_journal(slow: Serve) -> None:
    """A client under test can find its own stalled upload there."""
    peer = slow(SHORT)
    rest_of(peer.connect(request("PUT", "/test/new", b"x" * 10)[:-1]))
    assert [entry.answer.status for entry in peer.app.spaces.default.journal] == [408]


@pytest.mark.parametrize("begun", [b"G", b"GET /test/f HTTP/1.1\r\nHost: x\r\nX-A: ", b"\r\nGET /test"])
def test_a_head_that_stands_still_is_408(slow: Serve, begun: bytes) -> None:
    """RFC 9110 15.5.9."""
    answer = rest_of(slow(SHORT).connect(begun))
    assert statuses(answer) == [408]
    assert b"The head is not complete after 0.3 seconds" in answer


def test_no_thread_waits_for_a_head() -> None:
    """Nor for the rest of one: 300 slow clients would have all threads wait in turn."""
    server_end, client_end = socket.socketpair()
    with server_end, client_end:
        server_end.setblocking(False)
        reader = socket_files.SocketReader(server_end, Limits())
        assert not reader.head_is_there(1000)
        client_end.sendall(b"GET / HTTP/1.1\r\nX-")
        assert not reader.head_is_there(1000)
        client_end.sendall(b"A: b\r\n\r\n")
        assert reader.head_is_there(1000)


def test_the_whole_head_has_one_deadline(slow: Serve) -> None:
    """Single bytes do not extend it."""
    connection = slow(SHORT).connect(b"GET /test/f HTTP/1.1\r\nHost: x\r\nX-A: ")
    with suppress(OSError):
        for _ in range(30):
            connection.sendall(b"a")
            time.sleep(0.05)
    assert statuses(rest_of(connection)) == [408]


def test_the_next_head_has_a_deadline_too(slow: Serve) -> None:
    """On a connection that had an answer already."""
    connection = slow(SHORT).connect(request("GET", "/test/f") + b"GET /test/f")
    answer = rest_of(connection)
    assert answer.startswith(b"HTTP/1.1 200 ")
    assert b"helloHTTP/1.1 408 " in answer


def test_a_head_in_single_bytes_is_read(slow: Serve) -> None:
    """Also with a body behind it, and another request behind that."""
    connection = slow(PATIENT).connect()
    for byte in request("PUT", "/test/g", b"four") + request("GET", "/test/g", Connection="close"):
        connection.sendall(bytes([byte]))
        time.sleep(0.003)
    answer = rest_of(connection)
    assert statuses(answer) == [201, 200]
    assert answer.endswith(b"four")


@pytest.mark.parametrize("sent", [b"", b"\r\n", request("GET", "/test/f")])
def test_a_connection_on_which_nothing_begins_is_closed(slow: Serve, sent: bytes) -> None:
    """Without an answer: the client has asked for nothing."""
    assert statuses(rest_of(slow(SHORT).connect(sent))) == ([200] if b"GET" in sent else [])


def test_a_handshake_that_stands_still_is_closed(made: tls.Tls) -> None:
    """The deadline of the first head includes it."""
    app = App({})
    with serving(app.gateway, made, SHORT) as url:
        address = ("127.0.0.1", int(url.rstrip("/").rpartition(":")[2]))
        for begun in (b"", b"\x16", b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03"):
            with socket.create_connection(address, timeout=SOON) as connection:
                connection.sendall(begun)
                assert connection.recv(100) == b""


# Many slow clients -------------------------------------------------------------------------------

CROWD = 4 * THREADS
CROWDS = {
    "silent": b"",
    "heads": b"GET /test/f HTTP/1.1\r\nHost: x\r\nX-A: ",
    "bodies": b"PUT /test/%d HTTP/1.1\r\nHost: x\r\nContent-Length: 1000000\r\n\r\n",
    "chunks": b"PUT /test/%d HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\nffff\r\n",
    "readers": b"GET /test/big HTTP/1.1\r\nHost: x\r\n\r\n",
    "waits": b"GET /-/spaces/default/journal?wait=20s&count=999 HTTP/1.1\r\nHost: x\r\n\r\n",
}


@pytest.mark.parametrize("kind", CROWDS)
def test_a_crowd_of_slow_clients_delays_no_other(slow: Serve, kind: str) -> None:
    """There are more of them than the server has threads at first."""
    peer = slow(PATIENT)
    if kind == "readers":
        assert peer.status("PUT", "/test/big", b"x" * BIG) == 201
    for number in range(CROWD):
        sent = CROWDS[kind]
        peer.connect(sent % number if b"%d" in sent else sent)
    for _ in range(10):
        assert peer.status() == 200
        assert peer.status("PROPFIND", "/test/f") == 207


def test_who_asks_whether_the_server_is_alive_waits_for_no_thread(slow: Serve, monkeypatch: pytest.MonkeyPatch) -> None:
    """With every other thread taken, ``/-/live`` and ``/-/ready`` answer, and other requests wait for their turn."""
    monkeypatch.setattr("dav424.wire.cheroot_parts.MOST_THREADS", THREADS)
    peer = slow(PATIENT)
    uploads = [peer.connect(CROWDS["bodies"] % number) for number in range(CROWD)]
    time.sleep(0.3)
    waiting = peer.connect(request("GET", "/test/f"))
    for target in ("/-/live", "/-/ready"):
        assert peer.status("GET", target) == peer.status("HEAD", target) == 200
    waiting.settimeout(0.3)
    with pytest.raises(TimeoutError):
        waiting.recv(1)
    for upload in uploads:
        upload.close()
    waiting.settimeout(SOON)
    assert http_response(waiting).status == 200


def test_requests_that_waited_for_a_turn_are_all_answered(slow: Serve, monkeypatch: pytest.MonkeyPatch) -> None:
    """Each in full, on connections that are kept."""
    monkeypatch.setattr("dav424.wire.cheroot_parts.MOST_THREADS", THREADS)
    peer = slow(PATIENT)
    connections = [peer.connect(request("PUT", f"/test/{number}", b"four")[:-2]) for number in range(CROWD)]
    for connection in connections:
        connection.sendall(b"ur")
    assert [http_response(connection).status for connection in connections] == [201] * CROWD
    for connection in connections:
        connection.sendall(request("GET", "/test/f"))
    assert [http_response(connection).read() for connection in connections] == [b"hello"] * CROWD


def test_a_system_that_starts_no_more_threads_is_no_end(slow: Serve, monkeypatch: pytest.MonkeyPatch) -> None:
    """The server goes on with the threads that there are, and tries again later."""
    peer = slow(PATIENT)
    start = threading.Thread.start

    def refuse(_: threading.Thread) -> None:
        raise RuntimeError("can't start new thread")

    monkeypatch.setattr(threading.Thread, "start", refuse)
    uploads = [peer.connect(CROWDS["bodies"] % number) for number in range(CROWD)]
    time.sleep(0.3)
    assert peer.status("GET", "/-/live") == 200
    monkeypatch.setattr(threading.Thread, "start", start)
    assert peer.status() == 200
    assert len(uploads) == CROWD


# Clients that have gone --------------------------------------------------------------------------


def until(holds: Callable[[], bool]) -> bool:
    """Wait until something holds; False if it does not for long."""
    deadline = time.monotonic() + SOON
    while not holds():
        if time.monotonic() > deadline:
            return False
        time.sleep(0.02)
    return True


def test_a_wait_ends_when_its_client_has_gone(slow: Serve) -> None:
    """Its thread is free long before the minute is over."""
    peer = slow(PATIENT)
    journal = peer.app.spaces.default.journal
    waits = [peer.connect(request("GET", "/-/spaces/default/journal?wait=60s&count=9")) for _ in range(5)]
    assert until(lambda: journal.waiting == 5)
    for each in waits:
        each.close()
    assert until(lambda: journal.waiting == 0)


def test_a_wait_whose_client_only_ended_its_requests_goes_on(slow: Serve) -> None:
    """RFC 9112 9.6: a half-closed connection can be read; the client gets its answer when the entry is there."""
    peer = slow(PATIENT)
    connection = peer.connect(request("GET", "/-/spaces/default/journal?wait=20s&count=1", Connection="close"))
    socket.socket.shutdown(connection, socket.SHUT_WR)  # that of a TLS socket would forget the keys
    time.sleep(1.5)
    assert peer.status() == 200
    answer = rest_of(connection)
    assert statuses(answer)[-1:] == [200]
    assert answer.count(b'"number"') == 1


# Refused uploads ---------------------------------------------------------------------------------

LONG = 20_000_000


@pytest.mark.parametrize(
    ("yaml", "target", "settings", "status"),
    [
        (USERS, "/test/new", {}, 401),
        (YAML, "/test/new", {"max_body": 100_000}, 413),
        (YAML, "/none/new", {}, 404),
        (YAML, "/te st", {}, 400),
        (YAML, "/test/none/new", {}, 409),
    ],
)
@pytest.mark.parametrize("chunked", [False, True])
def test_a_client_that_sends_its_whole_upload_sees_why_it_is_refused(
    slow: Serve, yaml: str, target: str, settings: dict[str, int], status: int, *, chunked: bool
) -> None:
    """It reads only after it has sent everything, as ``http.client`` does: the server must not break the connection."""
    peer = slow(PATIENT, yaml, **settings)
    length = f"Content-Length: {LONG}" if not chunked else "Transfer-Encoding: chunked"
    head = f"PUT {target} HTTP/1.1\r\nHost: x\r\n{length}\r\n\r\n".encode()
    body = b"x" * LONG
    connection = peer.connect(head + (b"%x\r\n%b\r\n0\r\n\r\n" % (LONG, body) if chunked else body))
    assert http_response(connection).status == status
    assert peer.status() in (200, 401)


def test_a_refused_upload_is_not_received_for_ever(slow: Serve, monkeypatch: pytest.MonkeyPatch) -> None:
    """The server gives up a client that sends on and on, and one that stops."""
    monkeypatch.setattr("dav424.wire.connection._DRAIN_WITHIN", 0.5)
    monkeypatch.setattr("dav424.wire.connection._DRAIN_QUIET", 0.3)
    peer = slow(PATIENT, max_body=1000)
    head = b"PUT /test/new HTTP/1.1\r\nHost: x\r\nContent-Length: 100000000\r\n\r\n"
    endless, still = peer.connect(head), peer.connect(head)
    assert until(lambda: is_broken(endless))
    time.sleep(0.7)
    assert until(lambda: is_broken(still))


def is_broken(connection: socket.socket) -> bool:
    """Send a byte, and say whether the server has closed the connection."""
    try:
        connection.sendall(b"x")
    except OSError:
        return True
    return False


# Idle connections --------------------------------------------------------------------------------


def test_idle_connections_of_others_close_no_connection(slow: Serve) -> None:
    """The bytes of an answer don't depend on how many clients keep a connection."""
    peer = slow(PATIENT)
    connections = [peer.connect() for _ in range(5 * THREADS)]
    for _ in range(2):
        for connection in connections:
            connection.sendall(request("GET", "/test/f"))
            response = http_response(connection)
            assert response.read() == b"hello"
            assert response.getheader("Connection") is None
