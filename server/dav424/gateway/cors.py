"""CORS: the browser asks the server which pages of other origins may send a request and read the response (Fetch 3.3).

page --> preflight --> permission          before the login, and outside of the journal and the causes
--> request   --> with_permission     on each response, also on refusals
"""

from __future__ import annotations

from msgspec.structs import replace

from dav424.core.message import Response, text_response
from dav424.core.neighbours import ANY
from dav424.wire.head import Head

Origins = frozenset[str]
"""The origins whose pages may send requests and read the responses."""
EXPOSED = (
    "DAV",
    "ETag",
    "Lock-Token",
    "Location",
    "Content-Location",
    "Allow",
    "Retry-After",
    "WWW-Authenticate",
    "Link",
    "Content-Range",
    "Preference-Applied",
    "OData-Version",
    "Dav424-Exchange",
    "Dav424-Space",
    "Dav424-Note",
)
"""The headers of responses that a page can read, beside those that it always can."""
ADMIN_METHODS = ("DELETE", "GET", "HEAD", "POST", "PUT")
"""The methods of the admin API."""
_EXPOSED = ("Access-Control-Expose-Headers", ", ".join(EXPOSED))


def is_preflight(head: Head) -> bool:
    """Say whether a browser asks if a page may send a request; no other client sends such an OPTIONS."""
    return head.method == "OPTIONS" and "origin" in head.headers and "access-control-request-method" in head.headers


def permission(head: Head, origins: Origins, methods: str, remedy: str) -> Response:
    """Answer a preflight with the ``methods`` and with all headers that the page wants to send.

    For an origin that is not in ``origins`` the answer is 403; ``remedy`` is a sentence that says how to allow it.
    """
    origin, method = head.headers["origin"], head.headers["access-control-request-method"]
    if origin not in origins and ANY not in origins:
        return text_response(403, f"Pages of {origin[:80]} may not send {method[:80]} here. {remedy}")
    allowed = [("Access-Control-Allow-Methods", methods)]
    wanted = head.headers.get("access-control-request-headers")
    if wanted is not None:
        allowed.append(("Access-Control-Allow-Headers", wanted))
    return Response(204, [*allowed, ("Vary", "Access-Control-Request-Headers")])


def with_permission(response: Response, origin: str | None, origins: Origins) -> Response:
    """Add the headers by which a page of ``origin`` can read a response.

    A page of an origin that ``origins`` names can send the credentials that the browser has. ``*`` stands for all
    origins, without such credentials. Caches learn from ``Vary`` that responses differ by origin.
    """
    added: list[tuple[str, str]] = []
    if origin is not None and origin in origins:
        added = [("Access-Control-Allow-Origin", origin), ("Access-Control-Allow-Credentials", "true"), _EXPOSED]
    elif ANY in origins:
        added = [("Access-Control-Allow-Origin", ANY), _EXPOSED]
    if origins == {ANY}:
        return replace(response, headers=[*response.headers, *added])
    kept = [(name, value) for name, value in response.headers if name != "Vary"]
    vary = ", ".join([value for name, value in response.headers if name == "Vary"] + ["Origin"])
    return replace(response, headers=[*kept, *added, ("Vary", vary)])
