"""POST to a collection: what it asks for is told by its media type or by the root of its XML.

``BY_TYPE`` and ``BY_ROOT`` are the tables; what is in neither is refused.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

from dav424.batch import Group, Refused
from dav424.exchange import Exchange, Request, Response
from dav424.methods import body, bulk_import, invite, multiput
from dav424.tree import Document, href

if TYPE_CHECKING:
    from dav424.exchange import Method

BY_TYPE: dict[str, Method] = dict.fromkeys(bulk_import.TYPES, bulk_import)
BY_ROOT: dict[str, Method] = {multiput.ROOT: multiput, invite.ROOT: invite}
_TAKEN = "text/calendar, text/vcard, or XML that is an MM:multiput or a CS:share"


def plan(exchange: Exchange) -> Iterable[Group]:
    """Let whom it is for make the plan."""
    request = exchange.request
    if isinstance(exchange.draft.get(request.path), Document):
        raise Refused(405, f"{href(request.path)} is a document, to which nothing can be posted.")
    exchange.via = recognise(request)
    return exchange.via.plan(exchange)


def recognise(request: Request) -> Method:
    """Find out whom a POST is for, or refuse it with 415."""
    media_type = request.headers.get("content-type", "").partition(";")[0].strip(" \t").lower()
    if media_type in BY_TYPE:
        return BY_TYPE[media_type]
    if not request.body.strip() or not (media_type == "" or "xml" in media_type):
        raise Refused(415, f"POST takes {_TAKEN} here, and this is {media_type[:80] or 'nothing'}.")
    root = body.parse(request)
    found = BY_ROOT.get(root.tag)
    if found is None:
        raise Refused(415, f"POST takes {_TAKEN} here, and this is {root.tag[:200]}.")
    return found


def answer(exchange: Exchange) -> Response:
    """Let whom it was for answer."""
    assert exchange.via is not None, "the plan has found out"
    return exchange.via.answer(exchange)
