"""POST (RFC 9110 9.3.3): the URL, the media type or the root of the XML decides which handler takes the request.

``methods.METHODS`` lists the formats of batches, each of which has a URL of its own. A derived document takes the request if
its scenario says so. At every other URL, a collection takes the request: ``BY_TYPE`` and ``BY_ROOT`` are the tables, and a body that is in neither is refused.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial

from dav424.core.batch import Refused
from dav424.core.message import Request
from dav424.core.method_facts import MethodFacts, ResourceKind
from dav424.core.neighbours import is_foreign
from dav424.core.paths import Path, href
from dav424.dav import request_xml
from dav424.methods import invoke
from dav424.methods.apple import bulk_import, invite, multiput
from dav424.methods.batch_requests.batch_format import BatchFormat
from dav424.spine.exchange import OpenExchange
from dav424.spine.method import Method, MethodChoice, MethodTable
from dav424.store.tree import Derived, Document

BY_TYPE: dict[str, Method] = dict.fromkeys(bulk_import.TYPES, bulk_import)
BY_ROOT: dict[str, Method] = {multiput.ROOT: multiput, invite.ROOT: invite}
_ACCEPTED = "text/calendar, text/vcard, or XML that is an MM:multiput or a CS:share"


def choice(methods: MethodTable, *batch_formats: type[BatchFormat]) -> MethodChoice:
    """Make the method POST, whose batches are in these formats, and hold requests of these methods."""
    facts = [batch_format.FACTS["POST"] for batch_format in batch_formats]
    facts += [method.FACTS["POST"] for method in (*BY_TYPE.values(), *BY_ROOT.values())]
    together = MethodFacts(
        atomicity="parts",
        allowed_on=frozenset[ResourceKind]().union(*(fact.allowed_on for fact in facts)),
        allowed_at=frozenset[Path]().union(*(fact.allowed_at for fact in facts)),
    )
    return MethodChoice({"POST": together}, partial(_choose, methods, batch_formats))


def _choose(methods: MethodTable, batch_formats: Sequence[type[BatchFormat]], exchange: OpenExchange) -> Method:
    """Choose the handler by URL and media type.

    Refuses with 404 or 405 a URL without one, and with 415 a body for which there is none.
    """
    request = exchange.request
    media_type = request.headers.get("content-type", "").partition(";")[0].strip(" \t").lower()
    formats = [batch_format for batch_format in batch_formats if batch_format.stands_at(request)]
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
