"""PROPPATCH (RFC 4918 9.2): set and remove properties, all of them or none."""

from __future__ import annotations

from collections.abc import Sequence

from dav424 import headers, multistatus, preconditions
from dav424.batch import Done, Group, Refused
from dav424.condition import DAV
from dav424.exchange import Exchange, Response
from dav424.methods import body, properties
from dav424.methods.properties import Instruction


def plan(exchange: Exchange) -> Sequence[Group]:
    """Make one group of all instructions, in document order."""
    request = exchange.request
    root = body.parse(request)
    if root.tag != f"{DAV}propertyupdate":
        raise Refused(400, f"The body of PROPPATCH must be a DAV:propertyupdate, and it is {root.tag}.")
    return update(properties.read(request, root, removal=True), exchange)


def update(instructions: Sequence[Instruction], exchange: Exchange) -> Sequence[Group]:
    """Make one group of these instructions, if the resource may be written."""
    path = exchange.request.path
    exchange.target()
    preconditions.check(exchange)
    preconditions.check_locks(exchange, path)
    return [list(properties.actions(instructions, path, exchange.draft))]


def answer(exchange: Exchange) -> Response:
    """Answer 207 with what came of each property; ``return=minimal`` shrinks a success to 204."""
    request = exchange.request
    if headers.prefers_minimal(request) and all(isinstance(outcome, Done) for outcome in exchange.outcomes):
        return Response(204, [("Preference-Applied", "return=minimal")])
    propstats = properties.propstats(exchange)
    said = multistatus.response(request.base, preconditions.spell(exchange.draft, request.path), propstats)
    return Response(207, [("Content-Type", multistatus.XML_TYPE)], multistatus.document("{DAV:}multistatus", said))
