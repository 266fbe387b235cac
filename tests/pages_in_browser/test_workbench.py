"""The workbench in a real Chromium, with and without JavaScript, with the mouse and with the keyboard alone."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

import pytest

from dav424.dav.charset import encoded
from dav424.proof.answer_body import read_body, read_links
from tests.bundled import SOURCES

from .conftest import Opening, outcome, run, shot, shown_answer

if TYPE_CHECKING:
    from playwright.sync_api import Page

    from tests.bundled import Whole

PROTECTED = "/-/ui/s/proppatch-protected"


@pytest.mark.parametrize("name", sorted(SOURCES))
def test_each_scenario_runs_and_its_lines_are_those_of_the_answer(name: str, open_page: Opening) -> None:
    """Each status that the shown answer reports is the status of a line, and no line claims another one."""
    page = open_page(f"/-/ui/s/{name}")
    run(page)
    status, headers, body = shown_answer(page)
    path = page.input_value("#path")
    if "Link" in headers and not (body and "problem+json" in headers["Content-Type"]):
        reported = read_links(headers, "")
    else:
        kind = headers.get("Content-Type", "")
        reported = read_body(kind, encoded(body, kind, xml="xml" in kind), "", path)[1]
    lines = page.locator("[data-answered]").evaluate_all("lines => lines.map(line => line.dataset.status)")
    expected = Counter(str(each.status) for each in reported)
    shown = Counter(lines)
    # The status line is a line of its own, unless the body says more.
    assert shown - expected <= Counter({str(status): 1})
    assert expected - shown == Counter()


@pytest.mark.parametrize("javascript", [True, False])
def test_a_person_predicts_runs_cures_and_sends_the_same_bytes(open_page: Opening, *, javascript: bool) -> None:
    """The whole lesson, with and without JavaScript: right predictions count, and the cure lets the same bytes succeed."""
    page = open_page(PROTECTED, java_script_enabled=javascript)
    page.locator(".predict > summary").click()
    page.select_option("[name='predict the status line']", "207")
    page.select_option("[name='predict author']", "424")
    page.select_option("[name='predict getetag']", "409")
    run(page)
    assert "You predicted 2 of 3." in page.inner_text("#panel-2")
    assert outcome(page, "set author").split() == ["424", "undone"]
    assert outcome(page, "set DAV:getetag").split() == ["403", "cause"]
    assert "Nothing was changed" in page.inner_text("#panel-4")
    page.click("button[value=cure]")
    page.wait_for_selector("#cure .note.good")
    assert "403" in page.inner_text(".tree")
    page.click("button[value=again]")
    page.wait_for_selector("text=The very same bytes were sent again")
    assert page.locator(".tree .chip.done").count() == 3
    assert page.locator(".tree .chip.undone").count() == 0
    assert "Grace" in page.inner_text("#panel-4")


def test_what_if_not_is_played_for_real(open_page: Opening) -> None:
    """Without the cause, the same request succeeds in a copy; the copy of the reader does not change."""
    page = open_page(PROTECTED)
    run(page)
    page.locator(".tree summary").first.click()
    page.locator("button[value^=without]").first.click()
    page.wait_for_selector("text=Played in a new copy without")
    note = page.locator("#panel-2 .note").inner_text()
    assert "207 Multi-Status" in note
    assert "3 done" in note
    assert "Nothing was changed" in page.inner_text("#panel-4")


@pytest.mark.parametrize("javascript", [True, False])
def test_a_shared_url_brings_the_whole_state(open_page: Opening, *, javascript: bool) -> None:
    """The request as edited and the predictions are there again, and nothing was sent."""
    page = open_page(PROTECTED, java_script_enabled=javascript)
    page.fill("#path", "/other%20name.txt")
    page.fill("#headers", "Content-Type: text/xml\nX-Note: æøå".replace("æøå", "aoa"))
    page.fill("#body", "<a>\n<b>über</b>\n</a>")
    page.locator(".predict > summary").click()
    page.select_option("[name='predict author']", "404")
    run(page)
    url = page.get_attribute("#share", "href")
    assert url
    parts = urlsplit(url)
    other = open_page(f"{parts.path}?{parts.query}", java_script_enabled=javascript)
    assert other.input_value("#path") == "/other%20name.txt"
    assert other.input_value("#headers") == "Content-Type: text/xml\nX-Note: aoa"
    assert other.input_value("#body") == "<a>\n<b>über</b>\n</a>"
    assert other.locator("[name='predict author']").input_value() == "404"
    assert other.locator(".status-line").count() == 0


def test_the_keyboard_alone_does_all(open_page: Opening) -> None:
    """From the start page to the cured answer without a mouse; focus is where the reader goes on."""
    page = open_page("/")
    press_until(page, "Tab", "See why a 207 is no success")
    page.keyboard.press("Enter")
    page.wait_for_url("**/s/proppatch-protected")
    page.keyboard.press("Control+Enter")
    page.wait_for_selector(".status-line")
    assert page.evaluate("document.activeElement.id") == "panel-2"
    press_until(page, "Tab", "Why?")
    page.keyboard.press("Enter")
    assert page.locator(".tree details[open]").count() == 1
    page.keyboard.press("c")
    page.wait_for_selector("#cure .note.good")
    assert page.evaluate("document.activeElement.value") == "again"
    page.keyboard.press("Enter")
    page.wait_for_selector("text=The very same bytes were sent again")
    page.keyboard.press("?")
    assert page.locator("#help").is_visible()
    page.keyboard.press("Escape")
    assert not page.locator("#help").is_visible()
    page.keyboard.press("e")
    page.keyboard.type("c")
    assert "c<?xml" in page.input_value("#body") or page.input_value("#body").endswith("c")


def press_until(page: Page, key: str, text: str) -> None:
    """Press a key until the focused element has a text."""
    for _ in range(60):
        if page.evaluate("document.activeElement.textContent").strip() == text:
            return
        page.keyboard.press(key)
    pytest.fail(f"the focus never reached {text!r}")


def test_single_letters_can_be_switched_off(open_page: Opening) -> None:
    """WCAG 2.1.4: a reader can switch keys of one letter off; the other keys stay."""
    page = open_page(PROTECTED)
    run(page)
    page.keyboard.press("?")
    page.locator("#help input").uncheck()
    page.keyboard.press("Escape")
    page.keyboard.press("e")
    assert page.evaluate("document.activeElement.id") != "body"


def test_a_thing_is_marked_in_results_and_answer(open_page: Opening) -> None:
    """The mouse and the focus mark the same thing in both panels, in both directions."""
    page = open_page(PROTECTED)
    run(page)
    page.hover(".outcome:has-text('set DAV:getetag')")
    assert page.locator("mark.lit").all_inner_texts() == ["<D:getetag/>", "<D:status>HTTP/1.1 403 Forbidden</D:status>"]
    page.hover("mark:has-text('n:author')")
    assert "set author" in page.locator(".outcome.lit").inner_text()
    page.locator(".outcome:has-text('set title') .jump").focus()
    assert "n:title" in page.locator("mark.lit").first.inner_text()


def test_a_run_can_be_stopped(open_page: Opening) -> None:
    """Long work shows that it goes on, and a button stops it; the page can be used again."""
    page = open_page("/-/ui/s/playground")
    run(page)
    page.evaluate(
        """async () => {
            const space = document.querySelector('[name=space]').value;
            const cause = {id: 'slow', kind: 'delay', milliseconds: 30000};
            const answer = await fetch(`/-/spaces/${space}/causes?scenario=playground`, {
                method: 'POST', headers: {'Content-Type': 'application/json'}, body: JSON.stringify(cause)});
            if (!answer.ok) throw new Error(await answer.text());
        }"""
    )
    page.click("button[value=run]")
    page.wait_for_selector("#stop")
    assert "Working" in page.inner_text("#progress")
    page.click("#stop")
    page.wait_for_selector("text=Stopped.")
    assert page.locator("#stop").count() == 0


def test_an_answer_of_50_mb(open_page: Opening, server: Whole) -> None:
    """The page shows its beginning and its size, and can be used on."""
    space = "ui-aaaaaaaa"
    server.client("playground", space)("PUT", "/large.txt", b"0123456789abcde\n" * (50 << 16))
    page = open_page(f"/-/ui/s/playground?space={space}")
    page.fill("#method", "GET")
    page.fill("#path", "/large.txt")
    page.fill("#headers", "")
    page.fill("#body", "")
    run(page)
    assert "52,428,800 bytes" in page.inner_text("#panel-3")
    assert len(page.inner_text("pre.answer")) < 300_000
    page.fill("#method", "HEAD")
    run(page)
    assert "Content-Length: 52428800" in page.inner_text("pre.answer")


def test_an_expired_copy_is_made_again_and_said(open_page: Opening, server: Whole) -> None:
    """The page goes on with a new copy of the same name, and says so."""
    page = open_page(PROTECTED)
    run(page)
    server.app.spaces.remove(page.locator("[name=space]").first.input_value())
    run(page)
    page.wait_for_selector("text=Your copy of the scenario had expired.")
    assert "#1 PROPPATCH" in page.inner_text(".strip")


def test_the_copy_button_copies(open_page: Opening) -> None:
    """A text that the page offers gets into the clipboard whole."""
    page = open_page(PROTECTED, permissions=["clipboard-read", "clipboard-write"])
    page.locator(".codes > summary").click()
    page.locator("#code-curl > summary").click()
    page.locator("#code-curl .copy").click()
    page.wait_for_selector("text=Copied")
    assert page.evaluate("navigator.clipboard.readText()") == page.locator("#code-curl pre").inner_text()
    shot(page, "copy-as")
