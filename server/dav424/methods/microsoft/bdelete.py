"""BDELETE (Exchange): each target is deleted as DELETE would, whatever becomes of the others."""

from __future__ import annotations

from msgspec.structs import replace

from dav424.core.message import Response
from dav424.core.method_facts import COLLECTIONS, Facts
from dav424.methods import delete
from dav424.methods.microsoft import targets
from dav424.methods.tree_steps import multistatus_of, part_refusals
from dav424.spine.exchange import OpenExchange
from dav424.spine.method import Plan

_DELETE = delete.FACTS["DELETE"]
FACTS: Facts = {"BDELETE": replace(_DELETE, atomicity="parts", allowed_on=COLLECTIONS)}


def plan(exchange: OpenExchange) -> Plan:
    """Make a part of each target."""
    targets.scope(exchange)
    request = exchange.request
    found = targets.read(request, targets.root(request, "delete"))
    return targets.plan(exchange, [(each.request(request, "DELETE"), delete.plan) for each in found], "delete")


def answer(exchange: OpenExchange) -> Response:
    """Answer 204, or 207 with what refused to go."""
    failure = targets.transaction_failure(exchange)
    if failure is not None:
        return failure
    refused = part_refusals(exchange)
    return multistatus_of(exchange, refused.items()) if refused else Response(204)
