"""Pages in a real Chromium, the one of Debian: ``page`` for a test, and ``site`` for pages of another origin.

Playwright drives the browser, and downloads none of its own.
"""

from __future__ import annotations

import contextlib
import threading
from collections.abc import Callable, Iterator, Mapping
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:  # most processes of the tests do without
    from playwright.sync_api import Browser, Page

Files = Mapping[str, str | bytes]
Site = Callable[[Files], str]
_TYPES = {"js": "text/javascript", "css": "text/css", "json": "application/json", "svg": "image/svg+xml"}


@pytest.fixture(scope="module")
def browser(program: Callable[..., str]) -> Iterator[Browser]:
    """Start a headless Chromium for the tests of one module.

    Not for the whole run: as long as Playwright runs, no test of the process can call ``asyncio.run``.
    """
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(
            executable_path=program("chromium"),
            args=["--headless=new", "--no-sandbox", "--disable-dev-shm-usage"],
            chromium_sandbox=False,
        )
        yield chromium
        chromium.close()


@pytest.fixture
def page(browser: Browser) -> Iterator[Page]:
    """Open a page with cookies, storage and cache of its own; the test fails if a script of the page raises an error."""
    errors: list[str] = []
    with contextlib.closing(browser.new_context()) as context:
        opened = context.new_page()
        opened.on("pageerror", lambda error: errors.append(str(error)))
        yield opened
    assert errors == [], "a script of the page raised errors"


@pytest.fixture
def site() -> Iterator[Site]:
    """Serve files by path, such as ``{"/": "<p>Hello"}``, on an origin of their own; gives its URL, without a slash at the end.

    The host of the URL is ``localhost``: a browser takes the servers of the tests, which are on 127.0.0.1, for another site.
    """
    with contextlib.ExitStack() as stack:

        def start(files: Files) -> str:
            server = ThreadingHTTPServer(("127.0.0.1", 0), _handler(files))
            thread = threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True)
            thread.start()
            stack.callback(thread.join, 5)
            stack.callback(server.server_close)
            stack.callback(server.shutdown)
            return f"http://localhost:{server.server_address[1]}"

        yield start


def _handler(files: Files) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            path = self.path.partition("?")[0]
            content = files.get(path)
            body = content.encode() if isinstance(content, str) else content or b""
            self.send_response(200 if content is not None else 404)
            self.send_header("Content-Type", _TYPES.get(path.rpartition(".")[2], "text/html; charset=utf-8"))
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: Any) -> None:
            """Print nothing."""

    return Handler
