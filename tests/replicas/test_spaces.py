"""Which spaces there are is decided by the engine: names, limits, expiry and removal are the same on all replicas."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest

from dav424.core.clocks import monotonic, sleep
from dav424.proof.play import Answer
from dav424.replicas.names import Lifetime, SpaceNames
from dav424.worlds.settings import Settings
from tests.client import Client
from tests.replicas.conftest import PATIENCE, EmptyEngine, Replicas

Start = Callable[..., Replicas]


def api(client: Client, method: str, path: str, body: object = None) -> Answer:
    """Call the admin API with a client of a server's root."""
    sent = json.dumps(body) if body is not None else ""
    return client(method, f"/-/{path}", sent, {"Content-Type": "application/json"})


def data(client: Client, method: str, path: str, body: object = None) -> Any:
    """Call the admin API, and give the JSON of its answer."""
    return json.loads(api(client, method, path, body).body)


def until(true: Callable[[], bool]) -> None:
    """Wait for something, but not for ever."""
    end = monotonic() + PATIENCE
    while not true():
        assert monotonic() < end
        sleep(0.02)


def test_a_space_without_a_name_gets_a_number_that_no_other_has(replicas: Start) -> None:
    """The engine counts."""
    clients = replicas().clients()
    names = [data(client, "POST", "spaces")["name"] for client in (*clients, *clients)]
    assert names == ["1", "2", "3", "4"]


def test_a_wrong_body_takes_no_number_and_makes_no_space(replicas: Start, engine: EmptyEngine) -> None:
    """A call that is refused leaves nothing in the engine."""
    client = replicas().client(0)
    assert api(client, "POST", "spaces", {"scenario": "nothing"}).status == 422
    assert api(client, "POST", "spaces", {"name": "a b"}).status == 422
    assert api(client, "PUT", "spaces/x", {"scenario": "nothing"}).status == 422
    assert api(client, "POST", "spaces/x/reset").status == 404
    assert api(client, "GET", "spaces/x").status == 404
    assert not [key for key in engine.client.scan_iter() if b"{x}" in key]
    assert data(client, "POST", "spaces")["name"] == "1"


def test_a_name_is_taken_on_all_replicas(replicas: Start) -> None:
    """409 for a space that another replica has made, and PUT gives it unchanged."""
    here, there = replicas().clients()
    assert api(here, "POST", "spaces", {"name": "x", "scenario": "proppatch-protected"}).status == 201
    assert api(there, "POST", "spaces", {"name": "x"}).status == 409
    assert data(there, "PUT", "spaces/x")["scenarios"] == ["proppatch-protected"]


def test_a_removed_space_is_gone_everywhere_and_begins_anew(replicas: Start) -> None:
    """No replica mixes the new space with the old one."""
    here, there = replicas().clients()
    assert here("PUT", "/s/x/playground/old", "old").status == 201
    assert there("GET", "/s/x/playground/old").status == 200
    assert api(here, "DELETE", "spaces/x").status == 204
    assert api(there, "GET", "spaces/x").status == 404
    assert api(there, "DELETE", "spaces/x").status == 404
    made = here("PUT", "/s/x/playground/new", "new")
    assert (made.status, made.headers["Dav424-Exchange"]) == (201, "1")
    assert there("GET", "/s/x/playground/old").status == 404


def test_the_list_has_the_spaces_of_all_replicas(replicas: Start) -> None:
    """Each is brought up to date where the list is asked for."""
    here, there = replicas().clients()
    here("PUT", "/s/mine/playground/f", "f")
    there("GET", "/playground/")
    for client in (here, there):
        listed = data(client, "GET", "spaces")["spaces"]
        assert [(each["name"], each["exchanges"]) for each in listed] == [("default", 1), ("mine", 1)]


def test_a_flood_of_spaces_is_refused_and_pushes_none_out(replicas: Start) -> None:
    """507 on all replicas, and the spaces in use stay."""
    here, there = replicas(settings=Settings(most=2)).clients()
    assert here("PUT", "/s/a/playground/f", "f").status == 201
    assert there("PUT", "/s/b/playground/f", "f").status == 201
    assert here("PUT", "/s/c/playground/f", "f").status == 507
    assert api(there, "POST", "spaces").status == 507
    assert there("GET", "/s/a/playground/f").status == 200
    assert api(here, "DELETE", "spaces/b").status == 204
    assert there("PUT", "/s/c/playground/f", "f").status == 201


def test_the_name_of_a_removed_space_is_not_kept(replicas: Start, monkeypatch: pytest.MonkeyPatch) -> None:
    """One replica removes it, while another one, which has used it, is about to keep its name."""
    start = replicas()
    here, there = start.clients()
    assert there("PUT", "/s/b/playground/f", "f").status == 201
    shared = start.apps[1]._shared
    assert shared is not None
    names = shared.replica._names
    keep = SpaceNames.keep

    def removed_first(self: SpaceNames, name: str, lifetime: Lifetime, *, lost: bool = False) -> bool:
        assert api(here, "DELETE", "spaces/b").status == 204
        return keep(self, name, lifetime, lost=lost)

    until(lambda: shared.replica._copies["b"].keep_at > 0)
    shared.replica._copies["b"].keep_at = 0
    with monkeypatch.context() as patch:
        patch.setattr(SpaceNames, "keep", removed_first)
        shared.replica.settle("b")
    assert names.all() == (["default"], 0)


def test_a_name_that_was_lost_is_kept_again(replicas: Start) -> None:
    """As after a time in which the engine could not be reached."""
    start = replicas(1)
    start.client(0)("PUT", "/s/b/playground/f", "f")
    shared = start.apps[0]._shared
    assert shared is not None
    names = shared.replica._names
    until(lambda: shared.replica._copies["b"].keep_at > 0)
    names.strike("b")
    shared.replica._copies["b"].keep_at = 0
    shared.replica.settle("b")
    assert names.all() == (["default", "b"], 0)


def test_a_space_expires_in_the_engine_and_is_410_everywhere(replicas: Start) -> None:
    """A space that the admin API made is remembered; PUT makes it anew."""
    here, there = replicas().clients()
    assert api(here, "PUT", "spaces/x", {"expires-in": 1}).status == 200
    sleep(1.2)
    assert there("GET", "/s/x/playground/").status == 410
    assert api(here, "GET", "spaces/x").status == 410
    assert api(there, "PUT", "spaces/x").status == 200
    assert here("GET", "/s/x/playground/").status == 200


def test_a_space_that_a_request_made_expires_and_is_made_anew(replicas: Start) -> None:
    """The exchanges begin with 1 again."""
    here, there = replicas(settings=Settings(idle=1)).clients()
    assert here("PUT", "/s/x/playground/f", "f").headers["Dav424-Exchange"] == "1"
    sleep(1.2)
    assert there("GET", "/s/x/playground/f").status == 404


def test_a_change_of_the_expiry_reaches_the_engine(replicas: Start, engine: EmptyEngine) -> None:
    """A longer time and a shorter one."""
    here, there = replicas().clients()
    api(here, "PUT", "spaces/x", {"expires-in": 2})
    api(there, "POST", "spaces/x/expiry", {"expires-in": 1000})
    until(lambda: engine.client.pttl("dav424:{x}:meta") > 900_000)
    api(here, "POST", "spaces/x/expiry", {"expires-in": None})
    until(lambda: engine.client.pttl("dav424:{x}:meta") == -1)


def test_without_auto_spaces_only_the_admin_api_makes_one(replicas: Start) -> None:
    """A request for another space is 404, and leaves nothing behind."""
    here, there = replicas(settings=Settings(auto=False)).clients()
    assert here("GET", "/s/x/playground/").status == 404
    api(here, "PUT", "spaces/x")
    assert there("GET", "/s/x/playground/").status == 200


def test_resets_snapshots_causes_and_clocks_are_shared(replicas: Start) -> None:
    """A change here is what there is there."""
    here, there = replicas().clients()
    here("PUT", "/s/x/playground/f", "f")
    name = data(there, "POST", "spaces/x/snapshots")["snapshot"]
    assert there("DELETE", "/s/x/playground/f").status == 204
    assert api(here, "POST", "spaces/x/restore", {"snapshot": name}).status == 200
    assert there("GET", "/s/x/playground/f").status == 200
    api(here, "POST", "spaces/x/clock", {"advance": 60})
    assert data(there, "GET", "spaces/x/clock")["now"] == "2026-01-01T00:01:00Z"
    cause = {"kind": "read-only", "id": "shut", "path": "/"}
    added = api(there, "POST", "spaces/x/causes", cause)
    assert added.status == 201, added.body
    assert here("PUT", "/s/x/playground/g", "g").status == 403
    api(here, "POST", "spaces/x/reset")
    assert there("PUT", "/s/x/playground/g", "g").headers["Dav424-Exchange"] == "1"


def test_pages_of_other_sites_make_half_of_the_spaces_at_most(replicas: Start) -> None:
    """So a page that makes a browser send requests leaves room for others."""
    client = replicas(1, settings=Settings(most=4)).client(0)
    foreign = {"Sec-Fetch-Site": "cross-site"}
    statuses = [client("GET", f"/s/{number}/playground/", headers=foreign).status for number in range(4)]
    assert statuses == [200, 200, 507, 507]
    assert client("GET", "/s/own/playground/").status == 200


def test_a_space_that_is_only_read_stays_in_the_list(replicas: Start) -> None:
    """Its name is kept as long as the space is, which each request prolongs."""
    here, there = replicas().clients()
    api(here, "PUT", "spaces/x", {"expires-in": 2})
    for _ in range(8):
        sleep(0.4)
        assert api(there, "GET", "spaces/x/clock").status == 200
    assert [each["name"] for each in data(here, "GET", "spaces")["spaces"]] == ["default", "x"]
