"""``Expect: 100-continue`` (RFC 9110 10.1.1): the head of a request decides at once where it can, and else the body is asked for."""

from __future__ import annotations

import socket
from collections.abc import Callable, Iterator

import pytest

from tests.client import Client, statuses
from tests.conftest import Served
from tests.trees import lockinfo

TREE = "tree: {/f: {content: Milk}, /c/: {}, /shut/f: {content: Milk}, /mine: {content: Milk}}\n"
CAUSES = "causes: [{id: shut, kind: read-only, path: /shut}, {id: no, kind: denied, path: /mine, methods: [PUT, PROPPATCH]}]\n"
PATCH = b'<D:propertyupdate xmlns:D="DAV:"><D:set><D:prop><a xmlns="urn:u">1</a></D:prop></D:set></D:propertyupdate>'


class Waiting:
    """A client that sends a head and waits: ``told`` are the statuses that come before any body is sent."""

    def __init__(self, client: Client, line: str, *headers: str, body: bytes = b"x" * 9) -> None:
        self._body = body
        length = [] if any(header.startswith(("Content-Length", "Transfer")) for header in headers) else [len(body)]
        lines = [
            line.replace(" /", f" {client.base}/", 1) + " HTTP/1.1",
            "Host: x",
            "Expect: 100-continue",
            *(f"Content-Length: {each}" for each in length),
            *headers,
        ]
        self._socket = socket.create_connection((client.host, client.port), timeout=30)
        self._socket.sendall("".join(f"{each}\r\n" for each in lines).encode() + b"\r\n")
        self.received = self._socket.recv(1 << 16)
        self.told = statuses(self.received)

    def finish(self) -> list[int]:
        """Send the body, and give all statuses."""
        self._socket.sendall(self._body)
        self._socket.shutdown(socket.SHUT_WR)
        while piece := self._socket.recv(1 << 16):
            self.received += piece
        return statuses(self.received)

    def close(self) -> None:
        """Close the connection."""
        self._socket.close()


@pytest.fixture
def wait() -> Iterator[Callable[..., Waiting]]:
    """Make clients that wait; their connections are closed after the test."""
    made: list[Waiting] = []

    def start(client: Client, line: str, *headers: str, body: bytes = b"x" * 9) -> Waiting:
        made.append(Waiting(client, line, *headers, body=body))
        return made[-1]

    yield start
    for each in made:
        each.close()


@pytest.fixture
def served(serve: Callable[..., Served]) -> Served:
    """A tree with a read-only collection, and a document that a cause denies."""
    return serve(TREE + CAUSES)


@pytest.mark.parametrize(
    ("line", "headers", "status"),
    [
        ("PUT /none/f", [], 409),
        ("PUT /c/", [], 405),
        ("PUT /f", ['If-Match: "no"'], 412),
        ("PUT /f", ["If-None-Match: *"], 412),
        ("PUT /f", ['If: (["no"])'], 412),
        ("PUT /f", ["If-Unmodified-Since: Sun, 06 Nov 1994 08:49:37 GMT"], 412),
        ("PUT /shut/f", [], 403),
        ("PUT /mine", [], 403),
        ("PUT /f", ["Content-Encoding: gzip"], 415),
        ("PUT /f", ["Content-Range: bytes 0-8/9"], 400),
        ("PUT /f", ["Content-Length: 5000000000000"], 413),
        ("PUT /f", ["X-MSDAVEXT: PROPPATCH"], 415),
        ("PUT /f", ["X-MSDAVEXT: PROPPATCH", "Content-Type: multipart/MSDAVEXTPrefixEncoded", 'If-Match: "no"'], 412),
        ("PROPPATCH /none", [], 404),
        ("PROPPATCH /f", ['If-Match: "no"'], 412),
        ("PROPPATCH /f", ["Content-Type: application/json"], 415),
        ("PROPPATCH /f", ["Content-Length: 17000000"], 413),
        ("PROPPATCH /mine", [], 403),
        ("PROPFIND /none", ["Depth: 0"], 404),
        ("PROPFIND /f", ["Depth: 0", "Content-Type: application/json"], 415),
        ("MKCOL /c/", [], 405),
        ("MKCOL /none/c/", [], 409),
        ("MKCOL /new/", ["Content-Type: application/json"], 415),
        ("MKCALENDAR /none/c/", [], 409),
        ("LOCK /none/f", [], 409),
        ("LOCK /f", ["If-None-Match: *"], 412),
        ("LOCK /f", ["Content-Type: application/json"], 415),
        ("ORDERPATCH /f", [], 405),
        ("ORDERPATCH /none/", [], 404),
        ("BDELETE /f", [], 405),
        ("POST /none", [], 404),
        ("POST /f", [], 405),
        ("POST /c/", ["Content-Type: application/pdf"], 415),
        ("DELETE /f", [], 415),
        ("COPY /f", ["Destination: /c/f"], 415),
        ("GET /f", [], 415),
        ("PATCH /f", [], 405),
        ("FROB /f", [], 501),
    ],
)
def test_the_head_decides_at_once(
    wait: Callable[..., Waiting], served: Served, line: str, headers: list[str], status: int
) -> None:
    """The final status comes instead of a 100, before any byte of the body, and the connection is closed."""
    waiting = wait(served.client, line, *headers)
    assert waiting.told == [status]
    assert b"\r\nConnection: close\r\n" in waiting.received


@pytest.mark.parametrize("headers", [[], ["Transfer-Encoding: chunked"]])
@pytest.mark.parametrize("line", ["PUT /f", "PUT /new", "PROPPATCH /f", "MKCOL /g/", "LOCK /free", "PUT /l/new"])
def test_a_lock_decides_at_once(wait: Callable[..., Waiting], served: Served, line: str, headers: list[str]) -> None:
    """423 needs no body either; a request that no lock stops gets 100."""
    client = served.client
    for path in ("/f", "/l"):
        client("LOCK", path, lockinfo(), {"Depth": "0"}) if path == "/f" else client("MKCOL", path)
    client("LOCK", "/l/", lockinfo(), {"Depth": "0"})
    locked = line in ("PUT /f", "PROPPATCH /f", "PUT /l/new")
    assert wait(client, line, *headers).told == [423 if locked else 100]


def test_a_second_lock_is_refused_at_once(wait: Callable[..., Waiting], served: Served) -> None:
    """No scope of the new lock would go with an exclusive one."""
    served.client("LOCK", "/f", lockinfo(), {"Depth": "0"})
    assert wait(served.client, "LOCK /f").told == [423]


def test_a_login_is_asked_for_at_once(wait: Callable[..., Waiting], serve: Callable[..., Served]) -> None:
    """401, with its challenges, and no 100."""
    waiting = wait(serve("users: {ada: lovelace}\n").client, "PUT /f")
    assert waiting.told == [401]
    assert b"\r\nWWW-Authenticate: " in waiting.received


@pytest.mark.parametrize("line", ["PUT /f", "PUT /new", "PROPPATCH /f", "PROPFIND /f", "MKCOL /new/", "LOCK /f"])
def test_a_body_that_decides_is_asked_for(wait: Callable[..., Waiting], served: Served, line: str) -> None:
    """100 first, and the final status after the body."""
    waiting = wait(served.client, line)
    assert waiting.told == [100]
    after = waiting.finish()
    assert (len(after), after[0]) == (2, 100)


def test_the_body_that_was_asked_for_is_stored(wait: Callable[..., Waiting], served: Served) -> None:
    """The look at the head changed nothing."""
    assert wait(served.client, "PUT /new", body=b"Bread").finish() == [100, 201]
    assert served.client("GET", "/new").body == b"Bread"


def test_a_property_that_was_asked_for_is_set(wait: Callable[..., Waiting], served: Served) -> None:
    """So is a PROPPATCH whose body decides."""
    assert wait(served.client, "PROPPATCH /f", "Content-Type: text/xml", body=PATCH).finish() == [100, 207]
    assert served.client.say("PROPFIND /f u:a") == "207  u:a 200"


def test_a_chunked_body_of_a_method_without_one_is_read(wait: Callable[..., Waiting], served: Served) -> None:
    """It could be empty, so the head does not decide."""
    waiting = wait(served.client, "DELETE /f", "Transfer-Encoding: chunked", body=b"0\r\n\r\n")
    assert waiting.told == [100]
    assert waiting.finish() == [100, 204]


@pytest.mark.parametrize("sent_ahead", [True, False])
def test_a_cause_counts_the_request_once(
    wait: Callable[..., Waiting], serve: Callable[..., Served], *, sent_ahead: bool
) -> None:
    """The second PUT is the second match, although the head of each was looked at before its body."""
    client = serve("tree: {/f: {content: Milk}}\ncauses: [{id: second, kind: read-only, path: /f, nth: 2}]").client

    def put() -> list[int]:
        if sent_ahead:
            return statuses(
                client.raw(b"PUT {base}/f HTTP/1.1\r\nHost: x\r\nExpect: 100-continue\r\nContent-Length: 1\r\n\r\nx")
            )
        waiting = wait(client, "PUT /f", body=b"x")
        return waiting.finish() if waiting.told == [100] else waiting.told

    assert [put()[-1] for _ in range(3)] == [204, 403, 204]


def test_the_journal_has_the_request_once(wait: Callable[..., Waiting], served: Served) -> None:
    """With the reason of the final status, or with the body."""
    wait(served.client, "PUT /shut/f")
    wait(served.client, "PUT /f", body=b"Bread").finish()
    entries = [(entry.answer.status, entry.request.body) for entry in served.space.journal]
    assert entries == [(403, b""), (204, b"Bread")]


def test_a_body_that_was_not_waited_for_is_skipped(served: Served) -> None:
    """The client sent it at once, and its next request is answered on the same connection."""
    put = b"PUT {base}/shut/f HTTP/1.1\r\nHost: x\r\nExpect: 100-continue\r\nContent-Length: 5\r\n\r\nBread"
    received = served.client.raw(put + b"GET {base}/f HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n")
    assert statuses(received) == [403, 200]


@pytest.mark.parametrize("expect", ["nothing", "100-continue, more", "100-continue=x", "200-ok"])
@pytest.mark.parametrize("target", ["{base}/f", "*"])
def test_another_expectation_is_417(served: Served, expect: str, target: str) -> None:
    """RFC 9110 10.1.1: the server says that it can't meet it, and does nothing."""
    method = "OPTIONS" if target == "*" else "GET"
    head = f"{method} {target} HTTP/1.1\r\nHost: x\r\nExpect: {expect}\r\nConnection: close\r\n\r\n"
    assert statuses(served.client.raw(head.encode())) == [417]


@pytest.mark.parametrize(
    ("expect", "version"), [("", "1.1"), (",", "1.1"), ("nothing", "1.0"), ("100-continue", "1.1")]
)
def test_no_expectation_is_none(served: Served, expect: str, version: str) -> None:
    """An empty list expects nothing, HTTP/1.0 has no expectations, and a request without a body waits for nothing."""
    head = f"GET {{base}}/f HTTP/{version}\r\nHost: x\r\nExpect: {expect}\r\nConnection: close\r\n\r\n"
    assert statuses(served.client.raw(head.encode())) == [200]


def test_the_admin_api_asks_for_a_body_that_it_reads(wait: Callable[..., Waiting], served: Served) -> None:
    """It decides by its own rules: an unknown route is 404 at once."""
    root = Client(f"http://{served.client.host}:{served.client.port}")
    assert wait(root, "PUT /-/none").told == [404]
    assert wait(root, "PUT /-/spaces/waits", "Content-Type: application/json").told == [100]
