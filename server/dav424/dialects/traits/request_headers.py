"""The traits that ignore a request header, or give it another value: a line of code each.

``Prefer`` (RFC 8144) and Exchange's ``Brief`` are wishes. ``Overwrite`` (RFC 4918 10.6), ``If`` (10.4), ``Depth`` of LOCK (9.10.3), and the
conditional headers (RFC 9110 13.1) are none: a server that ignores them changes what it should not, and has a fault. ``Depth: 0`` of PROPFIND
(9.1) is none either, but no state is wrong where it is ignored.
"""

from __future__ import annotations

from functools import partial
from typing import Literal

from dav424.core.batch import Refused
from dav424.dav import if_header
from dav424.dialects.trait import Hooks, Trait
from dav424.dialects.trait_values import set_header
from dav424.spine.exchange import OpenExchange
from dav424.store.tree import Collection

_CONDITIONAL = ("if-match", "if-none-match", "if-unmodified-since", "if-modified-since")


def _ignore(exchange: OpenExchange, *names: str) -> None:
    for name in names:
        if name in exchange.request.headers:
            set_header(exchange, name, None)


def _forbid_overwriting(exchange: OpenExchange) -> None:
    if exchange.request.method in ("COPY", "MOVE") and "overwrite" not in exchange.request.headers:
        set_header(exchange, "overwrite", "F")


def _ignore_overwrite(exchange: OpenExchange) -> None:
    if exchange.request.method in ("COPY", "MOVE"):
        _ignore(exchange, "overwrite")


def _fix_lock_depth(value: str, exchange: OpenExchange) -> None:
    is_collection = isinstance(exchange.draft.find(exchange.request.path), Collection)
    if exchange.request.method == "LOCK" and (is_collection or value == "0"):
        set_header(exchange, "depth", value)


def _ignore_if(exchange: OpenExchange) -> None:
    """Keep the header of a LOCK that refreshes a lock: it names that lock (RFC 4918 9.10.2)."""
    request = exchange.request
    if "if" not in request.headers or (request.method == "LOCK" and not request.length):
        return
    try:
        lists = if_header.parse(request)
    except Refused:
        lists = []
    exchange.overlooked |= {token for state_list in lists for token in state_list.tokens}
    _ignore(exchange, "if")


def _list_members(exchange: OpenExchange) -> None:
    request = exchange.request
    if request.method == "PROPFIND" and request.headers.get("depth", "").strip(" \t") == "0":
        set_header(exchange, "depth", "1")


def _ignore_prefer(exchange: OpenExchange) -> None:
    _ignore(exchange, "prefer")


def _ignore_brief(exchange: OpenExchange) -> None:
    _ignore(exchange, "brief")


def _ignore_conditions(exchange: OpenExchange) -> None:
    _ignore(exchange, *_CONDITIONAL)


PREFER = Trait(
    name="prefer",
    kind="offer",
    values=Literal["honoured", "ignored"],
    default="honoured",
    description="The request header Prefer, such as return=minimal: honoured, or ignored.",
    hooks=lambda _: Hooks(before=_ignore_prefer),
)
BRIEF = Trait(
    name="brief",
    kind="offer",
    values=Literal["honoured", "ignored"],
    default="honoured",
    description="The request header Brief of Exchange: honoured, or ignored.",
    hooks=lambda _: Hooks(before=_ignore_brief),
)
OVERWRITE_DEFAULT = Trait(
    name="overwrite-default",
    kind="offer",
    values=Literal["T", "F"],
    default="T",
    description="The Overwrite of a COPY or MOVE that does not send it: T replaces the destination, F refuses with 412.",
    hooks=lambda _: Hooks(before=_forbid_overwriting),
)
OVERWRITE_F = Trait(
    name="overwrite-f",
    kind="fault",
    values=Literal["honoured", "ignored"],
    default="honoured",
    description="A COPY or MOVE with Overwrite: F to an existing resource: refused with 412, or done as with T.",
    hooks=lambda _: Hooks(before=_ignore_overwrite),
)
LOCK_DEPTH = Trait(
    name="lock-depth",
    kind="fault",
    values=Literal["as-asked", "zero", "infinity"],
    default="as-asked",
    description="The Depth of a LOCK: it decides whether the lock of a collection covers its members, or it never covers them, or always.",
    hooks=lambda value: Hooks(before=partial(_fix_lock_depth, "0" if value == "zero" else value)),
)
IF_HEADER = Trait(
    name="if-header",
    kind="fault",
    values=Literal["honoured", "ignored"],
    default="honoured",
    description="The If header: honoured, or ignored, so that a request is done although its conditions fail. Its lock tokens count as submitted.",
    servers=("copyparty", "nginx", "radicale", "xandikos", "zope"),
    hooks=lambda _: Hooks(before=_ignore_if),
)
DEPTH_ZERO = Trait(
    name="depth-zero",
    kind="offer",
    values=Literal["honoured", "members-too"],
    default="honoured",
    description="A PROPFIND of a collection with Depth 0: the collection alone, or its members too.",
    servers=("cyrus",),
    hooks=lambda _: Hooks(before=_list_members),
)
PRECONDITIONS = Trait(
    name="preconditions",
    kind="fault",
    values=Literal["honoured", "ignored"],
    default="honoured",
    description="If-Match, If-None-Match and the like: honoured, or ignored, so that a client overwrites a change that "
    "it does not know.",
    hooks=lambda _: Hooks(before=_ignore_conditions),
)
