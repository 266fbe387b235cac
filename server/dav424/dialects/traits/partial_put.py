"""A PUT with ``Content-Range`` (RFC 9110 9.3.4, 14.5): refused, done, or stored as if it were the whole content."""

from __future__ import annotations

from functools import partial
from typing import Literal

from dav424.core.batch import Refused
from dav424.dialects.trait import Hooks, Trait
from dav424.dialects.trait_values import set_header
from dav424.methods.partial_write import PartialPut
from dav424.spine.exchange import OpenExchange


def _hooks(value: str | int) -> Hooks:
    if isinstance(value, int):
        return Hooks(before=partial(_refuse, value))
    return Hooks(methods={"PUT": PartialPut()}) if value == "done" else Hooks(before=_ignore)


def _is_partial(exchange: OpenExchange) -> bool:
    return exchange.request.method == "PUT" and "content-range" in exchange.request.headers


def _refuse(status: int, exchange: OpenExchange) -> None:
    if _is_partial(exchange):
        raise Refused(status, "This server does not store a part of a content. Send the whole, without Content-Range.")


def _ignore(exchange: OpenExchange) -> None:
    if _is_partial(exchange):
        set_header(exchange, "content-range", None)


PARTIAL_PUT = Trait(
    name="partial-put",
    kind="offer",
    values=Literal["refused", "done", "ignored", 403, 501],
    default="refused",
    description="A PUT with Content-Range: refused with 400, or with another status; done, so that the part is stored at its place; or the "
    "header is ignored, so that the part is stored as the whole content.",
    reports=(
        "FubarDevelopment#63",
        "FubarDevelopment#66",
        "owncloud/core#14162",
        "nextcloud/server#40968",
        "webdavfs#8",
        "cyberduck#13652",
    ),
    hooks=_hooks,
)
