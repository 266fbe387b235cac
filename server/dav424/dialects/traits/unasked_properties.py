"""Properties that a listing has although the request does not name them."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from typing import Literal

from msgspec.structs import replace

from dav424.dialects.request_names import with_names
from dav424.dialects.trait import Hooks, Trait
from dav424.dialects.trait_values import set_header
from dav424.spine.exchange import OpenExchange


def _hooks(value: Sequence[str]) -> Hooks:
    return Hooks(before=partial(_ask_for, [f"{{DAV:}}{name}" for name in value]))


def _ask_for(names: Sequence[str], exchange: OpenExchange) -> None:
    body = with_names(exchange.request, names) if exchange.request.method == "PROPFIND" else None
    if body is not None:
        exchange.request = replace(exchange.request, body=body)
        set_header(exchange, "content-type", "application/xml")


UNASKED_PROPERTIES = Trait(
    name="unasked-properties",
    kind="offer",
    values=list[
        Literal[
            "creationdate",
            "displayname",
            "getcontentlength",
            "getcontenttype",
            "getetag",
            "getlastmodified",
            "resourcetype",
        ]
    ],
    default=[],
    description="Properties that the answer to a PROPFIND has although the request names others.",
    servers=("asgiwebdav",),
    hooks=_hooks,
)
