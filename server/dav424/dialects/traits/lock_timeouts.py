"""How long a lock lasts (RFC 4918 10.7): as long as the client wishes, or not."""

from __future__ import annotations

from functools import partial
from typing import Annotated, Literal

from msgspec import Meta

from dav424.dav import headers, request_xml
from dav424.dialects.trait import Hooks, Trait
from dav424.dialects.trait_values import set_header
from dav424.spine.exchange import OpenExchange

_Seconds = Annotated[int, Meta(ge=1, le=headers.LONGEST_TIMEOUT, description="A number of seconds.")]


def _cut(most: int, exchange: OpenExchange) -> None:
    if exchange.request.method == "LOCK" and headers.timeout(exchange.request) > most:
        set_header(exchange, "timeout", f"Second-{most}")


def _fix(value: str | int, exchange: OpenExchange) -> None:
    if exchange.request.method == "LOCK":
        set_header(exchange, "timeout", _wish(value))


def _default(value: str | int, exchange: OpenExchange) -> None:
    """Choose for a client that names no time-out."""
    if exchange.request.method == "LOCK" and "timeout" not in exchange.request.headers:
        set_header(exchange, "timeout", _wish(value))


def _endless(seconds: int, exchange: OpenExchange) -> None:
    if exchange.request.method == "LOCK" and headers.timeout(exchange.request) == headers.INFINITY:
        set_header(exchange, "timeout", _wish(seconds))


def _wish(value: str | int) -> str:
    return "Infinite" if value == "infinite" else f"Second-{value}"


def _halve(exchange: OpenExchange) -> None:
    """Give a lock that is refreshed half of the time that it had left, if the client wishes for more."""
    request = exchange.request
    if request.method != "LOCK" or "if" not in request.headers or not request_xml.is_missing(request):
        return
    draft = exchange.draft
    named = [lock for lock in draft.locks_on(request.path) if lock.token in exchange.tokens]
    if named and named[0].expires is not None:
        _cut(max(1, int(named[0].expires - draft.now) // 2), exchange)


LONGEST_LOCK = Trait(
    name="longest-lock",
    kind="offer",
    values=Literal["unlimited"] | _Seconds,
    default="unlimited",
    description="The most seconds that a lock lasts until it is refreshed, whatever the client wishes.",
    reports=("neon#12", "npm-WebDAV-Server#101", "redmine_dmsf#648"),
    hooks=lambda value: Hooks(before=partial(_cut, value)),
)
DEFAULT_LOCK = Trait(
    name="default-lock",
    kind="offer",
    values=Literal["infinite"] | _Seconds,
    default=int(headers.DEFAULT_TIMEOUT),
    description="The seconds that a lock lasts for which the client names no time-out, or infinite.",
    hooks=lambda value: Hooks(before=partial(_default, value)),
)
ENDLESS_LOCK = Trait(
    name="endless-lock",
    kind="offer",
    values=Literal["infinite"] | _Seconds,
    default="infinite",
    description="The seconds that a lock lasts for which the client wishes no end.",
    hooks=lambda value: Hooks(before=partial(_endless, value)),
)
LOCK_TIMEOUT = Trait(
    name="lock-timeout",
    kind="offer",
    values=Literal["as-wished", "infinite"] | _Seconds,
    default="as-wished",
    description="The seconds that each lock lasts, of a server that does not look at the wish of the client; infinite for a lock that never ends.",
    hooks=lambda value: Hooks(before=partial(_fix, value)),
)
LOCK_REFRESH = Trait(
    name="lock-refresh",
    kind="offer",
    values=Literal["as-wished", "halved"],
    default="as-wished",
    description="The time-out of a refreshed lock: as the client wishes, or at most half of the time that was left.",
    hooks=lambda _: Hooks(before=_halve),
)
