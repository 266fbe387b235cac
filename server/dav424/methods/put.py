"""PUT (RFC 9110 9.3.4, RFC 4918 9.7): create a document, or replace its content."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import TYPE_CHECKING

from dav424.core.batch import Action, Done, Failed, Group, Refused
from dav424.core.media_types import guess_type
from dav424.core.memory import Held
from dav424.core.message import Request, Response
from dav424.core.paths import href
from dav424.core.subject import Effect, Subject
from dav424.core.writable import MEDIA_TYPE
from dav424.dav import headers
from dav424.dav.dead_properties import LANGUAGE
from dav424.dav.multistatus import error_response
from dav424.methods import object_rules
from dav424.methods.microsoft import msdavext
from dav424.spine import conditional_requests, lock_checks
from dav424.spine.exchange import OpenExchange
from dav424.store.tree import Collection, Derived, Document

if TYPE_CHECKING:
    from dav424.store.tree import Node

_PRINTABLE = re.compile(MEDIA_TYPE)
_LANGUAGE_XML = '<D:getcontentlanguage xmlns:D="DAV:">{}</D:getcontentlanguage>'


def plan(exchange: OpenExchange) -> Sequence[Group]:
    """Plan one action; of a PUT with properties, one group."""
    msdavext.refuse_lock(exchange.request)
    if not msdavext.has_properties(exchange.request):
        return [write(exchange, exchange.request)]
    _refuse_part(exchange.request)
    check(exchange, exchange.request)  # the head alone may decide, before the body is split
    instructions, content = msdavext.split(exchange.request)
    return msdavext.with_properties(_write(exchange, content), instructions, exchange)


def write(exchange: OpenExchange, request: Request) -> Group:
    """Plan the one action of a PUT, which may be a subrequest."""
    _refuse_part(request)
    check(exchange, request)
    return _write(exchange, request)


def _refuse_part(request: Request) -> None:
    """Refuse with 400 a part of a content, which must not be stored as the whole (RFC 9110 9.3.4)."""
    if "content-range" in request.headers:
        raise Refused(400, "PUT doesn't support Content-Range. Send the whole content, without Content-Range.")


def check(exchange: OpenExchange, request: Request) -> None:
    """Refuse a request that may not write the document."""
    draft, path = exchange.draft, request.path
    node = draft.find(path)
    _refuse_unless_document(request, node)
    if node is None:
        draft.parent(path)
    conditional_requests.check(exchange)
    position = headers.position(request)
    draft.check_place(path, position)
    lock_checks.check_locks(exchange, path, *([path[:-1]] if node is None or position else []))


def _write(exchange: OpenExchange, request: Request) -> Group:
    draft, path = exchange.draft, request.path
    position = headers.position(request)
    language = headers.content_language(request)
    content_type = request.headers.get("content-type") or guess_type(path[-1])
    if not _PRINTABLE.fullmatch(content_type):
        raise Refused(400, f"Content-Type must not contain control characters; the request has {content_type[:80]!r}.")

    def run() -> Effect:
        object_rules.check_document(exchange, path, request.body, content_type)
        created = draft.put_content(path, request.body, content_type, _counted(request))
        if language:
            draft.set_property(path, LANGUAGE, _LANGUAGE_XML.format(language))
        draft.place(path, position)
        return Effect(created)

    return [Action(Subject("write", path), run)]


def _counted(request: Request) -> Held | None:
    """Give the number that counts the memory of the content; None if that is another one than the body that came."""
    return request.counted if request.counted == request.length else None


def _refuse_unless_document(request: Request, node: Node | None) -> None:
    """Refuse with 405 a URL of a collection or of a derived document, and with 409 a URL that ends in a slash."""
    path = request.path
    if isinstance(node, Collection):
        raise Refused(405, f"{href(path, collection=True)} is a collection. Send PUT to the URL of a document.")
    if isinstance(node, Derived):
        sources = ", ".join(href(source) for source in node.sources)
        raise Refused(
            405, f"{href(path)} is derived from {sources}. Change those, or DELETE it before you PUT a document there."
        )
    if request.slash:
        raise Refused(
            409,
            f"{href(path, collection=True)} ends in a slash, and PUT creates documents. "
            "Send the URL without the slash, or create a collection with MKCOL.",
        )


def answer(exchange: OpenExchange) -> Response:
    """Answer 201 or 204 with the new entity-tag, or with the refusal."""
    if len(exchange.outcomes) > 1 and not all(isinstance(outcome, Done) for outcome in exchange.outcomes):
        return msdavext.failure(exchange)
    match exchange.outcomes[0]:
        case Done(Effect(created=created)):
            node = exchange.draft.get(exchange.request.path)
            etag = [("ETag", node.etag)] if isinstance(node, Document) else []
            return Response(201 if created else 204, etag)
        case Failed() as failed:
            return error_response(failed, exchange.request.base)
        case other:
            raise AssertionError(other)
