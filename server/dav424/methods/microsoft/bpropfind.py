"""BPROPFIND (Exchange): each target is asked as PROPFIND would, in one answer.

It takes a turn, unlike PROPFIND: what is refused at one target is an outcome beside the others.
"""

from __future__ import annotations

from collections.abc import Iterator

from msgspec.structs import replace

from dav424.core.batch import Failed
from dav424.core.message import Response
from dav424.core.method_facts import COLLECTIONS, Facts, MethodFacts
from dav424.core.paths import Path
from dav424.dav import headers, multistatus
from dav424.methods import propfind
from dav424.methods.microsoft import targets
from dav424.spine.exchange import OpenExchange, SubRequest
from dav424.spine.method import Plan

FACTS: Facts = {
    "BPROPFIND": MethodFacts(
        atomicity="parts",
        lists_properties=True,
        privilege="read",
        allowed_on=COLLECTIONS,
        rule=("A method in a transaction needs the transaction.", "Exchange, Transaction header"),
    )
}


def plan(exchange: OpenExchange) -> Plan:
    """Make a part of each target, in which there is nothing to do."""
    targets.scope(exchange)
    request = exchange.request
    headers.brief(request)
    found = targets.read(request, targets.root(request, "propfind"))
    return targets.plan(exchange, [(each.request(request, "PROPFIND"), propfind.plan) for each in found], "read")


def answer(exchange: OpenExchange) -> Response:
    """Answer 207, written as it is sent; ``Brief`` leaves out what isn't there."""
    failure = targets.transaction_failure(exchange)
    if failure is not None:
        return failure
    request = exchange.request
    wanted = propfind.read(request)
    if headers.brief(request):
        wanted = replace(wanted, minimal=True)
    depth = headers.depth(request, "0", "1", "infinity")
    content = propfind.stream(_responses(exchange, wanted, depth))
    return Response(207, [("Content-Type", multistatus.XML_TYPE)], content)


def _responses(exchange: OpenExchange, wanted: propfind.Wanted, depth: float) -> Iterator[str]:
    """Write a response for each resource, once, also where the targets overlap."""
    seen: set[Path] = set()
    for part in exchange.parts:
        failed = _failed(exchange, part)
        if failed is None:
            yield from propfind.responses(exchange, part.request.path, depth, wanted, seen)
        elif part.request.path not in seen:
            seen.add(part.request.path)
            where = exchange.draft.href_of(part.request.path)
            yield multistatus.resource_response(
                exchange.request.base, where, failed.status, failed.condition, failed.detail
            )


def _failed(exchange: OpenExchange, part: SubRequest) -> Failed | None:
    found = [exchange.outcomes[position] for position in part.positions]
    return next((each for each in found if isinstance(each, Failed)), None)
