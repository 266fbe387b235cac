"""A failed PROPPATCH with ``Prefer: return=minimal``: told with 207 (RFC 8144 2), or 200 as Cyrus 3.6 answers."""

from __future__ import annotations

from typing import Literal

from dav424.core.batch import Done
from dav424.core.message import Response
from dav424.dav import headers
from dav424.dialects.trait import Hooks, Trait
from dav424.spine.exchange import OpenExchange


def _hooks(_: str) -> Hooks:
    return Hooks(told=_told)


def _told(exchange: OpenExchange, response: Response) -> Response:
    request = exchange.request
    if request.method != "PROPPATCH" or exchange.refused is not None or not headers.prefers_minimal(request):
        return response
    if all(isinstance(each, Done) for each in exchange.outcomes):
        return response
    return Response(200, [("Preference-Applied", "return=minimal")])


MINIMAL_FAILURES = Trait(
    name="minimal-failures",
    kind="fault",
    values=Literal["told", "hidden"],
    default="told",
    description="A PROPPATCH with Prefer: return=minimal of which a property fails: told with 207, or answered with 200 "
    "although nothing is stored.",
    hooks=_hooks,
)
