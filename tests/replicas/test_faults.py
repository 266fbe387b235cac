"""Connections that break, an engine that pauses, checkpoints at any time: what was acknowledged is there, and all replicas agree."""

from __future__ import annotations

import random
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from functools import partial

import pytest
from valkey.exceptions import ValkeyError

from dav424.core.clocks import sleep
from dav424.proof.play import Answer
from dav424.replicas import log
from tests.client import Client
from tests.replicas.conftest import PATIENCE, Replicas, RunningEngine
from tests.replicas.test_spaces import api, until

Start = Callable[..., Replicas]
SPACES = ("a", "b", "c")
TITLE = '<D:propfind xmlns:D="DAV:"><D:prop><title xmlns="urn:u"/></D:prop></D:propfind>'
FAILING = "set u:title=T  set D:getetag=x"


def work(clients: list[Client], seed: int) -> dict[str, str]:
    """Send requests at random; gives the content of the files that were stored, and the statuses of all others are checked."""
    chance = random.Random(seed)
    stored = {}
    for number in range(40):
        client, space = chance.choice(clients), chance.choice(SPACES)
        path = f"/s/{space}/playground/{seed}-{number}"
        answer = client("PUT", path, path)
        assert answer.status in (201, 503), answer
        if answer.status == 201:
            stored[path] = path
            failing = client.say(f"PROPPATCH {path} {FAILING}")
            assert failing.startswith(("503", "207")), failing
            assert failing.startswith("503") or "u:title 424" in failing
    return stored


def disturb(engine: RunningEngine, ended: threading.Event) -> None:
    """Break the connections of all clients, and pause the engine, again and again."""
    chance = random.Random(0)
    while not ended.wait(0.05):
        with suppress(ValkeyError):
            if chance.random() < 0.3:
                engine.client.client_pause(chance.choice((20, 700)))
            else:
                engine.client.execute_command("CLIENT", "KILL", "TYPE", "normal", "SKIPME", "yes")


def steadily(send: Callable[[], Answer]) -> Answer:
    """Send a request, and again as long as the answer is 503: a busy machine can be slower than the time of the store."""
    answers: list[Answer] = []

    def sent() -> bool:
        answers.append(send())
        return answers[-1].status != 503

    until(sent)
    return answers[-1]


def test_nothing_that_was_acknowledged_is_lost(
    replicas: Start, own_engine: Callable[..., RunningEngine], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Each file that was stored is there, no half of a batch is, and both replicas and a third one have the same journal."""
    monkeypatch.setattr(log, "CHECKPOINT_AFTER", 15)
    engine = own_engine()
    start = replicas(url=engine.url, timeout=1)
    clients = start.clients()
    ended = threading.Event()
    with ThreadPoolExecutor(5) as pool:
        disturbing = pool.submit(disturb, engine, ended)
        stored = dict(each for done in pool.map(lambda seed: work(clients, seed), range(4)) for each in done.items())
        ended.set()
        disturbing.result(PATIENCE)
    sleep(1)
    until(lambda: all(client("GET", "/-/ready").status == 200 for client in clients))
    assert len(stored) > 20
    third = replicas(1, url=engine.url).client(0)
    for path, content in stored.items():
        for client in (*clients, third):
            assert steadily(partial(client, "GET", path)).body == content.encode(), path
            found = steadily(partial(client, "PROPFIND", path, TITLE, {"Depth": "0"}))
            assert [each.status for each in found.reported] == [404], path
    for space in SPACES:
        read = partial(api, method="GET", path=f"spaces/{space}/journal")
        journals = [steadily(partial(read, client)).body for client in (*clients, third)]
        assert journals[0] == journals[1] == journals[2]
