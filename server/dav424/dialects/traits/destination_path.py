"""A ``Destination`` that is an absolute path (RFC 4918 10.3): taken, or refused as RFC 2518 wants it."""

from __future__ import annotations

from functools import partial
from typing import Literal

from dav424.core.batch import Refused
from dav424.dialects.trait import Hooks, Trait
from dav424.spine.exchange import OpenExchange


def _hooks(value: int) -> Hooks:
    return Hooks(before=partial(_before, value))


def _before(status: int, exchange: OpenExchange) -> None:
    request = exchange.request
    sent = request.headers.get("destination", "").strip(" \t")
    if request.method in ("COPY", "MOVE") and sent.startswith("/"):
        raise Refused(status, f"Destination: {sent[:80]!r} has no scheme and no host; send an absolute URI.")


DESTINATION_PATH = Trait(
    name="destination-path",
    kind="offer",
    values=Literal["accepted", 400, 403, 502],
    default="accepted",
    description="A Destination that is an absolute path, without scheme and host: taken, or refused with this status.",
    reports=(
        "flysystem-webdav#27",
        "flysystem-webdav#33",
        "flysystem-webdav#40",
        "aiodav#18",
    ),
    hooks=_hooks,
)
