"""The selector of Linux: one client is waited for beside all others, and no other one waits longer for that."""

from __future__ import annotations

import select
import socket
import threading
from collections.abc import Iterator
from typing import Any

import pytest

from dav424.wire.parked_connections import EpollSelector

pytestmark = pytest.mark.skipif(not hasattr(select, "epoll"), reason="other systems have another selector")
SOON = 5.0
Pairs = dict[str, tuple[socket.socket, socket.socket]]
"""The two ends of each connection: that of the client, and that of the server."""
Clients = tuple[EpollSelector, Pairs]


@pytest.fixture
def clients() -> Iterator[Clients]:
    """Give a selector, and three clients by name whose connections are in it."""
    pairs = {name: socket.socketpair() for name in "abc"}
    selector = EpollSelector()
    for name, (_, served) in pairs.items():
        selector.register(served.fileno(), 0, name)
    yield selector, pairs
    for client, served in pairs.values():
        client.close()
        served.close()
    selector.close()


def ask(pairs: Pairs, *names: str) -> None:
    """Let clients send a byte each."""
    for name in names:
        pairs[name][0].send(b"?")


def found(selector: EpollSelector, pairs: Pairs) -> list[str]:
    """Give the names of the clients that were found, and receive what they sent."""
    names = sorted(name for _, name in selector.select(SOON))
    for name in names:
        pairs[name][1].recv(1)
    return names


def prefer(selector: EpollSelector, pairs: Pairs, name: str) -> None:
    """Let the selector find one client alone until it waits for that one beside all others."""
    for _ in range(3):
        ask(pairs, name)
        assert found(selector, pairs) == [name]


def test_a_client_that_asks_again_is_found_each_time(clients: Clients) -> None:
    """Its bytes are found, however often it asks."""
    selector, pairs = clients
    prefer(selector, pairs, "a")
    prefer(selector, pairs, "a")


def test_the_others_are_found_with_it(clients: Clients) -> None:
    """A client that asks all the time does not keep the others waiting."""
    selector, pairs = clients
    prefer(selector, pairs, "a")
    ask(pairs, "a", "b", "c")
    assert found(selector, pairs) == ["a", "b", "c"]
    ask(pairs, "a", "c")
    assert found(selector, pairs) == ["a", "c"]


def test_another_one_is_found_alone(clients: Clients) -> None:
    """The one that asked before is found again after another one."""
    selector, pairs = clients
    prefer(selector, pairs, "a")
    prefer(selector, pairs, "b")
    prefer(selector, pairs, "a")


def test_its_end_is_found(clients: Clients) -> None:
    """A client that closes its connection is found too."""
    selector, pairs = clients
    prefer(selector, pairs, "a")
    pairs["a"][0].close()
    assert [name for _, name in selector.select(SOON)] == ["a"]


@pytest.mark.parametrize("closed_before", [False, True])
def test_one_that_was_removed_is_not_found(clients: Clients, *, closed_before: bool) -> None:
    """It is not waited for any more, also if its descriptor is closed already; another one with that number is found."""
    selector, pairs = clients
    prefer(selector, pairs, "a")
    ask(pairs, "a")
    served = pairs["a"][1]
    number = served.fileno()
    if closed_before:
        served.close()
    selector.unregister(number)
    assert selector.select(0) == []
    if closed_before:
        pairs["a"][0].close()
        pairs["a"] = socket.socketpair()
    selector.register(pairs["a"][1].fileno(), 0, "a")
    if closed_before:
        ask(pairs, "a")
    assert found(selector, pairs) == ["a"]


def test_another_thread_can_remove_it_and_add_it_meanwhile(clients: Clients) -> None:
    """The thread that waits finds what comes after that."""
    selector, pairs = clients
    prefer(selector, pairs, "a")
    number = pairs["a"][1].fileno()

    def change() -> None:
        selector.unregister(number)
        selector.register(number, 0, "a")
        ask(pairs, "a")

    thread = threading.Timer(0.05, change)
    thread.start()
    assert found(selector, pairs) == ["a"]
    thread.join()


def test_one_client_takes_one_call_of_the_system_for_each_wait(
    clients: Clients, monkeypatch: pytest.MonkeyPatch
) -> None:
    """To wait for a client that asks again is a single call, which does not wake for it twice."""
    selector, pairs = clients
    prefer(selector, pairs, "a")
    calls: list[str] = []
    epoll = selector._epoll

    class Counted:
        def __getattr__(self, name: str) -> Any:
            calls.append(name)
            return getattr(epoll, name)

    monkeypatch.setattr(selector, "_epoll", Counted())
    ask(pairs, "a")
    assert found(selector, pairs) == ["a"]
    assert calls == []
