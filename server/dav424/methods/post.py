"""POST (RFC 9110 9.3.3): what it asks for is told by its place, by its media type, or by the root of its XML.

``methods.METHODS`` lists the formats of batches, each of which stands at a place. Elsewhere the request is for a collection:
``BY_TYPE`` and ``BY_ROOT`` are the tables of the bodies that it takes, and any other body is refused.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial

from dav424.core.batch import Refused
from dav424.core.message import Request
from dav424.core.method_facts import MethodFacts, ResourceKind
from dav424.core.paths import Path, href
from dav424.dav import request_xml
from dav424.methods.apple import bulk_import, invite, multiput
from dav424.methods.batch_requests.batch_format import BatchFormat
from dav424.spine.exchange import OpenExchange
from dav424.spine.method import Method, MethodChoice, MethodTable
from dav424.store.tree import Document

BY_TYPE: dict[str, Method] = dict.fromkeys(bulk_import.TYPES, bulk_import)
BY_ROOT: dict[str, Method] = {multiput.ROOT: multiput, invite.ROOT: invite}
_TAKEN = "text/calendar, text/vcard, or XML that is an MM:multiput or a CS:share"


def choice(methods: MethodTable, *batch_formats: type[BatchFormat]) -> MethodChoice:
    """Make the method POST, whose batches are in these formats, and hold requests of these methods."""
    facts = [batch_format.FACTS["POST"] for batch_format in batch_formats]
    facts += [method.FACTS["POST"] for method in (*BY_TYPE.values(), *BY_ROOT.values())]
    together = MethodFacts(
        atomicity="parts",
        allowed_on=frozenset[ResourceKind]().union(*(each.allowed_on for each in facts)),
        allowed_at=frozenset[Path]().union(*(each.allowed_at for each in facts)),
    )
    return MethodChoice({"POST": together}, partial(_choose, methods, batch_formats))


def _choose(methods: MethodTable, batch_formats: Sequence[type[BatchFormat]], exchange: OpenExchange) -> Method:
    """Choose by place and media type.

    Refuses with 404 or 405 a resource to which nothing can be posted, and with 415 a body that the place doesn't take.
    """
    request = exchange.request
    sent = request.headers.get("content-type", "").partition(";")[0].strip(" \t").lower()
    formats = [each for each in batch_formats if each.stands_at(request)]
    for batch_format in formats:
        if sent in batch_format.types:
            return batch_format(methods)
    if formats:
        taken = " or ".join(media_type for each in formats for media_type in each.types)
        raise Refused(415, f"POST takes {taken} here, and the body {_said(sent)}.")
    where = f"Batches go to {request.base}/$batch and {request.base}/v1.0/$batch."
    node = exchange.draft.find(request.path)
    if node is None:
        raise Refused(404, f"There is nothing at {href(request.path)}. {where}")
    if isinstance(node, Document):
        raise Refused(405, f"{href(request.path)} is a document, to which nothing can be posted. {where}")
    return _by_content(request, sent, where)


def _said(sent: str) -> str:
    return f"is {sent[:80]}" if sent else "says of no type to be"


def _by_content(request: Request, sent: str, where: str) -> Method:
    """Find out what is posted to a collection, or refuse it with 415 and say ``where`` something else is taken."""
    if sent in BY_TYPE:
        return BY_TYPE[sent]
    if not request.body.strip() or not (sent == "" or "xml" in sent):
        raise Refused(415, f"POST takes {_TAKEN} here, and the body {_said(sent)}. {where}")
    root = request_xml.parse(request)
    found = BY_ROOT.get(root.tag)
    if found is None:
        raise Refused(415, f"POST takes {_TAKEN} here, and the body is {root.tag[:200]}. {where}")
    return found
