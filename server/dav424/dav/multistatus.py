"""XML response bodies (RFC 4918 13, 14 and 16, RFC 5689 3).

Bodies are written as text, not built as element trees. A dead property has to keep the prefixes that the client sent
(RFC 4918 4.3), and a tree would merge its declarations.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from functools import lru_cache

from msgspec import Struct

from dav424.core.batch import Failed, Refused
from dav424.core.condition_codes import ConditionCode
from dav424.core.hrefs import Base
from dav424.core.markup import escape, quoteattr
from dav424.core.memory import Remembered
from dav424.core.message import Reply, Response, text_response
from dav424.core.namespaces import CALDAV
from dav424.core.reason_phrases import reason

XML_TYPE = "application/xml; charset=utf-8"
DECLARATION = '<?xml version="1.0" encoding="utf-8"?>\n'
MESSAGES = "urn:dav424:message"
_XML = "http://www.w3.org/XML/1998/namespace"  # the prefix xml is always bound to it, and no other prefix can be
_ROOT_PREFIXES = {"DAV:": "D", CALDAV[1:-1]: "C"}
_MULTISTATUS = "{DAV:}multistatus"
_NO_BASE = Base()
_CHUNK = 1 << 16  # bytes


def tag(name: str) -> tuple[str, str]:
    """Return the start tag (without its ``>``) and the end tag of an element named in Clark notation.

    >>> tag("{DAV:}getetag")
    ('<D:getetag', '</D:getetag>')
    >>> tag("{urn:x}a")
    ('<n:a xmlns:n="urn:x"', '</n:a>')
    """
    return _TAGS[name]


def _tag(name: str) -> tuple[str, str]:
    namespace, _, local = name.rpartition("}")
    namespace = namespace[1:]
    if namespace == _XML:
        return f"<xml:{local}", f"</xml:{local}>"
    if not namespace:
        return f"<{local}", f"</{local}>"
    if namespace == "DAV:":
        return f"<D:{local}", f"</D:{local}>"
    return f"<n:{local} xmlns:n={quoteattr(namespace)}", f"</n:{local}>"


_TAGS = Remembered(_tag, most=1000)


def empty(name: str) -> str:
    """Write an element without content."""
    return tag(name)[0] + "/>"


def element(name: str, content: str) -> str:
    """Write an element around ``content``, which is XML."""
    start, end = tag(name)
    return f"{start}>{content}{end}"


def document(root: str, content: str) -> bytes:
    """Write a whole XML document; ``root`` is in Clark notation, in ``DAV:`` or CalDAV's namespace."""
    opening, closing = _envelope(root)
    return f"{opening}{content}{closing}".encode()


@lru_cache(maxsize=8)
def _envelope(root: str) -> tuple[str, str]:
    """Give the text of a document before and after the content of its root element."""
    namespace, _, local = root[1:].partition("}")
    prefix = _ROOT_PREFIXES[namespace]
    declared = ' xmlns:D="DAV:"' + (f' xmlns:{prefix}="{namespace}"' if prefix != "D" else "")
    return f"{DECLARATION}<{prefix}:{local}{declared}>\n", f"</{prefix}:{local}>\n"


class Propstat(Struct, frozen=True):
    """A status and the properties that have it. Each property is an XML element, with or without its value."""

    status: int
    properties: Sequence[str]
    condition: ConditionCode | None = None
    description: str = ""


def href(base: Base, path: str) -> str:
    """Write a ``DAV:href``: the path of a resource, appended to the path of its world."""
    return f"<D:href>{escape(base.url(path))}</D:href>"


@lru_cache(maxsize=128)
def status(code: int) -> str:
    """Write a ``DAV:status`` (RFC 4918 14.28)."""
    return f"<D:status>HTTP/1.1 {code} {escape(reason(code))}</D:status>"


def propstat(part: Propstat, base: Base) -> str:
    """Write a ``DAV:propstat`` (RFC 4918 14.22)."""
    names, why = "".join(part.properties), _why("\n   ", part.condition, part.description, base)
    return f"  <D:propstat>\n   <D:prop>{names}</D:prop>\n   {status(part.status)}{why}\n  </D:propstat>\n"


def _why(margin: str, condition: ConditionCode | None, text: str, base: Base) -> str:
    """Write the condition and the description, if there are any, each after a margin."""
    xml = margin + error(condition, base) if condition else ""
    return xml + margin + description(text) if text else xml


def response(base: Base, path: str, propstats: Iterable[Propstat], detail: str = "") -> str:
    """Write a ``DAV:response`` about the properties of one resource (RFC 4918 14.24)."""
    return response_with(escape(base.url(path)), behind_href(base, propstats, detail))


def response_with(url: str, rest: str) -> str:
    """Write a ``DAV:response`` of a URL, which is escaped already, and of the rest of it."""
    return f" <D:response>\n  <D:href>{url}</D:href>\n{rest}"


def behind_href(base: Base, propstats: Iterable[Propstat], detail: str = "") -> str:
    """Write the rest of a ``DAV:response`` about properties, from the href to its end tag."""
    described = f"  {description(detail)}\n" if detail else ""
    parts = "".join([propstat(part, base) for part in propstats])
    return f"{parts}{described} </D:response>\n"


def resource_response(
    base: Base, path: str, code: int, condition: ConditionCode | None = None, detail: str = "", *, location: str = ""
) -> str:
    """Write a ``DAV:response`` about one resource as a whole; ``location`` is XML already."""
    why = _why("\n  ", condition, detail, base) + (f"\n  {location}" if location else "")
    return f" <D:response>\n  {href(base, path)}\n  {status(code)}{why}\n </D:response>\n"


def error(condition: ConditionCode | None, base: Base) -> str:
    """Write a ``DAV:error`` (RFC 4918 14.5); for None, an empty text."""
    return f"<D:error>{_condition(condition, base)}</D:error>" if condition else ""


def description(text: str) -> str:
    """Write a ``DAV:responsedescription``; for an empty text, an empty text."""
    return f"<D:responsedescription>{escape(text)}</D:responsedescription>" if text else ""


def error_document(condition: ConditionCode, message: str, base: Base) -> bytes:
    """Write the body of a refused request: the condition, and a message in the namespace of dav424.

    RFC 4918 16 allows elements of other namespaces beside the condition; clients ignore them.
    """
    explained = f"<m:message xmlns:m={quoteattr(MESSAGES)}>{escape(message)}</m:message>"
    return document("{DAV:}error", _condition(condition, base) + explained)


def _condition(condition: ConditionCode, base: Base) -> str:
    inner = "".join(href(base, path) for path in condition.hrefs)
    if condition.privilege:
        inner = f"<D:resource>{inner}<D:privilege>{empty(condition.privilege)}</D:privilege></D:resource>"
    return element(condition.name, inner) if inner else empty(condition.name)


def error_response(refused: Refused | Failed, base: Base = _NO_BASE) -> Response:
    """Answer a request that failed as a whole: with its condition as XML or, without one, with its detail as text."""
    if isinstance(refused.reply, Reply):
        return _in_own_words(refused, refused.reply)
    if isinstance(refused.condition, ConditionCode):
        body = error_document(refused.condition, refused.detail, base)
        return Response(refused.status, [("Content-Type", XML_TYPE)], body)
    return text_response(refused.status, refused.detail)


def _in_own_words(refused: Refused | Failed, reply: Reply) -> Response:
    """Answer with the headers and the body that the refusal brings; a 304 has no body (RFC 9110 15.4.5)."""
    own_type = next((value for name, value in reply.headers if name.lower() == "content-type"), None)
    headers = [(name, value) for name, value in reply.headers if name.lower() != "content-type"]
    if refused.status == 304:
        return Response(304, headers)
    usual = text_response(refused.status, refused.detail)
    body = usual.body if reply.body is None else reply.body
    typed = [("Content-Type", own_type)] if own_type is not None else usual.headers if body else ()
    return Response(refused.status, [*typed, *headers], body)


def failed_response(base: Base, path: str, failed: Failed) -> str:
    """Write a ``DAV:response`` about one resource for which an action failed."""
    return resource_response(base, path, failed.status, failed.condition, failed.detail, location=location(failed))


def location(failed: Failed) -> str:
    """Write the ``DAV:location`` of a redirection (RFC 4918 14.9); nothing for another failure, or one without a URL."""
    if failed.status > 399 or not isinstance(failed.reply, Reply):
        return ""
    url = next((value for name, value in failed.reply.headers if name.lower() == "location"), "")
    return f"<D:location><D:href>{escape(url)}</D:href></D:location>" if url else ""


def multistatus_response(responses: Iterable[str], *headers: tuple[str, str]) -> Response:
    """Answer 207 with ``DAV:response`` elements, which are XML already (RFC 4918 13)."""
    return Response(207, [("Content-Type", XML_TYPE), *headers], document(_MULTISTATUS, "".join(responses)))


def multistatus_chunks(responses: Iterable[str]) -> Iterator[bytes]:
    """Write the body of a 207 in chunks of about 64 KiB, so that the server never holds a large one whole."""
    opening, closing = _envelope(_MULTISTATUS)
    chunk, size = [opening], 0
    for piece in responses:
        chunk.append(piece)
        size += len(piece) if piece.isascii() else len(piece.encode())
        if size > _CHUNK:
            yield "".join(chunk).encode()
            chunk, size = [], 0
    yield "".join([*chunk, closing]).encode()
