"""The URL of a collection that a request named without the slash at its end (RFC 4918 5.2, RFC 9110 8.7)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from msgspec.structs import replace

from dav424.core.paths import href
from dav424.store.tree import Collection

if TYPE_CHECKING:
    from dav424.core.message import Response
    from dav424.spine.exchange import OpenExchange


def with_content_location(response: Response, exchange: OpenExchange) -> Response:
    """Add ``Content-Location``, with the slash, if a collection is at a Request-URI without one.

    It stands in each 2xx response, and in a 304, which has it wherever the 200 would (RFC 9110 15.4.5). After a request
    that removed the collection, there is no such URL.
    """
    request = exchange.request
    if request.slash or not (200 <= response.status <= 299 or response.status == 304):
        return response
    if not isinstance(exchange.draft.find(request.path), Collection):
        return response
    location = ("Content-Location", request.base.url(href(request.path, collection=True)))
    return replace(response, headers=[*response.headers, location])
