"""Turns and paces without a socket: who may have a thread, and which client is too slow."""

from __future__ import annotations

import socket
from collections.abc import Iterator

import pytest

from dav424.wire import pace
from dav424.wire.pace import Limits, Pace
from dav424.wire.turns import RESERVED, Turns


class Waiting:
    """A connection that waits for its turn."""

    has_turn = closed = False

    def close(self) -> None:
        self.closed = True


class Pool:
    """Some threads, and the connections that were handed to them."""

    def __init__(self, threads: int) -> None:
        self.threads, self.needed = threads, 0
        self.handed: list[object] = []
        self.turns = Turns(lambda: self.threads, self._need, self.handed.append)

    def _need(self) -> None:
        self.needed += 1


def test_there_are_fewer_turns_than_threads() -> None:
    """The rest reads heads and answers probes."""
    pool = Pool(RESERVED + 2)
    assert [pool.turns.take() for _ in range(4)] == [True, True, False, False]


def test_the_last_turn_asks_for_more_threads() -> None:
    """One request before all turns are taken, so that the next one need not wait."""
    pool = Pool(RESERVED + 2)
    pool.turns.take()
    assert pool.needed == 0
    pool.turns.take()
    assert pool.needed == 1
    assert pool.turns.needed_threads == RESERVED + 3


def test_the_one_that_waited_longest_has_the_next_turn() -> None:
    """Each turn that ends goes to one connection, which holds it from then on."""
    pool = Pool(RESERVED + 1)
    assert pool.turns.take()
    first, second = Waiting(), Waiting()
    pool.turns.wait_for(first)
    pool.turns.wait_for(second)
    assert pool.handed == []
    pool.turns.end()
    assert (pool.handed, first.has_turn, second.has_turn) == ([first], True, False)
    assert not pool.turns.take()
    pool.turns.end()
    assert pool.handed == [first, second]


def test_a_new_thread_gives_a_turn() -> None:
    """To a connection that waits already."""
    pool = Pool(RESERVED)
    waiting = Waiting()
    pool.turns.wait_for(waiting)
    pool.threads += 1
    pool.turns.give()
    assert pool.handed == [waiting]


def test_a_connection_that_waits_asks_for_a_thread() -> None:
    """Two requests ask for one thread; the one that does not get it asks again, or it could wait for ever."""
    pool = Pool(RESERVED)
    assert [pool.turns.take(), pool.turns.take()] == [False, False]
    pool.threads += 1  # before either of them waits
    pool.turns.give()
    first, second = Waiting(), Waiting()
    pool.turns.wait_for(first)
    asked = pool.needed
    pool.turns.wait_for(second)
    assert pool.handed == [first]
    assert pool.needed == asked + 1


def test_the_end_closes_connections_that_wait() -> None:
    """Now and later."""
    pool = Pool(RESERVED)
    now, later = Waiting(), Waiting()
    pool.turns.wait_for(now)
    pool.turns.stop()
    pool.turns.wait_for(later)
    assert now.closed
    assert later.closed
    assert pool.turns.unused


class Waits:
    """A clock that moves by the seconds that each wait takes."""

    def __init__(self) -> None:
        self.now = 0.0
        self.seconds: list[float] = []
        self.asked: list[float] = []

    def __call__(self) -> float:
        return self.now

    def is_ready(self, _: socket.socket, seconds: float, *, writing: bool = False) -> bool:
        assert writing in (True, False)
        self.asked.append(seconds)
        taken = min(self.seconds.pop(0), seconds)
        self.now += taken
        return taken < seconds


@pytest.fixture
def waits(monkeypatch: pytest.MonkeyPatch) -> Iterator[Waits]:
    """Let waits take the seconds that the test says."""
    waits = Waits()
    monkeypatch.setattr(pace, "is_ready", waits.is_ready)
    yield waits
    assert waits.seconds == []


@pytest.fixture
def sock() -> Iterator[socket.socket]:
    """A socket that a pace can ask for."""
    with socket.socket() as made:
        yield made


LIMITS = Limits(min_rate=100, rate_window=10)


def test_enough_bytes_begin_another_window(waits: Waits, sock: socket.socket) -> None:
    """A thousand in ten seconds, again and again."""
    kept = Pace(LIMITS, waits)
    waits.seconds = [9.0] * 20
    for _ in range(20):
        kept.wait(sock, writing=False)
        kept.moved(1000)
    assert waits.now == 180


def test_fewer_bytes_are_too_slow(waits: Waits, sock: socket.socket) -> None:
    """The window is over, although something came."""
    kept = Pace(LIMITS, waits)
    waits.seconds = [6.0, 6.0]
    kept.wait(sock, writing=False)
    kept.moved(999)
    with pytest.raises(TimeoutError) as raised:
        kept.wait(sock, writing=False)
    assert raised.value.strerror == "fewer than 1000 bytes in 10 seconds"


def test_work_of_the_server_does_not_count(waits: Waits, sock: socket.socket) -> None:
    """A slow answer is no fault of its client."""
    kept = Pace(LIMITS, waits)
    waits.seconds = [1.0] * 9
    for _ in range(9):
        waits.now += 1000
        kept.wait(sock, writing=False)
    assert waits.asked[-1] == pytest.approx(2.0)


def test_an_answer_tries_again_each_second(waits: Waits, sock: socket.socket) -> None:
    """A socket is called writable only when a third of its buffer is free."""
    kept = Pace(LIMITS, waits)
    waits.seconds = [1.0] * 10
    for _ in range(9):
        kept.wait(sock, writing=True)
    with pytest.raises(TimeoutError):
        kept.wait(sock, writing=True)
    assert max(waits.asked) <= 1


def test_no_rate_is_no_limit(waits: Waits, sock: socket.socket) -> None:
    """With a rate of 0, a client may take any time."""
    kept = Pace(Limits(min_rate=0), waits)
    waits.seconds = [1e9] * 3
    for _ in range(3):
        kept.wait(sock, writing=False)
