"""Scenario files by the admin API: their problems, and their proof."""

from __future__ import annotations

from typing import Any

import pytest

from dav424.scenario.files import bundled_files

from .conftest import Api

GOOD = """
title: Box
tree: {/box/: {}, /box/a.txt: {content: A}}
causes: [{id: ada, kind: lock, path: /box/a.txt}]
requests:
  - name: Delete
    method: DELETE
    path: /box/
    expect: {status: 207, answers: [{href: /box/a.txt, status: 423, condition: "{DAV:}lock-token-submitted"}]}
cure: {why: Ada unlocks it., remove: [ada]}
"""


def say(api: Api, route: str, text: str) -> Any:
    """Send a file."""
    said = api("POST", route, {"text": text})
    assert said.status == 200
    return said.json


def test_a_good_file_has_no_problems(api: Api) -> None:
    """Nor notes."""
    assert say(api, "check", GOOD) == {"problems": [], "notes": []}


def test_all_problems_are_listed_with_their_places(api: Api) -> None:
    """As ``dav424 check`` prints them."""
    found = say(api, "check", "title: X\ncuases: []\natomic: yes\n")["problems"]
    assert [(each["line"], each["column"]) for each in found] == [(2, 1), (3, 9)]
    assert found[0]["message"] == "unknown key 'cuases'; did you mean 'causes'?"


def test_broken_yaml_is_a_problem(api: Api) -> None:
    """With its place, and without an error of the API."""
    (found,) = say(api, "check", "title: X\n\ttree: {}\n")["problems"]
    assert found["line"] == 2
    assert "the YAML is not valid" in found["message"]


def test_a_likely_mistake_is_a_note(api: Api) -> None:
    """A property without a namespace is allowed."""
    said = say(api, "check", "title: X\ntree: {/a: {properties: {owner: Ada}}}\n")
    assert said["problems"] == []
    assert said["notes"][0]["line"] == 2


def test_a_scenario_is_proven(api: Api) -> None:
    """Its requests are sent, and sent again after its cure."""
    assert say(api, "prove", GOOD) == {"problems": [], "notes": [], "proven": True, "flaws": []}


def test_a_wrong_expectation_is_a_flaw(api: Api) -> None:
    """The request that shows it is named."""
    said = say(api, "prove", GOOD.replace("status: 207", "status: 204"))
    assert said["proven"] is False
    assert {"request": "Delete", "message": "the status is 207, not 204"} in said["flaws"]


def test_a_file_with_problems_is_not_proven(api: Api) -> None:
    """The problems are the answer."""
    said = say(api, "prove", "title: X\natomic: yes\n")
    assert (said["proven"], len(said["problems"]), said["flaws"]) == (False, 1, [])


def test_nothing_of_a_proof_is_left(api: Api) -> None:
    """No scenario, no space and no exchange."""
    before = [api("GET", path).json for path in ("scenarios", "spaces")]
    say(api, "prove", GOOD)
    assert [api("GET", path).json for path in ("scenarios", "spaces")] == before


@pytest.mark.parametrize("route", ["check", "prove"])
def test_a_long_file_is_refused(api: Api, route: str) -> None:
    """The parser would keep other requests waiting."""
    assert api("POST", route, {"text": "title: X\n" + "#" * (1 << 20)}).status == 413


def test_one_proof_at_a_time(api: Api) -> None:
    """A second one is 503 until the first has ended."""
    assert api.app is not None
    with api.app._proving:
        said = api("POST", "prove", {"text": GOOD})
        assert (said.status, "Another proof" in said.json["detail"]) == (503, True)
    assert say(api, "prove", GOOD)["proven"]


@pytest.mark.parametrize("file", bundled_files()[::12], ids=lambda file: file.stem)
def test_bundled_files_are_proven(api: Api, file: Any) -> None:
    """Some of them, as text."""
    assert say(api, "prove", file.read_text()) == {"problems": [], "notes": [], "proven": True, "flaws": []}
