"""The documentation site: its links lead somewhere, its search works from a folder, and it needs no other origin."""

from __future__ import annotations

import re
import subprocess
import sys
from html.parser import HTMLParser
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import unquote, urldefrag, urlsplit

import pytest

from docs._ext import stage
from tests.browser import Site
from tests.docs.transcripts import ROOT

if TYPE_CHECKING:
    from playwright.sync_api import Page, Request

LOADED = {"script": "src", "img": "src", "iframe": "src", "source": "src", "link": "href"}
"""The attributes whose URLs a browser loads by itself."""


class Read(HTMLParser):
    """The links, the loaded files and the anchors of a page."""

    def __init__(self, page: Path) -> None:
        super().__init__()
        self.links: list[str] = []
        self.loaded: list[str] = []
        self.anchors: set[str] = {""}
        self.feed(page.read_text(encoding="utf-8"))

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        values = {name: value or "" for name, value in attrs}
        self.anchors.add(values.get("id", ""))
        if tag == "a" and "href" in values:
            self.links.append(values["href"])
        if LOADED.get(tag) in values:
            self.loaded.append(values[LOADED[tag]])


@pytest.fixture(scope="module")
def read(built_site: Path) -> dict[Path, Read]:
    """Read every page of the site."""
    return {page: Read(page) for page in sorted(built_site.rglob("*.html"))}


def test_the_site_has_every_page(built_site: Path) -> None:
    """Each Markdown page of the repository and of the reference is a page of the site."""
    pages = [stage.site_path(page) for page in stage.pages()]
    assert len(pages) > 40
    pages += [Path("reference") / f"{name}.md" for name in stage.PAGES]
    assert [page for page in pages if not (built_site / page.with_suffix(".html")).is_file()] == []


def test_every_link_inside_the_site_leads_somewhere(built_site: Path, read: dict[Path, Read]) -> None:
    """Its file is there, and the page has its anchor. Links to other sites are not followed."""
    lost = []
    seen = 0
    for page, told in read.items():
        for link in (*told.links, *told.loaded):
            if urlsplit(link).scheme:
                continue
            path, fragment = urldefrag(link)
            file = (page.parent / unquote(path).partition("?")[0]).resolve() if path else page
            seen += 1
            anchors = read[file].anchors if file in read else {"", fragment}
            if not file.is_file() or unquote(fragment) not in anchors:
                lost.append(f"{page.relative_to(built_site)}: {link}")
    assert seen > 2000
    assert lost == []


def test_a_page_loads_nothing_from_elsewhere(read: dict[Path, Read]) -> None:
    """No script, style, font or image has a URL with a host."""
    assert {link for told in read.values() for link in told.loaded if urlsplit(link).netloc} == set()


def test_the_styles_load_nothing_from_elsewhere(built_site: Path) -> None:
    """No style sheet imports another one or names a font of another host."""
    sheets = list(built_site.rglob("*.css"))
    assert sheets
    assert [each for each in sheets if re.search(r"url\([\"']?(https?:)?//|@import", each.read_text())] == []


def test_the_site_has_llms_txt(built_site: Path) -> None:
    """Each of its links is a Markdown file beside it."""
    text = (built_site / "llms.txt").read_text()
    files = re.findall(r"\]\(([^)]+)\)", text)
    assert len(files) > 25
    assert [file for file in files if not (built_site / file).is_file()] == []


def test_the_list_of_pages_is_complete() -> None:
    """docs/index.md lists each page of docs/."""
    pages = {page.name for page in stage.DOCS.glob("*.md")} - {"index.md"}
    assert {page.file for page in stage.listed()} == pages | {"../ARCHITECTURE.md"}


def test_llms_txt_follows_the_list_of_pages() -> None:
    """docs/llms.txt is up to date: make llms writes it."""
    assert (ROOT / "docs" / "llms.txt").read_text() == stage.llms_txt(reference=False)


@pytest.mark.parametrize("link", ["nowhere.md", "README.md"])
def test_a_link_that_would_lead_out_of_the_site_is_an_error(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, link: str
) -> None:
    """The error names the page and the link: the file is not there, or it is no page of the site."""
    (tmp_path / "docs").mkdir()
    (tmp_path / "README.md").write_text("# dav424\n")
    (tmp_path / "docs" / "page.md").write_text(f"[the page](../{link})\n")
    monkeypatch.setattr(stage, "ROOT", tmp_path)
    monkeypatch.setattr(stage, "DOCS", tmp_path / "docs")
    with pytest.raises(ValueError, match=rf"docs/page.md has a link to ../{link}"):
        stage._linked(tmp_path / "docs" / "page.md", tmp_path / "out")


def test_a_warning_ends_the_build_with_an_error(tmp_path: Path) -> None:
    """A page with a link to an anchor that is not there: the warning names the page, and the exit status is 1."""
    source = tmp_path / "source"
    source.mkdir()
    (source / "index.md").write_text("# A page\n\n[the end](#the-end)\n")
    program = (
        "import sys, pathlib; from docs._ext.build import render; sys.exit(render(*map(pathlib.Path, sys.argv[1:])))"
    )
    command = [sys.executable, "-c", program, str(source), str(tmp_path / "site")]
    run = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False, timeout=120)
    assert run.returncode == 1
    assert "index.md:3: WARNING" in run.stderr


def _requests(page: Page) -> list[str]:
    urls: list[str] = []

    def note(request: Request) -> None:
        urls.append(request.url)

    page.on("request", note)
    return urls


def test_the_search_works_from_a_folder(built_site: Path, page: Page) -> None:
    """A reader opens the site as files, without a server, searches, and reaches a page by its result."""
    urls = _requests(page)
    page.goto((built_site / "index.html").as_uri())
    page.get_by_placeholder("Search").first.fill("trust-proxy")
    page.get_by_placeholder("Search").first.press("Enter")
    page.locator("ul.search li a").filter(has_text="Commands and flags").first.click()
    page.locator("h1", has_text="Commands and flags").wait_for()
    assert {urlsplit(url).scheme for url in urls} == {"file"}


def test_the_search_works_from_a_server(built_site: Path, page: Page, site: Site) -> None:
    """The same over HTTP, and every request goes to that server."""
    files = {f"/{file.relative_to(built_site).as_posix()}": file.read_bytes() for file in built_site.rglob("*.*")}
    url = site(files)
    urls = _requests(page)
    page.goto(f"{url}/index.html")
    page.get_by_placeholder("Search").first.fill("lock-infinity-locked-child")
    page.get_by_placeholder("Search").first.press("Enter")
    page.locator("ul.search li a").filter(has_text="What 424 means").first.click()
    page.locator("h1", has_text="What 424 means").wait_for()
    assert {urlsplit(each).netloc for each in urls} == {urlsplit(url).netloc}
