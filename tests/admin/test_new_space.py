"""A space made in one call: with its own tree, users, causes and clock."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from dav424.app import App
from dav424.scenario.load import load
from dav424.worlds.settings import Settings

from .conftest import SCENARIOS, Api

LOGIN = {"Authorization": "Basic bWU6cHc="}
BOX = {"/box/": None, "/box/a.txt": {"content": "A", "properties": {"{urn:u}p": "1"}}}


def made(api: Api, **body: Any) -> Any:
    """Make the space ``x`` with the scenario ``plain``."""
    said = api("PUT", "spaces/x", {"scenario": "plain", **body})
    assert said.status == 200, said.json
    return said.json


def test_a_tree_replaces_that_of_the_scenario(api: Api) -> None:
    """As in a file, with empty collections and properties; a reset restores it."""
    made(api, tree=BOX)
    dav = api.dav("s/x/plain/")
    assert (dav("GET", "/box/a.txt").body, dav("GET", "/a.txt").status) == (b"A", 404)
    dav("DELETE", "/box/")
    api("POST", "spaces/x/reset")
    assert dav("GET", "/box/a.txt").body == b"A"


def test_causes_are_added(api: Api) -> None:
    """The causes of the scenario stay."""
    made(api, scenario="locked", causes=[{"id": "full", "kind": "store-fails", "path": "/c/mine.txt"}])
    dav = api.dav("s/x/locked/")
    assert (dav("PUT", "/c/mine.txt", "x").status, dav("PUT", "/c/yours.txt", "x").status) == (507, 423)
    api("POST", "spaces/x/reset")
    assert dav("PUT", "/c/mine.txt", "x").status == 507


def test_users_replace_those_of_the_scenario(api: Api) -> None:
    """Every request needs one of the new ones."""
    made(api, scenario="users", users={"me": "pw"})
    dav = api.dav("s/x/users/")
    assert dav("GET", "/a.txt", headers={"Authorization": "Basic YWRhOnNlY3JldA=="}).status == 401
    assert dav("GET", "/a.txt", headers=LOGIN).status == 200


def test_the_clock_begins_where_it_is_told(api: Api) -> None:
    """Also after a reset; the resources were created then."""
    said = made(api, now="2030-05-06T07:08:09Z")
    assert said["now"] == "2030-05-06T07:08:09Z"
    assert api.dav("s/x/plain/")("GET", "/a.txt").headers["Last-Modified"] == "Mon, 06 May 2030 07:08:09 GMT"
    api("POST", "spaces/x/clock", {"advance": 60})
    assert api("POST", "spaces/x/reset").json["now"] == "2030-05-06T07:08:09Z"


def test_a_snapshot_of_such_a_space(api: Api) -> None:
    """It keeps the time, and the copy for a replay has the users."""
    made(api, scenario="users", users={"me": "pw"}, now="2030-05-06T07:08:09Z")
    api("POST", "spaces/x/snapshots")
    api.dav("s/x/users/")("PUT", "/a.txt", "B", LOGIN)
    api("POST", "spaces/x/clock", {"advance": 60})
    assert api("POST", "spaces/x/restore", {"snapshot": "1"}).json["now"] == "2030-05-06T07:08:09Z"
    again = api("POST", "spaces/x/replay", {"exchange": 1, "snapshot": "1"}).json["exchange"]
    assert (again["status"], again["user"], again["at"]) == (204, "me", "2030-05-06T07:08:09Z")


def test_the_playground_is_the_default(serve_alone: Callable[..., tuple[str, App]]) -> None:
    """POST takes the same keys, and names the space."""
    api = Api(*serve_alone({"playground": lambda: load("title: P", "p.yaml")}))
    said = api("POST", "spaces", {"tree": {"/a.txt": {"content": "A"}}, "expires-in": 60})
    assert (said.status, said.json["scenarios"]) == (201, ["playground"])
    assert said.json["expires-in"] <= 60
    assert api.dav(f"s/{said.json['name']}/playground/")("GET", "/a.txt").body == b"A"
    assert api("POST", "spaces").json["scenarios"] == []


def test_without_a_playground(api: Api) -> None:
    """The scenario has to be named."""
    said = api("POST", "spaces", {"tree": {}})
    assert (said.status, said.pointers) == (422, ["/scenario"])


@pytest.mark.parametrize(
    ("key", "value"), [("tree", {}), ("users", {}), ("causes", []), ("missing", []), ("now", "2030-01-01T00:00:00Z")]
)
def test_a_space_that_exists_is_not_changed(api: Api, key: str, value: Any) -> None:
    """PUT with any such key is 409 and points at it; the space stays."""
    made(api, tree=BOX)
    said = api("PUT", "spaces/x", {"scenario": "plain", key: value})
    assert (said.status, said.pointers) == (409, [f"/{key}"])
    assert api("PUT", "spaces/x", {"scenario": "plain"}).status == 200
    assert api.dav("s/x/plain/")("GET", "/box/a.txt").body == b"A"


def test_all_mistakes_are_listed(api: Api) -> None:
    """Of the schema and of the meaning, in the words of ``check``, each with its place; and no space is made."""
    said = api(
        "PUT",
        "spaces/x",
        {
            "scenario": "plain",
            "tree": {"/a/": {"content": "text"}, "/b.txt": {"propertees": {}}, "/c.txt": {}},
            "causes": [
                {"id": "one", "kind": "quoto"},
                {"id": "two", "kind": "store-fails", "status": 424},
                {"id": "ok", "kind": "read-only", "path": "/c.txt"},
            ],
            "users": {"me": 1},
            "expires-in": -1,
            "nonsense": True,
        },
    )
    assert said.status == 422
    details = {each["pointer"]: each["detail"] for each in said.json["errors"]}
    assert set(details) == {
        "/tree/~1b.txt/propertees", "/causes/0/kind", "/causes/1/status", "/users/me", "/expires-in",
        "/nonsense", "/tree/~1a~1",
    }  # fmt: skip
    assert "did you mean 'quota'?" in details["/causes/0/kind"]
    assert details["/causes/1/status"].startswith("424 can't be a cause")
    assert "did you mean 'properties'?" in details["/tree/~1b.txt/propertees"]
    assert api("GET", "spaces/x").status == 404


def test_mistakes_of_meaning_are_listed(api: Api) -> None:
    """Paths, users, ids and sources that don't exist."""
    said = api(
        "PUT",
        "spaces/x",
        {
            "scenario": "plain",
            "tree": {"/a/": {"content": "text"}, "/r.txt": {"from": ["/no.txt"]}},
            "users": {"me": "pw"},
            "causes": [
                {"id": "l", "kind": "lock", "path": "/gone.txt"},
                {"id": "l", "kind": "denied", "users": ["you"]},
            ],
        },
    )
    assert said.status == 422
    assert set(said.pointers) == {
        "/tree/~1a~1", "/tree/~1r.txt/from/0", "/causes/0/path", "/causes/1/id", "/causes/1/users/0",
    }  # fmt: skip


def test_a_cause_of_the_scenario_that_does_not_fit_any_more(api: Api) -> None:
    """Its id is named, at the tree."""
    said = api("PUT", "spaces/x", {"scenario": "locked", "tree": {"/a.txt": {}}})
    assert (said.status, said.pointers) == (422, ["/tree"])
    assert "the cause 'theirs' of the scenario does not fit: " in said.json["errors"][0]["detail"]


def test_a_taken_id(api: Api) -> None:
    """The scenario has a cause of this id."""
    said = api("PUT", "spaces/x", {"scenario": "locked", "causes": [{"id": "theirs", "kind": "read-only"}]})
    assert (said.status, said.pointers) == (422, ["/causes/0/id"])


def test_a_missing_source_can_be_meant(api: Api) -> None:
    """As in a file."""
    made(api, tree={"/r.txt": {"from": ["/no.txt"]}}, missing=["/no.txt"])
    assert api.dav("s/x/plain/")("GET", "/r.txt").status == 424


def test_a_likely_mistake_is_a_note(api: Api) -> None:
    """In a header, as for a single cause."""
    said = api("PUT", "spaces/x", {"scenario": "plain", "causes": [{"id": "r", "kind": "read-only", "path": "/n.txt"}]})
    assert said.status == 200
    assert "the cause applies if a client makes one" in said.headers["Dav424-Note"]


@pytest.mark.parametrize("now", ["1969-12-31T23:59:59Z", "9999-01-01T00:00:00Z", "2030-01-01T00:00:00", "tomorrow"])
def test_a_time_that_no_clock_has(api: Api, now: str) -> None:
    """It is an error at its place."""
    said = api("PUT", "spaces/x", {"now": now})
    assert (said.status, said.pointers) == (422, ["/now"])


def test_a_path_that_is_too_deep(api: Api) -> None:
    """It is refused before anything walks through it."""
    path = "/a" * 200_000
    said = api("PUT", "spaces/x", {"scenario": "plain", "tree": {path: {}}})
    assert said.status == 422
    assert "more than 1000 segments" in said.json["errors"][0]["detail"]


def test_a_body_that_is_too_long(api: Api) -> None:
    """The validator would keep other requests waiting; the answer says how to send a large tree."""
    said = api("PUT", "spaces/x", {"scenario": "plain", "tree": {"/a.txt": {"content": "x" * (1 << 20)}}})
    assert said.status == 413
    assert "PUT /-/spaces/NAME/tree" in said.json["detail"]


def test_other_spaces_have_the_scenario_unchanged(start: Callable[..., Api]) -> None:
    """And so has the space of the same name after it is deleted; on a clock that shows the real time, too."""
    api = start(Settings(start=None))
    made(api, tree=BOX)
    assert api.dav("s/y/plain/")("GET", "/a.txt").status == 200
    api("DELETE", "spaces/x")
    assert api.dav("s/x/plain/")("GET", "/a.txt").status == 200
    assert sorted(SCENARIOS) == [each["name"] for each in api("GET", "scenarios").json]


def test_many_mistakes_are_answered_soon(api: Api) -> None:
    """The time does not grow with all mistakes: 100,000 wrong causes took longer than 20 seconds."""
    said = api("PUT", "spaces/x", {"scenario": "plain", "causes": [1] * 100_000})
    assert said.status == 422
    assert [each["pointer"] for each in said.json["errors"][::99]] == ["/causes/0", "/causes/99"]
