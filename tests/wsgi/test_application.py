"""``dav424.wsgi.application`` in this process, below a prefix, and in servers of other projects."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import urlsplit
from wsgiref.validate import validator

import httpx
import pytest
from cheroot import wsgi as cheroot_wsgi
from werkzeug.middleware.dispatcher import DispatcherMiddleware
from werkzeug.test import Client as WerkzeugClient

from dav424.commands.flags import SCENARIO_FLAGS, SERVE_FLAGS
from dav424.proof.play import Player
from dav424.scenario.file_problem import ScenarioError
from dav424.wsgi import ServeKeywords, application
from tests.bundled import SOURCES, Whole

from .hosts import free_port, wait_for

XML = {"Content-Type": "application/xml"}
UPDATE = (
    '<D:propertyupdate xmlns:D="DAV:" xmlns:x="urn:x"><D:set><D:prop><x:a>1</x:a><D:getetag>2</D:getetag></D:prop></D:set>'
    "</D:propertyupdate>"
)


def in_process(**keywords: object) -> httpx.Client:
    """Give a client that calls an application without a socket."""
    return httpx.Client(transport=httpx.WSGITransport(application(**keywords)), base_url="http://test")  # type: ignore[arg-type]


def test_a_424_needs_no_socket() -> None:
    """A PROPPATCH in this process fails for its reason, as on a socket."""
    with in_process() as client:
        answer = client.request("PROPPATCH", "/proppatch-protected/report.txt", content=UPDATE, headers=XML)
    assert answer.status_code == 207
    assert "<D:status>HTTP/1.1 424 Failed Dependency</D:status>" in answer.text
    assert "<D:status>HTTP/1.1 403 Forbidden</D:status>" in answer.text


@pytest.mark.parametrize("name", sorted(SOURCES))
def test_each_scenario_answers_as_on_a_socket(name: str, server: Whole) -> None:
    """Status, headers and body of each request of the scenario and of its cure are the same, byte for byte."""
    scenario = SOURCES[name]()
    player = Player(f"{server.url}{name}/", scenario)
    cured = scenario.cure.requests if scenario.cure is not None else []
    with in_process() as client:
        for spec in [*scenario.requests, *cured]:
            expected = player.send(spec)
            headers = {"Host": urlsplit(server.url).netloc, **player.headers(spec)}  # some dialects answer with URLs
            answer = client.request(spec.method, f"/{name}{spec.path}", content=player.body(spec), headers=headers)
            of_socket = {key.lower(): value for key, value in expected.headers.items()}
            assert (answer.status_code, answer.content) == (expected.status, expected.body)
            left = {"server", "transfer-encoding", "connection"}
            assert {key: value for key, value in of_socket.items() if key not in left} == dict(
                answer.headers.multi_items()
            )


def test_it_is_a_valid_application() -> None:
    """The validator of the standard library finds no departure from PEP 3333."""
    app = validator(application())
    for method, path, body in [("GET", "/playground/", b""), ("HEAD", "/playground/", b""), ("GET", "/nothing/", b"")]:
        status, sent, _ = call(app, method, path, body)
        assert status == ("404 Not Found" if path == "/nothing/" else "200 OK")
        assert method != "HEAD" or sent == b""


def call(app: Callable[..., object], method: str, path: str, body: bytes) -> tuple[str, bytes, list[tuple[str, str]]]:
    """Call an application as a server does."""
    from io import BytesIO
    from wsgiref.util import setup_testing_defaults

    environ: dict[str, object] = {
        "REQUEST_METHOD": method,
        "PATH_INFO": path,
        "wsgi.input": BytesIO(body),
        "QUERY_STRING": "",
        "SCRIPT_NAME": "",
    }
    environ["CONTENT_LENGTH"] = str(len(body))
    setup_testing_defaults(environ)
    begun: list[object] = []
    given = app(environ, lambda *head: begun.extend(head) or (lambda _: None))
    content = b"".join(given)  # type: ignore[call-overload]
    if hasattr(given, "close"):
        given.close()
    return str(begun[0]), content, begun[1]  # type: ignore[return-value]


@pytest.mark.parametrize("prefix", ["/dav", "/a%20b/c"])
def test_below_a_prefix_all_urls_begin_with_it(prefix: str) -> None:
    """Hrefs, Location, Destination, If, spaces and the admin API are right where a framework mounts it."""
    mounted = DispatcherMiddleware(lambda *_: [], {prefix.replace("%20", " "): application(admin_open=True)})
    client = WerkzeugClient(mounted)
    answer = client.open(f"{prefix}/proppatch-protected/report.txt", method="PROPPATCH", data=UPDATE, headers=XML)
    assert f"<D:href>{prefix}/proppatch-protected/report.txt</D:href>" in answer.text
    client.open(f"{prefix}/s/mine/playground/a%20b/", method="MKCOL")
    listing = client.open(f"{prefix}/s/mine/playground/", method="PROPFIND", headers={"Depth": "1"}).text
    assert f"<D:href>{prefix}/s/mine/playground/a%20b/</D:href>" in listing
    moved = client.open(
        f"{prefix}/s/mine/playground/a%20b/",
        method="MOVE",
        headers={"Destination": f"http://localhost{prefix}/s/mine/playground/c/"},
    )
    assert (moved.status_code, moved.headers["Location"]) == (201, f"{prefix}/s/mine/playground/c/")
    outside = client.open(
        f"{prefix}/s/mine/playground/c/",
        method="MOVE",
        headers={"Destination": "http://localhost/s/mine/playground/d/"},
    )
    assert outside.status_code == 502
    told = client.open(f"{prefix}/-/spaces/mine/journal/last/explain").text
    assert f"MOVE {prefix}/s/mine/playground/c/" in told
    (first, *_) = client.open(f"{prefix}/-/scenarios/proppatch-protected").json["commands"]
    assert f" http://localhost{prefix}/proppatch-protected/report.txt " in first


def test_a_scenario_that_is_missing_below_a_prefix_is_404() -> None:
    """The prefix is no part of the scenario's name; the root lists the scenarios."""
    client = WerkzeugClient(DispatcherMiddleware(lambda *_: [], {"/dav": application()}))
    assert client.get("/dav/nothing/").status_code == 404
    assert "proppatch-protected" in client.get("/dav/").text
    assert client.get("/dav").status_code == 200
    assert client.get("/dav/%zz").status_code == 400


def test_the_admin_api_is_closed_unless_it_is_opened() -> None:
    """It needs admin_open or admin_token; the public routes answer."""
    with in_process() as client:
        refused = client.get("/-/spaces")
        assert (refused.status_code, "admin_open=True" in refused.json()["detail"]) == (403, True)
        assert client.get("/-/live").status_code == 200
    with in_process(admin_open=True) as client:
        assert client.get("/-/spaces").status_code == 200
    with in_process(admin_token="t") as client:
        assert client.get("/-/spaces").status_code == 401
        assert client.get("/-/spaces", headers={"Authorization": "Bearer t"}).status_code == 200


def test_keywords_are_those_of_serve(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """They have the names of its flags; no variable is read, and a wrong one is an error at once."""
    monkeypatch.setenv("DAV424_STRICT_WIRE", "1")
    monkeypatch.setenv("DAV424_SCENARIO", "title: never")
    with in_process() as client:
        assert "Dav424-Exchange" in client.get("/playground/").headers
        assert client.get("/inline/").status_code == 404
    with in_process(strict_wire=True, scenario="title: own", scenario_name="own") as client:
        assert "Dav424-Exchange" not in client.get("/own/").headers
    with in_process(max_body=3, no_auto_spaces=True) as client:
        assert client.put("/playground/f", content="four").status_code == 413
        assert client.put("/playground/f", content=iter([b"fo", b"ur"])).status_code == 413
        assert client.put("/playground/f", content=iter([b"a", b"b"])).status_code == 201
        assert client.get("/s/a/playground/").status_code == 404
    with in_process(max_memory=1) as client:
        assert client.put("/playground/f", content=b"x" * 1000).status_code == 507
    with pytest.raises(TypeError, match="prot"):
        in_process(prot=1)
    with pytest.raises(ValueError, match="admin_token"):
        in_process(admin_token="with space")
    with pytest.raises(ValueError, match="well_known"):
        in_process(well_known="nothing")
    file = tmp_path / "wrong.yaml"
    file.write_text("titel: x")
    with pytest.raises(ScenarioError, match="titel"):
        application(file)


OF_THE_HOST = {
    *("host", "port", "ready_file", "allow_host", "trust_proxy", "access_log", "admin_port"),
    *("tls", "tls_broken", "tls_names", "tls_ca", "head_timeout", "min_rate", "min_rate_window"),
    *("stop_timeout", "exit_with_parent", "watch", "folder", "folder_causes", "folder_state"),
    *("store", "store_timeout"),
}
"""The flags of ``serve`` that are no keywords: docs/wsgidav.md says so of their kinds."""


def test_each_flag_is_a_keyword_or_an_affair_of_the_host() -> None:
    """A new flag belongs to one of them."""
    flags = {flag.name[2:].replace("-", "_") for flag in (*SCENARIO_FLAGS, *SERVE_FLAGS)}
    keywords = {"scenarios", *ServeKeywords.__annotations__}
    assert flags - keywords == OF_THE_HOST
    assert keywords <= flags


def test_keywords_do_what_their_flags_do() -> None:
    """The clock, the logins, the strictness and each limit."""
    with in_process(admin_open=True, wall_clock=True) as client:
        assert client.get("/-/spaces/default/clock").json()["virtual"] is False
    with in_process(ask_login=True) as client:
        assert client.get("/playground/").status_code == 401
    with in_process(well_known="playground") as client:
        answer = client.get("/.well-known/caldav", follow_redirects=False)
        assert (answer.status_code, answer.headers["Location"]) == (301, "/playground/principals/anyone/")
    for strict, status in ((True, 400), (False, 409)):
        with in_process(strict=strict) as client:
            assert client.request("UNLOCK", "/playground/", headers={"Lock-Token": "urn:x"}).status_code == status
    with in_process(max_spaces=1) as client:
        assert [client.get(f"/s/{name}/playground/").status_code for name in "ab"] == [200, 507]
    with in_process(admin_open=True, space_idle=7) as client:
        assert client.put("/-/spaces/a", json={}).json()["expires-in"] <= 7
    for limit, kept in (({"journal_entries": 1}, 1), ({"journal_bytes": 10}, 0)):
        with in_process(admin_open=True, **limit) as client:
            client.put("/playground/a", content="a")
            client.put("/playground/b", content="b")
            assert client.get("/-/spaces/default").json()["exchanges"] == kept


def test_names_outside_ascii() -> None:
    """PATH_INFO is Latin-1 in most servers and text in some clients; both name the same resource."""
    app = application()
    with httpx.Client(transport=httpx.WSGITransport(app), base_url="http://test") as client:
        assert client.put("/playground/%C3%A9%E2%82%AC", content="x").status_code == 201
    for path in ("/playground/é€".encode().decode("latin-1"), "/playground/é€"):
        assert call(app, "GET", path, b"")[1] == b"x"


@contextmanager
def gunicorn() -> Iterator[str]:
    """Run the application in gunicorn, on a free port."""
    port = free_port()
    command = [
        sys.executable,
        "-m",
        "gunicorn",
        "--bind",
        f"127.0.0.1:{port}",
        "--threads",
        "2",
        "--log-level",
        "warning",
    ]
    with subprocess.Popen([*command, "dav424.wsgi:application()"]) as process:
        try:
            wait_for(port)
            yield f"http://127.0.0.1:{port}"
        finally:
            process.terminate()


@contextmanager
def cheroot() -> Iterator[str]:
    """Run the application in cheroot's own WSGI server."""
    import threading

    server = cheroot_wsgi.Server(("127.0.0.1", 0), application(), numthreads=2)
    server.prepare()
    thread = threading.Thread(target=server.serve, daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.bind_addr[1]}"
    finally:
        server.stop()
        thread.join(timeout=30)


@pytest.mark.parametrize("serving", [gunicorn, cheroot])
def test_in_a_server_of_another_project(serving: Callable[[], object]) -> None:
    """Chunked bodies, HEAD, methods of WebDAV and encoded slashes arrive through a server that tells the target as sent."""
    with serving() as url, httpx.Client(base_url=f"{url}/playground") as client:  # type: ignore[attr-defined]
        assert client.put("/a", content=iter([b"one", b"two"])).status_code == 201
        head = client.head("/a")
        assert (head.headers["Content-Length"], client.get("/a").content) == ("6", b"onetwo")
        assert client.request("MKCALENDAR", "/calendar/").status_code == 201
        assert client.request("PROPPATCH", "/a", content=UPDATE, headers=XML).status_code == 207
        assert client.get("/a%2Fb").status_code == 400
        assert client.request("MOVE", "/a", headers={"Destination": f"{url}/playground/b%20c"}).status_code == 201
        assert client.get("/b%20c").content == b"onetwo"
