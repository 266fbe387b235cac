"""Assertions whose differences can be read."""

from __future__ import annotations

import difflib
import json
from collections.abc import Iterator, Mapping
from contextlib import contextmanager

from dav424.testing.journal import Exchange, Key
from dav424.testing.space import Space


def assert_outcomes(exchange: Exchange, expected: Mapping[Key, int]) -> None:
    """Check the status of each resource and property named, as 403 or 424, and that no other failed.

    Raises AssertionError with what differs, and the exchange explained.
    """
    outcomes = exchange.outcomes
    wrong = []
    named = set()
    for key, status in expected.items():
        try:
            fact = outcomes[key]
        except KeyError:
            wrong.append(f"{_spelled(key)}: expected {status}, and nothing was done to it")
            continue
        named.add(id(fact))
        if fact.status != status:
            wrong.append(f"{_spelled(key)}: expected {status}, and it was {fact.status}")
    wrong += [
        f"{_spelled(key)}: {fact.status}, and nothing was expected of it"
        for key, fact in outcomes.items()
        if fact.status >= 400 and id(fact) not in named
    ]
    if wrong:
        raise AssertionError("\n".join([*wrong, "", str(exchange)]))


def _spelled(key: Key) -> str:
    return f"{key[1]} of {key[0]}" if isinstance(key, tuple) else key


@contextmanager
def assert_unchanged(space: Space) -> Iterator[None]:
    """Check that what is stored in a space is the same after the block; times and locks included.

    Raises AssertionError with the lines that differ.
    """
    before = _lines(space)
    yield
    after = _lines(space)
    if before != after:
        said = "\n".join(difflib.unified_diff(before, after, "before", "after", lineterm="", n=2))
        raise AssertionError(f"what is stored in {space.url} has changed:\n{said}")


def _lines(space: Space) -> list[str]:
    return json.dumps(space.tree, indent=1, sort_keys=True).splitlines()
