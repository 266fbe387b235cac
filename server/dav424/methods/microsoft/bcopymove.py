"""BCOPY and BMOVE (Exchange): COPY or MOVE for each target.

Each goes into the collection of the ``Destination`` header under its own name, or to its ``DAV:dest``.
"""

from __future__ import annotations

from dav424.core.message import Response
from dav424.core.paths import href
from dav424.dav.headers import destination
from dav424.dav.multistatus import multistatus_response, resource_response
from dav424.methods import copymove
from dav424.methods.failure_answers import answer_failures, subrequest_failures
from dav424.methods.microsoft import targets
from dav424.spine.exchange import OpenExchange
from dav424.spine.method import Plan


def plan(exchange: OpenExchange) -> Plan:
    """Plan a subrequest for each target."""
    targets.scope(exchange)
    request = exchange.request
    method = request.method.removeprefix("B")
    named = targets.read(request, targets.root(request, method.lower()))
    subrequests = [
        (target.request(request, method, destination=request.base.url(href(path, collection=slash))), copymove.plan)
        for target, (path, slash) in zip(named, targets.destinations(request, named), strict=True)
    ]
    return targets.plan(exchange, subrequests, "move" if method == "MOVE" else "copy")


@targets.unless_in_transaction
def answer(exchange: OpenExchange) -> Response:
    """Answer 201 or 204 if that is the status of all targets; else 207 with the failures or, without any, with all."""
    failed = subrequest_failures(exchange)
    if failed:
        return answer_failures(exchange, failed.items())
    request = exchange.request
    statuses = [copymove.success(exchange, destination(part.request), part.positions) for part in exchange.parts]
    if len(set(statuses)) == 1:
        return Response(statuses[0])
    return multistatus_response(
        resource_response(request.base, exchange.draft.href_of(part.request.path), status)
        for part, status in zip(exchange.parts, statuses, strict=True)
    )
