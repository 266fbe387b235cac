"""DELETE (RFC 4918 9.6): leaves first; what can't go keeps its ancestors, and everything else goes.

A collection needs the removals of its members. That is how an ancestor of a locked member gets its
424, which the answer leaves unsaid (9.6.1).
"""

from __future__ import annotations

from collections.abc import Sequence

from dav424.core.batch import Group, Refused
from dav424.core.message import Response
from dav424.core.method_facts import RESOURCES, Facts, MethodFacts
from dav424.dav import headers
from dav424.methods.tree_steps import ATOMIC_RULE, Steps, partial_answer
from dav424.spine import conditional_requests, lock_checks
from dav424.spine.exchange import OpenExchange
from dav424.store.tree import Collection

FACTS: Facts = {
    "DELETE": MethodFacts(
        atomicity="steps",
        privilege="unbind",
        allowed_on=RESOURCES,
        rule=("A collection can be deleted only after all of its members.", "RFC 4918 9.6.1"),
        atomic_rule=ATOMIC_RULE,
    )
}


def plan(exchange: OpenExchange) -> Sequence[Group]:
    """Make a group of each removal that could be refused by itself, and one of every free subtree."""
    request = exchange.request
    path = request.path
    node = exchange.target()
    headers.depth(request, *(["infinity"] if isinstance(node, Collection) else ["0", "1", "infinity"]))
    if not path:
        raise Refused(403, "The root of a scenario can't be deleted; delete its members.")
    conditional_requests.check(exchange)
    lock_checks.check_locks(exchange, path, path[:-1])
    steps = Steps(exchange, node, path)
    steps.remove(path, node)
    return steps.groups()


def answer(exchange: OpenExchange) -> Response:
    """Answer 204, or 207 with what refused to go."""
    return partial_answer(exchange, 204, [exchange.request.path])
