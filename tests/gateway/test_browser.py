"""Pages of another origin, in a real Chromium, against a server on a real socket."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import pytest

from dav424.core.neighbours import ANY
from dav424.gateway.cors import EXPOSED
from dav424.scenario.load import load
from tests.browser import Site
from tests.bundled import Whole

if TYPE_CHECKING:
    from playwright.sync_api import Page

SEND = """async ([url, method, options]) => {
    try {
        const answer = await fetch(url, {method, ...options});
        return {status: answer.status, headers: Object.fromEntries(answer.headers), text: await answer.text()};
    } catch (error) {
        return {error: error.message};
    }
}"""
BLOCKED = {"error": "Failed to fetch"}
"""What a page reads if the browser does not let it."""
UPDATE = (
    '<D:propertyupdate xmlns:D="DAV:" xmlns:x="urn:x"><D:set><D:prop><x:a>1</x:a><D:getetag>2</D:getetag></D:prop></D:set>'
    "</D:propertyupdate>"
)


class Elsewhere:
    """A page of another origin; to call it sends a request from the page to a server."""

    def __init__(self, page: Page, origin: str, url: str) -> None:
        self.page, self.origin, self.url = page, origin, url

    def __call__(self, method: str, path: str, **options: Any) -> dict[str, Any]:
        answer: dict[str, Any] = self.page.evaluate(SEND, [self.url + path, method, options])
        return answer


@pytest.fixture
def elsewhere(page: Page, site: Site, whole: Callable[..., Whole]) -> Callable[..., Elsewhere]:
    """Open a page of another origin; ``scenarios`` gets the texts of scenarios, and the settings of the App its origin."""

    def start(settings: Callable[[str], dict[str, Any]] = lambda _: {}, **scenarios: str) -> Elsewhere:
        origin = site({"/": "<title>Elsewhere</title>"})
        texts = {
            name: load(f"title: t\n{text.replace('ORIGIN', origin)}", "t.yaml") for name, text in scenarios.items()
        }
        page.goto(origin)
        return Elsewhere(page, origin, whole(more=texts, **settings(origin)).url)

    return start


def allowed(origin: str) -> dict[str, Any]:
    """Give the settings of an App that lets pages of an origin in."""
    return {"origins": [origin]}


def test_a_page_of_another_origin_can_read_nothing(elsewhere: Callable[..., Elsewhere]) -> None:
    """Without a flag, the browser keeps each answer from the page, and the server refuses what would change something."""
    send = elsewhere()
    for method, path in (("GET", ""), ("PROPFIND", "playground/"), ("PUT", "playground/a"), ("GET", "-/spaces")):
        assert send(method, path) == BLOCKED, (method, path)
    assert send("POST", "-/spaces/default/reset") == BLOCKED


def test_a_page_reads_a_424(elsewhere: Callable[..., Elsewhere]) -> None:
    """The 207 with its 403 and its 424, and the headers that explain it."""
    send = elsewhere(allowed)
    answer = send(
        "PROPPATCH", "proppatch-protected/report.txt", body=UPDATE, headers={"Content-Type": "application/xml"}
    )
    assert answer["status"] == 207
    assert "424 Failed Dependency" in answer["text"]
    assert answer["headers"]["dav424-exchange"] == "1", "the preflight has no number"


@pytest.mark.parametrize("method", ["PROPFIND", "MKCOL", "LOCK", "DELETE", "OPTIONS", "MKCALENDAR", "BDELETE"])
def test_a_page_can_send_each_method(elsewhere: Callable[..., Elsewhere], method: str) -> None:
    """The answer comes from the method: it is an answer to read."""
    answer = elsewhere(allowed)(method, "playground/none")
    assert answer["headers"]["dav424-exchange"] == "1"


def test_a_page_reads_the_headers_that_it_needs(elsewhere: Callable[..., Elsewhere]) -> None:
    """The token of its lock, the ETag, the compliance classes and the location of a copy."""
    send = elsewhere(allowed)
    body = '<D:lockinfo xmlns:D="DAV:"><D:lockscope><D:exclusive/></D:lockscope><D:locktype><D:write/></D:locktype></D:lockinfo>'
    assert send("LOCK", "playground/a", body=body)["headers"]["lock-token"].startswith("<urn:uuid:")
    assert send("GET", "playground/a")["headers"]["etag"]
    copied = send("COPY", "playground/a", headers={"Destination": f"{send.url}playground/b"})
    assert copied["headers"]["location"] == "/playground/b"
    assert "1, 2, 3" in send("OPTIONS", "playground/a")["headers"]["dav"]
    assert send("BREW", "playground/a") == BLOCKED, "a preflight allows the methods of the server only"


def test_a_page_can_log_in(elsewhere: Callable[..., Elsewhere]) -> None:
    """It reads the challenge, and its Authorization header needs no permission beyond the preflight."""
    send = elsewhere(allowed, users="users: {ada: lovelace}\ntree: {/a: {content: A}}")
    refused = send("GET", "users/a")
    assert refused["status"] == 401
    assert "Digest" in refused["headers"]["www-authenticate"]
    assert send("GET", "users/a", headers={"Authorization": "Basic YWRhOmxvdmVsYWNl"})["text"] == "A"


@pytest.mark.parametrize(("lists", "read"), [(lambda origin: [origin], True), (lambda _: [ANY], False)])
def test_credentials_of_the_browser_need_a_named_origin(
    elsewhere: Callable[..., Elsewhere], lists: Callable[[str], list[str]], *, read: bool
) -> None:
    """A star allows no page to use them (Fetch 3.3.4)."""
    send = elsewhere(lambda origin: {"origins": lists(origin)})
    assert ("status" in send("PROPFIND", "playground/", credentials="include")) is read
    assert send("PROPFIND", "playground/")["status"] == 207


def test_a_page_uses_the_api(elsewhere: Callable[..., Elsewhere]) -> None:
    """With a list of its own, and a token; that list opens no scenario."""
    send = elsewhere(lambda origin: {"admin_origins": [origin], "token": "t0ken"})
    sent = {"Authorization": "Bearer t0ken", "Content-Type": "application/json"}
    assert send("PUT", "-/spaces/mine", headers=sent, body='{"scenario": "playground"}')["status"] == 200
    assert send("DELETE", "-/spaces/mine", headers=sent)["status"] == 204
    assert send("DELETE", "-/spaces/mine")["status"] == 401
    assert send("GET", "playground/") == BLOCKED


def test_a_scenario_reproduces_a_wrong_list(elsewhere: Callable[..., Elsewhere]) -> None:
    """Its own list replaces that of the server, in both directions."""
    send = elsewhere(allowed, wrong="allow-origins: [http://localhost:1]", none="allow-origins: []")
    assert send("GET", "wrong/") == send("GET", "none/") == send("PROPFIND", "wrong/") == BLOCKED
    assert send("GET", "playground/")["status"] == 200
    opened = elsewhere(right="allow-origins: [ORIGIN]")
    assert opened("PROPFIND", "right/")["status"] == 207
    assert opened("GET", "playground/") == BLOCKED


def test_chromium_exposes_exactly_the_list(elsewhere: Callable[..., Elsewhere]) -> None:
    """It hides any other header of the answer from the page."""
    send = elsewhere(allowed, all=(
        "causes: [{id: all, kind: answers, status: 500, headers: {"
        + ", ".join(f"{name}: x" for name in [*EXPOSED, "X-Hidden"] if not name.startswith("Dav424")) + "}}]"
    ))  # fmt: skip
    shown = set(send("GET", "all/")["headers"])
    assert {name.lower() for name in EXPOSED if not name.startswith("Dav424")} <= shown
    assert "x-hidden" not in shown
