"""PROPPATCH (RFC 4918 9.2): set and remove properties, all of them or none."""

from __future__ import annotations

from collections.abc import Sequence

from dav424.core.batch import Done, Group
from dav424.core.memory import forgotten
from dav424.core.message import Response
from dav424.core.namespaces import DAV
from dav424.dav import headers, multistatus, request_xml
from dav424.dav.multistatus import multistatus_response
from dav424.methods import properties
from dav424.methods.properties import Instruction
from dav424.spine import conditional_requests, lock_checks
from dav424.spine.exchange import OpenExchange

_MOST, _LONGEST = 64, 2048
_READ: dict[tuple[bytes, str], Sequence[Instruction]] = {}
"""The instructions of short bodies by the bytes and the media type: clients send the same body to many resources, or again after a cure."""
forgotten(_READ)


def plan(exchange: OpenExchange) -> Sequence[Group]:
    """Plan one group of all instructions, in document order."""
    request = exchange.request
    _check(exchange)
    request_xml.check_head(request)
    key = (request.body, request.headers.get("content-type", ""))
    instructions = _READ.get(key)
    if instructions is None:
        root = request_xml.parse_as(request, f"{DAV}propertyupdate")
        instructions = properties.read(request, root, removal=True)
        if len(key[0]) + len(key[1]) <= _LONGEST:
            if len(_READ) >= _MOST:
                _READ.clear()
            _READ[key] = instructions
    return _group(instructions, exchange)


def update(instructions: Sequence[Instruction], exchange: OpenExchange) -> Sequence[Group]:
    """Plan one group of these instructions; refuses if the request may not write the resource."""
    _check(exchange)
    return _group(instructions, exchange)


def _check(exchange: OpenExchange) -> None:
    """Refuse a request that may not write the resource: its head alone decides that."""
    exchange.target()
    conditional_requests.check(exchange)
    lock_checks.check_locks(exchange, exchange.request.path)


def _group(instructions: Sequence[Instruction], exchange: OpenExchange) -> Sequence[Group]:
    return [list(properties.actions(instructions, exchange.request.path, exchange.draft))]


def answer(exchange: OpenExchange) -> Response:
    """Answer 207 with the outcome of each property; after ``return=minimal``, a success is 204 without a body."""
    request = exchange.request
    if headers.prefers_minimal(request) and all(isinstance(outcome, Done) for outcome in exchange.outcomes):
        return Response(204, [("Preference-Applied", "return=minimal")])
    propstats = properties.propstats(exchange)
    path = exchange.draft.href_of(request.path)
    return multistatus_response([multistatus.response(request.base, path, propstats)])
