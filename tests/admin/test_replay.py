"""An exchange played again in a copy of its space: what would have happened without a cause."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from dav424.app import App
from dav424.proof.play import Player
from dav424.scenario.load import load
from dav424.scenario.sources import scenario_sources
from dav424.wire.server import serving

from .conftest import Api, Said

SOURCES = scenario_sources()


def locked(api: Api) -> Api:
    """Delete the collection with a locked member, which stays."""
    api("PUT", "spaces/x", {"scenario": "locked"})
    api("POST", "spaces/x/snapshots")
    assert api.dav("s/x/locked/")("DELETE", "/c/").status == 207
    return api


def replayed(api: Api, **wanted: Any) -> Said:
    """Play exchange 1 of the space ``x`` again."""
    return api("POST", "spaces/x/replay", {"exchange": 1, **wanted})


def test_without_the_cause_it_succeeds(api: Api) -> None:
    """With the snapshot from before it; and all that went is named."""
    said = replayed(locked(api), snapshot="1", without=["theirs"]).json
    assert said["exchange"]["status"] == 204
    assert {each["path"]: each["change"] for each in said["changes"]["changes"]} == {
        "/c/": "removed", "/c/mine.txt": "removed", "/c/yours.txt": "removed",
    }  # fmt: skip


def test_the_space_sees_nothing_of_it(api: Api) -> None:
    """Its tree, its causes, their counters, its journal and its clock are what they were."""
    locked(api)
    paths = ("tree", "causes", "journal", "clock", "")
    before = [api("GET", f"spaces/x/{path}".rstrip("/")).body for path in paths]
    assert replayed(api, snapshot="1", without=["theirs"]).status == 200
    assert [api("GET", f"spaces/x/{path}".rstrip("/")).body for path in paths] == before
    assert api("GET", "spaces/x/changes").json["changes"][0]["path"] == "/c/mine.txt"


def test_from_now_the_state_is_that_of_now(api: Api) -> None:
    """What the exchange has done already is not done again."""
    changes = replayed(locked(api), without=["theirs"]).json["changes"]["changes"]
    assert {each["path"] for each in changes} == {"/c/", "/c/yours.txt"}


def test_as_it_was_it_ends_as_it_did(api: Api) -> None:
    """Nothing removed and nothing cured: the same bytes, the same answer."""
    locked(api)
    (original,) = api("GET", "spaces/x/journal").json["entries"]
    again = replayed(api, snapshot="1").json["exchange"]
    for key in ("target", "status", "facts", "answer"):
        assert again[key] == original[key]


def test_a_user_needs_no_password(api: Api) -> None:
    """The journal doesn't keep it; an anonymous request is challenged as before."""
    api("PUT", "spaces/x", {"scenario": "users"})
    api.dav("s/x/users/")("GET", "/a.txt")
    api.dav("s/x/users/")("GET", "/a.txt", headers={"Authorization": "Basic YWRhOnNlY3JldA=="})
    said = [api("POST", "spaces/x/replay", {"exchange": number}).json["exchange"] for number in (1, 2)]
    assert [(each["status"], each["user"]) for each in said] == [(401, ""), (200, "ada")]


def test_in_the_space_that_a_user_names(api: Api) -> None:
    """The path names no space, so its URLs don't either."""
    api("PUT", "spaces/x", {"scenario": "plain"})
    api.dav("plain/")("PUT", "/n.txt", "N", {"Authorization": "Basic cyt4OnA="})
    said = replayed(api).json
    assert (said["exchange"]["target"], said["exchange"]["status"]) == ("/plain/n.txt", 204)


def test_mistakes_are_named(api: Api) -> None:
    """An unknown exchange, snapshot or cause."""
    locked(api)
    assert replayed(api, exchange=7).status == 404
    assert replayed(api, snapshot="9").status == 404
    said = replayed(api, without=["mine", "theirs"])
    assert (said.status, said.pointers) == (422, ["/without/0"])
    assert "theirs" in said.json["detail"]


def test_an_exchange_about_no_scenario(api: Api) -> None:
    """Such as a PROPFIND of the list of scenarios."""
    api("PUT", "spaces/x")
    api.dav("s/x/")("PROPFIND", "/", headers={"Depth": "1"})
    assert replayed(api).status == 409


def test_a_body_that_the_journal_cut(api: Api) -> None:
    """It can't be sent again."""
    api("PUT", "spaces/x", {"scenario": "plain"})
    api.dav("s/x/plain/")("PUT", "/a.txt", "x" * 70_000)
    said = replayed(api)
    assert said.status == 409
    assert "65536 of the 70000 bytes" in said.json["detail"]


def test_without_a_cure(api: Api) -> None:
    """A scenario that has none can't be cured."""
    api("PUT", "spaces/x", {"scenario": "plain"})
    api.dav("s/x/plain/")("GET", "/a.txt")
    assert replayed(api, cured=True).status == 409


def test_a_cure_that_fails_is_named(serve_alone: Callable[..., tuple[str, App]]) -> None:
    """With the request of the cure that failed."""
    text = """
title: Never
tree: {/r.txt: {from: [/no.txt]}}
missing: [/no.txt]
causes: [{id: full, kind: quota, path: /, bytes: 1}]
requests: [{name: Read, method: GET, path: /r.txt, expect: {status: 424}}]
cure: {why: Put it., requests: [{name: Put, method: PUT, path: /no.txt, body: long, expect: {status: 201}}]}
"""
    api = Api(*serve_alone({"never": lambda: load(text, "never.yaml")}))
    api("PUT", "spaces/x", {"scenario": "never"})
    api.dav("s/x/never/")("GET", "/r.txt")
    said = replayed(api, cured=True)
    assert said.status == 409
    assert "'Put' (PUT /no.txt) was answered 507" in said.json["detail"]


@pytest.mark.parametrize("name", [name for name in sorted(SOURCES) if SOURCES[name]().cure is not None])
def test_every_bundled_scenario_without_its_causes(name: str) -> None:
    """All requests are sent, and the one that shows most is played again after the cure: then it has no 424.

    If a dialect refuses that one, no cure helps it: the first that a cause refused is played again.
    """
    scenario = SOURCES[name]()
    app = App({name: lambda: scenario})
    with serving(app.gateway) as url:
        api = Api(url, app)
        api("PUT", "spaces/x", {"scenario": name})
        shown = api("GET", f"scenarios/{name}").json["shown-by"]
        player = Player(f"{url}s/x/{name}/", scenario)
        numbers = [int(player.send(spec).headers["Dav424-Exchange"]) for spec in scenario.requests]
        caused = [each["number"] for each in api("GET", "spaces/x/journal").json["entries"] if _has_cause(each)]
        number = caused[0] if shown is None or (scenario.dialect and numbers[shown] not in caused) else numbers[shown]
        said = api("POST", "spaces/x/replay", {"exchange": number, "cured": True})
    assert said.status == 200, said.json
    exchange = said.json["exchange"]
    assert exchange["status"] < 300
    assert [fact for fact in exchange["facts"] if fact["outcome"] == "failed-dependency"] == []


def _has_cause(exchange: dict[str, Any]) -> bool:
    """Say whether a cause of the scenario refused the request, or something in it."""
    return any(each and each["cause"] for each in (exchange["refused"], *exchange["facts"]))
