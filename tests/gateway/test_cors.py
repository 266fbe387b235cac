"""Pages of other origins, as their browsers ask: preflights, permissions, and the headers that a page may read."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping

import httpx
import pytest

from dav424.admin.routes import ROUTES
from dav424.core.neighbours import origin_problem
from dav424.gateway.cors import ADMIN_METHODS, EXPOSED
from dav424.methods import METHOD_FACTS
from dav424.proof.play import Answer
from dav424.scenario.files import bundled_files
from dav424.scenario.load import ScenarioError, load
from dav424.wire.server import serving
from dav424.wsgi import application
from tests.client import Client

PAGE, OTHER = "http://localhost:5173", "http://other.test"
TREE = "title: t\ntree: {/a: {content: A}}\n"
SCENARIOS = {
    "open": TREE,
    "users": f"{TREE}users: {{ada: lovelace}}\n",
    "refusing": f"{TREE}causes: [{{id: never, kind: answers, status: 503, times: 1}}]\n",
    "other": f"{TREE}allow-origins: [{OTHER}]\n",
    "none": f"{TREE}allow-origins: []\n",
    "all": f"{TREE}allow-origins: ['*']\n",
}
Start = Callable[..., Client]


@pytest.fixture
def start(serve_alone: Callable[..., tuple[str, object]]) -> Start:
    """Serve the scenarios above with the settings of an App; gives a client of the root."""

    def make(**more: object) -> Client:
        sources = {name: lambda text=text: load(text, "t.yaml") for name, text in SCENARIOS.items()}
        return Client(serve_alone(sources, None, **more)[0])

    return make


def preflight(client: Client, path: str, origin: str = PAGE, method: str = "PROPFIND", headers: str = "") -> Answer:
    """Ask as a browser does."""
    asked = {"Access-Control-Request-Headers": headers} if headers else {}
    return client("OPTIONS", path, headers={"Origin": origin, "Access-Control-Request-Method": method, **asked})


def permitted(answer: Answer) -> Mapping[str, str]:
    """Give the headers of CORS that a response has, without their common beginning."""
    begin = "Access-Control-"
    return {name.removeprefix(begin): value for name, value in answer.headers.items() if name.startswith(begin)}


def recorded(client: Client, space: str = "default") -> list[tuple[int, str]]:
    """List the numbers and the methods that the journal has."""
    told = json.loads(client("GET", f"/-/spaces/{space}/journal").body)
    return [(each["number"], each["method"]) for each in told["entries"]]


def test_nothing_is_allowed_by_default(start: Start) -> None:
    """No response has a header of CORS, and a preflight says how to allow the page."""
    client = start()
    assert permitted(client("GET", "/open/a", headers={"Origin": PAGE})) == {}
    assert "Vary" not in client("GET", "/open/a").headers
    for path, flag in (("/open/a", "--allow-origin"), ("/-/spaces", "--admin-allow-origin")):
        refused = preflight(client, path)
        assert (refused.status, permitted(refused)) == (403, {})
        assert f"may not send PROPFIND here. Start the server with {flag} {PAGE} " in refused.body.decode()


@pytest.mark.parametrize(
    "path", ["/open/a", "/open/none", "/users/a", "/refusing/a", "/unknown/a", "/s/new/open/a", "/"]
)
def test_a_preflight_is_answered_before_all_else(start: Start, path: str) -> None:
    """Neither the login nor a cause nor a missing resource matters, and the journal has no number for it."""
    client = start(origins=[PAGE])
    assert preflight(client, path).status == 204
    assert recorded(client) == []
    assert client("GET", "/refusing/a").status == 503, "the preflight was no match of the cause"
    assert recorded(client) == [(1, "GET")]
    assert preflight(client, "/s/new/open/a").status == 204
    assert client("GET", "/s/new/open/a").headers["Dav424-Exchange"] == "1"


def test_a_refused_preflight_has_no_number(start: Start) -> None:
    """The numbers of a test don't depend on the pages that are open."""
    client = start()
    assert preflight(client, "/users/a").status == 403
    assert recorded(client) == []


def test_an_options_that_is_no_preflight_is_one_of_webdav(start: Start) -> None:
    """It needs the login, and has a number."""
    client = start(origins=[PAGE])
    assert client("OPTIONS", "/users/a", headers={"Origin": PAGE}).status == 401
    assert client("OPTIONS", "/users/a", headers={"Access-Control-Request-Method": "PUT"}).status == 401
    assert recorded(client) == [(1, "OPTIONS"), (2, "OPTIONS")]


def test_a_preflight_allows_all_methods_and_the_headers_that_it_asks_for(start: Start) -> None:
    """A page can send what any other client can."""
    client = start(origins=[PAGE])
    answer = preflight(client, "/open/a", headers="authorization,depth,x-mine")
    assert answer.body == b""
    assert permitted(answer) == {
        "Allow-Origin": PAGE,
        "Allow-Credentials": "true",
        "Allow-Methods": ", ".join(sorted(METHOD_FACTS)),
        "Allow-Headers": "authorization,depth,x-mine",
        "Expose-Headers": ", ".join(EXPOSED),
    }
    assert answer.headers["Vary"] == "Access-Control-Request-Headers, Origin"
    assert "Allow-Headers" not in permitted(preflight(client, "/open/a"))


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [("GET", "/open/a", 200), ("GET", "/open/none", 404), ("GET", "/users/a", 401), ("PROPFIND", "/open/", 207),
     ("PUT", "/open/b", 201), ("GET", "/refusing/a", 503), ("GET", "/unknown/a", 404), ("BREW", "/open/a", 501),
     ("PROPFIND", "/", 403), ("GET", "/s/", 404), ("GET", "/open/%", 400)],
)  # fmt: skip
def test_each_response_can_be_read(start: Start, method: str, path: str, status: int) -> None:
    """A refusal too: the page needs its status."""
    answer = start(origins=[PAGE])(method, path, headers={"Origin": PAGE})
    assert answer.status == status
    assert permitted(answer)["Allow-Origin"] == PAGE
    assert {"ETag", "Lock-Token", "DAV", "Dav424-Exchange"} <= set(permitted(answer)["Expose-Headers"].split(", "))


def test_a_page_can_change_resources(start: Start) -> None:
    """The check of foreign pages lets it pass."""
    client = start(origins=[PAGE])
    assert client("PUT", "/open/b", "B", {"Origin": PAGE, "Sec-Fetch-Site": "cross-site"}).status == 201
    assert client("PUT", "/open/b", "C", {"Origin": OTHER}).status == 403


def test_responses_differ_by_origin(start: Start) -> None:
    """A cache keeps them apart, also the response to a client without an origin."""
    client = start(origins=[PAGE])
    assert [client("GET", "/open/a", headers=sent).headers.get("Vary") for sent in ({}, {"Origin": OTHER}, {"Origin": PAGE})] == ["Origin"] * 3  # fmt: skip
    assert permitted(client("GET", "/open/a", headers={"Origin": OTHER})) == {}


def test_all_origins(start: Start) -> None:
    """A star allows all pages, without the credentials of the browser; such responses don't differ."""
    client = start(origins=["*"])
    for origin in (PAGE, OTHER, "null"):
        answer = client("GET", "/open/a", headers={"Origin": origin})
        assert permitted(answer) == {"Allow-Origin": "*", "Expose-Headers": ", ".join(EXPOSED)}
        assert "Vary" not in answer.headers
        assert preflight(client, "/open/a", origin).status == 204


def test_a_named_origin_beside_the_star_has_credentials(start: Start) -> None:
    """The list says more of it."""
    client = start(origins=["*", PAGE])
    assert permitted(client("GET", "/open/a", headers={"Origin": PAGE}))["Allow-Credentials"] == "true"
    answer = client("GET", "/open/a", headers={"Origin": OTHER})
    assert (permitted(answer)["Allow-Origin"], answer.headers["Vary"]) == ("*", "Origin")


@pytest.mark.parametrize("space", ["", "/s/mine"])
def test_a_scenario_has_a_list_of_its_own(start: Start, space: str) -> None:
    """It replaces that of the server: a wrong list is a thing to reproduce."""
    client = start(origins=[PAGE])
    for scenario, origin, status in (
        ("open", PAGE, 204),
        ("open", OTHER, 403),
        ("other", PAGE, 403),
        ("other", OTHER, 204),
        ("none", PAGE, 403),
        ("all", OTHER, 204),
    ):
        path = f"{space}/{scenario}/a"
        assert preflight(client, path, origin).status == status, (scenario, origin)
        allowed = permitted(client("GET", path, headers={"Origin": origin})).get("Allow-Origin")
        assert allowed == {204: "*" if scenario == "all" else origin, 403: None}[status]
        assert client("PUT", path, "x", {"Origin": origin}).status == (204 if status == 204 else 403)
    told = client("PUT", f"{space}/none/a", "x", {"Origin": PAGE}).body.decode()
    assert "The scenario allows those that its allow-origins lists." in told


def test_the_list_of_a_scenario_holds_without_a_flag(start: Start) -> None:
    """And a space that such a page has made is no space of a stranger."""
    client = start()
    assert preflight(client, "/other/a", OTHER).status == 204
    assert permitted(client("GET", "/s/x/other/a", headers={"Origin": OTHER}))["Allow-Origin"] == OTHER


def test_the_api_has_a_list_of_its_own(start: Start) -> None:
    """A page that may use the scenarios may not change the space."""
    client = start(origins=[PAGE], admin_origins=[OTHER], token="t0ken")
    assert preflight(client, "/-/spaces", PAGE).status == 403
    asked = preflight(client, "/-/spaces", OTHER, "POST", "authorization")
    assert (asked.status, permitted(asked)["Allow-Headers"]) == (204, "authorization")
    for origin, status, allowed in ((PAGE, 403, None), (OTHER, 401, OTHER)):
        answer = client("POST", "/-/spaces", headers={"Origin": origin})
        assert (answer.status, permitted(answer).get("Allow-Origin")) == (status, allowed)
    sent = {"Origin": OTHER, "Authorization": "Bearer t0ken"}
    assert client("POST", "/-/spaces", headers=sent).status == 201
    assert permitted(client("GET", "/-/", headers=sent))["Allow-Origin"] == OTHER
    assert permitted(client("GET", "/open/a", headers=sent)) == {}


def test_the_methods_of_the_api(start: Start) -> None:
    """A preflight names them all."""
    assert set(ADMIN_METHODS) == {route.method for route in ROUTES} | {"HEAD"}
    asked = preflight(start(admin_origins=[PAGE]), "/-/spaces", PAGE, "POST")
    assert permitted(asked)["Allow-Methods"] == ", ".join(ADMIN_METHODS)


def test_the_admin_port_has_the_list_of_the_api(serve_alone: Callable[..., tuple[str, object]]) -> None:
    """It is the same API."""
    _, app = serve_alone({}, None, origins=[OTHER], admin_origins=[PAGE], apart=True)
    with serving(app.admin) as url:
        assert preflight(Client(url), "/-/spaces").status == 204
        assert preflight(Client(url), "/-/spaces", OTHER).status == 403


def test_a_wrong_host_is_still_refused(start: Start) -> None:
    """A page whose name was bound to loopback asks in vain."""
    client = start(hosts=[], origins=["*"], admin_origins=["*"])
    for path in ("/open/a", "/-/spaces"):
        head = f"OPTIONS {path} HTTP/1.1\r\nHost: evil.example\r\nOrigin: {PAGE}\r\nConnection: close\r\n"
        received = client.raw(f"{head}Access-Control-Request-Method: PUT\r\n\r\n".encode())
        assert received.startswith(b"HTTP/1.1 421 "), path


def test_the_wsgi_application_takes_the_same_lists() -> None:
    """By the names of the flags."""
    app = application(allow_origin=PAGE, admin_allow_origin=[PAGE, OTHER], admin_open=True)
    with httpx.Client(transport=httpx.WSGITransport(app), base_url="http://test") as client:
        for path, origin, status in (("playground/", PAGE, 204), ("playground/", OTHER, 403), ("-/spaces", OTHER, 204)):
            sent = {"Origin": origin, "Access-Control-Request-Method": "PUT"}
            assert client.options(f"/{path}", headers=sent).status_code == status
            answer = client.get(f"/{path}", headers={"Origin": origin})
            assert answer.headers.get("Access-Control-Allow-Origin") == (origin if status == 204 else None)
    with pytest.raises(ValueError, match="is not an origin"):
        application(allow_origin="localhost:5173")


@pytest.mark.parametrize("origin", ["*", "null", PAGE, "https://a.example", "http://[::1]:8080", "capacitor://localhost",
                                    "chrome-extension://abc", "http://127.0.0.1", "https://a.example:80"])  # fmt: skip
def test_origins(origin: str) -> None:
    """Browsers send these."""
    assert origin_problem(origin) is None


@pytest.mark.parametrize(
    ("text", "told"),
    [("localhost:5173", "is not an origin"), ("http://localhost:5173/", "without a path"), ("http://LOCALHOST", "lower case"),
     ("http://localhost:80", "give http://localhost"), ("https://a.example:443", "give https://a.example"), ("", "is not an origin"),
     ("http://ä.example", "is not an origin"), ("http://me@a.example", "is not an origin")],
)  # fmt: skip
def test_what_no_browser_sends_is_no_origin(text: str, told: str) -> None:
    """A list with it would never match."""
    assert told in (origin_problem(text) or "")
    with pytest.raises(ScenarioError) as raised:
        load(f"title: t\nallow-origins: [{text!r}]", "t.yaml")
    assert told in str(raised.value)


def test_no_bundled_scenario_lets_pages_in() -> None:
    """A server without flags is closed to them."""
    assert [file.name for file in bundled_files() if load(file.read_bytes(), file.name).allow_origins is not None] == []
