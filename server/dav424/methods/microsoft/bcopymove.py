"""BCOPY and BMOVE (Exchange): each target is copied or moved as COPY or MOVE would.

It goes into the collection of the ``Destination`` header under its own name, or to a ``DAV:dest``.
"""

from __future__ import annotations

from msgspec.structs import replace

from dav424.core.message import Response
from dav424.core.method_facts import COLLECTIONS, Facts
from dav424.core.paths import href
from dav424.dav import multistatus
from dav424.dav.headers import destination
from dav424.methods import copymove
from dav424.methods.microsoft import targets
from dav424.methods.tree_steps import multistatus_of, part_refusals
from dav424.spine.exchange import OpenExchange
from dav424.spine.method import Plan

FACTS: Facts = {
    f"B{method}": replace(facts, atomicity="parts", allowed_on=COLLECTIONS) for method, facts in copymove.FACTS.items()
}


def plan(exchange: OpenExchange) -> Plan:
    """Make a part of each target."""
    targets.scope(exchange)
    request = exchange.request
    method = request.method.removeprefix("B")
    found = targets.read(request, targets.root(request, method.lower()))
    asked = [
        (each.request(request, method, destination=request.base + href(path, collection=slash)), copymove.plan)
        for each, (path, slash) in zip(found, targets.destinations(request, found), strict=True)
    ]
    return targets.plan(exchange, asked, "move" if method == "MOVE" else "copy")


def answer(exchange: OpenExchange) -> Response:
    """Answer 201 or 204 if that holds for all; 207 with what refused, or else with the status of each."""
    failure = targets.transaction_failure(exchange)
    if failure is not None:
        return failure
    refused = part_refusals(exchange)
    if refused:
        return multistatus_of(exchange, refused.items())
    request = exchange.request
    statuses = [copymove.success(exchange, destination(part.request), part.positions) for part in exchange.parts]
    if len(set(statuses)) == 1:
        return Response(statuses[0])
    said = "".join(
        multistatus.resource_response(request.base, exchange.draft.href_of(part.request.path), status)
        for part, status in zip(exchange.parts, statuses, strict=True)
    )
    return Response(207, [("Content-Type", multistatus.XML_TYPE)], multistatus.document("{DAV:}multistatus", said))
