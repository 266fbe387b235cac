"""BDELETE (Exchange): DELETE for each target, independent of the others."""

from __future__ import annotations

from dav424.core.message import Response
from dav424.methods import delete
from dav424.methods.failure_answers import answer_failures, subrequest_failures
from dav424.methods.microsoft import targets
from dav424.spine.exchange import OpenExchange
from dav424.spine.method import Plan


def plan(exchange: OpenExchange) -> Plan:
    """Plan a subrequest for each target."""
    targets.scope(exchange)
    return targets.plan_each(exchange, "DELETE", delete.plan, "delete")


@targets.unless_in_transaction
def answer(exchange: OpenExchange) -> Response:
    """Answer 204, or 207 with the resources that could not be deleted."""
    failed = subrequest_failures(exchange)
    return answer_failures(exchange, failed.items()) if failed else Response(204)
