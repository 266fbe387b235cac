"""The GET of a collection: a page that lists its members, or nothing."""

from __future__ import annotations

from typing import Literal

from msgspec.structs import replace

from dav424.core.message import Response
from dav424.dialects.trait import Hooks, Trait
from dav424.spine.exchange import OpenExchange
from dav424.store.tree import Collection, find


def _hooks(_: str) -> Hooks:
    return Hooks(told=_emptied)


def _emptied(exchange: OpenExchange, response: Response) -> Response:
    request = exchange.request
    if request.method not in ("GET", "HEAD") or response.status != 200:
        return response
    if not isinstance(find(exchange.draft.root, request.path), Collection):
        return response
    headers = [(name, value) for name, value in response.headers if name != "Content-Type"]
    return replace(response, headers=headers, body=b"")


COLLECTION_LISTING = Trait(
    name="collection-listing",
    kind="offer",
    values=Literal["html", "empty"],
    default="html",
    description="The content of a collection: an HTML page that lists its members, or nothing.",
    hooks=_hooks,
)
