"""Expressions that are compiled at their first use."""

from __future__ import annotations

import importlib
import re

import pytest

from dav424.core import patterns
from tests.architecture.test_architecture import FILES, FRONT_DOORS


def test_it_works_as_a_compiled_one() -> None:
    """Its methods, its attributes and its flags; a method is there at once the second time."""
    made = patterns.pattern("([a-z]+)", re.IGNORECASE)
    compiled = re.compile("([a-z]+)", re.IGNORECASE)
    assert [made.sub("-", "a1B"), made.split("1a2"), made.findall("aB1c")] == ["-1-", ["1", "a", "2"], ["aB", "c"]]
    assert (made.groups, made.flags, made.pattern) == (1, compiled.flags, "([a-z]+)")
    assert vars(made)["sub"] == made.sub
    assert patterns.pattern(rb"\d").search(b"x7")[0] == b"7"  # type: ignore[index]


def test_a_wrong_expression_is_an_error_of_its_use() -> None:
    """Since nothing looks at it before; so the next test looks at all."""
    with pytest.raises(re.error):
        patterns.pattern("(").match("")


def test_all_expressions_of_the_server_can_be_compiled() -> None:
    """Those that no other test uses, too."""
    found = {}
    for name in FILES:
        if name.partition(".")[0] in FRONT_DOORS or name == "testing.containers":
            continue
        module = importlib.import_module(f"dav424.{name}" if name else "dav424")
        found |= {
            f"{name}.{each}": value for each, value in vars(module).items() if isinstance(value, patterns._Pattern)
        }
    assert len(found) > 30
    for made in found.values():
        assert made.groups >= 0
