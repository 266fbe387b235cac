"""DELETE (RFC 4918 9.6): members first. A resource that can't be deleted keeps its ancestors; all others are deleted.

The deletion of a collection needs the deletions of its members. That is why an ancestor of a locked member
gets a 424, which the answer leaves out (9.6.1).
"""

from __future__ import annotations

from collections.abc import Sequence

from dav424.core.batch import Group, Refused
from dav424.core.message import Response
from dav424.dav import headers
from dav424.methods.failure_answers import partial_answer
from dav424.methods.tree_steps import Steps
from dav424.spine import conditional_requests, lock_checks
from dav424.spine.exchange import OpenExchange
from dav424.store.tree import Collection


def plan(exchange: OpenExchange) -> Sequence[Group]:
    """Plan a group for each resource that may refuse, and one for each subtree in which none may."""
    request = exchange.request
    path = request.path
    node = exchange.target()
    headers.depth(request, *(["infinity"] if isinstance(node, Collection) else ["0", "1", "infinity"]))
    if not path:
        raise Refused(403, "The root collection of a scenario can't be deleted. Delete its members instead.")
    conditional_requests.check(exchange)
    lock_checks.check_locks(exchange, path, path[:-1])
    steps = Steps(exchange, node, path)
    steps.remove(path, node)
    return steps.groups()


def answer(exchange: OpenExchange) -> Response:
    """Answer 204, or 207 with the resources that could not be deleted."""
    return partial_answer(exchange, 204, [exchange.request.path])
