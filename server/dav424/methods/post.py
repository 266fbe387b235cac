"""POST (RFC 9110 9.3.3): the URL, the media type or the root of the XML decides which handler takes the request.

``BATCH_FORMATS`` has the formats of batches, each of which has a URL of its own. A derived document takes the request if
its scenario says so. At every other URL, a collection takes the request: ``BY_TYPE`` and ``BY_ROOT`` are the tables, and a body that is in neither is refused.
"""

from __future__ import annotations

from dav424.core.batch import Refused
from dav424.core.message import Request
from dav424.core.neighbours import is_foreign
from dav424.core.paths import href
from dav424.dav import request_xml
from dav424.methods import invoke
from dav424.methods.apple import bulk_import, invite, multiput
from dav424.methods.batch_requests.batch_format import BatchFormat
from dav424.methods.batch_requests.graph import Graph
from dav424.methods.batch_requests.multipart import Multipart
from dav424.methods.batch_requests.odata import OData
from dav424.spine.exchange import OpenExchange
from dav424.spine.method import Method, MethodTable
from dav424.store.tree import Derived, Document

BATCH_FORMATS: tuple[type[BatchFormat], ...] = (OData, Multipart, Graph)
BY_TYPE: dict[str, Method] = dict.fromkeys(bulk_import.TYPES, bulk_import)
BY_ROOT: dict[str, Method] = {multiput.ROOT: multiput, invite.ROOT: invite}
_ACCEPTED = "text/calendar, text/vcard, or XML that is an MM:multiput or a CS:share"


def choose(methods: MethodTable, exchange: OpenExchange) -> Method:
    """Choose the handler by URL and media type; a batch holds requests of ``methods``.

    Refuses with 404 or 405 a URL without one, and with 415 a body for which there is none.
    """
    request = exchange.request
    media_type = request.headers.get("content-type", "").partition(";")[0].strip(" \t").lower()
    formats = [batch_format for batch_format in BATCH_FORMATS if batch_format.stands_at(request)]
    for batch_format in formats:
        if media_type in batch_format.types:
            return batch_format(methods)
    if formats:
        accepted = " or ".join(accepted for batch_format in formats for accepted in batch_format.types)
        raise Refused(415, f"POST here accepts {accepted}; {_received(media_type)}.")
    hint = f"Send batches to {request.base}/$batch or {request.base}/v1.0/$batch."
    node = exchange.draft.find(request.path)
    if node is None:
        raise Refused(404, f"There is no resource at {href(request.path)}. {hint}")
    if isinstance(node, Derived) and node.takes_post:
        return invoke
    if isinstance(node, Document):
        raise Refused(405, f"{href(request.path)} is a document, and only collections accept POST. {hint}")
    return _by_content(request, media_type, hint)


def _received(media_type: str) -> str:
    return f"the request has Content-Type: {media_type[:80]}" if media_type else "the request has no Content-Type"


def _by_content(request: Request, media_type: str, hint: str) -> Method:
    """Find the handler for a POST to a collection; refuses with 415 and a ``hint`` a body for which there is none."""
    if media_type in BY_TYPE:
        return BY_TYPE[media_type]
    if media_type == "" and is_foreign(request.headers):
        # A browser sends such a body for a page of another site without asking the server first.
        raise Refused(415, f"POST here accepts {_ACCEPTED}; a page of another site must send a Content-Type.")
    if not (media_type == "" or "xml" in media_type) or request_xml.is_missing(request):
        raise Refused(415, f"POST here accepts {_ACCEPTED}; {_received(media_type)}. {hint}")
    root = request_xml.parse(request)
    handler = BY_ROOT.get(root.tag)
    if handler is None:
        raise Refused(
            415, f"POST here accepts {_ACCEPTED}; the root element of the request is {root.tag[:200]}. {hint}"
        )
    return handler
