"""A MKCOL with properties in its body (RFC 5689): done, ignored or refused (RFC 4918 9.3)."""

from __future__ import annotations

from functools import partial
from typing import Literal

from msgspec.structs import replace

from dav424.core.batch import Refused
from dav424.core.message import Response
from dav424.dav.request_xml import may_be_xml
from dav424.dialects.trait import Hooks, Trait
from dav424.spine.exchange import OpenExchange

_CLASS = "extended-mkcol"


def _hooks(value: str | int) -> Hooks:
    told = None if value == "done-for-xml" else _without_class
    return Hooks(before=partial(_before, value), told=told)


def _before(value: str | int, exchange: OpenExchange) -> None:
    request = exchange.request
    if request.method != "MKCOL" or not request.length:
        return
    if value == "done-for-xml" and may_be_xml(request):
        return
    if isinstance(value, int):
        raise Refused(value, "This server makes a collection without a body. Send MKCOL, and then PROPPATCH.")
    exchange.request = replace(request, body=b"")


def _without_class(_: OpenExchange, response: Response) -> Response:
    headers = [
        (name, ", ".join(each for each in value.split(", ") if each != _CLASS) if name == "DAV" else value)
        for name, value in response.headers
    ]
    return replace(response, headers=headers)


EXTENDED_MKCOL = Trait(
    name="extended-mkcol",
    kind="offer",
    values=Literal["done", "ignored", "done-for-xml", 400, 403, 415, 501],
    default="done",
    description="A MKCOL with properties: the collection gets them, the body is ignored, a body that is not XML is ignored, or the status refuses it.",
    servers=("xandikos",),
    hooks=_hooks,
)
