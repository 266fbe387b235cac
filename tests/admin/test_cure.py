"""The cure of a scenario, by the admin API: its changes of causes, and its requests."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

import pytest

from dav424.app import App
from dav424.scenario.load import load
from dav424.wire.server import serving

from .conftest import Api

SCENARIOS = {
    "absent": """
title: Absent
tree: {/feeds/: , /old/: , /sum.txt: {from: [feeds/a.csv]}}
missing: [/feeds/a.csv]
causes: [{id: no, kind: read-only, path: /old/}]
requests: [{name: Read, method: GET, path: /sum.txt, expect: {status: 424}}]
cure:
  why: Put the feed.
  remove: ["no"]
  requests:
    - {name: Put, method: PUT, path: /feeds/a.csv, body: "{base}", expect: {status: 201}}
    - {name: Make, method: MKCOL, path: /new/, expect: {status: 201}}
    - {name: Move, method: MOVE, path: /feeds/a.csv, headers: {Destination: "{base}/new/b.csv"}, expect: {status: 201}}
    - {name: Put again, method: PUT, path: /feeds/a.csv, body: "{base}", expect: {status: 201}}
    - {name: Clear, method: DELETE, path: /old/, expect: {status: 204}}
""",
    "private": """
title: Private
users: {ada: secret, bob: known}
auth: digest
tree: {/a.txt: {content: A}}
causes: [{id: theirs, kind: denied, users: [bob]}]
requests: [{name: Read, method: GET, path: /a.txt, user: bob, expect: {status: 403}}]
cure:
  why: Let ada write.
  requests: [{name: Write, method: PUT, path: /a.txt, user: ada, body: B, expect: {status: 204}}]
""",
}


@pytest.fixture
def start(serve_alone: Callable[..., tuple[str, App]]) -> Callable[..., Api]:
    """Serve the scenarios above, with the settings of an App."""
    sources = {name: partial(load, text, "x.yaml") for name, text in SCENARIOS.items()}
    return lambda **settings: Api(*serve_alone(sources, **settings))


@pytest.fixture
def api(start: Callable[..., Api]) -> Api:
    """The admin API of a server with the usual settings."""
    return start()


def test_the_cure_sends_its_requests(api: Api) -> None:
    """What was 424 is 200; the requests are exchanges, with the base path of the space in their bodies."""
    dav = api.dav("s/x/absent/")
    assert dav("GET", "/sum.txt").status == 424
    cured = api("POST", "spaces/x/cure")
    assert cured.status == 200
    sent = [(each["name"], each["status"], each["expected"], each["exchange"]) for each in cured.json["requests"]]
    assert sent == [
        ("Put", 201, 201, 2),
        ("Make", 201, 201, 3),
        ("Move", 201, 201, 4),
        ("Put again", 201, 201, 5),
        ("Clear", 204, 204, 6),
    ]
    entries = api("GET", "spaces/x/journal").json["entries"]
    assert [entry["method"] for entry in entries] == ["GET", "PUT", "MKCOL", "MOVE", "PUT", "DELETE"]
    assert dav("GET", "/sum.txt").body == b"/s/x/absent"


def test_a_second_cure_breaks_nothing(api: Api) -> None:
    """What is done already is found so, and after a reset the numbers and answers are those of the first cure."""
    api("PUT", "spaces/x", {"scenario": "absent"})
    first = api("POST", "spaces/x/cure").json
    again = api("POST", "spaces/x/cure")
    assert again.status == 200
    assert [each["status"] for each in again.json["requests"]] == [204, 405, 204, 201, 404]
    api("POST", "spaces/x/reset")
    assert api("POST", "spaces/x/cure").json == first


def test_a_request_of_a_cure_that_fails_is_told(api: Api) -> None:
    """With its status and its exchange; the other requests are sent all the same."""
    dav = api.dav("s/x/absent/")
    dav("GET", "/sum.txt")
    api("PUT", "spaces/x/causes/l", {"kind": "lock", "path": "/old/"})
    cured = api("POST", "spaces/x/cure")
    assert cured.status == 409
    assert (
        "'Clear' (DELETE /old/) was answered 423 Locked; expected: 204. The journal explains it as exchange 6."
        in cured.json["detail"]
    )
    assert dav("GET", "/sum.txt").status == 200


@pytest.mark.parametrize("settings", [{}, {"ask_login": True}, {"strict_wire": True}])
def test_a_cure_is_sent_as_its_user(start: Callable[..., Api], settings: dict[str, bool]) -> None:
    """Without the password, by whatever scheme the scenario asks for it."""
    api = start(**settings)
    for name in ("private", "absent"):
        api("PUT", f"spaces/{name}", {"scenario": name})
        assert api("POST", f"spaces/{name}/cure").status == 200
    assert api("GET", "spaces/private/journal/last").json["user"] == "ada"
    assert api("GET", "spaces/private/tree").json["resources"]["/a.txt"]["content"] == "B"


def test_a_cure_in_the_default_space(api: Api) -> None:
    """Its URLs name no space."""
    assert api("POST", "spaces/default/cure?scenario=absent").json["requests"][0]["status"] == 201
    assert api.dav("absent/")("GET", "/sum.txt").body == b"/absent"


def test_a_cure_is_sent_from_an_api_with_a_port_of_its_own(start: Callable[..., Api]) -> None:
    """To the scenarios, which another port serves."""
    api = start(apart=True)
    assert api.app is not None
    api.app.url = api.url
    with serving(api.app.admin) as url:
        assert Api(url)("POST", "spaces/default/cure?scenario=absent").status == 200
    assert api.dav("absent/")("GET", "/sum.txt").status == 200
