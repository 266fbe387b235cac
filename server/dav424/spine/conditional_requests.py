"""Whether a request may proceed: conditional headers (RFC 9110 13.2) and ``If`` (RFC 4918 10.4)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from dav424.core import condition_codes
from dav424.core.batch import Refused
from dav424.core.paths import Path
from dav424.core.patterns import pattern
from dav424.dav import if_header
from dav424.dav.headers import http_date
from dav424.spine import unmet_lists
from dav424.store.tree import Document

if TYPE_CHECKING:
    from dav424.core.message import Request
    from dav424.spine.exchange import OpenExchange
    from dav424.store.draft import Draft

_CONDITIONAL = frozenset({"if", "if-match", "if-modified-since", "if-none-match", "if-unmodified-since"})
_ETAG = pattern(if_header.ETAG)
_ETAG_LIST = pattern(rf"[ \t,]*+{if_header.ETAG}(?>(?:[ \t]*+,[ \t,]*+{if_header.ETAG})*)[ \t,]*+")


def check(exchange: OpenExchange) -> None:
    """Refuse with 412 if a header of RFC 9110 13.1 or the ``If`` header does not hold for the Request-URI.

    A GET or HEAD of an unmodified resource is refused with 304.
    """
    headers = exchange.request.headers
    if headers.keys().isdisjoint(_CONDITIONAL):
        return
    request, draft = exchange.request, exchange.draft
    _check_conditional(request, draft, request.path)
    lists = exchange.if_lists
    if lists and not if_header.any_holds(lists, draft):
        with_ctag = any(token.startswith(if_header.CTAG) for state_list in lists for token in state_list.tokens)
        why = unmet_lists.explanation(exchange, lists)
        raise Refused(412, why, condition_codes.CTAG_OK if with_ctag else None)


def concern_members(exchange: OpenExchange) -> bool:
    """Say whether the conditional headers could hold for the Request-URI and not for a member below it.

    A tagged list of ``If`` is about its own resource alone, and an ``If-Match`` that holds for a collection holds for
    all of its members.
    """
    draft, path = exchange.draft, exchange.request.path
    if not exchange.request.headers.keys().isdisjoint(("if-none-match", "if-unmodified-since")):
        return True
    covering = [lock for lock in draft.locks_on(path) if lock.infinite]
    lists = [state_list for state_list in exchange.if_lists if not state_list.tagged]
    return bool(lists) and not any(state_list.holds_below(covering) for state_list in lists)


def unmet(exchange: OpenExchange, path: Path) -> Refused | None:
    """Give the refusal with 412 if the conditional headers do not hold for a member; None if they do.

    DELETE, COPY and MOVE apply them to each resource below the Request-URI (RFC 4918 9.6.1, 9.8.3, 9.9.2).
    """
    try:
        _check_conditional(exchange.request, exchange.draft, path)
    except Refused as refused:
        return refused
    lists = [state_list for state_list in exchange.if_lists if not state_list.tagged]
    if not lists or if_header.any_holds(lists, exchange.draft, path):
        return None
    return Refused(412, unmet_lists.explanation(exchange, lists, path))


def _check_conditional(request: Request, draft: Draft, path: Path) -> None:
    """Evaluate the headers of RFC 9110 13.1 for the resource at a path, in the order of 13.2.2."""
    headers = request.headers
    node = draft.find(path)
    shown = draft.shown(path, node)
    modified = draft.modified(path, shown) if shown is not None else 0.0
    etag = shown.etag if isinstance(shown, Document) else None
    if "if-match" in headers:
        if not _matches(headers["if-match"], "If-Match", etag, exists=node is not None, weak=False):
            raise Refused(412, f"If-Match doesn't hold: the entity-tag is {etag or 'none'}.")
    elif node is not None and _later(modified, headers.get("if-unmodified-since"), draft.now) is True:
        raise Refused(412, "If-Unmodified-Since doesn't hold: the resource was modified later.")
    reading = request.method in ("GET", "HEAD")
    if "if-none-match" in headers:
        if _matches(headers["if-none-match"], "If-None-Match", etag, exists=node is not None, weak=True):
            raise Refused(304 if reading else 412, f"If-None-Match doesn't hold: the entity-tag is {etag or 'none'}.")
    elif reading and node is not None and _later(modified, headers.get("if-modified-since"), draft.now) is False:
        raise Refused(304, "The resource was not modified since.")


def _matches(header: str, name: str, etag: str | None, *, exists: bool, weak: bool) -> bool:
    """Compare a list of entity-tags with one; a weak tag matches only in a ``weak`` comparison (RFC 9110 8.8.3.2)."""
    if header.strip(" \t") == "*":
        return exists
    if not _ETAG_LIST.fullmatch(header):
        raise Refused(400, f'{name}: {header[:80]!r} is neither * nor a list of entity-tags such as "a1", "b2".')
    tags = _ETAG.findall(header)
    return etag in ([tag.removeprefix("W/") for tag in tags] if weak else tags)


def _later(modified: float, header: str | None, now: float) -> bool | None:
    """Say whether a modification time is after a date; None without a valid date, which RFC 9110 13.1 ignores."""
    since = http_date(header, now)
    return None if since is None else int(modified) > since


def same_range(exchange: OpenExchange, node: Document) -> bool:
    """Say whether ``If-Range`` allows the server to send a range of a document (RFC 9110 13.1.5)."""
    header = exchange.request.headers.get("if-range")
    if header is None:
        return True
    if '"' in header:
        return header.strip(" \t") == node.etag
    draft = exchange.draft
    return http_date(header, draft.now) == int(draft.modified(exchange.request.path, node))
