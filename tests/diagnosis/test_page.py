"""The page on which an answer is pasted: without a script, in a real browser, and with text that tries to be markup."""

from __future__ import annotations

from urllib.parse import quote_plus

import pytest
from playwright.sync_api import Page

from tests.browser import browser, page
from tests.client import Client
from tests.conftest import Serving
from tests.diagnosis.test_texts import HEAD, PROPPATCH

__all__ = ["browser", "page"]
PATH = "/learn/diagnose"
FORM = {"Accept": "text/html", "Content-Type": "application/x-www-form-urlencoded"}


@pytest.fixture
def url(serve_alone: Serving) -> str:
    return serve_alone({})[0].rstrip("/") + PATH


def post(url: str, text: str, accept: str = "text/html") -> tuple[int, str]:
    """Send the form; gives the status and the page."""
    answer = Client(url.removesuffix(PATH) + "/")(
        "POST", PATH, headers={**FORM, "Accept": accept}, body=f"text={quote_plus(text)}".encode()
    )
    return answer.status, answer.body.decode()


def test_the_form_works_without_a_script(url: str, page: Page) -> None:
    """A person pastes an answer and reads its cause; the page has no script, and nothing leaves its origin."""
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    page.goto(url)
    page.get_by_label("The answer, with its head").fill(HEAD + PROPPATCH)
    page.get_by_role("button", name="Diagnose").click()
    text = page.locator("#diagnosis").inner_text()
    assert "{urn:x}owner of /a.txt: 403 Forbidden" in text
    assert "{urn:x}color of /a.txt: 424 Failed Dependency, because of {urn:x}owner of /a.txt." in text
    assert "curl -X PROPFIND" in text
    assert page.locator("script").count() == 0
    assert {each.startswith(url.removesuffix(PATH)) for each in asked} == {True}


def test_a_pasted_script_stays_text(url: str, page: Page) -> None:
    """Markup in names, hrefs and descriptions is shown as text."""
    evil = "&lt;img src=x onerror=alert(1)&gt;"
    body = PROPPATCH.replace("/a.txt", evil).replace(
        "</D:propstat>", f"<D:responsedescription>{evil}</D:responsedescription></D:propstat>", 1
    )
    page.goto(url)
    page.get_by_label("The answer, with its head").fill(HEAD + body)
    page.get_by_role("button", name="Diagnose").click()
    assert page.locator("#diagnosis img").count() == 0
    assert "<img src=x onerror=alert(1)>" in page.locator("#diagnosis").inner_text()


def test_an_unreadable_text_is_told(url: str) -> None:
    """The page says why, with 422, and has the text in its form again."""
    status, html = post(url, "My server <b>does not</b> work.")
    assert status == 422
    assert "Paste it with its status line" in html
    assert "My server &lt;b&gt;does not&lt;/b&gt; work." in html


def test_a_terminal_gets_text(url: str) -> None:
    """Curl gets the diagnosis as text."""
    status, text = post(url, HEAD + PROPPATCH, accept="*/*")
    assert status == 200
    assert "{urn:x}owner of /a.txt: 403 Forbidden" in text
    assert "<h2" not in text


def test_the_text_says_how_to_send_a_file(url: str) -> None:
    """Curl gets the line that sends an answer from a file."""
    text = Client(url.removesuffix(PATH) + "/")("GET", PATH).body.decode()
    assert f"curl --data-urlencode text@answer.txt {url}" in text


def test_nothing_is_kept(url: str) -> None:
    """A diagnosis takes no number in the journal of the default space."""
    post(url, HEAD + PROPPATCH)
    answer = Client(url.removesuffix(PATH) + "/")("GET", "/-/spaces/default/journal")
    assert b"owner" not in answer.body


@pytest.mark.parametrize(
    "text",
    [
        "GET http://[/ HTTP/1.1\nHost: [\n\nHTTP/1.1 424 x\n\n",
        "GET /a HTTP/1.1\nHost: [\n\nHTTP/1.1 424 x\n\n",
        HEAD
        + '<D:multistatus xmlns:D="DAV:"><D:response><D:href>http://[</D:href><D:status>HTTP/1.1 424 x</D:status></D:response></D:multistatus>',
    ],
)
def test_a_url_that_is_none(url: str, text: str) -> None:
    """Brackets hold an address in a URL; with other ones, an answer is diagnosed all the same."""
    status, told = post(url, text, "text/plain")
    assert status == 200
    assert "424" in told
