"""The line with which the listing of a scenario begins in a browser; other clients get the listing alone."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pytest
from werkzeug.middleware.dispatcher import DispatcherMiddleware
from werkzeug.test import Client as WerkzeugClient

from dav424.scenario.load import load
from dav424.wsgi import application
from tests.bundled import Whole
from tests.client import Client

if TYPE_CHECKING:
    from collections.abc import Callable

    from playwright.sync_api import Page

BROWSER = "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8"


def line(client: Client, path: str = "/") -> str:
    """Read the text between the heading and the list."""
    html = client("GET", path, headers={"Accept": BROWSER}).body.decode()
    found = re.search(r"</h1>\n(.*?)<ul>", html, re.DOTALL)
    assert found
    return found[1]


def test_a_browser_sees_title_causes_and_page(server: Whole) -> None:
    """One line says what the scenario is about, and leads to its page."""
    assert line(server.client("proppatch-protected")) == (
        "<p>One protected property takes the others with it. The cause: <code>protected-property</code> "
        '(property {DAV:}getetag). <a href="/-/ui/s/proppatch-protected">Run it on its page</a></p>\n'
    )


def test_a_missing_source_is_a_cause_until_it_is_there(server: Whole) -> None:
    """The line tells the current state: after the PUT, there is no cause."""
    client = server.client("report-from-feeds", "mine")
    (missing,) = re.findall(r"nothing is at <code>(/[^<]*)</code>", line(client))
    client("PUT", missing, "a,b\n")
    assert "It has no cause now." in line(client)


def test_a_cured_cause_is_gone(server: Whole) -> None:
    """The line tells the current causes."""
    client = server.client("proppatch-protected", "mine")
    assert "The cause: " in line(client)
    assert Client(server.url)("POST", "/-/spaces/mine/cure").status == 200
    assert "It has no cause now." in line(client)


@pytest.mark.parametrize("accept", ["*/*", "", "application/xml, text/html;q=0.1", None])
def test_other_clients_get_the_listing_alone(server: Whole, accept: str | None) -> None:
    """No byte of the listing and no header of it changes for them."""
    headers = {"Accept": accept} if accept is not None else {}
    answer = server.client("proppatch-protected")("GET", "/", headers=headers)
    assert b"</h1>\n<ul>\n" in answer.body
    assert "Last-Modified" in answer.headers
    assert "Vary" not in answer.headers


def test_the_line_is_never_stale(server: Whole) -> None:
    """It depends on Accept and on the causes, so that it has no validator and no cache keeps it."""
    headers = server.client("proppatch-protected")("GET", "/", headers={"Accept": BROWSER}).headers
    assert headers["Vary"] == "Accept"
    assert headers["Cache-Control"] == "no-cache"
    assert "Last-Modified" not in headers


def test_collections_below_have_no_line(server: Whole) -> None:
    """Only the root of a scenario has it."""
    client = server.client("playground")
    client("MKCOL", "/below/")
    assert line(client, "/below/") == ""


def test_below_a_prefix_the_link_has_it() -> None:
    """Where a framework mounts the application, the page is below the mount."""
    mounted = WerkzeugClient(DispatcherMiddleware(lambda *_: [], {"/dav": application()}))
    html = mounted.open("/dav/proppatch-protected/", headers={"Accept": BROWSER}).text
    assert 'href="/dav/-/ui/s/proppatch-protected"' in html


def test_markup_stays_text(whole: Callable[..., Whole]) -> None:
    """A title and the settings of a cause are no markup."""
    scenario = load(
        "title: <b>T</b>\ntree: {/a: {content: A}}\n"
        'causes: [{id: c, kind: value-rule, property: "{urn:u}p", enum: ["<i>"]}]',
        "t.yaml",
    )
    written = line(whole(more={"marked": scenario}).client("marked"))
    assert "&lt;b&gt;T&lt;/b&gt;" in written
    assert "&lt;i&gt;" in written
    assert "<b>" not in written
    assert "<i>" not in written


def test_a_person_gets_from_the_listing_to_the_workbench(page: Page, server: Whole) -> None:
    """In Chromium, the link opens the page of the scenario."""
    page.goto(f"{server.url}report-from-feeds/")
    page.click("text=Run it on its page")
    page.wait_for_url("**/-/ui/s/report-from-feeds")
    assert page.locator("button[value=run]").count() == 1
