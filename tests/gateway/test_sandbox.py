"""Stored pages in a real Chromium: their scripts don't run, and can't reset the space."""

from __future__ import annotations

import contextlib
from collections.abc import Callable
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

import pytest

from dav424.gateway.sandbox import SANDBOX, is_active
from dav424.scenario.load import load
from tests.bundled import Whole
from tests.client import Client

if TYPE_CHECKING:
    from playwright.sync_api import Page

SCRIPT = "fetch('/-/spaces/default/reset', {method: 'POST'})"
HTML = f'<!DOCTYPE html><title>stored</title><body onload="{SCRIPT}"><script>{SCRIPT}</script>'
SVG = f'<svg xmlns="http://www.w3.org/2000/svg"><title>stored</title><script>{SCRIPT}</script></svg>'
XML = f'<root><title xmlns="http://www.w3.org/1999/xhtml">stored</title><script xmlns="http://www.w3.org/1999/xhtml">{SCRIPT}</script></root>'
RESET = "POST /-/spaces/default/reset"


@pytest.fixture
def show(page: Page, whole: Callable[..., Whole]) -> Callable[..., list[str]]:
    """Store a document and open it in a browser; gives the requests that it sent, and checks that they did what they say."""

    def start(content: str, content_type: str, scenario: str = "playground", **settings: object) -> list[str]:
        from playwright.sync_api import Error

        served = whole(more={"open": load("title: t\nsandbox: false", "t.yaml")}, **settings)
        client = Client(served.url)
        for path in (f"/{scenario}/stored", "/playground/witness"):
            assert client("PUT", path, content, {"Content-Type": content_type}).status == 201
        sent: list[str] = []
        page.on("request", lambda request: sent.append(f"{request.method} {urlsplit(request.url).path}"))
        with contextlib.suppress(Error):  # for some types the browser offers a download
            page.goto(f"{served.url}{scenario}/stored", wait_until="load")
        wanted = 404 if RESET in sent else 200
        for _ in range(500):
            if client("GET", "/playground/witness").status == wanted:
                break
            page.wait_for_timeout(20)
        assert client("GET", "/playground/witness").status == wanted
        return [each for each in sent if "/-/" in each]

    return start


PAGES = [
    (HTML, "text/html"),
    (HTML, "text/html; charset=utf-8"),
    (HTML, "TEXT/HTML"),
    (HTML, "application/unknown"),
    (HTML, "*/*"),
    (HTML, "text/plain, text/html"),
    (SVG, "image/svg+xml"),
    (XML, "application/xml"),
    (XML, "text/xml"),
    (XML, "application/rss+xml"),
]


@pytest.mark.parametrize(("content", "content_type"), PAGES)
def test_a_stored_page_resets_nothing(content: str, content_type: str, show: Callable[..., list[str]]) -> None:
    """Whatever type the client has named, none of its scripts runs."""
    assert show(content, content_type) == []


@pytest.mark.parametrize(("content", "content_type"), [(HTML, "text/html"), (SVG, "image/svg+xml"), (XML, "text/xml")])
@pytest.mark.parametrize("way", ["sandbox: false", "--strict-wire"])
def test_without_the_sandbox_it_would(
    content: str, content_type: str, way: str, show: Callable[..., list[str]]
) -> None:
    """The very same pages run where the scenario or the flag says so: the tests above could fail."""
    scenario, strict_wire = ("open", False) if way == "sandbox: false" else ("playground", True)
    assert RESET in show(content, content_type, scenario, strict_wire=strict_wire)


def test_a_stored_page_is_shown(page: Page, server: Whole) -> None:
    """Without its scripts, and with its text."""
    server.client("playground")("PUT", "/a.html", HTML + "<p>Milk", {"Content-Type": "text/html"})
    page.goto(f"{server.url}playground/a.html")
    assert page.text_content("p") == "Milk"


def test_a_listing_leads_to_downloads(page: Page, server: Whole) -> None:
    """It is a page of the server, without a sandbox, which would forbid them."""
    server.client("playground")("PUT", "/a.bin", "data", {"Content-Type": "application/octet-stream"})
    page.goto(f"{server.url}playground/")
    with page.expect_download() as download:
        page.click("text=a.bin")
    assert download.value.path().read_text() == "data"


def sandbox(client: Client, path: str, method: str = "GET", **headers: str) -> bool:
    """Say whether a response has both headers of the sandbox; it has to have both or neither."""
    answer = client(method, path, headers=headers)
    given = [(name, answer.headers.get(name)) for name, _ in SANDBOX]
    assert given in ([*SANDBOX], [(name, None) for name, _ in SANDBOX])
    return given == [*SANDBOX]


def test_each_response_with_such_content_has_it(whole: Callable[..., Whole]) -> None:
    """Stored and derived documents, ranges of them, and the body of a cause; other content and listings have none."""
    scenario = load(
        "title: t\n"
        "tree:\n"
        "  /a.html: {content: <p>A}\n"
        "  /a.txt: {content: A}\n"
        "  /made.html: {from: [a.txt], methods: [GET, POST]}\n"
        "  /refused.txt: {content: A}\n"
        "causes: [{id: c, kind: answers, path: /refused.txt, status: 503, headers: {Content-Type: text/html}, body: <p>}]\n",
        "t.yaml",
    )
    client = whole(more={"mixed": scenario}).client("mixed")
    assert sandbox(client, "/a.html")
    assert sandbox(client, "/a.html", "HEAD")
    assert sandbox(client, "/a.html", Range="bytes=0-1")
    assert sandbox(client, "/made.html")
    assert sandbox(client, "/made.html", "POST")
    assert sandbox(client, "/refused.txt")
    for path in ("/a.txt", "/", "/none", "/none.html"):
        assert not sandbox(client, path), path
    assert not sandbox(client, "/", "PROPFIND")


@pytest.mark.parametrize("content_type", ["text/plain", "text/plain; charset=utf-8", "application/json", "image/png",
                                          "application/pdf", "text/calendar; component=vevent", "text/javascript"])  # fmt: skip
def test_other_content_is_left_alone(content_type: str) -> None:
    """A browser runs no script of it."""
    assert not is_active(content_type)


@pytest.mark.parametrize("content_type", ["text/html", "Text/HTML;x=y", "image/svg+xml", "application/xhtml+xml", "a/b+xml", "text/xsl",
                                          "", "html", "text/html,", "text/plain, text/html", "text/plain;a, text/html",
                                          "multipart/x-mixed-replace", "unknown/unknown", "application/unknown", "*/*"])  # fmt: skip
def test_what_may_run_is_known_by_its_type(content_type: str) -> None:
    """A type that no browser can read counts too: the browser looks at the content."""
    assert is_active(content_type)
