"""All scenarios are proven in a real Chromium: with progress, a way to stop, and without JavaScript."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from tests.bundled import SOURCES, Whole
from tests.pages.test_prove import GOOD, WRONG

from .conftest import Opening, shot
from .test_lessons import violations
from .test_pages import LOOKS

if TYPE_CHECKING:
    from playwright.sync_api import Page, Route

    from tests.conftest import Serving


@pytest.fixture
def few(serve_alone: Serving) -> Whole:
    """A server with two bundled scenarios, and one that expects the wrong status."""
    return Whole(*serve_alone({**{name: SOURCES[name] for name in GOOD}, "wrong": lambda: WRONG}))


def states(page: Page) -> list[str]:
    """Read the state of each scenario."""
    return page.locator("#proofs > li > .chip").all_inner_texts()


@pytest.mark.parametrize("look", ["light", "narrow-dark"])
def test_all_are_proven_and_a_wrong_one_says_why(few: Whole, open_page: Opening, look: str) -> None:
    """Each row gets its result; the end counts them and leads to the failures."""
    page = open_page("/-/ui/prove", few.url, **LOOKS[look])
    assert states(page) == ["waiting"] * 3
    page.click("button.main")
    page.wait_for_selector("text=2 of 3 proven, 1 not proven.")
    assert states(page) == ["proven", "proven", "not proven"]
    assert page.inner_text("#proof-wrong li") == "Delete it: the status is 403, not 204"
    assert page.get_attribute("#note a", "href") == "#proof-wrong"
    assert page.evaluate("document.activeElement.textContent") == "Prove all again"
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    shot(page, f"prove-{look}")


@pytest.mark.parametrize("look", LOOKS)
def test_axe_finds_nothing_in_the_results(few: Whole, open_page: Opening, look: str) -> None:
    """In light and dark, and on a narrow screen."""
    page = open_page("/-/ui/prove", few.url, **LOOKS[look])
    page.click("button.main")
    page.wait_for_selector("text=2 of 3 proven, 1 not proven.")
    assert violations(page) == []


def test_axe_finds_nothing_where_a_token_is_missing(serve_alone: Serving, open_page: Opening) -> None:
    """The page has a reason and a field."""
    url, _ = serve_alone({GOOD[0]: SOURCES[GOOD[0]]}, token="secret")
    assert violations(open_page("/-/ui/prove", url)) == []


def test_progress_is_shown_and_work_can_be_stopped_and_continued(few: Whole, open_page: Opening) -> None:
    """The first result is there while the second proof lasts; Stop ends it, and Continue does the rest alone."""
    page = open_page("/-/ui/prove", few.url)
    sent: list[str] = []

    def hold(route: Route) -> None:
        sent.append(route.request.post_data or "")
        if len(sent) != 2:  # the second request waits for its answer until the reader stops it
            route.continue_()

    page.route("**/-/ui/prove", hold)
    page.click("button.main")
    page.wait_for_selector(f"text=Proving {GOOD[1]}, 2 of 3.")
    assert states(page) == ["proven", "waiting", "waiting"]
    assert page.locator("#bar").evaluate("bar => [bar.value, bar.max]") == [1, 3]
    page.click("#stop")
    page.wait_for_selector("text=Stopped. 1 of 3 proven.")
    assert not page.is_visible("#stop")
    assert page.inner_text("button.main") == "Continue"
    page.click("button.main")
    page.wait_for_selector("text=2 of 3 proven, 1 not proven.")
    assert sent == [f"scenario={name}" for name in (GOOD[0], GOOD[1], GOOD[1], "wrong")]


def test_without_javascript_the_page_grows(few: Whole, open_page: Opening) -> None:
    """The form answers with a page that has all results, and a last line that counts them."""
    page = open_page("/", few.url, java_script_enabled=False)
    page.click("text=Prove all")
    page.click("button.main")
    assert page.inner_text("#summary") == "2 of 3 proven, 1 not proven."
    assert states(page) == ["proven", "proven", "not proven"]
    assert "Delete it: the status is 403, not 204" in page.inner_text("#proof-wrong")


def test_by_keyboard(few: Whole, open_page: Opening) -> None:
    """Enter begins; at the end the focus is on the button that begins again, and Tab leads to the failures."""
    page = open_page("/-/ui/prove", few.url)
    page.focus("button.main")
    page.keyboard.press("Enter")
    page.wait_for_selector("text=2 of 3 proven, 1 not proven.")
    assert states(page) == ["proven", "proven", "not proven"]
    assert page.evaluate("document.activeElement.textContent") == "Prove all again"
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.textContent") == "wrong"


@pytest.mark.parametrize("settings", [{"closed": "It is closed here."}, {"token": "secret"}, {"apart": True}])
def test_without_the_admin_api_the_page_says_what_is_missing(
    settings: dict[str, Any], serve_alone: Serving, open_page: Opening
) -> None:
    """A field takes the token, where the API needs one."""
    url, _ = serve_alone({name: SOURCES[name] for name in GOOD}, **settings)
    page = open_page("/-/ui/prove", url)
    assert "Proofs are part of the admin API" in page.inner_text(".note.bad")
    if "token" in settings:
        page.fill("#token", "wrong")
        with page.expect_response("**/-/ui/prove"):
            page.click("button.main")
        page.wait_for_selector("button.main:enabled")
        assert states(page) == ["waiting", "waiting"]
        page.fill("#token", "secret")
        page.click("button.main")
        page.wait_for_selector("text=2 of 2 proven.")
        assert not page.is_visible(".note.bad")
    else:
        assert page.locator("button.main").count() == 0
