"""``ScenarioProvider`` and ``Middleware`` inside WsgiDAV's own application and its own server."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import httpx
import pytest
from wsgidav.dir_browser import WsgiDavDirBrowser
from wsgidav.error_printer import ErrorPrinter
from wsgidav.http_authenticator import HTTPAuthenticator
from wsgidav.request_resolver import RequestResolver
from wsgidav.wsgidav_app import WsgiDAVApp

from dav424.scenario.file_problem import ScenarioError
from dav424.wsgidav import Middleware, ScenarioProvider

from .hosts import free_port, wait_for

XML = {"Content-Type": "application/xml"}
UPDATE = (
    '<D:propertyupdate xmlns:D="DAV:" xmlns:x="urn:x"><D:set><D:prop><x:a>1</x:a><D:getetag>"2"</D:getetag></D:prop></D:set>'
    "</D:propertyupdate>"
)
STACK = [ErrorPrinter, HTTPAuthenticator, WsgiDavDirBrowser, RequestResolver]
"""The stack of WsgiDAV's documentation, without its debug filter."""
WITH_MIDDLEWARE = [ErrorPrinter, HTTPAuthenticator, Middleware, WsgiDavDirBrowser, RequestResolver]


def host(providers: dict[str, Any], *, users: Any = True, stack: Any = None, **more: Any) -> httpx.Client:
    """Give a client of a WsgiDAV application, in this process."""
    config = {
        "provider_mapping": providers,
        "simple_dc": {"user_mapping": {"*": users}},
        "middleware_stack": stack or STACK,
        "verbose": 0,
        "logging": {"enable": False},
        **more,
    }
    return httpx.Client(transport=httpx.WSGITransport(WsgiDAVApp(config)), base_url="http://test")


def test_one_value_of_a_configuration_gives_a_424() -> None:
    """A PROPPATCH through WsgiDAV's stock stack fails for its reason; the hrefs are those of the share."""
    provider = ScenarioProvider("proppatch-protected")
    with host({"/share": provider}) as client:
        answer = client.request("PROPPATCH", "/share/report.txt", content=UPDATE, headers=XML)
    assert answer.status_code == 207
    assert re.findall("HTTP/1.1 [0-9]+", answer.text) == ["HTTP/1.1 424", "HTTP/1.1 403"]
    assert "<D:href>/share/report.txt</D:href>" in answer.text
    assert provider.space.journal.last.outcomes["report.txt", "{DAV:}getetag"].status == 403


def test_the_space_changes_causes_and_reads_the_tree() -> None:
    """The cure lets the same bytes succeed; a reset brings the cause back; url is the path of the share."""
    provider = ScenarioProvider("proppatch-protected")
    with host({"/share": provider}) as client:
        provider.space.cure()
        answer = client.request("PROPPATCH", "/share/report.txt", content=UPDATE, headers=XML)
        assert re.findall("HTTP/1.1 [0-9]+", answer.text) == ["HTTP/1.1 200"]
        provider.space.reset()
        provider.space.put_cause("gone", "denied", methods=["GET"])
        assert client.get("/share/report.txt").status_code == 403
    assert provider.space.url == "/share/"
    assert "/report.txt" in provider.space.tree


@pytest.mark.parametrize("share", ["/", "/share", "/a b"])
def test_a_life_cycle(share: str) -> None:
    """Each method of WebDAV works at the share, its Destination and Location included."""
    base = share.rstrip("/").replace(" ", "%20")
    with host({share: ScenarioProvider("playground")}) as client:
        assert client.request("MKCOL", f"{base}/c/").status_code == 201
        assert client.put(f"{base}/c/d%20e.txt", content=b"x" * 100_000).status_code == 201
        copied = client.request("COPY", f"{base}/c/", headers={"Destination": f"http://test{base}/k/"})
        assert (copied.status_code, copied.headers["Location"]) == (201, f"{base}/k/")
        assert len(client.get(f"{base}/k/d%20e.txt").content) == 100_000
        assert client.head(f"{base}/k/d%20e.txt").headers["Content-Length"] == "100000"
        lock = '<D:lockinfo xmlns:D="DAV:"><D:lockscope><D:exclusive/></D:lockscope><D:locktype><D:write/></D:locktype></D:lockinfo>'
        locked = client.request("LOCK", f"{base}/k/d%20e.txt", content=lock, headers=XML)
        assert locked.status_code == 200
        assert client.delete(f"{base}/k/").status_code == 207
        token = locked.headers["Lock-Token"]
        assert client.request("UNLOCK", f"{base}/k/d%20e.txt", headers={"Lock-Token": token}).status_code == 204
        assert client.request("MOVE", f"{base}/k/", headers={"Destination": f"{base}/m/"}).status_code == 201
        listed = client.request("PROPFIND", f"{base}/", headers={"Depth": "infinity"})
        assert re.findall("<D:href>(.*?)</D:href>", listed.text) == [
            f"{base}/{path}" for path in ("", "c/", "c/d%20e.txt", "m/", "m/d%20e.txt")
        ]
        assert listed.headers["Content-Length"] == str(len(listed.content))


@pytest.mark.parametrize(("stack", "status"), [(STACK, 405), (WITH_MIDDLEWARE, 201)])
def test_the_middleware_brings_the_methods_that_wsgidav_does_not_know(stack: list[Any], status: int) -> None:
    """Without it, WsgiDAV answers 405 before a provider sees the request; other providers are left alone."""
    with host({"/share": ScenarioProvider("playground"), "/assets": str(Path(__file__).parent)}, stack=stack) as client:
        assert client.request("MKCALENDAR", "/share/calendar/").status_code == status
        assert client.get("/assets/test_provider.py").content == Path(__file__).read_bytes()
        assert client.request("MKCALENDAR", "/assets/calendar/").status_code == 405


def test_users_of_wsgidav_are_those_of_the_causes(tmp_path: Path) -> None:
    """WsgiDAV checks its own passwords; a cause refuses by the name; the journal knows it."""
    file = tmp_path / "shared.yaml"
    file.write_text("title: Shared\nusers: {ada: other, bob: other}\n")
    provider = ScenarioProvider(file)
    provider.space.put_cause("not-bob", "denied", users=["bob"], methods=["PUT"])
    users = {"ada": {"password": "a"}, "bob": {"password": "b"}}
    with host({"/": provider}, users=users) as client:
        assert client.put("/f", content="x").status_code == 401
        assert client.put("/f", content="x", auth=httpx.DigestAuth("ada", "a")).status_code == 201
        assert client.put("/f", content="x", auth=httpx.DigestAuth("bob", "b")).status_code == 403
        assert client.put("/f", content="x", auth=httpx.DigestAuth("bob", "wrong")).status_code == 401
    assert [exchange.status for exchange in provider.space.journal] == [201, 403]


def test_a_refused_body_leaves_the_connection_clear() -> None:
    """Whether it was read or not, the next request finds its place."""
    provider = ScenarioProvider("playground", max_body=10)
    with host({"/": provider}) as client:
        assert client.put("/f", content=b"x" * 5_000_000).status_code == 413
        assert client.put("/f", content=b"x").status_code == 201


def test_a_file_of_ones_own(tmp_path: Path) -> None:
    """It is named by its path; mistakes in it are found at once, as is a name that no scenario has."""
    file = tmp_path / "mine.yaml"
    file.write_text("title: Mine\ntree: {/f: {content: hello}}\n")
    with host({"/": ScenarioProvider(file)}) as client:
        assert client.get("/f").text == "hello"
    with host({"/": {"class": "dav424.wsgidav.ScenarioProvider", "kwargs": {"scenario": str(file)}}}) as client:
        assert client.get("/f").text == "hello"
    file.write_text("titel: Mine\n")
    with pytest.raises(ScenarioError, match="titel"):
        ScenarioProvider(file)
    with pytest.raises(ValueError, match="did you mean 'playground'"):
        ScenarioProvider("playgrund")


def test_a_configuration_in_yaml_run_by_wsgidav(tmp_path: Path) -> None:
    """The program ``wsgidav`` serves a scenario beside a folder, with the middleware, on its own server."""
    port = free_port()
    config = tmp_path / "wsgidav.yaml"
    config.write_text(f"""\
host: 127.0.0.1
port: {port}
verbose: 3
provider_mapping:
  /files: {tmp_path}
  /dav424:
    class: dav424.wsgidav.ScenarioProvider
    args: [proppatch-protected]
simple_dc: {{user_mapping: {{"*": true}}}}
middleware_stack:
  - wsgidav.error_printer.ErrorPrinter
  - wsgidav.http_authenticator.HTTPAuthenticator
  - dav424.wsgidav.Middleware
  - wsgidav.dir_browser.WsgiDavDirBrowser
  - wsgidav.request_resolver.RequestResolver
""")
    command = [sys.executable, "-c", "from wsgidav.server.server_cli import run; run()", "--config", str(config)]
    with subprocess.Popen(command, stderr=subprocess.DEVNULL, stdout=subprocess.DEVNULL) as process:
        try:
            wait_for(port)
            with httpx.Client(base_url=f"http://127.0.0.1:{port}") as client:
                answer = client.request("PROPPATCH", "/dav424/report.txt", content=UPDATE, headers=XML)
                assert re.findall("HTTP/1.1 [0-9]+", answer.text) == ["HTTP/1.1 424", "HTTP/1.1 403"]
                assert client.get("/files/wsgidav.yaml").text == config.read_text()
        finally:
            process.terminate()
