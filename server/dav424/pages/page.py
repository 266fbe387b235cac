"""A page: the request for it, the row of it in the table of pages, and its content."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from functools import cached_property
from typing import Any
from urllib.parse import parse_qsl

from msgspec import Struct, field

from dav424.admin.call import ScenarioLookup, Send
from dav424.core.batch import Refused
from dav424.core.message import AdminRequest, Response
from dav424.dav.headers import accepted
from dav424.pages import elements

MOST_FORM = 64 << 20
"""The maximum size of a form in bytes: a form can bring back the whole body of a request."""
CallApi = Callable[[AdminRequest], Response]


class PageRequest(Struct, frozen=True, dict=True):
    """A request for a page.

    ``path`` is the decoded path below ``mount``, which is the path of the server in its URLs: empty if the server has
    the whole authority. ``root`` is the URL of the server's root, with a slash at its end. ``parameters`` are those of
    the path, ``query`` those of the query, and ``form`` the fields of a form that was posted. ``send`` answers a request
    of this process, as the server would on a socket. ``call_api`` is the admin API; None if another port serves it.
    ``api_url`` is the URL of the API. ``look_for_client`` raises an OSError if the client has gone.
    """

    method: str
    path: str
    mount: str
    root: str
    scenarios: ScenarioLookup
    send: Send
    call_api: CallApi | None = None
    api_url: str = ""
    headers: Mapping[str, str] = field(default_factory=dict)
    parameters: Mapping[str, str] = field(default_factory=dict)
    query: Mapping[str, str] = field(default_factory=dict)
    read_body: Callable[[int], bytes] = lambda _: b""
    look_for_client: Callable[[], object] = lambda: None

    @cached_property
    def answer_form(self) -> str:
        """The form that the client prefers: ``text/plain``, ``text/html`` or elements for a script."""
        return form_for(self.headers)

    @cached_property
    def form(self) -> dict[str, str]:
        """Read the fields of a posted form; refuses with 415 a body that is no form."""
        if self.method != "POST":
            return {}
        media_type = self.headers.get("content-type", "").partition(";")[0].strip().lower()
        if media_type != "application/x-www-form-urlencoded":
            raise Refused(415, f"The body is {media_type[:80] or 'of no type'}; send a form, URL-encoded.")
        return fields(self.read_body(MOST_FORM).decode("ascii", errors="replace"))


class Page(Struct, frozen=True):
    """The content of a page: the name of its ``template``, which extends ``layout.html``, and the values in it.

    A client that prefers text gets the text of the same page. The HTML of a ``streamed`` page is sent in pieces, as its
    values come.
    """

    template: str
    values: Mapping[str, Any] = field(default_factory=dict)
    status: int = 200
    headers: tuple[tuple[str, str], ...] = ()
    streamed: bool = False


class PageRoute(Struct, frozen=True):
    """The methods on a path, and the function that answers them with a page; the path has its parameters in braces.

    HEAD is answered wherever GET is. A response that is no page, such as a redirection, is sent unchanged.
    """

    path: str
    show: Callable[[PageRequest], Page | Response]
    methods: tuple[str, ...] = ("GET",)

    @property
    def pattern(self) -> re.Pattern[str]:
        """The pattern that matches the decoded paths of the page."""
        return re.compile(re.sub(r"\\\{(\w+)\\\}", r"(?P<\1>[^/]+)", re.escape(self.path)))


def form_for(headers: Mapping[str, str]) -> str:
    """Choose the form of a page for a client; one without a preference gets text."""
    return accepted(headers.get("accept", ""), ("text/plain", "text/html", elements.MEDIA_TYPE))


def fields(encoded: str) -> dict[str, str]:
    """Read a query or a form; of two fields with one name, the last one counts. Refuses with 400 a malformed one."""
    try:
        return dict(parse_qsl(encoded, keep_blank_values=True, errors="strict", max_num_fields=500))
    except (ValueError, UnicodeDecodeError):
        raise Refused(400, "The form or the query is malformed; send NAME=VALUE pairs, percent-encoded.") from None
