"""The checker of histories: what it accepts, and that it fails where a store broke a promise."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import chain, combinations, permutations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.cluster import history as history_module
from tests.cluster.history import NEVER, Operation, UndecidedError, Value, explain
from tests.cluster.model_stores import BringsBack, KeepsHalves, LosesWrites, ModelStore, ReadsStale, history

BROKEN = (LosesWrites, KeepsHalves, ReadsStale, BringsBack)


def written(*lines: str) -> list[Operation]:
    """Read operations such as ``1-4 saw a=- set a=1 b=1``; ``?`` stands for no answer, and ``-`` for nothing."""
    found = []
    for number, line in enumerate(lines):
        interval, *words = line.split()
        called, returned = interval.split("-")
        facts: dict[str, dict[str, Value]] = {"saw": {}, "set": {}}
        for word in words:
            if word in facts:
                current = facts[word]
            else:
                name, _, value = word.partition("=")
                current[name] = None if value == "-" else value
        end = NEVER if returned == "?" else float(returned)
        found.append(
            Operation(
                space="s",
                client=f"client {number}",
                called=float(called),
                returned=end,
                saw=facts["saw"],
                sets=facts["set"],
            )
        )
    return found


POSSIBLE = {
    "nothing happened": [],
    "one write and its read": ["1-2 set a=1", "3-4 saw a=1"],
    "a read beside a write saw it": ["1-4 set a=1 b=1", "2-3 saw a=1 b=1"],
    "a read beside a write came before it": ["1-4 set a=1 b=1", "2-3 saw a=- b=-"],
    "two reads beside a write, before and after it": ["1-6 set a=1", "2-3 saw a=-", "4-5 saw a=1"],
    "a write without an answer had its effect": ["1-? set a=1", "3-4 saw a=1"],
    "a write without an answer had none": ["1-? set a=1", "3-4 saw a=-"],
    "a write without an answer had it late": ["1-? set a=1", "3-4 saw a=-", "5-6 set a=2", "7-8 saw a=1"],
    "two writes at the same time, in the other order": ["1-4 set a=1", "2-3 set a=2", "5-6 saw a=1"],
    "a creation and a deletion": ["1-2 saw a=- set a=1", "3-4 saw a=1 set a=-", "5-6 saw a=- set a=2"],
    "a creation without an answer that found the name taken": ["1-2 set a=1", "3-? saw a=- set a=2", "5-6 saw a=1"],
}
IMPOSSIBLE = {
    "a lost write": ["1-2 set a=1", "3-4 saw a=-"],
    "a lost write after another one": ["1-2 set a=1", "3-4 set a=2", "5-6 saw a=1"],
    "a half batch": ["1-4 set a=1 b=1", "2-3 saw a=1 b=-"],
    "a half batch of a write without an answer": ["1-? set a=1 b=1", "2-3 saw a=1 b=-"],
    "a half batch, seen in two reads": ["1-6 set a=1 b=1", "2-3 saw a=1", "4-5 saw b=-"],
    "a stale read": ["1-2 set a=1", "3-4 saw a=1", "5-6 set a=2", "7-8 saw a=1"],
    "a read that goes back": ["1-6 set a=1", "2-3 saw a=1", "4-5 saw a=-"],
    "a write that comes back": ["1-2 set a=1", "3-4 set a=2", "5-6 saw a=2", "7-8 saw a=1"],
    "a write without an answer that comes back": [
        "1-? set a=1",
        "2-3 saw a=1",
        "4-5 set a=2",
        "6-7 saw a=2",
        "8-9 saw a=1",
    ],
    "a value that no client wrote": ["1-2 set a=1", "3-4 saw a=7"],
    "a refused write that is seen": ["1-2", "3-4 saw a=1"],
    "two creations of one name": ["1-4 saw a=- set a=1", "2-3 saw a=- set a=2"],
    "two reads that disagree on the order": ["1-9 set a=1", "1-9 set a=2", "10-11 saw a=1", "12-13 saw a=2"],
}


@pytest.mark.parametrize("lines", POSSIBLE.values(), ids=POSSIBLE)
def test_an_order_is_found(lines: Sequence[str]) -> None:
    """A history that a correct store can have is explained."""
    assert explain(written(*lines)) is None


@pytest.mark.parametrize("lines", IMPOSSIBLE.values(), ids=IMPOSSIBLE)
def test_no_order_is_found(lines: Sequence[str]) -> None:
    """A history that no correct store can have is not explained."""
    assert explain(written(*lines)) is not None


def test_the_explanation_names_what_does_not_fit() -> None:
    """It has the order up to there, the state, and the operations that can't follow."""
    assert str(explain(written("1-2 set a=1 b=1", "3-4 saw a=1 b=-"))) == (
        "No order explains every answer. The longest order that explains a part ends with:\n"
        "  s: client 0 1.0000 to 2.0000: set a=1 b=1\n"
        "It leaves a=1 b=1. None of these can follow:\n"
        "  s: client 1 3.0000 to 4.0000: saw a=1 b=nothing"
    )


def test_spaces_share_nothing() -> None:
    """A write in one space explains no read in another one."""
    write, read = written("1-2 set a=1", "3-4 saw a=1")
    assert explain([write, Operation(space="t", client="c", called=3, returned=4, saw={"a": "1"})]) is not None
    assert explain([write, read, Operation(space="t", client="c", called=3, returned=4, saw={"a": None})]) is None


def test_a_search_ends(monkeypatch: pytest.MonkeyPatch) -> None:
    """It says so if it could not decide."""
    monkeypatch.setattr(history_module, "MOST_STATES", 50)
    writes = [f"1-9 set a={number}" for number in range(12)]
    with pytest.raises(UndecidedError, match="13 operations didn't decide it"):
        explain(written(*writes, "10-11 saw a=-"))


@pytest.mark.parametrize("seed", range(40))
def test_a_correct_store_is_explained(seed: int) -> None:
    """Six clients at the same time, of whose operations a tenth has no answer."""
    assert explain(history(ModelStore, seed, clients=6, operations=300)) is None


@pytest.mark.parametrize("broken", BROKEN, ids=lambda store: store.__name__)
@pytest.mark.parametrize("seed", range(20))
def test_a_broken_store_is_caught(broken: type[ModelStore], seed: int) -> None:
    """One operation of five that breaks the promise is enough to be seen in each history."""
    assert explain(history(broken, seed, clients=4, operations=240)) is not None


def by_all_orders(operations: Sequence[Operation]) -> bool:
    """Say whether an order explains a short history, by trying all orders of each choice of those without an answer."""
    answered = [each for each in operations if each.returned != NEVER]
    others = [each for each in operations if each.returned == NEVER]
    choices = chain.from_iterable(combinations(others, size) for size in range(len(others) + 1))
    return any(_explains(order) for choice in choices for order in permutations([*answered, *choice]))


def _explains(order: Sequence[Operation]) -> bool:
    state: dict[str, Value] = {}
    for place, operation in enumerate(order):
        if any(later.returned < operation.called for later in order[place + 1 :]):
            return False
        if not _stands(operation.saw, state):
            return False
        state.update(operation.sets)
    return True


def _stands(saw: Mapping[str, Value], state: Mapping[str, Value]) -> bool:
    return all(state.get(name) == value for name, value in saw.items())


VALUES = st.dictionaries(st.sampled_from("ab"), st.sampled_from([None, "1", "2"]), max_size=2)


@st.composite
def operations(draw: st.DrawFn) -> Operation:
    """Make any operation at all."""
    called = draw(st.integers(0, 6))
    returned = draw(st.one_of(st.just(NEVER), st.integers(called + 1, called + 5)))
    return Operation(space="s", client="c", called=called, returned=returned, saw=draw(VALUES), sets=draw(VALUES))


@given(st.lists(operations(), max_size=5))
def test_it_agrees_with_all_orders(drawn: list[Operation]) -> None:
    """The search finds an order if and only if there is one."""
    assert (explain(drawn) is None) == by_all_orders(drawn)
