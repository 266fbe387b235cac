"""Requests that wait hold up no others: delays, readers of a journal, clients that wait for a 100 Continue."""

from __future__ import annotations

import json
import socket
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager

import httpx
import pytest

from dav424.core.clocks import sleep
from dav424.proof.play import Answer
from dav424.scenario.load import load
from dav424.worlds.settings import Settings
from tests.client import Client
from tests.replicas.conftest import PATIENCE, Replicas
from tests.replicas.test_spaces import api, data, until

Start = Callable[..., Replicas]
SLOW = load(
    """
title: slow
tree: {/f: {content: f}}
causes: [{kind: delay, id: slow, methods: [PUT], milliseconds: 3000, times: 1}]
""",
    "slow.yaml",
)
SHUT = load(
    """
title: shut
tree: {/f: {content: f}, /shut/: {}}
causes: [{kind: read-only, id: shut, path: /shut/}]
""",
    "shut.yaml",
)
USERS = load(
    """
title: users
tree: {/f: {content: f}}
users: {ada: secret}
auth: digest
""",
    "users.yaml",
)


@contextmanager
def meanwhile(work: Callable[[], Answer]) -> Iterator[Future[Answer]]:
    """Do something in another thread."""
    with ThreadPoolExecutor(1) as pool:
        yield pool.submit(work)


def test_a_delay_holds_up_its_own_request_alone(replicas: Start) -> None:
    """The match counts at once, the request is carried out later, and others go on at all replicas."""
    here, there = replicas(more={"slow": SLOW}).clients("s/x/slow/")
    with meanwhile(lambda: here("PUT", "/slow", "s")) as delayed:
        until(lambda: there("GET", "/f").status == 200 and matches(there) == 1)
        quick = [client("PUT", "/quick", "q") for client in (there, here)]
        assert there("GET", "/slow").status == 404
        assert not delayed.done()
        late = delayed.result(PATIENCE)
    assert [each.status for each in (*quick, late)] == [201, 204, 201]
    assert there("GET", "/slow").body == b"s"


def matches(client: Client) -> int:
    """Say how often the cause has met a request."""
    counts: dict[str, int] = data(Client(client.url.partition("s/x/")[0]), "GET", "spaces/x/causes")["counts"]
    return counts.get("slow", 0)


def test_a_replica_that_replays_a_delay_counts_it_once(replicas: Start) -> None:
    """It waits for nothing, since the request that waits comes as another entry."""
    start = replicas(more={"slow": SLOW})
    start.client(0, "s/x/slow/")("PUT", "/slow", "s")
    assert start.client(1, "s/x/slow/")("GET", "/slow").body == b"s"
    counts = [data(client, "GET", "spaces/x/causes")["counts"] for client in start.clients()]
    assert counts == [{"slow": 1}, {"slow": 1}]


def test_a_reader_of_the_journal_gets_the_exchange_of_another_replica(replicas: Start) -> None:
    """It waits for it, and requests to its own replica go on."""
    start = replicas()
    here, there = start.clients()
    here("PUT", "/s/x/playground/f", "f")
    with meanwhile(lambda: api(here, "GET", "spaces/x/journal?since=2&wait=20s")) as waiting:
        sleep(0.2)
        assert here("GET", "/s/x/playground/f").status == 200
        assert not waiting.done()
        assert there("DELETE", "/s/x/playground/f").status == 204
        entries = json.loads(waiting.result(PATIENCE).body)["entries"]
    assert [each["method"] for each in entries] == ["DELETE"]


def asked(client: Client, target: str, length: int, body: bytes) -> tuple[bytes, bytes]:
    """Send a head that waits for a 100 Continue, then the body if the server asks for it; gives the first and the last answer."""
    head = f"PUT {target} HTTP/1.1\r\nHost: localhost\r\nExpect: 100-continue\r\nContent-Length: {length}\r\n\r\n"
    with socket.create_connection((client.host, client.port), timeout=PATIENCE) as connection:
        connection.sendall(head.encode())
        first = connection.recv(65536)
        if not first.startswith(b"HTTP/1.1 100"):
            return first, first
        connection.sendall(body)
        return first, connection.recv(65536)


def test_a_head_that_decides_gets_its_answer_without_the_body(replicas: Start) -> None:
    """A read-only collection refuses at once; a place that is open asks for the body."""
    here, there = replicas(more={"shut": SHUT}).clients()
    for client in (here, there):
        first, _ = asked(client, "/s/x/shut/shut/new", 5_000_000, b"")
        assert first.startswith(b"HTTP/1.1 403")
    first, last = asked(here, "/s/x/shut/new", 5, b"hello")
    assert first.startswith(b"HTTP/1.1 100")
    assert last.startswith(b"HTTP/1.1 201")
    assert there("GET", "/s/x/shut/new").body == b"hello"
    journal = data(there, "GET", "spaces/x/journal")["entries"]
    assert [(each["method"], each["status"]) for each in journal] == [
        ("PUT", 403),
        ("PUT", 403),
        ("PUT", 201),
        ("GET", 200),
    ]


def test_a_body_that_is_too_long_is_413(replicas: Start) -> None:
    """The journal has the refusal; nothing of the body is in the log."""
    here = replicas(1).client(0)
    head = (
        f"PUT /s/x/playground/f HTTP/1.1\r\nHost: localhost\r\nContent-Length: {65 << 20}\r\nConnection: close\r\n\r\n"
    )
    assert b"HTTP/1.1 413" in here.raw(head.encode())
    assert data(here, "GET", "spaces/x/journal/last")["status"] == 413


@pytest.mark.parametrize("path", ["/s/x/users/f", "/users/f"])
def test_a_digest_login_works_at_any_replica(replicas: Start, path: str) -> None:
    """One issues the nonce, another one accepts it, and none accepts the same count twice."""
    start = replicas(more={"users": USERS})
    login = httpx.DigestAuth("s+x+ada" if path == "/users/f" else "ada", "secret")
    urls = [url.rstrip("/") + path for url in start.urls]
    with httpx.Client(auth=login) as client:
        answers = [client.get(urls[number % 2]) for number in range(4)]
    assert [answer.status_code for answer in answers] == [200] * 4
    sent = answers[-1].request.headers["Authorization"]
    again = httpx.get(urls[0], headers={"Authorization": sent})
    assert again.status_code == 401


def test_real_clocks_show_one_time(replicas: Start) -> None:
    """The time of the engine, at all replicas, in dates and in properties."""
    here, there = replicas(settings=Settings(start=None)).clients("s/x/playground/")
    stored = here("PUT", "/f", "f")
    find = [client.say("PROPFIND /f D:getlastmodified") for client in (here, there)]
    assert find[0] == find[1]
    read = [client("GET", "/f").headers for client in (here, there)]
    assert read[0]["Last-Modified"] == read[1]["Last-Modified"] == stored.headers["Date"]


def test_a_page_shows_the_exchanges_of_another_replica(replicas: Start) -> None:
    """The pages ask the admin API, which follows the log."""
    start = replicas()
    here, there = start.clients()
    here("PUT", "/s/x/playground/from-here", "f")
    page = there("GET", "/-/ui/space/x/1", headers={"Accept": "text/html"})
    assert page.status == 200
    assert b"from-here" in page.body
