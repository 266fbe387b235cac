"""A replica with little memory drops the copies that it has not used for long, and carries their logs out again."""

from __future__ import annotations

import gc
import weakref
from collections.abc import Callable

import pytest

from dav424.core import memory
from dav424.core.memory import Budget
from dav424.replicas import log
from dav424.worlds.settings import Settings
from tests.replicas.conftest import EmptyEngine, Replicas
from tests.replicas.test_spaces import api, until

Start = Callable[..., Replicas]
MIB = 1 << 20


def test_the_oldest_copies_give_way_and_come_back(replicas: Start) -> None:
    """Ten spaces of a mebibyte each, where four have room."""
    client = replicas(1, settings=Settings(budget=Budget(memory.total() + 6 * MIB))).client(0)
    for number in range(10):
        assert client("PUT", f"/s/space{number}/playground/f", b"x" * MIB).status == 201, number
    for number in range(10):
        assert len(client("GET", f"/s/space{number}/playground/f").body) == MIB


def test_a_house_is_freed_without_the_garbage_collector(replicas: Start) -> None:
    """It refers to nothing that refers to it, so a copy that is dropped is gone at once."""
    start = replicas(1)
    start.client(0)("PUT", "/s/x/playground/f", "f")
    api(start.client(0), "GET", "spaces/x")
    shared = start.apps[0]._shared
    assert shared is not None
    house = shared.replica.known("x")
    assert house is not None
    gone = weakref.ref(house.spaces)
    gc.disable()
    try:
        del house
        shared.replica.make_room(0, 0)
        until(lambda: gone() is None)
    finally:
        gc.enable()


def test_a_space_that_is_too_large_for_a_replica_is_503(replicas: Start) -> None:
    """The answer says whether the request was carried out; other spaces have room, and a space can be removed without one."""
    client = replicas(1, settings=Settings(budget=Budget(memory.total() + 6 * MIB))).client(0)
    answers = [client("PUT", f"/s/x/playground/{number}", b"x" * MIB) for number in range(8)]
    refused = [answer for answer in answers if answer.status != 201]
    assert refused
    assert {answer.status for answer in refused} == {503}
    assert all(b"no memory" in answer.body for answer in refused)
    assert client("PUT", "/s/y/playground/f", "f").status == 201
    assert api(client, "DELETE", "spaces/x").status == 204
    assert client("GET", "/s/x/playground/0").status == 404


def test_a_checkpoint_that_is_too_large_for_a_replica_is_503(
    replicas: Start, engine: EmptyEngine, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It has no room to begin with, and says so; the other replica goes on."""
    monkeypatch.setattr(log, "CHECKPOINT_AFTER", 5)
    here = replicas(1).client(0)
    for number in range(6):
        assert here("PUT", f"/s/x/playground/{number}", b"x" * MIB).status == 201
    until(lambda: engine.client.exists("dav424:{x}:point") == 1)
    there = replicas(1, settings=Settings(budget=Budget(memory.total() + 2 * MIB))).client(0)
    refused = there("GET", "/s/x/playground/1")
    assert (refused.status, b"no memory" in refused.body, b"not carried out" in refused.body) == (503, True, True)
    assert here("GET", "/s/x/playground/1").status == 200
