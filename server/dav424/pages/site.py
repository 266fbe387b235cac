r"""The pages as an application: find the page, check who asks, write it as HTML or as text.

Gateway --> Site --> table --> show --> Page --> markup --> HTML
                                             \-> plain_text --> the same page as text
"""

from __future__ import annotations

from collections.abc import Mapping
from urllib.parse import quote, unquote

from msgspec import Struct

from dav424.admin.call import ScenarioLookup, Send
from dav424.core.batch import Refused
from dav424.core.message import PagesRequest, Response
from dav424.core.neighbours import ALL_HOSTS, HostNames, check_origin
from dav424.core.reason_phrases import reason
from dav424.pages import elements, static_files
from dav424.pages.markup import render, render_in_pieces
from dav424.pages.page import CallApi, Page, PageRequest, fields, form_for
from dav424.pages.plain_text import plain_text
from dav424.pages.table import PAGES

STATIC = "/-/ui/static/"
POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; img-src 'self'; form-action 'self'; "
    "base-uri 'none'; frame-ancestors 'none'; require-trusted-types-for 'script'; trusted-types 'none'"
)
"""No script and no style in the page itself, nothing from another host, and no text that becomes markup."""
SECURITY = (
    ("Content-Security-Policy", POLICY),
    ("X-Content-Type-Options", "nosniff"),
    # With no-referrer, browsers send Origin: null with a form, as if it were a page of another site.
    ("Referrer-Policy", "same-origin"),
    ("Cross-Origin-Opener-Policy", "same-origin"),
    ("Cross-Origin-Resource-Policy", "same-origin"),
)
_PATTERNS = [(page, page.pattern) for page in PAGES]


class ServerAround(Struct, frozen=True):
    """The server around the pages: its ``scenarios``, the functions that answer requests, and its host names.

    ``api_url`` is the URL of the admin API if another port serves it; then ``call_api`` is None.
    """

    scenarios: ScenarioLookup
    send: Send
    call_api: CallApi | None = None
    api_url: str = ""
    hosts: HostNames = ALL_HOSTS


class Site:
    """Answers requests for pages and for their static files."""

    def __init__(self, around: ServerAround) -> None:
        self._around = around

    def __call__(self, request: PagesRequest) -> Response:
        """Answer a request; a refusal is a page, too."""
        try:
            response = self._answer(request)
        except Refused as refused:
            response = _written(_refusal(refused.status, refused.detail), request)
        return Response(response.status, [*response.headers, *SECURITY], response.body)

    def _answer(self, request: PagesRequest) -> Response:
        if not request.any_host:
            self._around.hosts.check(request.headers)
        target, _, query = request.target.partition("?")
        path = unquote(target)
        if path.startswith(STATIC) and request.method in ("GET", "HEAD"):
            return static_files.answer(path.removeprefix(STATIC), request.headers)
        if request.method not in ("GET", "HEAD"):
            check_origin(request.headers, (), "send the forms of these pages")
        for page, pattern in _PATTERNS:
            match = pattern.fullmatch(path)
            if match is None:
                continue
            if request.method not in page.methods and not (request.method == "HEAD" and "GET" in page.methods):
                allowed = ", ".join(sorted({*page.methods, *(["HEAD"] if "GET" in page.methods else [])}))
                detail = f"The page {path[:80]!r} answers {allowed} alone."
                return _written(_refusal(405, detail, ("Allow", allowed)), request)
            shown = page.show(self._page_request(request, path, match.groupdict(), query))
            return _written(shown, request) if isinstance(shown, Page) else shown
        raise Refused(404, f"There is no page {path[:80]!r}. The start page has links to all of them.")

    def _page_request(self, request: PagesRequest, path: str, parameters: Mapping[str, str], query: str) -> PageRequest:
        around = self._around
        return PageRequest(
            request.method,
            path,
            request.mount,
            request.root,
            around.scenarios,
            around.send,
            around.call_api,
            around.api_url or f"{request.root}-/",
            request.headers,
            parameters,
            fields(query),
            request.read_body,
            request.look_for_client,
        )


def _refusal(status: int, detail: str, *headers: tuple[str, str]) -> Page:
    return Page("refused.html", {"status": status, "reason": reason(status), "detail": detail}, status, headers)


def _written(page: Page, request: PagesRequest) -> Response:
    """Write a page in the form that the client prefers."""
    around = {
        "mount": request.mount,
        "root": request.root,
        "here": f"{request.mount}{quote(unquote(request.target.partition('?')[0]))}",
    }
    values = {**around, **page.values}
    form = form_for(request.headers)
    around_it = [("Vary", "Accept"), ("Cache-Control", "no-cache"), *page.headers]
    if page.streamed and form == "text/html":
        content_type = ("Content-Type", "text/html; charset=utf-8")
        return Response(page.status, [content_type, *around_it], render_in_pieces(page.template, values))
    html = render(page.template, values)
    if form == elements.MEDIA_TYPE:
        return Response(page.status, [("Content-Type", form), *around_it], elements.elements(html))
    body = html if form == "text/html" else plain_text(html, request.root)
    return Response(page.status, [("Content-Type", f"{form}; charset=utf-8"), *around_it], body.encode())
