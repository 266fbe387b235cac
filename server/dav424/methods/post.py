"""POST (RFC 9110 9.3.3): the URL, the media type or the root of the XML decides which handler takes the request.

``methods.METHODS`` lists the endpoints for batches. At every other URL, a collection takes the request: ``BY_TYPE``
and ``BY_ROOT`` are the tables, and a body that is in neither is refused.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Protocol

from dav424.core.batch import Group, Refused
from dav424.core.message import Request, Response
from dav424.core.paths import href
from dav424.dav import request_xml
from dav424.methods.apple import bulk_import, invite, multiput
from dav424.spine.exchange import Method, OpenExchange
from dav424.store.tree import Document

BY_TYPE: dict[str, Method] = dict.fromkeys(bulk_import.TYPES, bulk_import)
BY_ROOT: dict[str, Method] = {multiput.ROOT: multiput, invite.ROOT: invite}
_ACCEPTED = "text/calendar, text/vcard, or XML that is an MM:multiput or a CS:share"


class Endpoint(Method, Protocol):
    """A handler of POST at a URL that is reserved for it."""

    @property
    def types(self) -> Sequence[str]:
        """The media types that it accepts, in lower case."""

    def serves(self, request: Request) -> bool:
        """Say whether the request is for this endpoint's URL."""


class Post:
    """The method POST, with its endpoints."""

    def __init__(self, *endpoints: Endpoint) -> None:
        self._endpoints = endpoints

    def plan(self, exchange: OpenExchange) -> Iterable[Group]:
        """Plan as the handler does. Refuses with 404 or 405 a URL without one, and with 415 a body for which there is none."""
        exchange.via = self._find(exchange)
        return exchange.via.plan(exchange)

    def answer(self, exchange: OpenExchange) -> Response:
        """Answer as the handler does."""
        assert exchange.via is not None, "the plan has found out"
        return exchange.via.answer(exchange)

    def _find(self, exchange: OpenExchange) -> Method:
        request = exchange.request
        media_type = request.headers.get("content-type", "").partition(";")[0].strip(" \t").lower()
        endpoints = [endpoint for endpoint in self._endpoints if endpoint.serves(request)]
        for endpoint in endpoints:
            if media_type in endpoint.types:
                return endpoint
        if endpoints:
            accepted = " or ".join(accepted for endpoint in endpoints for accepted in endpoint.types)
            raise Refused(415, f"POST here accepts {accepted}; {_received(media_type)}.")
        hint = f"Send batches to {request.base}/$batch or {request.base}/v1.0/$batch."
        node = exchange.draft.find(request.path)
        if node is None:
            raise Refused(404, f"There is no resource at {href(request.path)}. {hint}")
        if isinstance(node, Document):
            raise Refused(405, f"{href(request.path)} is a document, and only collections accept POST. {hint}")
        return _by_content(request, media_type, hint)


def _received(media_type: str) -> str:
    return f"the request has Content-Type: {media_type[:80]}" if media_type else "the request has no Content-Type"


def _by_content(request: Request, media_type: str, hint: str) -> Method:
    """Find the handler for a POST to a collection; refuses with 415 and a ``hint`` a body for which there is none."""
    if media_type in BY_TYPE:
        return BY_TYPE[media_type]
    if not request.body.strip() or not (media_type == "" or "xml" in media_type):
        raise Refused(415, f"POST here accepts {_ACCEPTED}; {_received(media_type)}. {hint}")
    root = request_xml.parse(request)
    handler = BY_ROOT.get(root.tag)
    if handler is None:
        raise Refused(
            415, f"POST here accepts {_ACCEPTED}; the root element of the request is {root.tag[:200]}. {hint}"
        )
    return handler
