"""What a browser can be made to send: names that were bound to loopback, and pages of other sites."""

from __future__ import annotations

import http.client
from collections.abc import Callable, Mapping
from typing import Any
from urllib.parse import urlsplit

import pytest

from dav424.app import App
from dav424.core.neighbours import HostNames, is_foreign
from dav424.methods import METHOD_FACTS
from dav424.scenario.load import load
from dav424.worlds.settings import Settings
from tests.client import Client, statuses

Alone = Callable[..., tuple[str, App]]
EVIL = "http://evil.example"
MULTIPUT = (
    '<M:multiput xmlns:M="http://me.com/_namespace/" xmlns:D="DAV:"><M:resource><D:href>/test/a</D:href><M:delete/>'
    "</M:resource></M:multiput>"
)


@pytest.fixture
def start(serve_alone: Alone) -> Callable[..., str]:
    """Serve one scenario with the settings of an App; gives the URL."""

    def make(settings: Settings | None = None, **more: Any) -> str:
        return serve_alone({"test": lambda: load("title: t\ntree: {/a: {content: A}}", "t.yaml")}, settings, **more)[0]

    return make


def send(url: str, method: str, path: str, headers: Mapping[str, str], body: bytes = b"") -> tuple[int, str, str]:
    """Send a request with exactly these headers; gives status, media type and body."""
    parts = urlsplit(url)
    connection = http.client.HTTPConnection(parts.hostname or "", parts.port or 80, timeout=30)
    try:
        connection.putrequest(method, path, skip_host="Host" in headers, skip_accept_encoding=True)
        for name, value in {**headers, **({"Content-Length": str(len(body))} if body else {})}.items():
            connection.putheader(name, value)
        connection.endheaders(body or None)
        response = connection.getresponse()
        return response.status, response.headers.get_content_type(), response.read().decode()
    finally:
        connection.close()


FOREIGN_HOSTS = ["evil.example", "evil.example:4240", "EVIL.example", "evil.example.", "localhost.evil.example",
                 "127.0.0.1.evil.example", "sub.dav.test", "xdav.test", "localhost.com", "a.b.wild.test", "wild.test"]  # fmt: skip
OWN_HOSTS = ["127.0.0.1", "127.0.0.1:1", "localhost", "LOCALHOST:80", "localhost.", "a.localhost", "a.b.LocalHost.:1",
             "[::1]:4240", "[::ffff:127.0.0.1]", "10.1.2.3", "dav424", "dav424:80", "dav.test", "DAV.test.:80",
             "a.wild.test", "", "127.1"]  # fmt: skip


@pytest.mark.parametrize("path", ["/test/a", "/s/x/test/a", "/", "/-/spaces", "/-/live", "/-/none", "/-/ca.pem"])
def test_a_name_of_another_site_is_421_on_each_path(start: Callable[..., str], path: str) -> None:
    """Its page could read the answer otherwise."""
    url = start(hosts=["127.0.0.1"], authority=b"PEM")
    status, media_type, text = send(url, "GET", path, {"Host": "evil.example:4240"})
    assert status == 421
    assert media_type == (
        "application/problem+json" if path.startswith("/-/") and path != "/-/ca.pem" else "text/plain"
    )
    assert "evil.example" in text
    assert "--allow-host" in text
    assert send(url, "GET", path, {"Host": "localhost"})[0] in (200, 404)


@pytest.mark.parametrize("host", FOREIGN_HOSTS)
def test_which_hosts_are_of_another_site(start: Callable[..., str], host: str) -> None:
    """By DAV and by the admin API alike."""
    url = start(hosts=["dav.test", "*.wild.test"])
    assert send(url, "GET", "/test/a", {"Host": host})[0] == 421
    assert send(url, "POST", "/-/spaces/default/reset", {"Host": host})[0] == 421


@pytest.mark.parametrize("host", OWN_HOSTS)
def test_which_hosts_are_right(start: Callable[..., str], host: str) -> None:
    """No page of another site has them."""
    url = start(hosts=["dav.test", "*.wild.test"])
    assert send(url, "GET", "/test/a", {"Host": host})[0] == 200
    assert send(url, "GET", "/-/live", {"Host": host})[0] == 200


def test_the_authority_of_a_target_counts(start: Callable[..., str]) -> None:
    """RFC 9112 3.2.2: the Host header is ignored beside it."""
    client = Client(start(hosts=[]))
    for target, host, status in (
        ("http://evil.example/test/a", "localhost", 421),
        ("http://me@evil.example:1/test/a", "localhost", 421),
        ("http://localhost:1/test/a", "evil.example", 200),
        ("HTTP://evil.example/-/live", "localhost", 421),
        ("http://evil.example?x", "localhost", 421),
    ):
        received = client.raw(f"GET {target} HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\n\r\n".encode())
        assert statuses(received) == [status], target


def test_a_request_without_a_host_passes(start: Callable[..., str]) -> None:
    """HTTP/1.0 needs none."""
    assert statuses(Client(start(hosts=[])).raw(b"GET /test/a HTTP/1.0\r\n\r\n")) == [200]


@pytest.mark.parametrize("hosts", [None, ["*"], ["dav.test", "*"]])
def test_all_hosts_can_be_right(start: Callable[..., str], hosts: list[str] | None) -> None:
    """Where other machines reach the server, and with --allow-host '*'."""
    assert send(start(hosts=hosts), "GET", "/test/a", {"Host": "evil.example"})[0] == 200


def test_the_admin_port_checks_too(serve_alone: Alone) -> None:
    """Another port has the same names."""
    from dav424.wire.server import serving

    _, app = serve_alone({}, None, hosts=[], apart=True)
    with serving(app.admin) as url:
        assert send(url, "GET", "/-/spaces", {"Host": "evil.example"})[0] == 421
        assert send(url, "GET", "/-/spaces", {"Host": "localhost"})[0] == 200


STRANGE = [{"Origin": EVIL}, {"Origin": "null"}, {"Origin": ""}, {"Origin": "http://127.0.0.1"}, {"Origin": "file://"},
           {"Sec-Fetch-Site": "cross-site"}, {"Sec-Fetch-Site": "Cross-Site "},
           {"Origin": EVIL, "Sec-Fetch-Site": "same-site"}]  # fmt: skip


@pytest.mark.parametrize("headers", STRANGE)
@pytest.mark.parametrize("method", [*sorted(METHOD_FACTS), "BREW"])
def test_a_page_of_another_site_changes_nothing(
    start: Callable[..., str], method: str, headers: dict[str, str]
) -> None:
    """Each method that is not safe is 403, and a safe one is answered as ever."""
    url = start()
    status = send(url, method, "/test/a", headers)[0]
    if method in METHOD_FACTS and METHOD_FACTS[method].safe:
        assert status == send(url, method, "/test/a", {})[0]
    else:
        assert status == 403
    assert send(url, "GET", "/test/a", {})[2] == "A"


def test_the_refusal_is_in_the_journal(start: Callable[..., str]) -> None:
    """A developer whose page was refused can read why."""
    url = start()
    assert send(url, "DELETE", "/test/a", {"Origin": EVIL})[0] == 403
    told = send(url, "GET", "/-/spaces/default/journal/last/explain", {})[2]
    assert "Pages of http://evil.example may not change resources here." in told


@pytest.mark.parametrize("headers", STRANGE)
@pytest.mark.parametrize(
    "call", ["POST spaces", "POST spaces/default/reset", "PUT spaces/x", "DELETE spaces/default/journal"]
)
def test_a_page_of_another_site_may_not_use_the_api(
    start: Callable[..., str], call: str, headers: dict[str, str]
) -> None:
    """Neither with an Origin, nor with Sec-Fetch-Site alone."""
    method, path = call.split()
    status, media_type, _ = send(start(), method, f"/-/{path}", headers)
    assert (status, media_type) == (403, "application/problem+json")


def test_a_link_on_another_page_may_lead_here(start: Callable[..., str]) -> None:
    """Reading by a click is no attack: the page that has the link does not see the answer."""
    assert send(start(), "GET", "/-/spaces", {"Sec-Fetch-Site": "cross-site"})[0] == 200


@pytest.mark.parametrize("site", ["same-origin", "none", "same-site", ""])
def test_a_page_of_this_server_may(start: Callable[..., str], site: str) -> None:
    """Its Origin is the host of the request; the port that a scheme implies may be left out."""
    url = start()
    host = urlsplit(url).netloc
    fetched = {"Sec-Fetch-Site": site} if site else {}
    assert send(url, "PUT", "/test/b", {"Origin": f"http://{host}", **fetched})[0] == 201
    assert send(url, "PUT", "/test/c", {"Origin": "https://dav.test", "Host": "DAV.test:443", **fetched})[0] == 201
    assert send(url, "POST", "/-/spaces", {"Origin": f"http://{host}", **fetched})[0] == 201


def test_origins_can_be_allowed(start: Callable[..., str]) -> None:
    """Those of DAV and those of the API are two lists."""
    page = {"Origin": "http://page.test", "Sec-Fetch-Site": "cross-site"}
    url = start(origins=["http://page.test"])
    assert send(url, "PUT", "/test/b", page)[0] == 201
    assert send(url, "PUT", "/test/b", {"Origin": "http://page.test:80"})[0] == 403
    assert send(url, "PUT", "/test/b", {"Sec-Fetch-Site": "cross-site"})[0] == 403
    assert send(url, "DELETE", "/-/spaces/default/journal", page)[0] == 403
    url = start(admin_origins=["http://page.test"])
    assert send(url, "PUT", "/test/b", page)[0] == 403
    assert send(url, "DELETE", "/-/spaces/default/journal", page)[0] == 204
    assert send(start(origins=["*"]), "PUT", "/test/b", page)[0] == 201


def test_a_body_without_a_type_is_no_multiput_of_a_page(start: Callable[..., str]) -> None:
    """A browser sends it without a question, also for a page that may ask."""
    url = start(origins=["http://page.test"])
    host = {"Origin": f"http://{urlsplit(url).netloc}"}
    assert send(url, "POST", "/test/", {"Origin": EVIL}, MULTIPUT.encode())[0] == 403
    assert send(url, "POST", "/test/", {"Origin": "http://page.test"}, MULTIPUT.encode())[0] == 415
    assert send(url, "GET", "/test/a", {})[2] == "A"
    assert send(url, "POST", "/test/", host, MULTIPUT.encode())[0] == 207
    assert send(url, "GET", "/test/a", {})[0] == 404


IMG = {"Sec-Fetch-Site": "cross-site", "Sec-Fetch-Dest": "image"}


def test_spaces_of_an_image_make_room(start: Callable[..., str]) -> None:
    """For those of the API and of other clients, the oldest first; never the other way round."""
    url = start(Settings(most=3))
    assert send(url, "GET", "/s/mine/test/a", {})[0] == 200
    for name in ("i1", "i2"):
        assert send(url, "GET", f"/s/{name}/test/a", IMG)[0] == 200
    assert send(url, "GET", "/s/i3/test/a", IMG)[0] == 507
    assert send(url, "PUT", "/-/spaces/fixture", {})[0] == 200
    assert [send(url, "GET", f"/-/spaces/{name}", {})[0] for name in ("mine", "i1", "fixture")] == [200, 404, 200]
    assert send(url, "GET", "/s/other/test/a", {})[0] == 200
    assert send(url, "GET", "/-/spaces/i2", {})[0] == 404
    assert send(url, "PUT", "/-/spaces/more", {})[0] == 507


def test_a_space_that_a_client_uses_too_stays(start: Callable[..., str]) -> None:
    """It is not known any more who made it."""
    url = start(Settings(most=1))
    assert send(url, "GET", "/s/x/test/a", IMG)[0] == 200
    assert send(url, "GET", "/s/x/test/a", {})[0] == 200
    assert send(url, "PUT", "/-/spaces/fixture", {})[0] == 507


def test_a_deleted_space_of_an_image_makes_no_room_twice(start: Callable[..., str]) -> None:
    """Its name can be made again by a client, and is kept then."""
    url = start(Settings(most=1))
    assert send(url, "GET", "/s/x/test/a", IMG)[0] == 200
    assert send(url, "DELETE", "/-/spaces/x", {})[0] == 204
    assert send(url, "PUT", "/-/spaces/x", {})[0] == 200
    assert send(url, "PUT", "/-/spaces/fixture", {})[0] == 507


def test_the_rules_without_a_server() -> None:
    """No header is no page; a name in brackets that is no address is no right host."""
    assert not is_foreign({"host": "x"})
    assert not is_foreign({"host": "x", "origin": "http://X"})
    assert is_foreign({"host": "x", "origin": "http://x", "sec-fetch-site": "cross-site"})
    from dav424.core.batch import Refused

    with pytest.raises(Refused):
        HostNames([]).check({"host": "[evil.example]"})
