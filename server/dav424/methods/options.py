"""OPTIONS (RFC 9110 9.3.7, RFC 4918 10.1): the methods and compliance classes of a resource."""

from __future__ import annotations

from collections.abc import Sequence

from dav424.core.batch import Group
from dav424.core.message import Response
from dav424.dav.allowed_methods import allowed_methods
from dav424.dav.headers import compliance_classes
from dav424.objects import libraries
from dav424.spine.exchange import OpenExchange


def plan(_: OpenExchange) -> Sequence[Group]:
    """Plan nothing."""
    return ()


def answer(exchange: OpenExchange) -> Response:
    """Answer with the methods and compliance classes that hold for this resource."""
    path = exchange.request.path
    allowed = allowed_methods(exchange.methods, path, exchange.draft.find(path))
    # Clients find calendars from a principal, and the folder of --folder has none.
    reads_objects = libraries.installed() and bool(exchange.draft.principals.by_path)
    microsoft = [("MS-Author-Via", "DAV"), ("X-MSDAVEXT", "1")]  # MS-WDV 3.1.5: clients look for it before they extend
    return Response(
        200,
        [
            ("DAV", compliance_classes(exchange.methods, reads_objects=reads_objects)),
            ("Allow", ", ".join(allowed)),
            *microsoft,
        ],
    )
