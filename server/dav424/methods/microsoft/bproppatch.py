"""BPROPPATCH (Exchange): PROPPATCH with the same instructions for each target, which gets all of them or none."""

from __future__ import annotations

from functools import partial

from dav424.core.batch import Done, Failed
from dav424.core.message import Response
from dav424.dav import headers
from dav424.dav.multistatus import failed_response, multistatus_response, response
from dav424.methods import properties, proppatch
from dav424.methods.microsoft import targets
from dav424.spine.exchange import OpenExchange, SubRequest
from dav424.spine.method import Plan


def plan(exchange: OpenExchange) -> Plan:
    """Plan a subrequest for each target: one group of all instructions."""
    targets.scope(exchange)
    request = exchange.request
    headers.brief(request)
    root = targets.root(request, "propertyupdate")
    named = targets.read(request, root)
    instructions = properties.read(request, root, removal=True)
    update = partial(proppatch.update, instructions)
    parts = [(target.request(request, "PROPPATCH"), update) for target in named]
    return targets.plan(exchange, parts, "set", actions=len(instructions))


@targets.unless_in_transaction
def answer(exchange: OpenExchange) -> Response:
    """Answer 207 with the outcome of each property of each target; with ``Brief``, a success is 200 without a body."""
    brief = headers.brief(exchange.request)
    if all(isinstance(outcome, Done) for outcome in exchange.outcomes):
        if brief:
            return Response(200)
        if headers.prefers_minimal(exchange.request):
            return Response(204, [("Preference-Applied", "return=minimal")])
    return multistatus_response(_response(exchange, part, brief=brief) for part in exchange.parts)


def _response(exchange: OpenExchange, part: SubRequest, *, brief: bool) -> str:
    base, path = exchange.request.base, exchange.draft.href_of(part.request.path)
    last = exchange.outcomes[part.positions[-1]]
    if isinstance(last, Failed) and not exchange.actions[part.positions[-1]].subject.property:
        return failed_response(base, path, last)  # of the target as a whole
    propstats = properties.propstats(exchange, part.positions)
    if brief:
        propstats = [propstat for propstat in propstats if propstat.status != 200]
    return response(base, path, propstats) if propstats else ""
