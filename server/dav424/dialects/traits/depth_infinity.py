"""A PROPFIND of ``Depth: infinity``: answered, refused or cut (RFC 4918 9.1)."""

from __future__ import annotations

from typing import Literal

from msgspec.structs import replace

from dav424.core.batch import Refused
from dav424.core.condition_codes import PROPFIND_FINITE_DEPTH
from dav424.dialects.trait import Hooks, Trait
from dav424.spine.exchange import OpenExchange
from dav424.store.tree import Collection


def _hooks(value: str) -> Hooks:
    return Hooks(before=_refuse if value == "refused" else _cut)


def _asks_for_all(exchange: OpenExchange) -> bool:
    """Say whether a PROPFIND asks for all members of a collection, as it does without ``Depth``, too."""
    request = exchange.request
    if request.method != "PROPFIND" or request.headers.get("depth", "infinity").strip(" \t").lower() != "infinity":
        return False
    return isinstance(exchange.draft.find(request.path), Collection)


def _refuse(exchange: OpenExchange) -> None:
    if _asks_for_all(exchange):
        raise Refused(403, "This server lists no hierarchy as a whole. Send Depth: 0 or 1.", PROPFIND_FINITE_DEPTH)


def _cut(exchange: OpenExchange) -> None:
    if _asks_for_all(exchange):
        exchange.request = replace(exchange.request, headers={**exchange.request.headers, "depth": "1"})


DEPTH_INFINITY = Trait(
    name="depth-infinity",
    kind="offer",
    values=Literal["answered", "refused", "cut"],
    default="answered",
    description="A PROPFIND of a collection with Depth infinity: it lists all members, is refused with 403 and "
    "propfind-finite-depth, or lists the members of the collection alone.",
    reports=(
        "remotely-save#17",
        "infinidysk#581",
        "infinidysk#633",
        "sabre/dav#262",
        "webdav-fs#1",
        "opendal#4256",
        "xbmc#2361",
        "dCache#7850",
    ),
    hooks=_hooks,
)
