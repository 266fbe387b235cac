"""Large maps are worked on in slices, with the results that single calls give."""

from __future__ import annotations

import random
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rpds import HashTrieMap

from dav424.store import slices
from dav424.store.slices import SLICE, clear, in_order, map_of


@given(st.lists(st.text()))
def test_few_names_are_sorted(names: list[str]) -> None:
    """As ``sorted`` sorts them."""
    assert in_order(names) == sorted(names)


@pytest.mark.parametrize("count", [SLICE, SLICE + 1, 3 * SLICE + 7])
def test_many_names_are_sorted(count: int) -> None:
    """Across the borders of the slices, from a map as well as from a list."""
    names = [str(number) for number in range(count)]
    random.Random(1).shuffle(names)
    assert in_order(names) == sorted(names)
    assert in_order(map_of(dict.fromkeys(names, 0))) == sorted(names)


def test_many_ranks_are_sorted() -> None:
    """Pairs are sorted by rank, then by name."""
    ranked = [(number % 7, str(number)) for number in range(2 * SLICE)]
    assert in_order(ranked) == sorted(ranked)


@pytest.mark.parametrize("count", [0, 1, SLICE, SLICE + 1, 2 * SLICE + 3])
def test_a_map_has_all_values(count: int) -> None:
    """Whatever number of slices it is made of."""
    values = {str(number): number for number in range(count)}
    assert map_of(values) == HashTrieMap(values)


def test_no_call_sorts_more_than_a_slice(monkeypatch: pytest.MonkeyPatch) -> None:
    """A thread that waits for its turn waits for one slice at most."""
    sizes = []

    def noting(values: list[str]) -> list[str]:
        sizes.append(len(values))
        return sorted(values)

    monkeypatch.setattr(slices, "sorted", noting, raising=False)
    in_order(map(str, range(3 * SLICE + 1)))
    assert max(sizes) == SLICE
    assert sum(sizes) == 3 * SLICE + 1


@pytest.mark.parametrize("values", [[], list(range(2 * SLICE + 1)), {}, dict.fromkeys(range(10), 1)])
def test_what_is_cleared_is_empty(values: Any) -> None:
    """Lists and dictionaries."""
    clear(values)
    assert not values
