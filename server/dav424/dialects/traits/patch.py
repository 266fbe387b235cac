"""The PATCH of sabre/dav with ``X-Update-Range``, which writes a part of a document."""

from __future__ import annotations

from typing import Literal

from msgspec.structs import replace

from dav424.core.message import Response
from dav424.dialects.trait import Hooks, Trait
from dav424.methods.partial_write import PATCH_TYPE, Patch
from dav424.spine.exchange import OpenExchange

_CLASS = "sabredav-partialupdate"


def _hooks(_: str) -> Hooks:
    return Hooks(methods={"PATCH": Patch()}, told=_announce)


def _announce(exchange: OpenExchange, response: Response) -> Response:
    """Announce the method in the answer to OPTIONS, and the type of its body where the method is (RFC 5789 3.1)."""
    if exchange.request.method != "OPTIONS":
        return response
    headers = [(name, f"{value}, {_CLASS}" if name == "DAV" else value) for name, value in response.headers]
    if any(name == "Allow" and "PATCH" in value.split(", ") for name, value in headers):
        headers.append(("Accept-Patch", PATCH_TYPE))
    return replace(response, headers=headers)


PATCH = Trait(
    name="patch",
    kind="offer",
    values=Literal["absent", "sabre"],
    default="absent",
    description="The method PATCH: absent, or that of sabre/dav, which writes the range of X-Update-Range.",
    reports=("dufs#335", "dufs#343", "dufs#493", "hacdias/webdav#331", "webdavfs#12", "sabre/dav#137"),
    hooks=_hooks,
)
