"""The scopes of locks (RFC 4918 6.1): exclusive and shared ones, or exclusive ones alone."""

from __future__ import annotations

from functools import partial
from typing import Literal

from msgspec.structs import replace

from dav424.core.batch import Refused
from dav424.core.method_facts import Facts
from dav424.core.namespaces import DAV
from dav424.dav import request_xml
from dav424.dialects.trait import Hooks, Trait
from dav424.spine.exchange import OpenExchange


def _hooks(value: int) -> Hooks:
    return Hooks(offered=_exclusive_alone, before=partial(_refuse_shared, value))


def _exclusive_alone(methods: Facts) -> Facts:
    if "LOCK" not in methods:
        return methods
    return {**methods, "LOCK": replace(methods["LOCK"], lock_scopes=("exclusive",))}


def _refuse_shared(status: int, exchange: OpenExchange) -> None:
    request = exchange.request
    if request.method != "LOCK" or request_xml.is_missing(request):
        return
    scope = request_xml.parse_as(request, f"{DAV}lockinfo").find(f"{DAV}lockscope/{DAV}shared")
    if scope is not None:
        raise Refused(status, "This server grants exclusive locks alone. Ask for an exclusive lock.")


SHARED_LOCKS = Trait(
    name="shared-locks",
    kind="offer",
    values=Literal["granted", 400, 403, 409, 412, 423, 501],
    default="granted",
    description="A LOCK for a shared lock: granted, or refused with this status, and not in DAV:supportedlock.",
    hooks=_hooks,
)
