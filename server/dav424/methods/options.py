"""OPTIONS (RFC 9110 9.3.7, RFC 4918 10.1): the methods and compliance classes of a resource."""

from __future__ import annotations

from collections.abc import Sequence

from dav424.core.batch import Group
from dav424.core.message import Response
from dav424.core.method_facts import RESOURCES, UNMAPPED, Facts, MethodFacts
from dav424.dav.allowed_methods import allowed_methods
from dav424.dav.headers import COMPLIANCE_CLASSES
from dav424.spine.exchange import OpenExchange

FACTS: Facts = {"OPTIONS": MethodFacts(safe=True, has_body=False, privilege="read", allowed_on=RESOURCES | UNMAPPED)}


def plan(_: OpenExchange) -> Sequence[Group]:
    """Plan nothing."""
    return ()


def answer(exchange: OpenExchange) -> Response:
    """Answer with the methods and compliance classes that hold for this resource."""
    path = exchange.request.path
    allowed = allowed_methods(exchange.world.methods, path, exchange.draft.find(path))
    microsoft = [("MS-Author-Via", "DAV"), ("X-MSDAVEXT", "1")]  # MS-WDV 3.1.5: clients look for it before they extend
    return Response(200, [("DAV", COMPLIANCE_CLASSES), ("Allow", ", ".join(allowed)), *microsoft])
