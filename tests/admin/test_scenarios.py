"""The scenarios by the admin API: what fails in them, and their requests as data."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from dav424.core.batch import FAILED_DEPENDENCY
from dav424.scenario.load import load
from dav424.scenario.outline import outline
from dav424.scenario.sources import scenario_sources
from dav424.wire.in_process import in_process

from .conftest import Api

SOURCES = scenario_sources()


def test_the_list_says_what_fails(api: Api) -> None:
    """The group, the methods, the kinds of causes, and the failures of the request that shows most."""
    listed = {each["name"]: each for each in api("GET", "scenarios").json}
    assert sorted(listed) == ["locked", "plain", "users"]
    assert listed["locked"] == {
        "name": "locked", "title": "Locked", "path": "/locked/", "group": "other", "methods": ["DELETE"],
        "kinds": ["lock"], "shown-by": None, "failures": [], "dependents": 0, "where": [],
    }  # fmt: skip


def test_the_details_are_those_of_the_file(api: Api) -> None:
    """The tree, the users, the requests with their expected answers, and the curl commands of both."""
    details = api("GET", "scenarios/locked").json
    assert details["tree"]["/c/mine.txt"]["content"] == "M"
    assert details["requests"][0]["path"] == "/c/"
    assert details["requests"][0]["expect"]["status"] == 207
    assert details["commands"] == [f"curl -i -X DELETE {api.url}locked/c/"]
    assert details["cure-commands"] == []
    assert details["cure"]["remove"] == ["theirs"]
    assert api("GET", "scenarios/users").json["users"] == {"ada": "secret"}


GROUPS = {
    "proppatch-protected": "properties",
    "msdav-put-proppatch": "properties",
    "lock-gone-after-two-tries": "locks",
    "put-into-locked-collection": "locks",
    "move-atomic": "trees",
    "mkcol-bad-resourcetype": "collections",
    "orderpatch-missing-member": "collections",
    "report-chain": "status-line",
    "batch-multipart": "batches",
    "multiput-protected": "bulk",
    "bdelete-locked-target": "bulk",
    "playground": "other",
}


@pytest.mark.parametrize("name", GROUPS)
def test_a_scenario_has_a_group(name: str) -> None:
    """By the request that shows most."""
    assert outline(SOURCES[name]()).group == GROUPS[name]


WHERE = {
    "proppatch-protected": ["multistatus"],
    "report-chain": ["status-line", "body"],
    "batch-chain": ["batch"],
    "mkcol-bad-resourcetype": ["body"],
    "move-locked-member": [],
}


@pytest.mark.parametrize("name", WHERE)
def test_the_place_of_a_424_is_told(name: str) -> None:
    """None where the answer must not have one."""
    assert outline(SOURCES[name]()).where == WHERE[name]


def test_the_request_that_shows_most_has_the_424() -> None:
    """The first with a 424, even if one before it fails."""
    found = outline(SOURCES["lock-gone-after-two-tries"]())
    assert (found.shown_by, found.failures, found.dependents) == (1, [423], 1)


@pytest.mark.parametrize("name", sorted(SOURCES))
def test_no_failure_is_said_that_the_answer_lacks(name: str) -> None:
    """The numbers of every bundled scenario are those of its expected answer."""
    scenario = SOURCES[name]()
    found = outline(scenario)
    if found.shown_by is None:
        assert not found.where
        return
    expect = scenario.requests[found.shown_by].expect
    statuses = [expect.status, *(answer.status for answer in expect.answers)]
    assert found.dependents <= statuses.count(FAILED_DEPENDENCY)
    assert set(found.failures) <= set(statuses) - {FAILED_DEPENDENCY}
    assert bool(found.dependents) == bool(found.where)


def test_the_requests_can_be_sent_as_they_are(serve_alone: Callable[..., tuple[str, Any]]) -> None:
    """With ``{base}`` replaced in the headers and the body, the answer has the status that the file expects."""
    text = """
title: Away
tree: {/a.txt: {content: A}}
requests:
  - {name: Move, method: MOVE, path: /a.txt, headers: {Destination: "{base}/b.txt"}, expect: {status: 201}}
"""
    api = Api(*serve_alone({"away": lambda: load(text, "away.yaml")}))
    api("PUT", "spaces/x", {"scenario": "away"})
    (request,) = api("GET", "scenarios/away").json["requests"]
    headers = {name: value.replace("{base}", "/s/x/away") for name, value in request["headers"].items()}
    assert api.app is not None
    http = in_process(request["method"], "/s/x/away" + request["path"], headers, b"", host="h", scheme="http")
    assert api.app.gateway(http, "").status == request["expect"]["status"]
