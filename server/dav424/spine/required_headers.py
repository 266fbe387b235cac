"""The headers that a response must have because of its status (RFC 9110 15), unless it has them already."""

from __future__ import annotations

from typing import TYPE_CHECKING

from msgspec.structs import replace

from dav424.dav.allowed_methods import with_allow
from dav424.dav.request_content import with_accepted_coding
from dav424.store.tree import Collection, Document, Node, find

if TYPE_CHECKING:
    from dav424.core.message import Response
    from dav424.spine.exchange import OpenExchange

_OFFERED = "HTTP/2.0"
"""The protocol in the ``Upgrade`` of a 426 (RFC 9110 15.5.22)."""


def complete(response: Response, exchange: OpenExchange, root: Collection, *, inside: bool = False) -> Response:
    """Add the headers that the status of a response demands; ``root`` is the tree after the request.

    A response ``inside`` a batch has no headers of the connection.
    """
    if response.status < 300:
        return response
    names = {name.lower() for name, _ in response.headers}
    request = exchange.request
    node = find(root, request.path) or exchange.draft.principals.by_path.get(request.path)
    added: list[tuple[str, str]] = []
    match response.status:
        case 304 if "etag" not in names and request.method in ("GET", "HEAD"):
            added = [("ETag", shown.etag) for shown in _shown(exchange, node)]
        case 401 if "www-authenticate" not in names:
            # A cause that answers with 401 says nothing about the login; one that lets it expire brings no reply.
            refused = exchange.refused
            added = [*exchange.challenge(expired=refused is None or refused.reply is None)]
        case 405 if "allow" not in names:
            return with_allow(response, exchange.methods, request.path, node, refused=request.method)
        case 407 if "proxy-authenticate" not in names:
            added = [("Proxy-Authenticate", f'Basic realm="{exchange.world.name}"')]
        case 415 if "accept-encoding" not in names:
            return with_accepted_coding(response, request.headers)
        case 416 if "content-range" not in names:
            added = [("Content-Range", f"bytes */{len(shown.content)}") for shown in _shown(exchange, node)]
        case 426 if "upgrade" not in names:
            added = [("Upgrade", _OFFERED)]
    if not inside and (response.status == 426 or "upgrade" in names):
        added.append(("Connection", "Upgrade"))
    return replace(response, headers=[*response.headers, *added]) if added else response


def _shown(exchange: OpenExchange, node: Node | None) -> list[Document]:
    """Give the document that a GET of the Request-URI would send, in a list; empty if it would send none."""
    shown = exchange.draft.shown(exchange.request.path, node)
    return [shown] if isinstance(shown, Document) else []
