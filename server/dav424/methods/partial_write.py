"""Write a part of a document: a PUT with ``Content-Range``, and the PATCH of sabre/dav with ``X-Update-Range``.

    PUT    Content-Range: bytes 3-5/10     the body takes the place of the bytes 3 to 5
    PATCH  X-Update-Range: bytes=3-5       the same
           X-Update-Range: bytes=3-        the body begins at byte 3
           X-Update-Range: bytes=-3        the body begins three bytes before the end
           X-Update-Range: append          the body begins at the end

No RFC gives a server these methods: RFC 9110 14.5 leaves a partial PUT to servers that a client knows, and the table of
methods has neither. A dialect adds them. A write is one action, which the checks and the causes of a PUT can refuse. The
bytes between the end of the content and the beginning of the part become zeros.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import ClassVar

from msgspec import Struct

from dav424.core.batch import Action, Group, Refused
from dav424.core.media_types import guess_type
from dav424.core.message import Request, Response
from dav424.core.method_facts import Facts, MethodFacts
from dav424.core.subject import Effect, Subject
from dav424.methods import put
from dav424.methods.facts import METHOD_FACTS
from dav424.spine.exchange import OpenExchange
from dav424.store.content import whole
from dav424.store.tree import Document

PATCH_TYPE = "application/x-sabredav-partialupdate"
MOST_ZEROS = 16 << 20
"""The most bytes that a part can begin behind the end of the content."""
_PATCH_FACTS: Facts = {"PATCH": MethodFacts(privilege="write-content", allowed_on=frozenset({"document"}))}
_DIGITS = "[0-9]{1,18}"
_CONTENT_RANGE = re.compile(rf"bytes[ \t]+({_DIGITS})-({_DIGITS})/(?:({_DIGITS})|\*)", re.IGNORECASE)
_UPDATE_RANGE = re.compile(rf"bytes=(?:({_DIGITS})-({_DIGITS})?|-({_DIGITS}))", re.IGNORECASE)


class _Part(Struct, frozen=True):
    """Where the body goes: from ``first`` to ``last``, if that is known; or ``before_end`` bytes before the end."""

    first: int = 0
    last: int | None = None
    before_end: int | None = None

    def start(self, size: int) -> int:
        """Give the position at which the body begins in a content of this size."""
        return self.first if self.before_end is None else max(0, size - self.before_end)


class PartialPut:
    """A PUT that stores a part of the content, if the request has ``Content-Range``; else the PUT of RFC 9110."""

    FACTS: ClassVar[Facts] = {"PUT": METHOD_FACTS["PUT"]}

    def plan(self, exchange: OpenExchange) -> Sequence[Group]:
        """Plan one action."""
        request = exchange.request
        if "content-range" not in request.headers:
            return put.plan(exchange)
        part = _content_range(request)
        put.check(exchange, request)
        return [_write(exchange, part)]

    def answer(self, exchange: OpenExchange) -> Response:
        """Answer as any PUT."""
        return put.answer(exchange)


class Patch:
    """The PATCH of sabre/dav: it changes a document that is there."""

    FACTS: ClassVar[Facts] = _PATCH_FACTS

    def plan(self, exchange: OpenExchange) -> Sequence[Group]:
        """Plan one action."""
        request = exchange.request
        exchange.target()
        put.check(exchange, request)
        media_type = request.headers.get("content-type", "").partition(";")[0].strip().lower()
        if media_type != PATCH_TYPE:
            received = f"Content-Type: {media_type[:80]}" if media_type else "no Content-Type"
            raise Refused(415, f"PATCH needs Content-Type: {PATCH_TYPE}; the request has {received}.")
        return [_write(exchange, _update_range(request))]

    def answer(self, exchange: OpenExchange) -> Response:
        """Answer 204 with the new entity-tag, or with the refusal."""
        return put.answer(exchange)


def _content_range(request: Request) -> _Part:
    sent = request.headers["content-range"].strip(" \t")
    match = _CONTENT_RANGE.fullmatch(sent)
    if match is None:
        raise Refused(400, f"Content-Range: {sent[:80]!r} is not valid; send bytes FIRST-LAST/SIZE.")
    first, last = int(match[1]), int(match[2])
    if last < first or (match[3] is not None and last >= int(match[3])):
        raise Refused(400, f"Content-Range: {sent[:80]!r} has no such bytes; send FIRST <= LAST < SIZE.")
    return _Part(first, last)


def _update_range(request: Request) -> _Part:
    sent = request.headers.get("x-update-range", "").strip(" \t")
    if sent.lower() == "append":
        return _Part(before_end=0)
    match = _UPDATE_RANGE.fullmatch(sent)
    if match is None:
        raise Refused(
            400,
            f"X-Update-Range: {sent[:80]!r} is not valid; send append, bytes=FIRST-LAST, bytes=FIRST- or bytes=-COUNT.",
        )
    if match[3] is not None:
        return _Part(before_end=int(match[3]))
    return _Part(int(match[1]), int(match[2]) if match[2] else None)


def _write(exchange: OpenExchange, part: _Part) -> Group:
    request, draft, path = exchange.request, exchange.draft, exchange.request.path

    def run() -> Effect:
        node = draft.find(path)
        old = whole(node.content) if isinstance(node, Document) else b""
        kept_type = node.content_type if isinstance(node, Document) else guess_type(path[-1])
        return Effect(draft.put_content(path, _patched(old, part, request.body), kept_type))

    return [Action(Subject("write", path), run)]


def _patched(old: bytes, part: _Part, body: bytes) -> bytes:
    """Put the body into the old content; refuses with 416 a part of another length, or one too far behind the end."""
    start = part.start(len(old))
    if part.last is not None and part.last - start + 1 != len(body):
        raise Refused(
            416, f"The range {start}-{part.last} has {part.last - start + 1} bytes, and the body has {len(body)}."
        )
    if start - len(old) > MOST_ZEROS:
        raise Refused(
            416, f"The part begins at byte {start}, far behind the end of the content, which has {len(old)} bytes."
        )
    return old[:start].ljust(start, b"\0") + body + old[start + len(body) :]
