"""BPROPPATCH (Exchange): the same instructions for each target, all of them or none at each."""

from __future__ import annotations

from functools import partial

from dav424.core.batch import Done, Failed
from dav424.core.message import Response
from dav424.core.method_facts import COLLECTIONS, Facts, MethodFacts
from dav424.dav import headers, multistatus
from dav424.methods import properties, proppatch
from dav424.methods.microsoft import targets
from dav424.spine.exchange import OpenExchange, SubRequest
from dav424.spine.method import Plan

FACTS: Facts = {
    "BPROPPATCH": MethodFacts(
        atomicity="parts",
        privilege="write-properties",
        allowed_on=COLLECTIONS,
        rule=("The instructions for one target succeed or fail together.", "RFC 4918 9.2"),
    )
}


def plan(exchange: OpenExchange) -> Plan:
    """Make a part of each target, one group with all instructions."""
    targets.scope(exchange)
    request = exchange.request
    headers.brief(request)
    root = targets.root(request, "propertyupdate")
    found = targets.read(request, root)
    update = partial(proppatch.update, properties.read(request, root, removal=True))
    return targets.plan(exchange, [(each.request(request, "PROPPATCH"), update) for each in found], "set")


def answer(exchange: OpenExchange) -> Response:
    """Answer 207 with what came of each property of each target; a ``Brief`` success is 200 without a body."""
    failure = targets.transaction_failure(exchange)
    if failure is not None:
        return failure
    brief = headers.brief(exchange.request)
    if all(isinstance(outcome, Done) for outcome in exchange.outcomes):
        if brief:
            return Response(200)
        if headers.prefers_minimal(exchange.request):
            return Response(204, [("Preference-Applied", "return=minimal")])
    said = "".join(_response(exchange, part, brief=brief) for part in exchange.parts)
    return Response(207, [("Content-Type", multistatus.XML_TYPE)], multistatus.document("{DAV:}multistatus", said))


def _response(exchange: OpenExchange, part: SubRequest, *, brief: bool) -> str:
    base, where = exchange.request.base, exchange.draft.href_of(part.request.path)
    first = exchange.outcomes[part.positions.start]
    if isinstance(first, Failed) and not exchange.actions[part.positions.start].subject.property:
        return multistatus.resource_response(base, where, first.status, first.condition, first.detail)
    told = properties.propstats(exchange, part.positions)
    told = [each for each in told if not (brief and each.status == 200)]
    return multistatus.response(base, where, told) if told else ""
