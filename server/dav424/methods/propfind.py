"""PROPFIND (RFC 4918 9.1): named properties, all of them, or their names; depth 0, 1 and infinity."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from dav424.causes.apply import AlreadyRefused, refused_members
from dav424.core.batch import Action, Group
from dav424.core.memory import Recent
from dav424.core.message import Response
from dav424.core.namespaces import DAV
from dav424.core.subject import Subject
from dav424.dav import headers, multistatus, request_xml
from dav424.dav.multistatus import multistatus_response
from dav424.methods.failure_answers import failures
from dav424.methods.resource_properties import PropertySelection, read_selection
from dav424.methods.response_writer import ResponseWriter
from dav424.methods.written_listings import listing
from dav424.spine import conditional_requests
from dav424.spine.exchange import OpenExchange

if TYPE_CHECKING:
    from dav424.core.message import Request

_LONGEST = 2000
"""The most bytes of a body whose selection is remembered."""
_READ = Recent[tuple[bytes, str, bool], PropertySelection](most=200)
"""The selections of the bodies that were read last: clients send the same ones again and again."""


def plan(exchange: OpenExchange) -> Sequence[Group]:
    """Plan a refusal for each member that a cause forbids to list; the answer reads the properties of all others.

    The causes decide here, once, and not while the answer is streamed.
    """
    request, draft = exchange.request, exchange.draft
    exchange.target()
    conditional_requests.check(exchange)
    depth = headers.depth(request, "0", "1", "infinity")
    refused = refused_members(exchange.cause_context, request.path, lambda path: draft.find(path) is not None, depth)
    return [[Action(Subject("read", path), AlreadyRefused(refusal))] for path, refusal in refused.items()]


def answer(exchange: OpenExchange) -> Response:
    """Answer 207, streamed if it is long. All of it describes the tree at the start of the request."""
    request = exchange.request
    selection = read(request)
    depth = headers.depth(request, "0", "1", "infinity")
    refused = dict(failures(exchange))
    preference = [("Preference-Applied", "return=minimal")] if selection.minimal else []
    if depth == 0:
        written = ResponseWriter(exchange, selection).responses(request.path, depth, refused)
        return multistatus_response(written, *preference)
    body = listing(exchange, depth, selection, refused)
    return Response(207, [("Content-Type", multistatus.XML_TYPE), *preference], body)


def read(request: Request) -> PropertySelection:
    """Read the properties that are requested; an empty body requests all (RFC 4918 9.1)."""
    minimal = headers.prefers_minimal(request)
    if request_xml.is_missing(request):
        return PropertySelection(all=True, minimal=minimal)
    if len(request.body) > _LONGEST:
        return _parsed(request, minimal=minimal)
    key = request.body, request.headers.get("content-type", ""), minimal
    selection = _READ.find(key)
    if selection is None:
        selection = _parsed(request, minimal=minimal)
        _READ.keep(key, selection)
    return selection


def _parsed(request: Request, *, minimal: bool) -> PropertySelection:
    return read_selection(request_xml.parse_as(request, f"{DAV}propfind"), minimal=minimal)
