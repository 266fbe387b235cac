"""The pages for learners in Chromium: for the eye, for the keyboard, for a screen reader, and without JavaScript."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from dav424.pages.learn.article import articles

from .conftest import Opening, shot
from .test_pages import AXE, LOOKS

if TYPE_CHECKING:
    from playwright.sync_api import Page

    from tests.bundled import Whole


def violations(page: Page) -> list[str]:
    """List what axe-core finds on a page."""
    if not AXE.exists():
        pytest.skip("axe-core is not installed; run: make pages-test")
    page.evaluate(AXE.read_text())
    return page.evaluate("axe.run().then(found => found.violations.map(each => `${each.id} ${each.nodes[0].html}`))")


@pytest.mark.parametrize("look", LOOKS)
@pytest.mark.parametrize("path", ["/learn/424?run=causes-2", "/learn/424?run=faq-6"])
def test_axe_finds_nothing(open_page: Opening, look: str, path: str) -> None:
    """In light and dark, and on a narrow screen; a screenshot is kept."""
    page = open_page(path, **LOOKS[look])
    assert violations(page) == []
    shot(page, f"learn-{path.partition('=')[2]}-{look}")


@pytest.mark.parametrize("status", articles())
def test_nothing_is_wider_than_a_narrow_screen(open_page: Opening, status: int) -> None:
    """At 360 px the page scrolls in one direction; tables and code scroll in themselves."""
    page = open_page(f"/learn/{status}", **LOOKS["narrow"])
    assert page.evaluate("document.documentElement.scrollWidth") <= 360


def test_a_run_answers_in_its_place(open_page: Opening) -> None:
    """With JavaScript, the answer appears beneath its row, and the page is not loaded again."""
    page = open_page("/learn/424")
    page.evaluate("window.stays = true")
    page.click("#run-causes-1")
    page.wait_for_selector("#result-causes-1")
    assert page.evaluate("window.stays")
    assert page.text_content("#result-causes-1 .status") == "HTTP/1.1 207 Multi-Status"
    assert page.url.endswith("?run=causes-1#run-causes-1")
    assert page.text_content("#announcer") == "Answered: HTTP/1.1 207 Multi-Status"


def test_a_second_run_takes_the_place_of_the_first(open_page: Opening) -> None:
    """There is one answer, however often it runs."""
    page = open_page("/learn/424")
    for _ in range(2):
        page.click("#run-causes-1")
        page.wait_for_selector("#run-causes-1:text-is('Run again')")
    assert page.locator("#result-causes-1").count() == 1


def test_without_javascript_the_link_of_a_run_opens_the_page_with_its_answer(open_page: Opening) -> None:
    """The live 424 and every run are there."""
    page = open_page("/learn/424", java_script_enabled=False)
    assert page.text_content("#live .status") == "HTTP/1.1 424 Failed Dependency"
    page.click("#run-meaning-2")
    page.wait_for_url("**run=meaning-2**")
    assert page.text_content("#result-meaning-2 .status") == "HTTP/1.1 207 Multi-Status"
    assert "423" in page.text_content("#result-meaning-2 .outcomes")


def test_a_run_by_keyboard(open_page: Opening) -> None:
    """Tab leads to each run, in the order of the page, and Enter starts it."""
    page = open_page("/learn/424")
    page.focus("#meaning a.runs >> nth=0")
    page.keyboard.press("Enter")
    page.wait_for_selector("#result-meaning-1")
    assert page.evaluate("document.activeElement.id") == "run-meaning-1"
    page.keyboard.press("Tab")
    assert page.evaluate("document.querySelector('#meaning').contains(document.activeElement)")


def test_an_answer_without_a_result_opens_as_a_page(open_page: Opening, server: Whole) -> None:
    """The browser shows what the server answered."""
    page = open_page("/learn/424")
    page.evaluate("document.querySelector('#run-causes-1').href = '/-/ui/'")
    page.click("#run-causes-1")
    page.wait_for_url(f"{server.url}-/ui/")


@pytest.mark.parametrize("look", LOOKS)
@pytest.mark.parametrize("path", ["/learn/", "/learn/x/8", "/learn/x/9?show=1&hint=3"])
def test_axe_finds_nothing_in_the_exercises(open_page: Opening, look: str, path: str) -> None:
    """In light and dark, and on a narrow screen, which scrolls in one direction."""
    page = open_page(path, **LOOKS[look])
    assert violations(page) == []
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    shot(page, f"exercises{path.replace('/', '-').partition('?')[0]}-{look}")


def test_an_exercise_with_javascript(open_page: Opening) -> None:
    """The answer and the grade appear in their places, and the progress stays in the browser."""
    page = open_page("/learn/x/1")
    page.evaluate("window.stays = true")
    page.fill("[name=path]", "/report.html")
    page.click("#bench button.main")
    page.wait_for_selector("#grade[data-solved]")
    assert page.evaluate("window.stays")
    assert page.text_content("#outcome .status") == "HTTP/1.1 424 Failed Dependency"
    assert page.text_content("#announcer") == "HTTP/1.1 424 Failed Dependency. Solved."
    assert page.evaluate("document.activeElement.textContent") == "The answer"
    assert violations(page) == []
    page.click("#grade a.main")
    page.click("text=All exercises")
    page.wait_for_selector("#summary >> text=You have solved 1 of 10.")
    assert page.locator(".exercises .chip:visible").count() == 1


def test_an_exercise_by_keyboard(open_page: Opening) -> None:
    """Tab leads through the form, and Enter or Ctrl+Enter sends it."""
    page = open_page("/learn/x/9")
    page.focus("[name=method]")
    for _ in range(3):
        page.keyboard.press("Tab")
    page.keyboard.press("Control+Enter")
    page.wait_for_selector("#outcome .status")
    assert page.text_content("#outcome .status") == "HTTP/1.1 424 Failed Dependency"
    page.focus("#hint-1 summary")
    page.keyboard.press("Enter")
    assert page.evaluate("document.querySelector('#hint-1').open")


def test_an_exercise_without_javascript(open_page: Opening) -> None:
    """The form opens the page with the answer and the grade; the next exercise has the same space."""
    page = open_page("/learn/x/1", java_script_enabled=False)
    page.fill("[name=path]", "/report.html")
    page.click("#bench button.main")
    assert page.text_content("#outcome .status") == "HTTP/1.1 424 Failed Dependency"
    assert page.text_content("#grade h2") == "Solved"
    page.click("#grade a.main")
    page.click("text=All exercises")
    assert page.locator(".exercises .chip:visible").count() == 1
    assert not page.is_visible("#export")


def test_the_progress_can_be_taken_to_another_browser(open_page: Opening, tmp_path: Path) -> None:
    """Exported there, imported here, and forgotten; a file of another kind changes nothing."""
    page = open_page("/learn/x/1")
    page.fill("[name=path]", "/report.html")
    page.click("#bench button.main")
    page.wait_for_selector("#grade[data-solved]")
    page.goto(page.url.partition("x/1")[0])
    with page.expect_download() as download:
        page.click("#export")
    file = tmp_path / "progress.json"
    download.value.save_as(file)
    other = open_page("/learn/")
    assert other.text_content("#summary") == "You have solved 0 of 10."
    other.set_input_files("#import", file)
    other.wait_for_selector("text=You have solved 1 of 10.")
    other.reload()
    assert other.text_content("#summary") == "You have solved 1 of 10."
    other.click("#forget")
    assert other.text_content("#summary") == "You have solved 0 of 10."
    wrong = tmp_path / "wrong.json"
    wrong.write_text('{"solved": {"2": "2026-01-01"}}')
    other.set_input_files("#import", wrong)
    other.wait_for_selector("text=no progress that these pages exported")


def test_the_pages_work_where_storage_is_blocked(open_page: Opening) -> None:
    """A browser that refuses localStorage shows the same pages; the space in the URL has the progress."""
    page = open_page("/learn/")
    page.context.add_init_script(
        "Object.defineProperty(window, 'localStorage', {get() { throw new DOMException('no', 'SecurityError'); }})"
    )
    page.goto(page.url + "x/1")
    page.fill("[name=path]", "/report.html")
    page.click("#bench button.main")
    page.wait_for_selector("#grade[data-solved]")
    page.click("#grade a.main")
    page.click("text=All exercises")
    assert page.text_content("#summary") == "You have solved 1 of 10."
