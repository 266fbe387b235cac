"""BPROPFIND (Exchange): PROPFIND for each target, in one response.

Unlike PROPFIND, it holds the world's lock as writing methods do: a refusal at one target is one of several outcomes.
"""

from __future__ import annotations

from collections.abc import Iterator

from msgspec.structs import replace

from dav424.core.message import Response
from dav424.core.paths import Path
from dav424.dav import headers
from dav424.dav.multistatus import XML_TYPE, failed_response, multistatus_chunks
from dav424.methods import propfind
from dav424.methods.failure_answers import failures
from dav424.methods.microsoft import targets
from dav424.methods.resource_properties import PropertySelection
from dav424.methods.response_writer import ResponseWriter
from dav424.spine.exchange import OpenExchange
from dav424.spine.method import Plan


def plan(exchange: OpenExchange) -> Plan:
    """Plan a subrequest for each target, whose actions are the members that can't be listed."""
    targets.scope(exchange)
    headers.brief(exchange.request)
    return targets.plan_each(exchange, "PROPFIND", propfind.plan, "read")


@targets.unless_in_transaction
def answer(exchange: OpenExchange) -> Response:
    """Answer 207, streamed; ``Brief`` leaves out properties that a resource doesn't have."""
    request = exchange.request
    selection = propfind.read(request)
    if headers.brief(request):
        selection = replace(selection, minimal=True)
    depth = headers.depth(request, "0", "1", "infinity")
    chunks = multistatus_chunks(_responses(exchange, selection, depth))
    return Response(207, [("Content-Type", XML_TYPE)], chunks)


def _responses(exchange: OpenExchange, selection: PropertySelection, depth: float) -> Iterator[str]:
    """Write one response for each resource, also if targets overlap."""
    seen: set[Path] = set()
    writer = ResponseWriter(exchange, selection)
    for part in exchange.parts:
        path, refused = part.request.path, dict(failures(exchange, part.positions))
        failed = refused.get(path)
        if failed is None:
            yield from writer.responses(path, depth, refused, seen)
        elif path not in seen:
            seen.add(path)
            yield failed_response(exchange.request.base, exchange.draft.href_of(path), failed)
