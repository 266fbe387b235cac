"""The format of scenario files: its number, and what old files may expect."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from dav424.scenario.file_problem import ScenarioError
from dav424.scenario.json_schema import schema
from dav424.scenario.load import load

FROZEN = json.loads((Path(__file__).parent / "format-1.json").read_text())
"""The keys of each mapping when format 1 was promised. It may grow; nothing leaves it."""


def problems(text: str) -> list[str]:
    """List the problems of a file, each with its line and column."""
    with pytest.raises(ScenarioError) as raised:
        load(text, "x.yaml")
    return [str(each) for each in raised.value.problems]


@pytest.mark.parametrize("line", ["", "format: 1\n"])
def test_the_format_can_be_named(line: str) -> None:
    """Or left out."""
    assert load(f"{line}title: X\n", "x.yaml").format == 1


@pytest.mark.parametrize("number", ["2", "0", "-1", "1.5", "1.0"])
def test_another_format_is_one_error(number: str) -> None:
    """Whatever else the file has, since its keys mean other things."""
    (problem,) = problems(f"title: X\nformat: {number}\nnew-key: 1\ntree: []\n")
    assert problem.startswith("x.yaml:2:9: this version of dav424 reads format 1, and the file has format ")
    assert "use a version that reads it" in problem


@pytest.mark.parametrize("value", ["true", "'1'", "one", "[1]", ""])
def test_a_format_is_a_number(value: str) -> None:
    """Anything else is a mistake like any other."""
    assert any(problem.startswith("x.yaml:2:") for problem in problems(f"title: X\nformat: {value}\n"))


@pytest.mark.parametrize("name", sorted(FROZEN))
def test_no_key_of_format_1_is_gone(name: str) -> None:
    """And none is required that was not."""
    whole = schema()
    now: dict[str, Any] = whole if name == "Scenario" else whole["definitions"][name]
    assert set(FROZEN[name]["keys"]) <= set(now.get("properties", {}))
    assert set(now.get("required", [])) <= set(FROZEN[name]["required"])


def test_the_frozen_keys_are_those_of_today() -> None:
    """A new key or kind belongs into the list in the same change, so that it is promised, too."""
    whole = schema()
    today = {"Scenario": whole, **whole["definitions"]}
    assert {name: sorted(each.get("properties", {})) for name, each in today.items()} == {
        name: each["keys"] for name, each in FROZEN.items()
    }
