"""OPTIONS (RFC 9110 9.3.7, RFC 4918 10.1): what can be done here, and no more than is true."""

from __future__ import annotations

from collections.abc import Sequence

from dav424.batch import Group
from dav424.exchange import CLASSES, SAFE, Exchange, Response
from dav424.tree import Document

_ALWAYS = ("OPTIONS", "PROPFIND", "PROPPATCH", "GET", "HEAD", "DELETE", "COPY", "MOVE", "LOCK", "UNLOCK")
_BATCHES = ("BPROPPATCH", "BPROPFIND", "BDELETE", "BCOPY", "BMOVE")
UNMAPPED = ("OPTIONS", "PUT", "MKCOL", "MKCALENDAR", "LOCK")


def plan(_: Exchange) -> Sequence[Group]:
    """Do nothing."""
    return ()


def answer(exchange: Exchange) -> Response:
    """Answer with the methods and compliance classes that hold for this resource."""
    allowed = allow(exchange)
    return Response(200, [("DAV", CLASSES), ("Allow", ", ".join(allowed)), ("MS-Author-Via", "DAV")])


def allow(exchange: Exchange) -> Sequence[str]:
    """List the methods that the resource can be asked for."""
    if exchange.world.read_only:
        return sorted(SAFE)
    match exchange.draft.find(exchange.request.path):
        case None:
            return UNMAPPED
        case Document():
            return (*_ALWAYS, "PUT")
        case _:
            return (*_ALWAYS, *_BATCHES)
