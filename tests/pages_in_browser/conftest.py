"""A reader in a real Chromium: a page that is watched, and helpers to read it."""

from __future__ import annotations

import contextlib
import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

import pytest

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

    from tests.bundled import Whole

SCREENSHOTS = Path(__file__).parents[2] / "build" / "screenshots"
Opening = Callable[..., "Page"]


@pytest.fixture
def open_page(browser: Browser, server: Whole) -> Iterator[Opening]:
    """Open pages of a server with the bundled scenarios; the keywords are those of a browser context.

    The test fails if a page asks another origin, violates its policy, or reports an error on the console.
    """
    wrong: list[str] = []
    with contextlib.ExitStack() as stack:

        def start(path: str, url: str = server.url, *, missing: bool = False, **context: Any) -> Page:
            opened = stack.enter_context(contextlib.closing(browser.new_context(**context)))
            page = opened.new_page()
            page.set_default_timeout(20_000)
            origin = urlsplit(url).netloc
            page.on("pageerror", lambda error: wrong.append(f"error: {error}"))
            if not missing:  # the browser itself reports the status of such a page
                page.on("console", lambda said: wrong.append(f"console: {said.text}") if said.type == "error" else None)
            page.on("dialog", lambda dialog: (wrong.append(f"dialog: {dialog.message}"), dialog.dismiss()))
            page.on(
                "request",
                lambda sent: wrong.append(f"request: {sent.url}") if urlsplit(sent.url).netloc != origin else None,
            )
            page.goto(url.rstrip("/") + path)
            return page

        yield start
    assert wrong == []


def run(page: Page) -> None:
    """Run the request in the workbench."""
    page.click("button[value=run]")
    page.wait_for_selector(".status-line")


def shot(page: Page, name: str) -> None:
    """Keep a screenshot for CI."""
    SCREENSHOTS.mkdir(parents=True, exist_ok=True)
    page.screenshot(path=SCREENSHOTS / f"{name}.png", full_page=True)


def shown_answer(page: Page) -> tuple[int, dict[str, str], str]:
    """Read the answer that the page shows: its status, its headers and its body."""
    head, _, body = page.locator("pre.answer").inner_text().partition("\n\n")
    status, *headers = head.split("\n")
    match = re.fullmatch(r"HTTP/1\.1 ([0-9]{3}) .*", status)
    assert match
    return int(match[1]), dict(line.split(": ", 1) for line in headers), body


def outcome(page: Page, what: str) -> str:
    """Read the chip of a line of the results by the words in it."""
    return page.locator(".outcome", has_text=what).locator(".chip").first.inner_text()
