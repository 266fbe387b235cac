"""Work on large maps in slices, between which other threads can run.

A thread that runs Python code lets another thread run after the switch interval. A single call of a C or Rust function
lets none run until it returns: ``sorted`` of a million names holds up every other request for a second.
"""

from __future__ import annotations

import heapq
from collections.abc import Iterable, Mapping
from itertools import islice
from typing import Any, TypeVar

from rpds import HashTrieMap

from dav424.core.paths import Path

SLICE = 5_000
"""The most names that one call sorts or stores: a few milliseconds of work."""
Comparable = TypeVar("Comparable", str, tuple[int, str], tuple[Path, str])
Value = TypeVar("Value")


def listed(values: Iterable[Value]) -> list[Value]:
    """List values; ``list`` of a large map would be a single call."""
    return [value for value in values]  # noqa: C416 - other threads can run in between, and not during list()


def in_order(values: Iterable[Comparable]) -> list[Comparable]:
    """Sort values, as ``sorted`` does.

    >>> in_order(["b", "a", "c"])
    ['a', 'b', 'c']
    """
    found = listed(values)
    if len(found) <= SLICE:
        found.sort()
        return found
    slices = [sorted(found[start : start + SLICE]) for start in range(0, len(found), SLICE)]
    return listed(heapq.merge(*slices))


def map_of(values: Mapping[str, Value]) -> HashTrieMap[str, Value]:
    """Make a persistent map of a dictionary.

    >>> map_of({"a": 1})["a"]
    1
    """
    if len(values) <= SLICE:
        return HashTrieMap(values)
    made: HashTrieMap[str, Value] = HashTrieMap()
    left = iter(values.items())
    while part := dict(islice(left, SLICE)):
        made = made.update(part)
    return made


def clear(values: list[Any] | dict[Any, Any]) -> None:
    """Empty a list or a dictionary, and free the values that nothing else holds."""
    if isinstance(values, dict):
        while values:
            values.popitem()
    else:
        while values:
            del values[-SLICE:]
