"""Assertions that show readable differences."""

from __future__ import annotations

import difflib
import json
from collections.abc import Iterator, Mapping
from contextlib import contextmanager

from dav424.testing.admin import hide
from dav424.testing.journal import Exchange, Key
from dav424.testing.space import Space

__tracebackhide__ = hide
Expected = Mapping[Key, int] | Mapping[str, int] | Mapping[tuple[str, str], int]
"""The expected status of each resource, by path, and of each property, by path and name in Clark notation."""


def assert_outcomes(exchange: Exchange, expected: Expected) -> None:
    """Check the expected status of each resource and property, such as 403 or 424, and that no other one failed.

    Raises AssertionError with the differences and the explanation of the exchange.
    """
    outcomes = exchange.outcomes
    differences = []
    checked = set()
    for key, status in expected.items():
        try:
            action = outcomes[key]
        except KeyError:
            differences.append(f"{_spell(key)}: expected {status}, but the request had no action on it")
            continue
        checked.add(action.position)
        if action.status != status:
            differences.append(f"{_spell(key)}: expected {status}, received {action.status}")
    differences += [
        f"{_spell(key)}: received {action.status}, but no status was expected"
        for key, action in outcomes.items()
        if action.status >= 400 and action.position not in checked
    ]
    if differences:
        raise AssertionError("\n".join([*differences, "", str(exchange)]))


def _spell(key: Key) -> str:
    return f"{key[1]} of {key[0]}" if isinstance(key, tuple) else key


@contextmanager
def assert_unchanged(space: Space) -> Iterator[None]:
    """Check that the block does not change the tree of a space: content, properties, times and locks.

    Raises AssertionError with the lines that differ.
    """
    before = _lines(space)
    yield
    after = _lines(space)
    if before != after:
        diff = "\n".join(difflib.unified_diff(before, after, "before", "after", lineterm="", n=2))
        raise AssertionError(f"the tree of {space.url} has changed:\n{diff}")


def _lines(space: Space) -> list[str]:
    return json.dumps(space.tree, indent=1, sort_keys=True).splitlines()
