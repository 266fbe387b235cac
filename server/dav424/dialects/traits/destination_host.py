"""A ``Destination`` on another server, as a proxy in front makes of each (RFC 4918 9.8.4): taken, or refused."""

from __future__ import annotations

from functools import partial
from typing import Literal
from urllib.parse import SplitResult, urlsplit

from dav424.core.batch import Refused
from dav424.dialects.trait import Hooks, Trait
from dav424.spine.exchange import OpenExchange

_PORTS = {"http": 80, "https": 443}


def _check_scheme(status: int, exchange: OpenExchange) -> None:
    sent, own = _destination(exchange), exchange.request.scheme
    if sent is not None and sent.scheme.lower() != own.lower():
        raise Refused(status, f"Destination: {sent.geturl()[:80]!r} has another scheme than the request, {own}.")


def _check_host(status: int, exchange: OpenExchange) -> None:
    sent, host = _destination(exchange), exchange.request.headers.get("host", "")
    if sent is not None and _place(sent) != _place(urlsplit(f"{exchange.request.scheme}://{host}")):
        raise Refused(status, f"Destination: {sent.geturl()[:80]!r} is on another server; this one is {host[:80]!r}.")


def _destination(exchange: OpenExchange) -> SplitResult | None:
    """Give the URL in the Destination of a COPY or MOVE; None if it has no server, or is malformed, which the method refuses."""
    request = exchange.request
    sent = request.headers.get("destination", "").strip(" \t")
    if request.method not in ("COPY", "MOVE") or not sent.lower().startswith(("http:", "https:")):
        return None
    try:
        parts = urlsplit(sent)
        _place(parts)
    except ValueError:
        return None
    return parts


def _place(url: SplitResult) -> tuple[str, int]:
    return (url.hostname or "").lower(), url.port or _PORTS.get(url.scheme.lower(), 0)


DESTINATION_SCHEME = Trait(
    name="destination-scheme",
    kind="offer",
    values=Literal["any", 400, 403, 502],
    default="any",
    description="A Destination with another scheme than the request: taken, or refused with this status.",
    reports=("keeweb#1154", "floccus#2302", "seafile#2336", "wsgidav#183"),
    hooks=lambda value: Hooks(before=partial(_check_scheme, value)),
)
DESTINATION_HOST = Trait(
    name="destination-host",
    kind="offer",
    values=Literal["any", 400, 403, 404, 409, 412, 502],
    default="any",
    description="A Destination with another host or port than the request: taken, or refused with this status.",
    reports=(
        "keeweb#1154",
        "keeweb#1326",
        "traefik#4816",
        "floccus#2302",
        "seafile#2336",
        "seafile-docker#468",
        "wsgidav#183",
        "tracim#1765",
        "cells#142",
        "hacdias/webdav#59",
        "nginx-proxy#451",
    ),
    hooks=lambda value: Hooks(before=partial(_check_host, value)),
)
