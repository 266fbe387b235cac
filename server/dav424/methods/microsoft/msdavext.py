"""A content and its properties in one message, as Windows clients send and read it (MS-WDV 2.2.1, 2.2.5).

    properties' size   properties              content's size     content
    000000000000005F   <D:propertyupdate ...>  0000000000000005   Hello

A PUT with ``X-MSDAVEXT: PROPPATCH`` is one group: the content, then the properties, which need it. The server stores all
of it or nothing. A GET with ``X-MSDAVEXT: PROPFIND`` has all properties, as a PROPFIND answers them, and the content.
"""

from __future__ import annotations

from collections.abc import Sequence

from msgspec.structs import replace

from dav424.core.batch import Failed, FailedDependency, Group, Refused
from dav424.core.message import Request, Response
from dav424.core.namespaces import DAV
from dav424.core.patterns import pattern
from dav424.dav import request_xml
from dav424.dav.multistatus import error_response, multistatus_response, response
from dav424.methods import properties
from dav424.methods.failure_answers import first_failure
from dav424.methods.resource_properties import PropertySelection
from dav424.methods.response_writer import ResponseWriter
from dav424.spine.exchange import OpenExchange

MEDIA_TYPE = "multipart/MSDAVEXTPrefixEncoded"
_SIZE = pattern(rb"[0-9A-Fa-f]{16}")
_DIGITS = 16


def has_properties(request: Request) -> bool:
    """Say whether a PUT has properties in its body; other values of the header are ignored (MS-WDV 2.2.1)."""
    return request.headers.get("x-msdavext", "").strip(" \t").upper() == "PROPPATCH"


def asks_for_properties(request: Request) -> bool:
    """Say whether a GET or HEAD asks for the properties, too."""
    return request.headers.get("x-msdavext", "").strip(" \t").upper() == "PROPFIND"


def refuse_lock(request: Request) -> None:
    """Reject a request that also locks, refreshes a lock or unlocks (MS-WDV 2.2.4): a client must not take it for done."""
    if "x-msdavextlocktimeout" in request.headers:
        raise Refused(
            501,
            f"X-MSDAVEXTLockTimeout: this server doesn't lock with {request.method}. Send LOCK or UNLOCK, and this "
            "request without the header.",
        )


def with_all_properties(exchange: OpenExchange, got: Response) -> Response:
    """Put all properties before the content of a response to GET (MS-WDV 3.2.5.4)."""
    request = exchange.request
    written = ResponseWriter(exchange, PropertySelection(all=True)).responses(request.path, 0, {})
    described = multistatus_response(written)
    assert isinstance(described.body, bytes), "the response for one resource is short"
    content = got.body if isinstance(got.body, bytes) else b"".join(got.body)
    pieces = [piece for data in (described.body, content) for piece in (b"%016X" % len(data), data)]
    kept = [(name, value) for name, value in got.headers if name not in ("Content-Type", "Accept-Ranges")]
    return replace(got, headers=[("Content-Type", MEDIA_TYPE), *kept, ("Vary", "X-MSDAVEXT")], body=b"".join(pieces))


def split(request: Request) -> tuple[list[properties.Instruction], Request]:
    """Split the request into the property instructions and a plain PUT of the content."""
    media_type = request.headers.get("content-type", "").partition(";")[0].strip()
    if media_type.lower() != MEDIA_TYPE.lower():
        received = f"Content-Type: {media_type[:80]}" if media_type else "no Content-Type"
        raise Refused(
            415,
            f"X-MSDAVEXT: PROPPATCH needs Content-Type: multipart/MSDAVEXTPrefixEncoded; the request has {received}.",
        )
    written, rest = _take(request.body, "properties")
    content, excess = _take(rest, "content")
    if excess:
        raise Refused(
            400, f"The size of the content is {len(content)} bytes, and {len(excess)} more follow. Correct the size."
        )
    headers = {name: value for name, value in request.headers.items() if name != "content-type"}
    update = replace(request, body=written, headers=headers)
    root = request_xml.parse(update)
    if root.tag != f"{DAV}propertyupdate":
        raise Refused(
            400, f"The properties must be a DAV:propertyupdate element; their root element is {root.tag[:200]}."
        )
    return properties.read(update, root, removal=True), replace(request, body=content, headers=headers)


def _take(data: bytes, name: str) -> tuple[bytes, bytes]:
    """Split data after its first part: 16 hexadecimal digits for the size, then that many bytes."""
    if not _SIZE.fullmatch(data, 0, _DIGITS):
        raise Refused(400, f"The size of the {name} must be 16 hexadecimal digits; the request has {data[:_DIGITS]!r}.")
    end = _DIGITS + int(data[:_DIGITS], 16)
    if end > len(data):
        raise Refused(400, f"The size of the {name} is {end - _DIGITS} bytes, and only {len(data) - _DIGITS} follow.")
    return data[_DIGITS:end], data[end:]


def with_properties(
    group: Group, instructions: Sequence[properties.Instruction], exchange: OpenExchange
) -> Sequence[Group]:
    """Plan one group of the write and of the properties, which need it."""
    update = properties.actions(instructions, exchange.request.path, exchange.draft, needs=(0,))
    return [[*group, *update]]


def failure(exchange: OpenExchange) -> Response:
    """Answer with the status of the first cause: clients take a 207 for a success, and the content is not stored.

    The body has the outcome of each property, and a description that names the failures the content depended on.
    """
    own, base = exchange.outcomes[0], exchange.request.base
    if isinstance(own, Failed):
        return error_response(own, base)
    first = first_failure(exchange)
    assert isinstance(own, FailedDependency), "the caller knows that an action failed"
    assert first is not None, "a 424 has a cause"
    path, propstats = exchange.draft.href_of(exchange.request.path), properties.propstats(exchange)
    detail = f"The content: {own.status}. {exchange.because(0)}"
    return replace(multistatus_response([response(base, path, propstats, detail)]), status=first.status)
