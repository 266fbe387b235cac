"""Which dialect answers a request: that of the URL, of the user, of the space, of the scenario, or of the server."""

from __future__ import annotations

import base64
import subprocess
import sys

import httpx
import pytest

from tests.client import Client
from tests.dialects.conftest import Speak, Speaking

TYPE = "text/tried"
DIALECT = f"xml-type: {TYPE}"
RFC_TYPE = "application/xml; charset=utf-8"
OTHER = 'text/xml; charset="utf-8"'
"""The type of the bundled dialect ``apache``."""


@pytest.fixture
def speaking(speak: Speak) -> Speaking:
    """A server with a dialect ``tried``."""
    return speak(DIALECT, "tree: {/f: {content: Milk}}")


def spoken(client: Client, user: str = "") -> str:
    """Give the type of the multistatus by which a dialect shows here."""
    login = {"Authorization": f"Basic {base64.b64encode(f'{user}:'.encode()).decode()}"} if user else {}
    return client("PROPFIND", "/", headers={"Depth": "0", **login}).headers["Content-Type"]


def test_a_url_without_a_dialect_answers_as_the_rfcs_say(speaking: Speaking) -> None:
    """The same space answers two clients, each as its URL says."""
    assert spoken(speaking.client_of("a")) == RFC_TYPE
    assert spoken(speaking.client_of("a~tried")) == TYPE


def test_it_is_the_same_space(speaking: Speaking) -> None:
    """A document that was put by one URL is there by the other one, and the journal has both exchanges."""
    speaking.client("PUT", "/g", "Eggs")
    assert speaking.client_of("a")("GET", "/g").body == b"Eggs"
    assert [entry.request.method for entry in speaking.app.spaces.find("a").journal] == ["PUT", "GET"]


def test_hrefs_keep_the_dialect(speaking: Speaking) -> None:
    """A client that follows an href stays in the dialect."""
    assert b"<D:href>/s/a~tried/test/f</D:href>" in speaking.client("PROPFIND", "/", headers={"Depth": "1"}).body


def test_an_encoded_tilde_is_one(speaking: Speaking) -> None:
    """Hrefs begin as the URL was sent."""
    answer = speaking.client_of("a%7Etried")("PROPFIND", "/f", headers={"Depth": "0"})
    assert answer.headers["Content-Type"] == TYPE
    assert b"<D:href>/s/a%7Etried/test/f</D:href>" in answer.body


def test_the_default_space_has_dialects(speaking: Speaking) -> None:
    """Its URL names it where a dialect follows."""
    speaking.client_of("default~tried")("PUT", "/g", "Eggs")
    assert Client(f"{speaking.url}test/")("GET", "/g").body == b"Eggs"
    assert spoken(speaking.client_of("default~tried")) == TYPE


def test_an_unknown_dialect_is_404(speaking: Speaking) -> None:
    """The answer lists the dialects, and the request makes no space."""
    answer = speaking.client_of("new~klingon")("GET", "/f")
    assert (answer.status, b"apache" in answer.body, b"tried" in answer.body) == (404, True, True)
    assert [space.name for space in speaking.app.spaces.all()] == ["default"]


def test_no_dialect_has_no_name(speaking: Speaking) -> None:
    """A tilde stands before the name of a dialect."""
    assert speaking.client_of("a~")("GET", "/f").status == 404


def test_a_user_names_the_dialect(speaking: Speaking) -> None:
    """A client that can't be given another path names the space and the dialect in its user."""
    client = Client(f"{speaking.url}test/")
    assert spoken(client, "s+a~tried+Ada") == TYPE
    assert spoken(client, "s+a~tried") == TYPE
    assert spoken(client, "s+a+Ada") == RFC_TYPE


def test_an_unknown_dialect_of_a_user_is_404(speaking: Speaking) -> None:
    """It is refused as that of a path is."""
    login = {"Authorization": f"Basic {base64.b64encode(b's+a~klingon+Ada:').decode()}"}
    assert Client(f"{speaking.url}test/")("GET", "/f", headers=login).status == 404


@pytest.mark.parametrize(("space", "user"), [("a~tried", "ada"), ("a~tried!", "ada"), ("", "s+a~tried+ada")])
def test_a_digest_login(speak: Speak, space: str, user: str) -> None:
    """RFC 7616: the hash is about the URL and the user as they were sent."""
    speaking = speak(DIALECT, "users: {ada: secret}\nauth: digest")
    url = f"{speaking.url}s/{space}/test/" if space else f"{speaking.url}test/"
    with httpx.Client(auth=httpx.DigestAuth(user, "secret")) as client:
        answer = client.request("PROPFIND", url, headers={"Depth": "0"})
    assert (answer.status_code, answer.headers["Content-Type"]) == (207, TYPE)
    assert speaking.latest.request.user == "ada"


def test_the_path_and_the_user_agree(speaking: Speaking) -> None:
    """A request names one dialect."""
    login = {"Authorization": f"Basic {base64.b64encode(b's+a~apache+Ada:').decode()}"}
    assert speaking.client("GET", "/f", headers=login).status == 400


def test_the_dialect_of_a_space(speaking: Speaking) -> None:
    """It holds for URLs that name none; the URL wins."""
    speaking.app.spaces.touch("a").dialect = "tried"
    assert spoken(speaking.client_of("a")) == TYPE
    assert spoken(speaking.client_of("a~apache")) == OTHER
    assert spoken(speaking.client_of("a~rfc4918")) == RFC_TYPE


def test_the_dialect_of_a_scenario(speak: Speak) -> None:
    """It holds where neither the URL nor the space names one."""
    speaking = speak(DIALECT, "dialect: apache", dialect_of_server="tried")
    assert spoken(speaking.client_of("a")) == OTHER
    speaking.app.spaces.touch("a").dialect = "tried"
    assert spoken(speaking.client_of("a")) == TYPE
    assert spoken(speaking.client_of("a~rfc4918")) == RFC_TYPE


def test_a_dialect_that_is_gone_is_404(speaking: Speaking) -> None:
    """A space can name one that a reload has taken away."""
    speaking.app.spaces.touch("a").dialect = "klingon"
    answer = speaking.client_of("a")("GET", "/f")
    assert (answer.status, b"apache" in answer.body) == (404, True)
    assert speaking.client("GET", "/f").status == 200


def still_locked(client: Client, user: str = "") -> bool:
    """Say whether a lock is there after a write by its holder."""
    login = {"Authorization": f"Basic {base64.b64encode(f'{user}:'.encode()).decode()}"} if user else {}
    lock = '<D:lockinfo xmlns:D="DAV:"><D:lockscope><D:exclusive/></D:lockscope><D:locktype><D:write/></D:locktype></D:lockinfo>'
    token = client("LOCK", "/f", lock, {"Content-Type": "application/xml", **login}).headers["Lock-Token"]
    assert client("PUT", "/f", "Eggs", {"If": f"({token})", **login}).status == 204
    return client("PUT", "/f", "Bread", login).status == 423


@pytest.mark.parametrize(("name", "kept"), [("tried", True), ("tried!", False)])
@pytest.mark.parametrize("place", ["url", "user", "space", "scenario", "server"])
def test_faults_work_only_with_an_exclamation_mark(speak: Speak, place: str, name: str, *, kept: bool) -> None:
    """Wherever the dialect is named."""
    tree = "tree: {/f: {content: Milk}}"
    speaking = speak(
        "locks-dropped: [PUT]",
        f"{tree}\ndialect: {name}" if place == "scenario" else tree,
        dialect_of_server=name if place == "server" else "",
    )
    if place == "space":
        speaking.app.spaces.touch("a").dialect = name
    client = speaking.client_of(f"a~{name}" if place == "url" else "a")
    user = f"s+a~{name}+Ada" if place == "user" else ""
    assert still_locked(client, user) is kept


def test_a_preflight_needs_no_dialect(speaking: Speaking) -> None:
    """The browser asks before the request: the answer is that of every URL."""
    asked = {"Origin": "http://other.example", "Access-Control-Request-Method": "PROPFIND"}
    plain, spoken_one = (speaking.client_of(name)("OPTIONS", "/f", headers=asked) for name in ("a", "a~tried"))
    assert (plain.status, plain.body) == (spoken_one.status, spoken_one.body)


def test_the_headers_of_the_server_stay(speaking: Speaking) -> None:
    """A client finds its exchange in the journal by its number, and the time is that of the space."""
    plain, other = (speaking.client_of(name)("GET", "/f").headers for name in ("a", "a~tried"))
    assert (other["Dav424-Exchange"], other["Date"]) == ("2", plain["Date"])
    assert other["Dav424-Space"] == plain["Dav424-Space"]


def test_a_server_that_speaks_no_dialect_loads_no_trait() -> None:
    """It starts as fast as before, and so does its first answer."""
    code = (
        "import sys; from dav424.app import App; from dav424.scenario.sources import scenario_sources\n"
        "from dav424.wire.in_process import in_process\n"
        "app = App(scenario_sources())\n"
        "http = in_process('GET', '/s/a/playground/', {}, b'', host='h', scheme='http')\n"
        "assert app.gateway(http).status == 200\n"
        "print(sorted({'dav424.dialects.table', 'jsonschema_rs'} & sys.modules.keys()))"
    )
    run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=60, check=True)
    assert run.stdout == "[]\n"


def test_a_malformed_path_is_recorded_in_its_space(speaking: Speaking) -> None:
    """Also one that names a dialect."""
    assert speaking.client("GET", "/a%2Fb").status == 400
    assert speaking.latest.answer.status == 400


def test_the_dialect_of_the_server(speak: Speak) -> None:
    """It holds where nothing else names one; the space wins."""
    speaking = speak(DIALECT, dialect_of_server="tried")
    assert spoken(speaking.client_of("a")) == TYPE
    speaking.app.spaces.touch("a").dialect = "apache"
    assert spoken(speaking.client_of("a")) == OTHER
