"""How the pages are served: to whom, with which headers, and what they never touch."""

from __future__ import annotations

import re
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

import pytest
from werkzeug.middleware.dispatcher import DispatcherMiddleware
from werkzeug.test import Client as WerkzeugClient

from dav424.pages import static_files
from dav424.pages.markup import TEMPLATES
from dav424.wsgi import application
from tests.client import Client
from tests.conftest import Serving

BROWSER = "text/html,application/xhtml+xml,application/xml;q=0.9,image/avif,image/webp,*/*;q=0.8"
BUDGET = 160_000
"""The maximum size in bytes of all static files together."""


@pytest.fixture
def client(serve_alone: Serving) -> Client:
    """A client of the root of a server without scenarios."""
    return Client(serve_alone({})[0])


def get(client: Client, path: str, accept: str = BROWSER, **headers: str) -> tuple[int, Mapping[str, str], str]:
    """Get a page; gives its status, its headers and its text."""
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    answer = client("GET", path, headers={"Accept": accept, **named})
    return answer.status, answer.headers, answer.body.decode()


def test_a_browser_gets_a_page_at_the_root(client: Client) -> None:
    """The page has a language, a viewport, one main and a link past the navigation."""
    status, headers, html = get(client, "/")
    assert status == 200
    assert headers["Content-Type"] == "text/html; charset=utf-8"
    for part in ('<html lang="en"', 'name="viewport"', '<main id="main"', 'href="#main"', "<nav", "<footer"):
        assert html.count(part) == 1


@pytest.mark.parametrize("accept", ["*/*", "", "application/xml, text/xml", "text/html;q=0.1, application/xml"])
def test_other_clients_get_the_list_as_before(client: Client, accept: str) -> None:
    """The root is a page only for a client that prefers HTML by name."""
    _, headers, html = get(client, "/", accept)
    assert "<h1>/</h1>" in html
    assert "Content-Security-Policy" not in headers


def test_webdav_knows_no_pages(client: Client) -> None:
    """A PROPFIND of the root lists scenarios alone, whatever it accepts."""
    answer = client("PROPFIND", "/", headers={"Depth": "1", "Accept": BROWSER})
    assert [entry.href for entry in answer.reported if "learn" in entry.href or "ui" in entry.href] == []


def test_pages_take_no_number(serve_alone: Serving) -> None:
    """The journal has no page in it, and the first exchange after some of them is the first one."""
    url, app = serve_alone({})
    client = Client(url)
    for path in ("/", "/-/ui/", "/-/ui/static/style.css", "/-/ui/none", "/learn/none", "/favicon.ico"):
        get(client, path)
    assert client("OPTIONS", "/").headers["Dav424-Exchange"] == "1"
    assert len(app.spaces.default.journal) == 1


def test_the_policy_is_strict(client: Client) -> None:
    """The page may use nothing inline and nothing from elsewhere; an error is no exception."""
    for path in ("/", "/-/ui/none", "/-/ui/static/style.css"):
        headers = get(client, path)[1]
        policy = headers["Content-Security-Policy"]
        assert policy.startswith("default-src 'none'; ")
        assert "unsafe" not in policy
        assert "require-trusted-types-for 'script'" in policy
        assert headers["X-Content-Type-Options"] == "nosniff"
        assert headers["Referrer-Policy"] == "same-origin"


def test_a_file_is_sent_once(client: Client) -> None:
    """A client that has a file gets 304; one with an old version gets the file."""
    status, headers, css = get(client, "/-/ui/static/style.css")
    assert (status, headers["Content-Type"]) == (200, "text/css; charset=utf-8")
    assert css == (static_files.FOLDER / "style.css").read_text()
    assert get(client, "/-/ui/static/style.css", If_None_Match=f'"old", W/{headers["ETag"]}')[0] == 304
    assert get(client, "/-/ui/static/style.css", If_None_Match='"old"')[0] == 200


@pytest.mark.parametrize("name", ["none.css", "../site.py", "..%2fsite.py", "%2e%2e/site.py", ""])
def test_only_the_files_of_the_folder_are_sent(client: Client, name: str) -> None:
    """No path leads out of the folder."""
    assert get(client, f"/-/ui/static/{name}")[0] == 404


def test_an_unknown_page_is_404_in_the_form_that_the_client_prefers(client: Client) -> None:
    """A refusal is a page, or text; no part of the path becomes markup."""
    status, headers, html = get(client, "/learn/%3Cscript%3E")
    assert (status, headers["Content-Type"]) == (404, "text/html; charset=utf-8")
    assert "<script>" not in html
    status, headers, text = get(client, "/learn/none", "*/*")
    assert (status, headers["Content-Type"]) == (404, "text/plain; charset=utf-8")
    assert text.startswith("404 Not Found\n=============\n")


def test_a_method_that_a_page_lacks_is_told(client: Client) -> None:
    """405 has Allow, and a sentence."""
    answer = client("POST", "/learn/424", "", {"Accept": "*/*"})
    assert (answer.status, answer.headers["Allow"]) == (405, "GET, HEAD")
    assert b"The page '/learn/424' answers GET, HEAD alone." in answer.body


def test_the_text_of_a_table_repeats_no_heading(client: Client) -> None:
    """A link with the name of its column is its URL alone."""
    text = get(client, "/learn/424", "*/*")[2]
    assert "Run: Run" not in text
    assert re.search(r"^    Run: <http://\S+\?run=causes-1#run-causes-1>$", text, re.MULTILINE)


def test_a_form_of_another_site_is_refused(client: Client) -> None:
    """A page elsewhere can't make a browser send the forms of these pages."""
    answer = client("POST", "/-/ui/", headers={"Origin": "http://elsewhere.example"})
    assert answer.status == 403


def test_a_closed_api_closes_no_page(serve_alone: Serving) -> None:
    """The pages are readable where the admin API is closed, or on another port."""
    for settings in ({"closed": "It is closed here."}, {"apart": True}):
        client = Client(serve_alone({}, **settings)[0])
        assert get(client, "/-/ui/")[0] == 200
        assert client("GET", "/-/scenarios").status != 200


def test_below_a_prefix_all_links_have_it() -> None:
    """In a WSGI server that mounts the application, each link of a page begins with the mount."""
    mounted = WerkzeugClient(DispatcherMiddleware(lambda *_: [], {"/dav": application()}))
    answer = mounted.open("/dav/-/ui/", headers={"Accept": BROWSER})
    assert answer.status_code == 200
    links = re.findall(r'(?:href|src|action)="(?!#|https?:)([^"]*)"', answer.text)
    assert len(links) > 5
    assert [link for link in links if not link.startswith("/dav/")] == []


def test_no_template_turns_text_into_markup() -> None:
    """Values are always escaped, and attributes always quoted; nothing is inline."""
    bad = re.compile(
        r"\|\s*safe\b|autoescape|Markup|\s[a-z-]+=\{\{|<style|\sstyle=|\son[a-z]+=|javascript:|<script(?![^>]*\ssrc=)"
    )
    files = sorted(TEMPLATES.rglob("*.html"))
    assert files
    assert {file.name: found for file in files if (found := bad.findall(file.read_text()))} == {}


def test_no_script_turns_text_into_markup() -> None:
    """The scripts make elements and set text."""
    bad = re.compile(r"innerHTML|outerHTML|insertAdjacentHTML|document\.write|\beval\(|new Function|DOMParser|\.srcdoc")
    files = sorted(static_files.FOLDER.glob("*.js"))
    assert {file.name: found for file in files if (found := bad.findall(file.read_text()))} == {}


def test_the_files_are_small() -> None:
    """All of them together stay within the budget."""
    assert sum(file.stat().st_size for file in Path(static_files.FOLDER).iterdir()) <= BUDGET


def test_a_server_starts_without_the_pages() -> None:
    """The first request for a page imports them, and the template engine with them."""
    code = "import sys, dav424.app; print([m for m in sys.modules if m.startswith(('dav424.pages', 'jinja2'))])"
    assert subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout == "[]\n"
