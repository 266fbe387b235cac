"""GET and HEAD (RFC 9110 9.3, 13, 14): a document or a range of it, or an HTML listing of a collection."""

from __future__ import annotations

import re
import sys
from collections.abc import Sequence
from email.utils import formatdate
from functools import lru_cache
from html import escape
from typing import TYPE_CHECKING
from urllib.parse import unquote

from lxml import etree

from dav424.core.batch import Done, Failed, Group, Refused
from dav424.core.hrefs import Base
from dav424.core.message import Response, SizedBody, text_response
from dav424.core.namespaces import DAV
from dav424.core.paths import href
from dav424.core.patterns import pattern
from dav424.dav.multistatus import error_response
from dav424.dav.request_xml import text
from dav424.methods import derived_failure, listing_introduction
from dav424.methods.microsoft import msdavext
from dav424.spine import conditional_requests, derived_resources
from dav424.spine.exchange import OpenExchange
from dav424.store.content import Content
from dav424.store.tree import Collection, Derived, Document

if TYPE_CHECKING:
    from dav424.core.paths import Path
    from dav424.store.tree import Node

_RANGE = pattern(r"bytes\s*+=\s*+(?:(\d++)\s*+-\s*+(\d*+)|-\s*+(\d++))\s*+", re.IGNORECASE)


def plan(exchange: OpenExchange) -> Sequence[Group]:
    """Plan the making of a derived document; plan nothing for other resources, which the answer reads."""
    msdavext.refuse_lock(exchange.request)
    node = exchange.target()
    return derived_resources.plan(exchange.cause_context, exchange.request.path) if isinstance(node, Derived) else ()


def answer(exchange: OpenExchange) -> Response:
    """Answer with the content, a range of it, 304 or 412, or with the failure to make a derived document.

    Before the whole content stand its properties, if the client asks for them.
    """
    request = exchange.request
    node = exchange.draft.get(request.path)
    if isinstance(node, Derived):
        match exchange.outcomes[-1]:
            case Done(made):
                node = made
                exchange.draft.remember(request.path, made)
            case Failed() as failed:
                return error_response(failed, request.base)
            case _:
                return derived_failure.answer(exchange)
    return _answer(exchange, node)


def _answer(exchange: OpenExchange, node: Node) -> Response:
    request = exchange.request
    validators = _validators(node, exchange.draft.modified(request.path, node))
    try:
        conditional_requests.check(exchange)
    except Refused as refused:
        if refused.status == 304:
            return Response(304, validators)
        raise
    response = _content(exchange, node, validators)
    return msdavext.with_all_properties(exchange, response) if msdavext.asks_for_properties(request) else response


def _content(exchange: OpenExchange, node: Node, validators: list[tuple[str, str]]) -> Response:
    """Answer with the content of a document or a range of it, or with the listing of a collection."""
    request = exchange.request
    if isinstance(node, Collection):
        introduction = listing_introduction.write(exchange)
        # What the introduction says can change while the members stay, so it has no validator.
        added = validators if introduction is None else [("Vary", "Accept"), ("Cache-Control", "no-cache")]
        content = listing(request.base, request.path, node, introduction or "")
        return Response(200, [("Content-Type", "text/html; charset=utf-8"), *added], content)
    headers = [("Content-Type", node.content_type), ("Accept-Ranges", "bytes"), *validators, *_language(node)]
    ranges = None if msdavext.asks_for_properties(request) else request.headers.get("range")
    if ranges is None or request.method == "HEAD" or not conditional_requests.same_range(exchange, node):
        return Response(200, headers, _body(request.method, node.content))
    response = _ranged(ranges, node, headers)
    if response.status == 416:
        exchange.refused = Refused(416, _unsatisfiable(node))
    return response


@lru_cache(maxsize=1024)
def _http_date(second: int) -> str:
    return formatdate(second, usegmt=True)


def _validators(node: Node, modified: float) -> list[tuple[str, str]]:
    header = ("Last-Modified", _http_date(int(modified)))
    return [("ETag", node.etag), header] if isinstance(node, Document) else [header]


def _language(node: Document) -> list[tuple[str, str]]:
    xml = node.properties.get(f"{DAV}getcontentlanguage")
    return [("Content-Language", text(etree.fromstring(xml)).strip(" \t"))] if xml else []


def _ranged(ranges: str, node: Document, headers: list[tuple[str, str]]) -> Response:
    """Answer with one range of bytes; any other Range header is ignored, as RFC 9110 14.2 allows."""
    match = _RANGE.fullmatch(ranges.strip())
    if match is None:
        return Response(200, headers, _body("GET", node.content))
    size = len(node.content)
    first, last, suffix = match.groups()
    if suffix is not None:
        if not size and _number(suffix):
            # It is satisfiable (RFC 9110 14.1.2), and 206 can't say "no bytes".
            return Response(200, headers, _body("GET", node.content))
        start, end = max(0, size - _number(suffix)), size - 1
    else:
        if last and _magnitude(last) < _magnitude(first):
            return Response(200, headers, _body("GET", node.content))
        start, end = _number(first), min(_number(last), size - 1) if last else size - 1
    if start > end:
        return text_response(416, _unsatisfiable(node), ("Content-Range", f"bytes */{size}"))
    content = _body("GET", node.content, start, end + 1)
    return Response(206, [*headers, ("Content-Range", f"bytes {start}-{end}/{size}")], content)


def _body(method: str, content: Content, start: int = 0, stop: int | None = None) -> bytes | SizedBody:
    """Give a part of a content, or all of it, as the body of a response; stored content is read while it is sent."""
    if isinstance(content, bytes):
        return content if stop is None else content[start:stop]
    stop = len(content) if stop is None else stop
    return SizedBody(stop - start, iter(()) if method == "HEAD" else content.pieces(start, stop))


def _unsatisfiable(node: Document) -> str:
    return f"The requested range has no bytes of the document, which has {len(node.content)}. Send another range."


def _number(digits: str) -> int:
    """Read a position; digits beyond the size of any content give the largest position."""
    length, significant = _magnitude(digits)
    return int(significant or "0") if length < 19 else sys.maxsize


def _magnitude(digits: str) -> tuple[int, str]:
    """Give a key that sorts numbers of any length by their value: Python reads no more than 4,300 digits."""
    significant = digits.lstrip("0")
    return len(significant), significant


def listing(base: Base, path: Path, node: Collection, introduction: str = "") -> bytes:
    """Write an HTML page with links to the members of a collection, below an introduction in HTML."""
    own_url = base.url(href(path, collection=True))
    title = escape(unquote(own_url))
    rows = [f'<li><a href="{escape(own_url)}../">..</a></li>'] if own_url != "/" else []
    for name, child in node.members():
        url = base.url(href((*path, name), collection=isinstance(child, Collection)))
        shown = name + ("/" if isinstance(child, Collection) else "")
        rows.append(f'<li><a href="{escape(url)}">{escape(shown)}</a></li>')
    return (
        f'<!DOCTYPE html>\n<html lang="en"><head><meta charset="utf-8"><title>{title}</title></head>\n'
        f"<body><h1>{title}</h1>\n{introduction}<ul>\n" + "\n".join(rows) + "\n</ul></body></html>\n"
    ).encode()
