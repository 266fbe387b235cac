"""OPTIONS (RFC 9110 9.3.7, RFC 4918 10.1): the methods and compliance classes of a resource."""

from __future__ import annotations

from collections.abc import Sequence

from dav424.core.batch import Group
from dav424.core.message import Response
from dav424.dav import live_properties
from dav424.dav.headers import COMPLIANCE_CLASSES
from dav424.spine.exchange import SAFE, OpenExchange

BATCH = ("$batch",)
GRAPH_BATCH = ("v1.0", "$batch")
"""The paths where POST accepts batches, in every scenario."""


def plan(_: OpenExchange) -> Sequence[Group]:
    """Plan nothing."""
    return ()


def answer(exchange: OpenExchange) -> Response:
    """Answer with the methods and compliance classes that hold for this resource."""
    allowed = allow(exchange)
    return Response(200, [("DAV", COMPLIANCE_CLASSES), ("Allow", ", ".join(allowed)), ("MS-Author-Via", "DAV")])


def allow(exchange: OpenExchange) -> Sequence[str]:
    """List the methods that the resource allows."""
    if exchange.world.blueprint.read_only:
        return sorted(SAFE)
    methods = live_properties.methods(exchange.draft.find(exchange.request.path))
    batches = exchange.request.path in (BATCH, GRAPH_BATCH) and "POST" not in methods
    return (*methods, "POST") if batches else methods
