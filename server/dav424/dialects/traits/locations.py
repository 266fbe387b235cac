"""The ``Location`` of a redirection and of a new resource (RFC 9110 10.2.2): a path, or an absolute URL."""

from __future__ import annotations

from typing import Literal

from msgspec.structs import replace

from dav424.core.message import Response
from dav424.dialects.trait import Hooks, Trait
from dav424.spine.exchange import OpenExchange


def _hooks(_: str) -> Hooks:
    return Hooks(told=_absolute)


def _absolute(exchange: OpenExchange, response: Response) -> Response:
    request = exchange.request
    root = f"{request.scheme}://{request.headers.get('host', 'localhost')}"
    headers = [
        (name, root + value if name == "Location" and value.startswith("/") else value)
        for name, value in response.headers
    ]
    return replace(response, headers=headers)


LOCATIONS = Trait(
    name="locations",
    kind="spelling",
    values=Literal["path", "absolute"],
    default="path",
    description="The Location of a redirection and of a new resource: an absolute path, or an absolute URL.",
    hooks=_hooks,
)
