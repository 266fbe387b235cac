"""GET and HEAD (RFC 9110 9.3, 13, 14): a document or a range of it; a collection as a plain listing."""

from __future__ import annotations

import re
import sys
from collections.abc import Sequence
from email.utils import formatdate
from html import escape
from typing import TYPE_CHECKING
from urllib.parse import unquote

from lxml import etree

from dav424.core.batch import Done, Failed, Group, Refused
from dav424.core.message import Response, text_response
from dav424.core.method_facts import RESOURCES, Facts, MethodFacts
from dav424.core.namespaces import DAV
from dav424.core.paths import href
from dav424.dav.multistatus import error_response
from dav424.dav.request_xml import text
from dav424.methods import derived_failure
from dav424.spine import conditional_requests, derived_resources
from dav424.spine.exchange import OpenExchange
from dav424.store.tree import Collection, Derived, Document

if TYPE_CHECKING:
    from dav424.core.paths import Path
    from dav424.store.tree import Node

_RANGE = re.compile(r"bytes\s*=\s*(?:(\d+)\s*-\s*(\d*)|-\s*(\d+))\s*", re.IGNORECASE)

_READ = MethodFacts(
    safe=True,
    privilege="read",
    allowed_on=RESOURCES,
    rule=("A derived document needs all of its sources.", "RFC 4918 11.4"),
)
FACTS: Facts = {"GET": _READ, "HEAD": _READ}


def plan(exchange: OpenExchange) -> Sequence[Group]:
    """Do nothing, for reading is all in the answer; but what is derived has to be made."""
    node = exchange.target()
    return derived_resources.plan(exchange.cause_context, exchange.request.path) if isinstance(node, Derived) else ()


def answer(exchange: OpenExchange) -> Response:
    """Answer with the content, part of it, 304 or 412; or why what is derived could not be made."""
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
    if isinstance(node, Collection):
        content = listing(request.base, request.path, node)
        return Response(200, [("Content-Type", "text/html; charset=utf-8"), *validators], content)
    answered = [("Content-Type", node.content_type), ("Accept-Ranges", "bytes"), *validators, *_language(node)]
    sent = request.headers.get("range")
    if sent is None or request.method == "HEAD" or not conditional_requests.same_range(exchange, node):
        return Response(200, answered, node.content)
    response = _ranged(sent, node, answered)
    if response.status == 416:
        exchange.refused = Refused(416, f"The document has {len(node.content)} bytes.")
    return response


def _validators(node: Node, moment: float) -> list[tuple[str, str]]:
    modified = ("Last-Modified", formatdate(int(moment), usegmt=True))
    return [("ETag", node.etag), modified] if isinstance(node, Document) else [modified]


def _language(node: Document) -> list[tuple[str, str]]:
    kept = node.properties.get(f"{DAV}getcontentlanguage")
    return [("Content-Language", text(etree.fromstring(kept)).strip(" \t"))] if kept else []


def _ranged(sent: str, node: Document, answered: list[tuple[str, str]]) -> Response:
    """Serve one range; what isn't one range of bytes is ignored, as RFC 9110 14.2 allows."""
    match = _RANGE.fullmatch(sent.strip())
    if match is None:
        return Response(200, answered, node.content)
    size = len(node.content)
    first, last, suffix = match.groups()
    if suffix is not None:
        start, end = max(0, size - _number(suffix)), size - 1
    else:
        start, end = _number(first), min(_number(last), size - 1) if last else size - 1
        if last and _number(last) < _number(first):
            return Response(200, answered, node.content)
    if start > end:
        return text_response(416, f"The document has {size} bytes.", ("Content-Range", f"bytes */{size}"))
    part = node.content[start : end + 1]
    return Response(206, [*answered, ("Content-Range", f"bytes {start}-{end}/{size}")], part)


def _number(digits: str) -> int:
    """Read a position; one beyond what any content can have is as good as the largest."""
    return int(digits) if len(digits.lstrip("0")) < 19 else sys.maxsize


def listing(base: str, path: Path, node: Collection) -> bytes:
    """Write a page that links to the members of a collection."""
    here = base + href(path, collection=True)
    title = escape(unquote(here))
    rows = [f'<li><a href="{escape(here)}../">..</a></li>'] if here != "/" else []
    for name, child in node.members():
        where = base + href((*path, name), collection=isinstance(child, Collection))
        shown = name + ("/" if isinstance(child, Collection) else "")
        rows.append(f'<li><a href="{escape(where)}">{escape(shown)}</a></li>')
    return (
        f'<!DOCTYPE html>\n<html lang="en"><head><meta charset="utf-8"><title>{title}</title></head>\n'
        f"<body><h1>{title}</h1>\n<ul>\n" + "\n".join(rows) + "\n</ul></body></html>\n"
    ).encode()
