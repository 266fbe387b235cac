"""The client webdav of npm in a page of another origin, in a real Chromium; and pages in the DOMs of npm, in which test runners run."""

from __future__ import annotations

import json
import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from dav424.scenario.load import load
from tests.browser import Site
from tests.bundled import Whole

from .install import NPM, has_npm

if TYPE_CHECKING:
    from playwright.sync_api import Page

DRIVER = Path(__file__).parent / "drivers" / "dom.mjs"
PAGE = """<script type="module">
    import { createClient } from "/webdav.js";
    const { url, ...login } = Object.fromEntries(new URLSearchParams(location.search));
    window.client = createClient(url, login);
</script>"""
CALL = """async ([name, ...given]) => {
    try {
        return ["done", (await window.client[name](...given)) ?? null];
    } catch (error) {
        return ["failed", error.status ?? error.message];
    }
}"""
UPDATE = (
    '<D:propertyupdate xmlns:D="DAV:" xmlns:x="urn:x"><D:set><D:prop><x:a>1</x:a><D:getetag>2</D:getetag></D:prop></D:set>'
    "</D:propertyupdate>"
)
USERS = load("title: t\nusers: {ada: lovelace}\ntree: {/a.txt: {content: Milk}}", "t.yaml")


@pytest.fixture(autouse=True)
def _npm() -> None:
    if shutil.which("node") is None or not has_npm():
        pytest.skip("the clients of npm are not installed here; with node and npm make clients-test does that")


@pytest.fixture
def call(page: Page, site: Site) -> Callable[..., Callable[..., Any]]:
    """Open a page with the client of a URL; a call of the client gives what it told."""

    def start(server: Callable[[str], str], login: str = "") -> Callable[..., Any]:
        script = NPM / "node_modules" / "webdav" / "dist" / "web" / "index.js"
        origin = site({"/": PAGE, "/webdav.js": script.read_bytes()})
        page.goto(f"{origin}/?url={server(origin)}{login}")
        page.wait_for_function("window.client")
        return lambda name, *given: page.evaluate(CALL, [name, *given])

    return start


def test_webdav_in_a_page(call: Callable[..., Callable[..., Any]], whole: Callable[..., Whole]) -> None:
    """It lists, writes, copies, locks and deletes, and reads the failures."""
    done = call(lambda origin: f"{whole(origins=[origin]).url}playground/")
    assert done("createDirectory", "/box") == ["done", None]
    assert done("putFileContents", "/box/a.txt", "Milk") == ["done", True]
    assert done("getFileContents", "/box/a.txt", {"format": "text"}) == ["done", "Milk"]
    assert done("copyFile", "/box", "/crate")[0] == "done"
    assert [each["basename"] for each in done("getDirectoryContents", "/crate")[1]] == ["a.txt"]
    assert done("lock", "/box/a.txt")[1]["token"].startswith("urn:uuid:")
    assert done("putFileContents", "/box/a.txt", "Tea") == ["failed", 423]
    assert done("deleteFile", "/crate") == ["done", None]
    assert done("exists", "/crate") == ["done", False]


@pytest.mark.parametrize("scheme", ["password", "digest", "auto"])
def test_webdav_logs_in_from_a_page(
    scheme: str, call: Callable[..., Callable[..., Any]], whole: Callable[..., Whole]
) -> None:
    """Basic, and Digest after a challenge that the page can read."""
    login = f"&authType={scheme}&username=ada&password="
    for password, succeeds in (("lovelace", True), ("wrong", False)):
        done = call(lambda origin: f"{whole(more={'users': USERS}, origins=[origin]).url}users/", login + password)
        # After a wrong password in Digest, the client gives the text of the 401 as the content.
        assert (done("getFileContents", "/a.txt", {"format": "text"}) == ["done", "Milk"]) is succeeds


def test_webdav_without_permission(call: Callable[..., Callable[..., Any]], whole: Callable[..., Whole]) -> None:
    """The browser tells the client nothing."""
    done = call(lambda _: f"{whole().url}playground/")
    assert done("getDirectoryContents", "/") == ["failed", "Failed to fetch"]


def told(dom: str, page: str, url: str) -> dict[str, Any]:
    """Run a page in a DOM of npm."""
    command = ["node", "--no-warnings", "--input-type=module", "--eval", DRIVER.read_text(), "--", dom, page, url]
    done = subprocess.run(command, cwd=NPM, input=UPDATE, capture_output=True, text=True, timeout=60, check=True)
    answers: dict[str, Any] = json.loads(done.stdout)
    return answers


@pytest.mark.parametrize("dom", ["jsdom", "happy-dom"])
def test_a_page_in_a_dom_of_npm(dom: str, whole: Callable[..., Whole]) -> None:
    """It reads the 207, its 424 and its number, and the API if it may."""
    page = "http://localhost:5173"
    read = told(dom, page, whole(origins=[page]).url)
    assert read["get"][:2] == [200, "1"]
    assert read["proppatch"][:2] == [207, "2"]
    assert "424 Failed Dependency" in read["proppatch"][2]
    assert read["api"] == "blocked"
    assert read["webdav"] == {"jsdom": None, "happy-dom": ["report.txt"]}[dom], "a window of jsdom has no fetch"
    read = told(dom, page, whole(admin_origins=[page]).url)
    assert read["api"][0] == 200
    assert read["get"] == read["proppatch"] == "blocked"
