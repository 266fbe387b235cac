"""What counts as held: each thing that a client stores, once, as long as something keeps it."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable

import pytest

from dav424.core import memory
from dav424.core.batch import Refused
from dav424.core.memory import Budget, Remembered, hold
from dav424.core.paths import Path
from dav424.store.draft import Draft
from dav424.store.locks import Lock, counted
from dav424.store.ordering import Position
from dav424.store.state import State
from dav424.store.tree import new_collection, replace
from dav424.worlds.nonces import MOST_NONCES, Nonces

LONG = "x" * 100_000
A: Path = ("a",)


def draft(budget: Budget = memory.NO_LIMIT) -> Draft:
    """Begin with a document at /a, in an ordered root."""
    made = Draft(State(new_collection(0.0)), 0.0, budget=budget)
    made.put_content(A, b"", "t")
    return made


def many(at: Draft) -> None:
    """Give the root an order, and 500 members in it."""
    at.order((), "DAV:custom")
    for number in range(500):
        at.put_content((str(number),), b"", "t")
        at.place((str(number),), Position("first"))


def refused(action: Callable[[], object]) -> str:
    """Give the status and the text of a refusal; empty if there is none."""
    try:
        action()
    except Refused as refusal:
        return f"{refusal.status} {refusal.detail}"
    return ""


STORED: dict[str, Callable[[Draft], object]] = {
    "content": lambda at: at.put_content(A, LONG.encode(), "t"),
    "content type": lambda at: at.put_content(A, b"", LONG),
    "name": lambda at: at.put_content((LONG,), b"", "t"),
    "name of a collection": lambda at: at.make_collection((LONG,)),
    "resource type": lambda at: at.make_collection(("c",), (LONG,)),
    "entity-tag": lambda at: at.replace(A, replace(at.get(A), etag=LONG)),
    "property": lambda at: at.set_property(A, "{u}p", LONG),
    "name of a property": lambda at: at.set_property(A, LONG, "<p/>"),
    "property of the root": lambda at: at.set_property((), "{u}p", LONG),
    "owner of a lock": lambda at: at.replace(
        A, replace(at.get(A), locks=(counted(Lock("t", A, exclusive=True, infinite=False, principal="", owner=LONG)),))
    ),
    "copy": lambda at: at.replace((LONG,), at.get(A), another=True),
    "ranks": many,
}


def held_by(do: Callable[[Draft], object], made: Draft) -> tuple[int, int]:
    """Do something to a draft and restore its tree, five times: the bytes that were held then, and are held after it.

    What an earlier test left in this process can be freed meanwhile, which makes a number smaller and never larger. So
    each number is the largest of the five.
    """
    numbers = []
    for _ in range(5):
        before, state = memory.total(), made.state
        do(made)
        during = memory.total()
        made.state = state
        numbers.append((during - before, memory.total() - before))
    return max(during for during, _ in numbers), max(after for _, after in numbers)


@pytest.mark.parametrize("store", STORED.values(), ids=STORED)
def test_what_is_stored_counts_until_it_goes(store: Callable[[Draft], object]) -> None:
    """All of its bytes, and nothing is left of it when the tree is restored."""
    during, after = held_by(store, draft())
    assert 100_000 <= during < 600_000
    assert after == 0


def test_what_is_freed_meanwhile_hides_no_leak() -> None:
    """A byte that stays shows, whether it stays each time or once, and so does one that is given back twice."""
    earlier = [memory.hold(3000)]

    def leaking(kept: list[memory.Held], most: int) -> int:
        def leak(at: Draft) -> None:
            if len(kept) < most:
                kept.append(hold(1))
            earlier.clear()
            at.put_content(A, b"x", "t")

        return held_by(leak, draft())[1]

    assert leaking([], 5) == 1
    earlier.append(memory.hold(3000))
    assert leaking([], 0) == 0
    assert leaking([], 1) == 1
    given = [hold(1) for _ in range(5)]
    assert held_by(lambda _: given.pop(), draft())[1] == -1


def test_a_copy_counts_its_content_once() -> None:
    """A thousand copies share it, below a collection too."""
    made = draft()
    made.make_collection(("c",))
    made.put_content(("c", "f"), b"x" * 10_000_000, "t")
    before = memory.total()
    for number in range(1000):
        made.replace((str(number),), made.get(("c",)), another=True)
    assert memory.total() - before < 1_000_000
    made.delete(("c",))
    assert memory.total() - before > 0
    for number in range(1000):
        made.delete((str(number),))
    assert memory.total() - before < -9_000_000


def test_a_state_that_is_kept_counts_what_it_does_not_share() -> None:
    """A snapshot of a large tree counts the one document that was replaced since."""
    made = draft()
    for number in range(100):
        made.put_content((str(number),), b"x" * 100_000, "t")

    def change(at: Draft) -> None:
        at.put_content(("7",), b"y" * 100_000, "t")
        at.set_property(("8",), "{u}p", "<p/>")

    assert 100_000 < held_by(change, made)[0] < 110_000
    before = memory.total()
    change(made)
    assert memory.total() - before < 1000


def test_an_undone_group_counts_nothing() -> None:
    """The savepoint restores the tree, and the new nodes are gone."""
    made, inside = draft(), list[int]()

    def undone(at: Draft) -> None:
        before = memory.total()
        with at.savepoint():
            at.put_content(A, LONG.encode(), "t")
            inside.append(memory.total() - before)

    state = made.state
    assert held_by(undone, made) == (0, 0)
    assert made.state is state
    assert max(inside) >= 100_000


def test_content_that_is_counted_already_counts_no_second_time() -> None:
    """The body of a PUT counts from its arrival on."""
    made = draft()
    body = b"x" * 1_000_000
    held = hold(len(body))
    before = memory.total()
    made.put_content(A, body, "t", held)
    assert memory.total() - before < 1000


COUNTING = """
import threading
from dav424.core.memory import hold, total
def count():
    for _ in range(20_000):
        hold(7)
threads = [threading.Thread(target=count) for _ in range(8)]
for thread in threads:
    thread.start()
for thread in threads:
    thread.join()
print(total())
"""


def test_threads_count_together() -> None:
    """No number is lost between them, in a process that holds nothing else."""
    run = subprocess.run([sys.executable, "-c", COUNTING], capture_output=True, text=True, check=True, timeout=60)
    assert run.stdout == "0\n"


def test_trees_are_equal_whatever_counts_them() -> None:
    """What counts memory is no part of what a client stored."""
    assert draft().root == draft().root
    assert (hold(1), hash(hold(1))) == (hold(2), hash(hold(2)))


def test_a_change_beyond_the_budget_is_refused() -> None:
    """With 507, and nothing of it stays."""
    made = draft(Budget(memory.total() + 50_000))
    state = made.state
    said: list[str] = []
    assert held_by(lambda at: said.append(refused(lambda: at.put_content(A, LONG.encode(), "t"))), made) == (0, 0)
    assert made.state is state
    assert said[0].startswith("507 The server may hold ")
    assert "--max-memory" in said[0]
    assert made.put_content(A, b"short", "t") is False


GOES: dict[str, Callable[[Draft], object]] = {
    "delete": lambda at: at.delete(("p",)),
    "remove a property": lambda at: at.set_property(("p",), "{u}p", None),
    "shorten a property": lambda at: at.set_property(("p",), "{u}p", "short"),
    "shorten the content": lambda at: at.put_content(("p",), b"short", "t"),
    "unlock": lambda at: at.replace(("p",), replace(at.get(("p",)), locks=())),
    "change a time": lambda at: at.replace(("p",), replace(at.get(("p",)), modified=9.0)),
}


@pytest.mark.parametrize("change", GOES.values(), ids=GOES)
def test_a_change_that_adds_nothing_is_done_when_all_is_full(change: Callable[[Draft], object]) -> None:
    """So a client can always make room."""
    made = draft()
    made.put_content(("p",), b"content", "t")
    made.set_property(("p",), "{u}p", "<p>value</p>")
    node = made.get(("p",))
    made.replace(("p",), replace(node, locks=(Lock("t", ("p",), exclusive=True, infinite=False, principal=""),)))
    full = Draft(made.state, 0.0, budget=Budget(1))
    assert refused(lambda: full.put_content(("new",), b"", "t")).startswith("507 ")
    change(full)
    assert full.state is not made.state


MEASURED = """
import os
from dav424.core.memory import hold, total
from dav424.store.draft import Draft
from dav424.store.state import State
from dav424.store.tree import new_collection
def resident():
    with open("/proc/self/statm") as file:
        return int(file.read().split()[1]) * os.sysconf("SC_PAGE_SIZE")
draft = Draft(State(new_collection(0.0)), 1.0)
resident_before, counted_before = resident(), total()
for number in range(20_000):
    draft.put_content((f"name-{number:08}",), b"x" * 50, f"text/plain; v={number}")
    draft.set_property((f"name-{number:08}",), f"{{urn:x}}p{number}", f"<n:p xmlns:n='urn:x'>{number}</n:p>")
print((total() - counted_before) / (resident() - resident_before))
"""


def test_the_count_is_about_what_the_system_measures() -> None:
    """Small documents and properties: what surrounds them counts too."""
    run = subprocess.run([sys.executable, "-c", MEASURED], capture_output=True, text=True, check=True, timeout=60)
    assert 0.6 < float(run.stdout) < 1.6


def test_results_are_remembered_until_a_space_goes() -> None:
    """Short arguments alone, and at most the given number."""
    calls: list[str] = []

    def shout(text: str) -> str:
        calls.append(text)
        return text.upper()

    shouted = Remembered(shout, most=3)
    assert [shouted["a"], shouted["a"], shouted[LONG]] == ["A", "A", LONG.upper()]
    assert (calls, list(shouted)) == (["a", LONG], ["a"])
    for text in "bcdefg":
        assert shouted[text] == text.upper()
    assert len(shouted) <= 3
    memory.forget()
    assert not shouted


def test_nonces_count_until_they_make_room() -> None:
    """Each takes some hundred bytes, and more if a client uses it out of order."""
    nonces = Nonces("kind", lambda: 0.0)
    before = memory.total()
    issued = [nonces.issue(str(number)) for number in range(2 * MOST_NONCES)]
    full = memory.total()
    assert MOST_NONCES * 400 < full - before < MOST_NONCES * 1000
    for count in range(2, 500):
        nonces.use(issued[-1], count)
    assert memory.total() - full > 500 * 60
    del nonces
    assert memory.total() <= before
