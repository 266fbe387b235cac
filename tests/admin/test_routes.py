"""Each route does what it says, and every mistake is told with its place."""

from __future__ import annotations

import json
import re
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from dav424 import __version__
from dav424.admin import scenario_handlers
from dav424.admin.call import Call
from dav424.admin.routes import ROUTES
from dav424.app import App
from dav424.proof.play import Player
from dav424.scenario.model import ExpectedAnswer, RequestSpec
from dav424.scenario.served_request import curl_command
from dav424.scenario.sources import scenario_sources
from dav424.worlds.settings import Settings
from tests.trees import XML, token

from .conftest import Api

PROPPATCH = (
    '<D:propertyupdate xmlns:D="DAV:" xmlns:u="urn:u"><D:set><D:prop><u:a>1</u:a><D:getetag>x</D:getetag>'
    "</D:prop></D:set></D:propertyupdate>"
)


def test_live_ready_and_version(api: Api) -> None:
    """The process answers, requests are served, and it says what it is."""
    assert (api("GET", "live").json, api("GET", "ready").json) == ({"status": "ok"}, {"status": "ok"})
    assert api("GET", "version").json["version"] == __version__


def test_not_ready_once_it_is_about_to_stop(api: Api) -> None:
    """What balances load can look elsewhere."""
    assert api.app is not None
    api.app.spaces.close()
    assert (api("GET", "live").status, api("GET", "ready").status) == (200, 503)


def test_the_index_lists_every_route(api: Api) -> None:
    """GET /-/ is the table of contents."""
    assert [(each["method"], each["path"]) for each in api("GET", "").json] == [(r.method, r.path) for r in ROUTES]


def test_scenarios_and_one_of_them(api: Api) -> None:
    """The list has titles; a sheet has causes, commands to paste and the cure."""
    assert [each["name"] for each in api("GET", "scenarios").json] == ["locked", "plain", "users"]
    sheet = api("GET", "scenarios/locked").json
    assert sheet["causes"] == [{"kind": "lock", "id": "theirs", "path": "/c/yours.txt"}]
    assert sheet["commands"] == [f"curl -i -X DELETE {api.url}locked/c/"]
    assert sheet["cure"]["remove"] == ["theirs"]


def test_the_commands_send_what_the_prover_sends() -> None:
    """The API gives the commands that ``dav424 show`` prints; a line break at the end of a body is sent too."""
    app = App(scenario_sources())
    url = "http://127.0.0.1:1/"
    for name in app.scenarios.names:
        scenario = app.scenarios.scenario(name)
        call = Call(app.spaces, app.scenarios, app.dialects, {}, url, parameters={"scenario": name})
        player = Player(f"{url}{name}/", scenario)
        assert scenario_handlers.scenario(call).commands == [player.curl(spec) for spec in scenario.requests]
    spec = RequestSpec(name="Store", method="PUT", path="/a.txt", body="one line\n", expect=ExpectedAnswer(status=201))
    assert curl_command(spec, f"{url}x/", {}).endswith("--data-binary 'one line\n'")


def test_a_space_from_its_beginning_to_its_end(api: Api) -> None:
    """Made, listed, looked at and removed."""
    made = api("POST", "spaces", {"name": "mine", "scenario": "plain"})
    assert (made.status, made.json["path"], made.json["scenarios"]) == (201, "/s/mine/", ["plain"])
    assert [each["name"] for each in api("GET", "spaces").json["spaces"]] == ["default", "mine"]
    assert api("GET", "spaces/mine").json["now"] == "2026-01-01T00:00:00Z"
    assert api("DELETE", "spaces/mine").status == 204
    assert api("GET", "spaces/mine").status == 404


def test_post_makes_a_new_space_and_put_takes_the_old_one(api: Api) -> None:
    """POST of a name that there is is 409, PUT is 200; without a name, one is found."""
    assert api("POST", "spaces", {"name": "x"}).status == 201
    assert api("POST", "spaces", {"name": "x"}).status == 409
    assert api("PUT", "spaces/x", {"scenario": "plain"}).json["scenarios"] == ["plain"]
    assert api("POST", "spaces").json["name"] not in ("x", "default")


@pytest.mark.parametrize(("method", "path"), [("POST", "spaces"), ("PUT", "spaces/new")])
def test_a_space_expires_when_it_was_told_to(start: Callable[..., Api], method: str, path: str) -> None:
    """Null, the default, is never; the name of one that expired is 410 until a call makes it anew."""
    hours = [0.0]
    api = start(Settings(idle_clock=lambda: 3600 * hours[0]))
    made = [api(method, path, {"name": "new", "expires-in": 7200})]
    api("PUT", "spaces/stays")
    api("PUT", "spaces/stays-too", {"expires-in": None})
    hours[0] = 2
    assert [each["name"] for each in api("GET", "spaces").json["spaces"]] == ["default", "stays", "stays-too"]
    gone = [api("GET", "spaces/new"), api("DELETE", "spaces/new"), api("POST", "spaces/new/causes", {"id": "a"})]
    assert [each.status for each in (*gone, api.dav("s/new/plain/")("GET", "/a.txt"))] == [410] * 4
    assert "expired after 7200 seconds" in gone[0].json["detail"]
    made.append(api(method, path, {"name": "new"}))
    assert [each.json["expires-in"] for each in made] == [7200, None]
    assert api.dav("s/new/plain/")("GET", "/a.txt").status == 200


def test_the_time_of_a_space_that_exists_is_not_changed(api: Api) -> None:
    """PUT with ``expires-in`` is 409; without, it adopts a space that a request made, which then stays."""
    api.dav("s/x/plain/")("GET", "/a.txt")
    refused = api("PUT", "spaces/x", {"expires-in": 60})
    assert (refused.status, refused.pointers) == (409, ["/expires-in"])
    assert api("GET", "spaces/x").json["expires-in"] > 3000
    assert api("PUT", "spaces/x").json["expires-in"] is None


def test_the_time_of_a_space_can_be_changed(start: Callable[..., Api]) -> None:
    """Also before it would have expired, and back to never; the default space stays."""
    now = [0.0]
    api = start(Settings(idle_clock=lambda: now[0]))
    api("PUT", "spaces/a", {"expires-in": 60})
    assert api("POST", "spaces/a/expiry", {"expires-in": None}).json["expires-in"] is None
    now[0] = 1000
    assert api("POST", "spaces/a/expiry", {"expires-in": 10}).json["expires-in"] == 10
    assert api("POST", "spaces/default/expiry", {"expires-in": 10}).status == 403
    assert api("POST", "spaces/a/expiry").pointers == [""]
    now[0] += 10
    assert api("POST", "spaces/a/expiry", {"expires-in": 10}).status == 410


@pytest.mark.parametrize("seconds", [0, -1, 1e10, "60"])
def test_a_time_that_is_none_is_refused(api: Api, seconds: object) -> None:
    """It is a number above 0, of at most 31 years."""
    assert api("PUT", "spaces/x", {"expires-in": seconds}).pointers == ["/expires-in"]


@pytest.mark.parametrize(("method", "path"), [("POST", "spaces"), ("PUT", "spaces/new")])
def test_no_space_is_made_for_an_unknown_scenario(api: Api, method: str, path: str) -> None:
    """Nothing is half done: the next try is no conflict."""
    refused = api(method, path, {"name": "new", "scenario": "plian"})
    assert (refused.status, refused.pointers) == (422, ["/scenario"])
    assert "plain" in refused.json["detail"]
    assert api("GET", "spaces/new").status == 404


def test_reset_puts_everything_back(api: Api) -> None:
    """Tree, causes, clock and journal are as on the first touch."""
    dav = api.dav("s/x/plain/")
    before = api("GET", "spaces/x/tree?scenario=plain").json if dav("GET", "/a.txt").status == 200 else None
    dav("DELETE", "/a.txt")
    api("POST", "spaces/x/causes", {"id": "ro", "kind": "read-only", "path": "/c/"})
    api("POST", "spaces/x/clock", {"advance": 60})
    sheet = api("POST", "spaces/x/reset").json
    assert (sheet["now"], sheet["exchanges"]) == ("2026-01-01T00:00:00Z", 0)
    assert api("GET", "spaces/x/tree").json == before
    assert api("GET", "spaces/x/causes/ro").status == 404


def test_a_snapshot_is_restored(api: Api) -> None:
    """Tree and clock are as when it was kept; the journal goes on."""
    dav = api.dav("s/x/plain/")
    dav("PUT", "/new.txt", "1")
    assert api("POST", "spaces/x/snapshots").json == {"snapshot": "1"}
    dav("DELETE", "/new.txt")
    api("POST", "spaces/x/clock", {"advance": "PT1H"})
    assert api("POST", "spaces/x/restore", {"snapshot": "1"}).json["now"] == "2026-01-01T00:00:00Z"
    assert dav("GET", "/new.txt").body == b"1"
    assert api("GET", "spaces/x/snapshots").json == {"snapshots": ["1"]}
    assert api("POST", "spaces/x/restore", {"snapshot": "7"}).pointers == ["/snapshot"]


def test_the_default_space_stays(api: Api) -> None:
    """It can be reset and not removed."""
    assert api("DELETE", "spaces/default").status == 403
    assert api("POST", "spaces/default/reset").status == 200


def test_the_journal_can_be_asked_for_some_of_it(api: Api) -> None:
    """By method, path, status and number; a path as it is read or as it is spelled."""
    dav = api.dav("s/x/plain/")
    dav("PUT", "/a%20b.txt", "1")
    dav("GET", "/a%20b.txt")
    dav("PROPPATCH", "/a.txt", PROPPATCH, XML)

    def numbers(query: str) -> list[int]:
        return [each["number"] for each in api("GET", f"spaces/x/journal?{query}").json["entries"]]

    assert numbers("") == [1, 2, 3]
    assert numbers("method=get") == [2]
    assert numbers("path=/a%20b.txt") == numbers("path=/a%2520b.txt") == numbers("path=a%20b.txt") == [1, 2]
    assert numbers("path=/a*") == [1, 2, 3]
    assert numbers("status=403") == numbers("status=424") == [3]
    assert numbers("since=1&method=PUT") == []
    assert numbers("scenario=locked") == []
    assert numbers("newest=2") == [2, 3]
    assert numbers("newest=1&path=/a%20b.txt") == [2]
    assert numbers("newest=0") == []
    assert numbers("newest=9") == [1, 2, 3]
    assert api("GET", "spaces/x/journal?newest=all&wait=60s&count=9").status == 400  # longer than the client waits


def test_the_journal_can_be_asked_for_an_outcome(api: Api) -> None:
    """Of any resource, property or request of a batch; without any of those, of the response."""
    plain, locked = api.dav("s/x/plain/"), api.dav("s/x/locked/")
    plain("GET", "/a.txt")
    plain("PROPPATCH", "/a.txt", PROPPATCH, XML)
    plain("GET", "/nothing")
    locked("DELETE", "/c/")
    batch = {"requests": [{"id": "1", "method": "get", "url": "nothing"}]}
    plain("POST", "/$batch", json.dumps(batch), {"Content-Type": "application/json"})

    def numbers(query: str) -> list[int]:
        return [each["number"] for each in api("GET", f"spaces/x/journal?{query}").json["entries"]]

    assert numbers("outcome=failed") == [2, 3, 4, 5]
    assert numbers("outcome=failed-dependency") == [2, 4]
    assert numbers("outcome=done") == [1, 4]
    assert numbers("outcome=failed&method=DELETE") == [4]
    said = api("GET", "spaces/x/journal?outcome=broken")
    assert (said.status, said.json["detail"]) == (
        400,
        "?outcome=broken is unknown; use one of done, failed, failed-dependency.",
    )


def test_the_last_exchange_has_a_route(api: Api) -> None:
    """The last of all, or the last that the query asks for."""
    dav = api.dav("s/x/plain/")
    empty = api("PUT", "spaces/x", {"scenario": "plain"}) and api("GET", "spaces/x/journal/last")
    assert (empty.status, empty.json["detail"]) == (404, "The journal of 'x' has no such exchange; it is empty.")
    dav("PROPPATCH", "/a.txt", PROPPATCH, XML)
    dav("GET", "/a.txt")
    assert api("GET", "spaces/x/journal/last").json["number"] == 2
    assert api("GET", "spaces/x/journal/last?outcome=failed").json["number"] == 1
    assert b"Exchange 2," in api("GET", "spaces/x/journal/last/explain").body
    assert b"Exchange 1," in api("GET", "spaces/x/journal/last/explain?status=424").body
    assert api("GET", "spaces/x/journal/last/explain?as=html").headers["Content-Type"].startswith("text/html")
    none = api("GET", "spaces/x/journal/last/explain?method=PUT")
    assert (none.status, none.json["detail"]) == (
        404,
        "The journal of 'x' has no such exchange; none of its 2 exchanges matches.",
    )


LOOKS = ["/", "//", "/?x", "/favicon.ico", "/apple-touch-icon.png", "/robots.txt", "/learn", "/learn/", "/learn/424",
         "/.well-known/appspecific/com.chrome.devtools.json", "/-/", "/-/scenarios", "/s/x/"]  # fmt: skip


@pytest.mark.parametrize("method", ["GET", "HEAD"])
@pytest.mark.parametrize("look", LOOKS)
def test_a_look_in_a_browser_takes_no_number(api: Api, method: str, look: str) -> None:
    """The first exchange of a scenario is number 1 after it, too, and the response has no number."""
    answer = api.dav("")(method, look)
    assert "Dav424-Exchange" not in answer.headers
    space = "s/x/" if look.startswith("/s/") else ""
    assert api.dav(f"{space}plain/")("GET", "/a.txt").headers["Dav424-Exchange"] == "1"


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("OPTIONS", "/"),
        ("PROPFIND", "/"),
        ("DELETE", "/"),
        ("PUT", "/favicon.ico"),
        ("GET", "/plain/favicon.ico"),
        ("GET", "/.well-known/caldav"),
        ("GET", "/nothing/"),
        ("GET", "/%00"),
    ],
)
def test_what_a_browser_does_not_send_takes_a_number(api: Api, method: str, path: str) -> None:
    """A request of a DAV client at the list of scenarios is in the journal."""
    assert api.dav("")(method, path).headers["Dav424-Exchange"] == "1"


def test_the_journal_can_be_waited_for(api: Api) -> None:
    """A call blocks until what it asks for is there, and no longer."""
    api("PUT", "spaces/x", {"scenario": "plain"})
    with ThreadPoolExecutor(1) as pool:
        page = pool.submit(api, "GET", "spaces/x/journal?wait=60s&count=2&method=GET")  # longer than the client waits
        time.sleep(0.1)
        for _ in range(2):
            assert not page.done()
            api.dav("s/x/plain/")("GET", "/a.txt")
        assert len(page.result().json["entries"]) == 2


def test_who_waits_in_vain_is_told_what_there_is(api: Api) -> None:
    """After the time, the page has fewer entries than were waited for."""
    api.dav("s/x/plain/")("GET", "/a.txt")
    assert len(api("GET", "spaces/x/journal?wait=50ms&count=2").json["entries"]) == 1


def test_the_journal_can_be_cleared(api: Api) -> None:
    """Numbers begin at 1 again."""
    dav = api.dav("s/x/plain/")
    dav("GET", "/a.txt")
    assert api("DELETE", "spaces/x/journal").status == 204
    assert dav("GET", "/a.txt").headers["Dav424-Exchange"] == "1"


@pytest.mark.parametrize(
    ("headers", "query", "kind"),
    [
        ({}, "", "text/plain"),
        ({"Accept": "*/*"}, "", "text/plain"),
        ({"Accept": "application/json"}, "", "application/json"),
        ({"Accept": "text/html,application/xml"}, "", "text/html"),
        ({"Accept": "text/html;q=0.1, application/json"}, "", "application/json"),
        ({"Accept": "text/html;q=0.5, application/json;q=0.4"}, "", "text/html"),
        ({"Accept": "text/*, application/json;q=0.9"}, "", "text/plain"),
        ({"Accept": "text/plain;q=0, */*;q=0.1"}, "", "text/html"),
        ({"Accept": "text/plain;q=0"}, "", "text/html"),
        ({"Accept": "*/*;q=0"}, "", "text/plain"),
        ({"Accept": "image/png"}, "", "text/plain"),
        ({"Accept": "text/html"}, "?as=json", "application/json"),
    ],
)
def test_an_exchange_is_explained(api: Api, headers: dict[str, str], query: str, kind: str) -> None:
    """What was asked, what came of it and because of what, as text, page or JSON."""
    api.dav("s/x/plain/")("PROPPATCH", "/a.txt", PROPPATCH, XML)
    said = api("GET", f"spaces/x/journal/1/explain{query}", headers=headers)
    assert said.headers["Content-Type"].startswith(kind)
    text = said.body.decode()
    for word in ("PROPPATCH", "{urn:u}a", "{DAV:}getetag", "RFC 4918 9.2", "curl"):
        assert word in text


def test_metrics_are_prometheus_text(api: Api) -> None:
    """Each line is a comment, or a name, labels and a number; requests are counted by method and status."""
    api.dav("plain/")("GET", "/nothing")
    said = api("GET", "metrics")
    assert said.headers["Content-Type"].startswith("text/plain; version=0.0.4")
    line = re.compile(r'# (HELP|TYPE) \w+ .+|\w+(\{\w+="[^"]*"(,\w+="[^"]*")*\})? [0-9.]+')
    lines = said.body.decode().splitlines()
    assert [each for each in lines if not line.fullmatch(each)] == []
    assert 'dav424_requests_total{method="GET",status="404"} 1' in lines


def test_nothing_of_it_is_seen_by_dav_clients(api: Api) -> None:
    """PROPFIND lists no ``-``, and the journal holds no call of the API."""
    listed = api.dav("")("PROPFIND", "/", "", {"Depth": "1"}).body
    assert b"<D:href>/plain/</D:href>" in listed
    assert b"/-/" not in listed
    api("GET", "spaces/default")
    assert [each["target"] for each in api("GET", "spaces/default/journal").json["entries"]] == ["/"]


def test_a_target_in_absolute_form_is_understood(api: Api) -> None:
    """What goes through a proxy arrives so (RFC 9112 3.2.2)."""
    answer = api.dav("").raw(b"GET http://dav.test/-/live HTTP/1.1\r\nHost: dav.test\r\nConnection: close\r\n\r\n")
    assert answer.startswith(b"HTTP/1.1 200 ")


@pytest.mark.parametrize("path", [route.path for route in ROUTES if route.method == "GET"])
def test_head_is_get_without_the_body(api: Api, path: str) -> None:
    """The status and the headers are the same."""
    api.dav("s/x/plain/")("PROPPATCH", "/a.txt", PROPPATCH, XML)
    api("PUT", "spaces/x/faults/f", {"kind": "empty-body"})
    names = {
        "space": "x",
        "scenario": "plain",
        "cause": "rfc4918:getetag",
        "fault": "f",
        "number": "1",
        "language": "curl",
    }
    path = path.removeprefix("/-/").format(**names)
    got, head = api("GET", path), api("HEAD", path)
    assert (head.status, head.body) == (200, b"")
    assert head.headers["Content-Type"] == got.headers["Content-Type"]


@pytest.mark.parametrize("path", sorted({route.path for route in ROUTES}))
@pytest.mark.parametrize("method", ["PATCH", "OPTIONS", "PROPFIND", "LOCK", "BREW"])
def test_a_wrong_method_is_405_and_says_which_are_right(api: Api, path: str, method: str) -> None:
    """Allow lists them, HEAD among them where GET is."""
    said = api(method, path.removeprefix("/-/").replace("{space}", "default"))
    right = {route.method for route in ROUTES if route.path == path}
    assert said.status == 405
    assert set(said.headers["Allow"].split(", ")) == right | ({"HEAD"} if "GET" in right else set())
    assert said.headers["Content-Type"] == "application/problem+json"


CAUSE = {"id": "c", "kind": "delay", "milliseconds": 1}
ANSWER = {"id": "a", "kind": "answers", "status": 503}
TREE = {"resources": {"/a.txt": {"content": "A"}}}


@pytest.mark.parametrize(
    ("call", "body", "pointers"),
    [
        ("POST spaces", [], [""]),
        ("POST spaces", None, [""]),
        ("POST spaces", {"nmae": "x"}, ["/nmae"]),
        ("POST spaces", {"name": "a/b"}, ["/name"]),
        ("POST spaces", {"name": ".."}, ["/name"]),
        ("POST spaces", {"name": "x\n"}, ["/name"]),
        ("POST spaces", {"name": 7}, ["/name"]),
        ("PUT spaces/x", {"name": "y"}, ["/name"]),
        ("POST spaces/x/restore", {}, [""]),
        ("POST spaces/x/clock", {}, [""]),
        ("POST spaces/x/clock", {"advance": 1, "set": "2026-01-01T00:00:00Z"}, [""]),
        ("POST spaces/x/clock", {"advance": "soon"}, ["/advance"]),
        ("POST spaces/x/clock", {"advance": 1e300}, ["/advance"]),
        ("POST spaces/x/clock", {"advance": "P999999999D"}, ["/advance"]),
        ("POST spaces/x/clock", {"set": "2026-01-01T00:00:00"}, ["/set"]),
        ("POST spaces/x/clock", {"set": "9800-01-01T00:00:01Z"}, ["/set"]),
        ("POST spaces/x/clock", {"set": "9999-12-31T23:59:59-14:00"}, ["/set"]),
        ("POST spaces/x/clock", {"set": "0001-01-01T00:00:00+14:00"}, ["/set"]),
        ("POST spaces/x/causes", {}, [""]),
        ("POST spaces/x/causes", {**CAUSE, "id": "x\n"}, ["/id"]),
        ("POST spaces/x/causes", {**CAUSE, "kind": "lok"}, ["/kind"]),
        ("POST spaces/x/causes", {**CAUSE, "milliseconds": -1}, ["/milliseconds"]),
        ("POST spaces/x/causes", {**CAUSE, "methods": ["GET", 2]}, ["/methods/1"]),
        ("POST spaces/x/causes", {**CAUSE, "path": "/a/../b"}, ["/path"]),
        ("POST spaces/x/causes", {**CAUSE, "seconds": 1}, ["/seconds"]),
        ("POST spaces/x/causes", {"id": "l", "kind": "lock", "path": "/nowhere"}, ["/path"]),
        ("POST spaces/x/causes", {"id": "l", "kind": "lock", "path": "/a.txt", "principal": "\0"}, ["/principal"]),
        ("POST spaces/x/causes", {"id": "q", "kind": "quota"}, [""]),
        ("POST spaces/x/causes", {"id": "a", "kind": "answers", "status": 424}, ["/status"]),
        ("POST spaces/x/causes", {"id": "a", "kind": "answers", "status": 600}, ["/status"]),
        ("POST spaces/x/causes", {"id": "a", "kind": "answers", "status": 200}, ["/status"]),
        ("POST spaces/x/causes", {**ANSWER, "headers": {"A": "1\r\nB: 2"}}, ["/headers/A"]),
        ("POST spaces/x/causes", {**ANSWER, "headers": {"A": "\u2602"}}, ["/headers/A"]),
        ("POST spaces/x/causes", {**ANSWER, "headers": {"A B": "1"}}, ["/headers/A B"]),
        ("POST spaces/x/causes", {**ANSWER, "headers": {"connection": "close"}}, ["/headers/connection"]),
        ("POST spaces/x/causes", {**ANSWER, "headers": {"A": "1", "a": "1"}}, ["/headers/a"]),
        ("POST spaces/x/causes", {**ANSWER, "methods": ["get"]}, ["/methods/0"]),
        ("POST spaces/x/causes", {**ANSWER, "path": "/c/b.txt", "methods": ["LOCK"], "done": True}, ["/done"]),
        ("POST spaces/x/causes", {"id": "s", "kind": "store-fails", "status": 424}, ["/status"]),
        ("POST spaces/x/causes", {"id": "v", "kind": "value-rule", "property": "{u}a", "pattern": "("}, ["/pattern"]),
        ("PUT spaces/x/causes/c", {**CAUSE, "id": "d"}, ["/id"]),
        ("PUT spaces/x/tree", {}, [""]),
        ("PUT spaces/x/tree", {"resources": []}, ["/resources"]),
        ("PUT spaces/x/tree", {"resources": {"a": {}}}, ["/resources/a"]),
        ("PUT spaces/x/tree", {"resources": {"/ok": {}, "/a~b.c": 1}}, ["/resources/~1a~0b.c"]),
        ("PUT spaces/x/tree", {"resources": {"/a": {"contents": ""}}}, ["/resources/~1a/contents"]),
        (
            "PUT spaces/x/tree",
            {"resources": {"/ok": {}, "/a": {"content": 1}}, "x": 1},
            ["/resources/~1a/content", "/x"],
        ),
        ("PUT spaces/x/tree", {"resources": {"/%zz": {}}}, ["/resources/~1%zz"]),
        ("PUT spaces/x/tree", {"resources": {"/a": {}, "/a/": {}}}, ["/resources/~1a~1"]),
        ("PUT spaces/x/tree", {"resources": {"/%61": {}, "//a/b": {}}}, ["/resources/~1~1a~1b"]),
        ("PUT spaces/x/tree", {"resources": {"/a/": {"content": "x"}}}, ["/resources/~1a~1"]),
        ("PUT spaces/x/tree", {"resources": {"/a/": {"content-base64": ""}}}, ["/resources/~1a~1"]),
        ("PUT spaces/x/tree", {"resources": {"/a": {"types": ["{u}t"]}}}, ["/resources/~1a/types"]),
        ("PUT spaces/x/tree", {"resources": {"/a": {"content-base64": "?"}}}, ["/resources/~1a/content-base64"]),
        ("PUT spaces/x/tree", {"resources": {"/a": {"content-base64": "ü"}}}, ["/resources/~1a/content-base64"]),
        ("PUT spaces/x/tree", {"resources": {"/a": {"etag": '"x"\n'}}}, ["/resources/~1a/etag"]),
        ("PUT spaces/x/tree", {"resources": {"/a": {"type": "a/b\r\nX: y"}}}, ["/resources/~1a/type"]),
        ("PUT spaces/x/tree", {"resources": {"/a": {"modified": "2026-01-01T00:00:00"}}}, ["/resources/~1a/modified"]),
        (
            "PUT spaces/x/tree",
            {"resources": {"/a": {"created": "0001-01-01T00:00:00+14:00"}}},
            ["/resources/~1a/created"],
        ),
        (
            "PUT spaces/x/tree",
            {"resources": {"/a": {"properties": {"{u}ok": "", "{u}a": 1}}}},
            ["/resources/~1a/properties/{u}a"],
        ),
        (
            "PUT spaces/x/tree",
            {"resources": {"/a": {"properties": {"a b": ""}}}},
            ["/resources/~1a/properties/a b"],
        ),
        (
            "PUT spaces/x/tree",
            {"resources": {"/a": {"properties": {"{u}a": {"xml": "<b/>"}, "{u}c": "\0"}}}},
            ["/resources/~1a/properties/{u}a", "/resources/~1a/properties/{u}c"],
        ),
        (
            "PUT spaces/x/tree",
            {"resources": {"/a": {"locks": [{"token": "u:1"}]}, "/b": {"locks": [{"token": "u:1", "owner": "x"}]}}},
            ["/resources/~1b/locks/0/token", "/resources/~1b/locks/0/owner"],
        ),
        ("PUT spaces/x/tree", {"resources": {"/a": {"locks": [{"token": "x"}]}}}, ["/resources/~1a/locks/0/token"]),
        ("PUT spaces/x/tree", {"resources": {"/a" * 2000: {}}}, ["/resources/" + "~1a" * 2000]),
    ],
)
def test_a_body_that_cant_be_used_is_told_with_a_pointer(api: Api, call: str, body: Any, pointers: list[str]) -> None:
    """It is 422, each pointer leads to what is wrong, and nothing has changed."""
    api.dav("s/x/plain/")("GET", "/a.txt")
    before = [api("GET", f"spaces{path}").json for path in ("", "/x/tree", "/x/causes", "/x/clock")]
    method, path = call.split()
    said = api(method, path, b"null" if body is None else body)
    assert (said.status, said.pointers) == (422, pointers)
    after = [api("GET", f"spaces{path}").json for path in ("", "/x/tree", "/x/causes", "/x/clock")]
    for sheets in (before, after):
        for sheet in sheets[0]["spaces"]:
            del sheet["expires-in"]
    assert before == after


@pytest.mark.parametrize(
    "body",
    [b"{", b"\xff", b"[" * 200_000, b'{"a": NaN}', b'{"name": "\\ud800"}', b"name=x", b"{} {}", b"\xef\xbb\xbf{}"],
)
def test_what_isnt_json_is_400(api: Api, body: bytes) -> None:
    """It says so, as a problem."""
    said = api("POST", "spaces", body)
    assert (said.status, said.headers["Content-Type"]) == (400, "application/problem+json")
    assert "is not JSON" in said.json["detail"]


@pytest.mark.parametrize(
    ("kind", "status"),
    [("application/json; charset=utf-8", 201), ("application/merge-patch+json", 201), ("text/plain", 415), ("a", 415)],
)
def test_a_body_has_to_be_called_json(api: Api, kind: str, status: int) -> None:
    """What a form can send is not."""
    assert api("POST", "spaces", {}, {"Content-Type": kind}).status == status


def test_a_body_that_nobody_asked_for_is_400(api: Api) -> None:
    """Rather than not looked at."""
    assert api("POST", "spaces/default/reset", {"really": True}).status == 400


def test_a_body_that_is_too_large_is_413_before_it_is_read(api: Api) -> None:
    """The length alone says so."""
    head = b"POST /-/spaces HTTP/1.1\r\nHost: x\r\nContent-Length: 99999999999\r\n\r\n"
    answer = api.dav("").raw(head)
    assert answer.startswith(b"HTTP/1.1 413 ")
    assert b"application/problem+json" in answer


@pytest.mark.parametrize(
    ("path", "said"),
    [
        ("spaces/x/journal?wiat=1s", "did you mean 'wait'?"),
        ("spaces/x/journal?wait=soon", "5s, 500ms or 1m"),
        ("spaces/x/journal?count=-1", "not a whole number"),
        ("spaces/x/journal?count=1&count=2", "twice"),
        ("spaces/x/journal?count=%FF", "is malformed"),
        ("spaces/x/journal/1/explain?as=pdf", "text, html, json"),
        ("live?x=1", "known are none"),
    ],
)
def test_a_query_that_means_nothing_is_400(api: Api, path: str, said: str) -> None:
    """Most often it is misspelt."""
    api.dav("s/x/plain/")("GET", "/a.txt")
    answer = api("GET", path)
    assert answer.status == 400
    assert said in answer.json["detail"]


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [
        ("GET", "nothing", 404),
        ("GET", "spaces/nobody", 404),
        ("GET", "spaces/nobody/journal", 404),
        ("GET", "scenarios/nothing", 404),
        ("GET", "spaces/x/journal/99", 404),
        ("GET", "spaces/x/journal/1e3", 404),
        ("GET", "spaces/x/causes/nothing", 404),
        ("DELETE", "spaces/x/causes/nothing", 404),
        ("GET", "spaces/x/tree?scenario=nothing", 404),
        ("GET", "spaces/default/tree", 400),
        ("PUT", "spaces/a%2Fb", 400),
        ("PUT", "spaces/..", 400),
        ("POST", "spaces/x/cure", 409),
    ],
)
def test_what_isnt_there_is_told(api: Api, method: str, path: str, status: int) -> None:
    """With a sentence that says what there is."""
    api.dav("s/x/plain/")("GET", "/a.txt")
    said = api(method, path)
    assert said.status == status
    assert said.json["detail"].endswith(".")


def test_spaces_are_bounded_and_their_use_is_told(start: Callable[..., Api]) -> None:
    """One too many is 507, by whatever door."""
    api = start(Settings(most=1))
    assert api("POST", "spaces", {"name": "a"}).status == 201
    assert api("POST", "spaces", {"name": "b"}).status == 507
    assert api.dav("s/b/plain/")("GET", "/a.txt").status == 507
    api("DELETE", "spaces/a")
    assert api("PUT", "spaces/b").status == 200


def test_without_auto_spaces_the_api_makes_them(start: Callable[..., Api]) -> None:
    """A request for an unknown space says so."""
    api = start(Settings(auto=False))
    assert b"PUT /-/spaces/x" in api.dav("s/x/plain/")("GET", "/a.txt").body
    api("PUT", "spaces/x")
    assert api.dav("s/x/plain/")("GET", "/a.txt").status == 200


def test_a_lock_of_a_client_is_counted_out_by_the_clock(api: Api) -> None:
    """After its time-out it is gone, also from the tree."""
    dav = api.dav("s/x/plain/")
    token(dav, "/a.txt", {"Timeout": "Second-60"})
    assert dav("DELETE", "/a.txt").status == 423
    api("POST", "spaces/x/clock", {"advance": 61})
    assert "locks" not in api("GET", "spaces/x/tree").json["resources"]["/a.txt"]
    assert dav("DELETE", "/a.txt").status == 204


def test_the_clock_goes_where_it_is_told(api: Api) -> None:
    """By seconds, by a duration, back, and to a time in any zone."""
    api("PUT", "spaces/x")
    for change, now in [
        ({"advance": 1.5}, "2026-01-01T00:00:01.500000Z"),
        ({"advance": "P1D"}, "2026-01-02T00:00:01.500000Z"),
        ({"advance": -1.5}, "2026-01-02T00:00:00Z"),
        ({"set": "9800-01-01T00:00:00Z"}, "9800-01-01T00:00:00Z"),
        ({"set": "2030-06-01T12:00:00+02:00"}, "2030-06-01T10:00:00Z"),
    ]:
        assert api("POST", "spaces/x/clock", change).json == {"now": now, "virtual": True}
    assert api.dav("s/x/plain/")("GET", "/a.txt").headers["Date"] == "Sat, 01 Jun 2030 10:00:00 GMT"


def test_a_cause_is_planted_changed_and_removed(api: Api) -> None:
    """Two writes fail, the third is done; a lock of somebody else holds until it is taken away."""
    dav = api.dav("s/x/plain/")
    dav("GET", "/a.txt")
    made = api("POST", "spaces/x/causes", {"id": "disk", "kind": "store-fails", "times": 2})
    assert (made.status, made.json) == (201, {"kind": "store-fails", "id": "disk", "times": 2})
    assert [dav("PUT", "/a.txt", "2").status for _ in range(3)] == [507, 507, 204]
    assert api("GET", "spaces/x/causes").json["counts"] == {"disk": 3}
    assert api("POST", "spaces/x/causes", {"id": "disk", "kind": "store-fails"}).status == 409

    assert api("PUT", "spaces/x/causes/disk", {"kind": "lock", "path": "/a.txt"}).status == 200
    assert dav("PUT", "/a.txt", "3").status == 423
    assert api("DELETE", "spaces/x/causes/disk").status == 204
    assert dav("PUT", "/a.txt", "3").status == 204

    api("PUT", "spaces/x/causes/q", {"kind": "quota", "bytes": 5})
    assert dav("PUT", "/a.txt", "123456789").status == 507


def test_the_cure_cures(api: Api) -> None:
    """What failed is done."""
    dav = api.dav("s/x/locked/")
    assert dav("DELETE", "/c/").status == 207
    cured = api("POST", "spaces/x/cure").json
    assert "theirs" not in [cause["id"] for cause in cured["causes"]]
    assert dav("DELETE", "/c/").status == 204


def test_the_causes_tell_the_exchanges_that_they_struck(api: Api) -> None:
    """By the numbers of the journal."""
    dav = api.dav("s/x/locked/")
    for path in ("/c/yours.txt", "/c/mine.txt", "/c/"):
        dav("DELETE", path)
    assert api("GET", "spaces/x/causes").json["strikes"] == {"theirs": [1, 3]}


def test_all_mistakes_of_a_cause_are_told_at_once(api: Api) -> None:
    """As dav424 check tells them, each with its pointer."""
    api("PUT", "spaces/x", {"scenario": "plain"})
    wrong = {"kind": "store-fails", "stats": 1, "nth": "1", "status": "507"}
    assert {each["pointer"]: each["detail"] for each in api("PUT", "spaces/x/causes/s", wrong).json["errors"]} == {
        "/stats": "unknown key 'stats'; did you mean 'status'?",
        "/nth": 'expected a whole number, received "1"; write 1 without quotes.',
        "/status": "'507' is not one of 500, 503, 507; write 507 without quotes.",
    }
    never = {"kind": "denied", "users": ["bob"], "methods": ["PUTT"], "property": "D:getetag", "path": "/b/a.txtt"}
    assert api("PUT", "spaces/x/causes/s", never).pointers == ["/property", "/users/0", "/methods/0", "/path"]


@pytest.mark.parametrize(
    ("path", "status", "note"),
    [
        ("/a.txt", 200, None),
        ("/a.text", 200, "did you mean '/a.txt'?"),
        ("/copy/b.txt", 200, "the cause applies if a client makes one"),
        ("/copy/else.txt", 422, None),
    ],
)
def test_a_cause_can_be_about_what_a_client_will_make(api: Api, path: str, status: int, note: str | None) -> None:
    """By a PUT, or by a COPY of a collection; a note tells that nothing is there now."""
    api("PUT", "spaces/x", {"scenario": "plain"})
    said = api("PUT", "spaces/x/causes/s", {"kind": "read-only", "path": path})
    assert (
        said.status,
        note in said.headers.get("Dav424-Note", "") if note else "Dav424-Note" not in said.headers,
    ) == (
        status,
        True,
    )


def test_what_is_done_at_once_is_done_one_by_one(api: Api) -> None:
    """Spaces of one name, causes and clocks, from many threads: nothing is lost and nothing is a bug."""

    def work(number: int) -> set[int]:
        seen = {api("POST", "spaces", {"name": f"n{number % 5}", "scenario": "plain"}).status}
        seen.add(api("PUT", f"spaces/x/causes/c{number}?scenario=plain", {"kind": "delay", "milliseconds": 0}).status)
        seen.add(api("POST", "spaces/x/clock", {"advance": 1}).status)
        seen.add(api("GET", "spaces").status)
        seen.add(api.dav("s/x/plain/")("PUT", f"/n{number}.txt", "x").status)
        seen.add(api("GET", "metrics").status)
        return seen

    api("PUT", "spaces/x", {"scenario": "plain"})
    with ThreadPoolExecutor(8) as pool:
        statuses = list(pool.map(work, range(40)))
    assert set().union(*statuses) <= {200, 201, 409}
    assert len(api("GET", "spaces/x/causes").json["causes"]) == 40 + 11
    assert api("GET", "spaces/x/clock").json["now"] == "2026-01-01T00:00:40Z"
    assert len([path for path in api("GET", "spaces/x/tree").json["resources"] if path.startswith("/n")]) == 40


def test_of_several_causes_with_one_id_one_is_added(api: Api) -> None:
    """However many calls come at once, and however long it takes to look at the tree."""
    api("PUT", "spaces/x", {"scenario": "plain"})
    resources = {f"/d{number}": {} for number in range(5_000)}
    assert api("PUT", "spaces/x/tree?scenario=plain", {"resources": resources}).status == 200
    with ThreadPoolExecutor(6) as pool:
        for name in ("a", "b", "c"):
            cause = {"id": name, "kind": "read-only", "path": "/"}
            calls = [pool.submit(api, "POST", "spaces/x/causes", cause) for _ in range(6)]
            assert sorted(call.result().status for call in calls) == [201] + [409] * 5


def test_a_cause_has_a_size(api: Api) -> None:
    """The validator of JSON Schema reads it in a single call, during which no other request is answered."""
    said = api(
        "POST",
        "spaces/default/causes?scenario=plain",
        {"id": "a", "kind": "answers", "status": 503, "body": "x" * (1 << 20)},
    )
    assert (said.status, said.headers["Content-Type"]) == (413, "application/problem+json")
