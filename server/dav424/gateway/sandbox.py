"""Content of clients and scenarios runs no script on the origin of the server, where the admin API is.

A browser that shows a stored page would else run its scripts with the rights of the pages of the server. A sandbox gives
the page an origin of its own (CSP Level 3, 6.3.2), and the policy lets it load nothing.
"""

from __future__ import annotations

from functools import lru_cache

from msgspec.structs import replace

from dav424.core.message import Response
from dav424.core.patterns import pattern

SANDBOX = (("Content-Security-Policy", "sandbox; default-src 'none'"), ("X-Content-Type-Options", "nosniff"))
_NAVIGATING = frozenset({"GET", "HEAD", "POST"})
"""The methods by which a browser opens a page: by its address, a link or a form."""
_TOKEN = r"[!#$%&'*+.^_`|~0-9A-Za-z-]+"  # noqa: S105 - of HTTP
_MEDIA_TYPE = pattern(rf"({_TOKEN}/{_TOKEN})[ \t]*(?:;[^,]*)?")
_ACTIVE = pattern(r".*/(?:html|xml|xsl|[^/]*\+xml|x-mixed-replace)|(?:application|unknown)/unknown|\*/\*")
"""The types that a browser shows as a page with scripts, and those for which it looks at the content."""


@lru_cache(maxsize=256)
def is_active(content_type: str) -> bool:
    """Say whether a browser can run scripts of content with this type, also if it is malformed."""
    match = _MEDIA_TYPE.fullmatch(content_type.strip(" \t"))
    return match is None or _ACTIVE.fullmatch(match[1].lower()) is not None


def sandboxed(response: Response, method: str) -> Response:
    """Add the sandbox to a response that a browser can show as a page with scripts of other people.

    A 207 is no page. The listing of a collection is one of the server's own: no other 200 of a GET lacks an ETag.
    """
    if method not in _NAVIGATING or response.status == 207:
        return response
    headers = dict(response.headers)
    if not is_active(headers.get("Content-Type", "text/plain")) or "Content-Security-Policy" in headers:
        return response
    if response.status == 200 and "ETag" not in headers and method != "POST":
        return response
    return replace(response, headers=[*response.headers, *SANDBOX])
