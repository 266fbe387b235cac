"""POST (RFC 9110 9.3.3): what it asks for is told by its place, by its media type, or by the root of its XML.

Batches stand in a list, that of ``methods.METHODS``, and say where they are taken. Elsewhere it is the collection
that is posted to: ``BY_TYPE`` and ``BY_ROOT`` are the tables, and what is in neither is refused.
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
_TAKEN = "text/calendar, text/vcard, or XML that is an MM:multiput or a CS:share"


class FrontEnd(Method, Protocol):
    """Something with a place of its own that can be posted to."""

    @property
    def types(self) -> Sequence[str]:
        """The media types that it takes, in lower case."""

    def stands_at(self, request: Request) -> bool:
        """Say whether this is the place for it."""


class Post:
    """The method POST, over what has a place of its own."""

    def __init__(self, *front_ends: FrontEnd) -> None:
        self._front_ends = front_ends

    def plan(self, exchange: OpenExchange) -> Iterable[Group]:
        """Leave it to who takes it; refuses with 404 or 405 where nobody does, with 415 what nobody takes there."""
        exchange.via = self._find(exchange)
        return exchange.via.plan(exchange)

    def answer(self, exchange: OpenExchange) -> Response:
        """Leave it to who took it."""
        assert exchange.via is not None, "the plan has found out"
        return exchange.via.answer(exchange)

    def _find(self, exchange: OpenExchange) -> Method:
        request = exchange.request
        sent = request.headers.get("content-type", "").partition(";")[0].strip(" \t").lower()
        here = [each for each in self._front_ends if each.stands_at(request)]
        for each in here:
            if sent in each.types:
                return each
        if here:
            taken = " or ".join(media_type for each in here for media_type in each.types)
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
