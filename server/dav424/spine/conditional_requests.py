"""May it proceed? Conditional headers (RFC 9110 13.2), ``If`` and lock tokens (RFC 4918 7, 10.4)."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from dav424.core import condition_codes
from dav424.core.batch import Refused
from dav424.core.paths import Path
from dav424.dav import if_header
from dav424.dav.headers import http_date
from dav424.store.tree import Document

if TYPE_CHECKING:
    from dav424.core.message import Request
    from dav424.spine.exchange import OpenExchange
    from dav424.store.draft import Draft

_CONDITIONAL = frozenset({"if", "if-match", "if-modified-since", "if-none-match", "if-unmodified-since"})
_ETAG = re.compile(if_header.ETAG)
_ETAG_LIST = re.compile(rf"[\s,]*{if_header.ETAG}(?:\s*,[\s,]*{if_header.ETAG})*[\s,]*")


def check(exchange: OpenExchange) -> None:
    """Refuse with 412 if ``If-Match`` and its kin, or ``If``, don't hold for the Request-URI.

    A GET or HEAD that has nothing new is refused with 304.
    """
    headers = exchange.request.headers
    if headers.keys().isdisjoint(_CONDITIONAL):
        return
    request, draft = exchange.request, exchange.draft
    _check_conditional(request, draft, request.path)
    lists = exchange.if_lists
    if lists and not any(each.holds(draft) for each in lists):
        asked = any(token.startswith(if_header.CTAG) for each in lists for token in each.tokens)
        raise Refused(412, "No list of the If header holds.", condition_codes.CTAG_OK if asked else None)


def concern_members(exchange: OpenExchange) -> bool:
    """Say whether the conditional headers could hold for what is requested and not for a member of it.

    A list of ``If`` that is tagged speaks of its own resource alone, and an ``If-Match`` that holds for a
    collection holds for all.
    """
    draft, path = exchange.draft, exchange.request.path
    if not exchange.request.headers.keys().isdisjoint(("if-none-match", "if-unmodified-since")):
        return True
    covering = [lock for lock in draft.locks_on(path) if lock.infinite]
    lists = [each for each in exchange.if_lists if not each.tagged]
    return bool(lists) and not any(each.holds_below(covering) for each in lists)


def unmet(exchange: OpenExchange, path: Path) -> Refused | None:
    """Give the reason, with 412, why the conditional headers don't hold for a member; None if they do.

    DELETE, COPY and MOVE apply them to every resource that they work on (RFC 4918 9.6.1, 9.8.3, 9.9.2).
    """
    try:
        _check_conditional(exchange.request, exchange.draft, path)
    except Refused as refused:
        return refused
    lists = [each for each in exchange.if_lists if not each.tagged]
    if not lists or any(each.holds(exchange.draft, path) for each in lists):
        return None
    return Refused(412, "No list of the If header holds here; tag a list with the one resource that it is about.")


def _check_conditional(request: Request, draft: Draft, path: Path) -> None:
    """Evaluate the headers of RFC 9110 13.1 in the order of 13.2.2 for what is at a path."""
    headers = request.headers
    node = draft.find(path)
    shown = draft.shown(path, node)
    modified = draft.modified(path, shown) if shown is not None else 0.0
    etag = shown.etag if isinstance(shown, Document) else None
    if "if-match" in headers:
        if not _matches(headers["if-match"], "If-Match", etag, exists=node is not None, weak=False):
            raise Refused(412, f"If-Match doesn't hold: the entity-tag is {etag or 'none'}.")
    elif node is not None and _later(modified, headers.get("if-unmodified-since")) is True:
        raise Refused(412, "If-Unmodified-Since doesn't hold: it was modified later.")
    reading = request.method in ("GET", "HEAD")
    if "if-none-match" in headers:
        if _matches(headers["if-none-match"], "If-None-Match", etag, exists=node is not None, weak=True):
            raise Refused(304 if reading else 412, f"If-None-Match doesn't hold: the entity-tag is {etag or 'none'}.")
    elif reading and node is not None and _later(modified, headers.get("if-modified-since")) is False:
        raise Refused(304, "It was not modified since.")


def _matches(header: str, name: str, etag: str | None, *, exists: bool, weak: bool) -> bool:
    """Compare a list of entity-tags; a weak tag matches only where ``weak`` comparison is asked for."""
    if header.strip() == "*":
        return exists
    if not _ETAG_LIST.fullmatch(header):
        raise Refused(400, f'{name}: {header[:80]!r} is not *, nor a list of entity-tags such as "a1", "b2".')
    tags = _ETAG.findall(header)
    return etag in ([tag.removeprefix("W/") for tag in tags] if weak else tags)


def _later(modified: float, header: str | None) -> bool | None:
    """Say whether something was modified after a date; None if there is no date."""
    since = http_date(header)
    return None if since is None else int(modified) > since


def same_range(exchange: OpenExchange, node: Document) -> bool:
    """Say whether ``If-Range`` lets a range of this document be sent (RFC 9110 13.1.5)."""
    header = exchange.request.headers.get("if-range")
    if header is None:
        return True
    if '"' in header:
        return header.strip() == node.etag
    return http_date(header) == int(exchange.draft.modified(exchange.request.path, node))
