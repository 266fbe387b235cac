"""All pages in a real Chromium: accessible, narrow, dark, printed, safe against markup in values, and large."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from dav424.scenario.load import load
from dav424.worlds.settings import Settings
from tests.clients import install

from .conftest import Opening, run, shot

if TYPE_CHECKING:
    from collections.abc import Callable

    from playwright.sync_api import Page

    from tests.bundled import Whole

AXE = install.NPM / "node_modules" / "axe-core" / "axe.min.js"
LOOKS: dict[str, dict[str, Any]] = {
    "light": {"color_scheme": "light"},
    "dark": {"color_scheme": "dark"},
    "narrow": {"viewport": {"width": 360, "height": 740}},
    "narrow-dark": {"viewport": {"width": 360, "height": 740}, "color_scheme": "dark"},
}
PAGES = {
    "start": "/",
    "workbench": "/-/ui/s/report-two-causes",
    "ran": "/-/ui/s/proppatch-protected",
    "batch": "/-/ui/s/batch-chain",
    "login": "/-/ui/s/report-denied-source",
    "journal": "/-/ui/space/mine?show=all&kind=lock",
    "exchange": "/-/ui/space/mine/1",
    "prove": "/-/ui/prove",
    "refused": "/-/ui/s/none",
}
MARKUP = "<img src=x onerror=alert(1)><script>alert(2)</script>"


@pytest.fixture(scope="session")
def axe() -> str:
    """The script of axe-core, which ``make pages-test`` installs."""
    if not AXE.exists():
        pytest.skip("axe-core is not installed; run: make pages-test")
    return AXE.read_text()


def prepare(page: Page, name: str) -> None:
    """Bring a page into the state in which it shows most."""
    if name in ("ran", "batch", "login"):
        run(page)
        page.locator(".tree summary").first.click()


@pytest.mark.parametrize("look", LOOKS)
@pytest.mark.parametrize("name", PAGES)
def test_axe_finds_nothing(name: str, look: str, open_page: Opening, server: Whole, axe: str) -> None:
    """No rule of axe-core is violated, and no page is wider than its window; a screenshot is kept."""
    failing(server, "mine")
    page = open_page(PAGES[name], missing=name == "refused", **LOOKS[look])
    prepare(page, name)
    page.evaluate(axe)
    found = page.evaluate("axe.run().then(results => results.violations)")
    assert [
        f"{each['id']}: {each['nodes'][0]['html'][:200]} {each['nodes'][0].get('failureSummary')}" for each in found
    ] == []
    assert page.evaluate("document.documentElement.scrollWidth <= window.innerWidth")
    shot(page, f"{name}-{look}")


def failing(server: Whole, space: str, times: int = 1) -> None:
    """Send requests that fail to a space."""
    client = server.client("proppatch-protected", space)
    for _ in range(times):
        client.say("PROPPATCH /report.txt set u:a=1 set D:getetag=x")


def test_markup_in_values_stays_text(browser_server: Callable[..., Whole], open_page: Opening) -> None:
    """Titles, causes, paths, properties, header values and bodies with markup in them show as text, wherever they come from."""
    quoted = json.dumps(MARKUP)
    scenario = load(
        f"""
title: {json.dumps("Title " + MARKUP)}
teaches: {quoted}
tree:
  /a.txt: {{content: {quoted}, properties: {{"{{urn:u}}p": {quoted}}}}}
users: {{{json.dumps("us" + MARKUP.replace(":", ""))}: {quoted}}}
causes: [{{id: cause, kind: value-rule, property: "{{urn:u}}p", enum: [{quoted}]}}]
requests:
  - name: {quoted}
    method: PROPPATCH
    path: /a.txt
    user: {json.dumps("us" + MARKUP.replace(":", ""))}
    headers: {{Content-Type: application/xml, X-Note: {quoted}}}
    body: '<D:propertyupdate xmlns:D="DAV:" xmlns:x="urn:u"><D:set><D:prop><x:p>no</x:p></D:prop></D:set></D:propertyupdate>'
    expect: {{status: 207, answers: [{{property: "{{urn:u}}p", status: 409}}]}}
cure: {{why: {quoted}, remove: [cause]}}
""",
        "evil.yaml",
    )
    server = browser_server(more={"evil": scenario})
    client = server.client("playground", "mine")
    client("PUT", "/%3Cimg%20src=x%20onerror=alert(1)%3E.txt", MARKUP, {"Content-Type": "text/html"})
    client("GET", "/%3Cscript%3Ealert(2)%3C%2Fscript", headers={"X-Note": MARKUP})
    for path in (
        "/",
        "/-/ui/s/evil",
        "/-/ui/space/mine?show=all",
        "/-/ui/space/mine/1",
        "/-/ui/space/mine?show=all&method=%3Cimg%3E&kind=%22%3E%3Cimg%3E",
        "/-/ui/?filter=%22%3E%3Cimg%20src=x%3E",
    ):
        page = open_page(path, server.url)
        assert page.evaluate("document.querySelectorAll('img, script:not([src])').length") == 0
    page = open_page("/-/ui/s/evil", server.url)
    page.fill("#path", f"/a.txt?{MARKUP.replace(' ', '%20')}")
    run(page)
    page.fill("#path", "/a.txt")
    run(page)
    assert MARKUP in page.inner_text("main")
    page.click("button[value=cure]")
    page.wait_for_selector("#cure .note.good")
    assert page.evaluate("document.querySelectorAll('img, script:not([src])').length") == 0


@pytest.fixture
def browser_server(whole: Callable[..., Whole]) -> Callable[..., Whole]:
    """Start a server with settings of its own."""
    return whole


def test_10000_exchanges(browser_server: Callable[..., Whole], open_page: Opening) -> None:
    """The journal shows the newest ones, and stays usable."""
    server = browser_server(Settings(journal_entries=10_000, journal_bytes=1 << 30))
    failing(server, "mine", 10_000)
    page = open_page("/-/ui/space/mine", server.url)
    assert page.locator("#exchanges tbody tr").count() == 100
    assert "#10000" in page.locator("#exchanges tbody tr").first.inner_text()
    page.select_option("[name=show]", "all")
    page.fill("[name=status]", "403")
    page.click("button:has-text('Show') >> nth=0")
    page.wait_for_selector("text=All exchanges")
    assert page.locator("#exchanges tbody tr").count() == 100


def test_the_journal_is_live(open_page: Opening, server: Whole) -> None:
    """A request of another client appears while the page is open, with its failure."""
    page = open_page("/-/ui/space/default")
    page.wait_for_selector("text=The list is live.")
    server.client("proppatch-protected").say("PROPPATCH /report.txt set u:a=1 set D:getetag=x")
    page.wait_for_selector("#exchanges tr:has-text('PROPPATCH')")
    assert "403 set {DAV:}getetag" in page.inner_text("#exchanges")
    assert "1 \u00d7 424" in page.inner_text("#exchanges")


@pytest.mark.parametrize("javascript", [True, False])
def test_the_space_is_managed_by_forms(open_page: Opening, server: Whole, *, javascript: bool) -> None:
    """Snapshot, clock, a cause made from the schema, its removal, restore and reset, with and without JavaScript."""
    client = server.client("playground", "mine")
    client("PUT", "/a.txt", "a")
    page = open_page("/-/ui/space/mine?show=all&kind=read-only", java_script_enabled=javascript)
    page.fill("#field-id", "stays")
    page.fill("#field-path", "nowhere")
    page.click("button[value=add]")
    page.wait_for_selector("text=The body is not a valid cause.")
    page.fill("#field-path", "/a.txt")
    page.click("button[value=add]")
    page.wait_for_selector("text=The cause stays is added.")
    assert client("PUT", "/a.txt", "b").status == 403
    page.click("button[value=snapshot]")
    page.wait_for_selector("text=Snapshot 1 is saved.")
    page.click("button[value='remove stays']")
    page.wait_for_selector("text=The cause stays is removed.")
    assert client("PUT", "/a.txt", "b").status == 204
    page.fill("#seconds", "60")
    page.click("button[value=advance]")
    page.wait_for_selector("text=2026-01-01 00:01:00 UTC.")
    page.click("button[value='restore 1']")
    page.wait_for_selector("text=Snapshot 1 is restored.")
    assert client("GET", "/a.txt").body == b"a"
    page.click("button[value=reset]")
    page.wait_for_selector("text=The space is as in the beginning.")
    assert client("GET", "/a.txt").status == 404


def test_the_filter_finds_while_the_reader_types(open_page: Opening) -> None:
    """Words of names, methods, statuses and places narrow the list."""
    page = open_page("/")
    page.keyboard.press("/")
    page.keyboard.type("423 move")
    names = page.locator("[data-words]:visible code").all_inner_texts()
    assert names == ["move-atomic", "move-locked-member", "bmove-locked-member"]
    assert page.inner_text("#count").startswith("3 of ")


def test_a_person_sees_the_first_424_after_two_clicks(open_page: Opening) -> None:
    """From the start page: a card, and Run; or Run alone in the list."""
    page = open_page("/")
    page.click(".card a >> nth=0")
    run(page)
    assert "HTTP/1.1 424 Failed Dependency" in page.inner_text("pre.answer")
    page = open_page("/")
    page.click("button[aria-label='Run report-from-feeds']")
    assert "HTTP/1.1 424 Failed Dependency" in page.inner_text("pre.answer")


def test_a_printed_page_has_no_buttons(open_page: Opening) -> None:
    """Paper has the content, in dark ink, without navigation."""
    page = open_page("/-/ui/s/proppatch-protected", color_scheme="dark")
    run(page)
    page.emulate_media(media="print")
    assert not page.locator("header.site nav").is_visible()
    assert not page.locator("button[value=run]").is_visible()
    assert page.locator("pre.answer").is_visible()
    shot(page, "print")


@pytest.mark.parametrize("settings", [{"closed": "It is closed here."}, {"token": "secret"}, {"apart": True}])
def test_without_the_admin_api_the_page_runs_and_says_so(
    settings: dict[str, Any], browser_server: Callable[..., Whole], open_page: Opening
) -> None:
    """Results come from the answer alone, a cure of requests works, and a sentence says which parts are missing."""
    server = browser_server(**settings)
    page = open_page("/-/ui/s/report-from-feeds?request=1", server.url)
    run(page)
    assert "Without the admin API, this page still reads and runs." in page.inner_text("main")
    assert "HTTP/1.1 424 Failed Dependency" in page.inner_text("pre.answer")
    assert page.locator(".tree .chip", has_text="404").count() == 1
    page.click("button[value=cure]")
    page.wait_for_selector("text=The cure is done.")
    page.click("button[value=again]")
    page.wait_for_selector("text=The very same bytes were sent again")
    assert "HTTP/1.1 200 OK" in page.inner_text("pre.answer")
    page = open_page("/-/ui/s/proppatch-protected", server.url)
    run(page)
    page.click("button[value=cure]")
    page.wait_for_selector("text=Only the admin API can change these causes")
    if "token" in settings:
        page.fill("#token", "secret")
        run(page)
        page.wait_for_selector("text=Nothing was changed")
        page.click("button[value=cure]")
        page.wait_for_selector("text=The cure is done.")
