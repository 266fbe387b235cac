"""A PUT with properties, as Windows clients send it (MS-WDV 2.2.1, 2.2.5, ``X-MSDAVEXT: PROPPATCH``).

    properties' size   properties              content's size     content
    000000000000005F   <D:propertyupdate ...>  0000000000000005   Hello

Both are one group: the content is written, then the properties, which need it. Either all is stored or nothing.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from msgspec.structs import replace

from dav424.core.batch import Action, Failed, FailedDependency, Group, Refused
from dav424.core.message import Request, Response
from dav424.core.namespaces import DAV
from dav424.dav import multistatus, request_xml
from dav424.dav.multistatus import error_response
from dav424.methods import properties
from dav424.spine.exchange import OpenExchange

MEDIA_TYPE = "multipart/msdavextprefixencoded"
_SIZE = re.compile(rb"[0-9A-Fa-f]{16}")
_DIGITS = 16


def asked(request: Request) -> bool:
    """Say whether a PUT brings properties along; other values of the header are ignored (MS-WDV 2.2.1)."""
    return request.headers.get("x-msdavext", "").strip(" \t").upper() == "PROPPATCH"


def split(request: Request) -> tuple[list[properties.Instruction], Request]:
    """Take the body apart: the instructions, and the PUT that is left."""
    media_type = request.headers.get("content-type", "").partition(";")[0].strip()
    if media_type.lower() != MEDIA_TYPE:
        wanted = "multipart/MSDAVEXTPrefixEncoded"
        raise Refused(
            415, f"X-MSDAVEXT: PROPPATCH needs Content-Type: {wanted}, and it is {media_type[:80] or 'absent'}."
        )
    written, rest = _part(request.body, "properties")
    content, left = _part(rest, "content")
    if left:
        raise Refused(400, f"{len(left)} bytes follow the content; the size before it says that it has {len(content)}.")
    headers = {name: value for name, value in request.headers.items() if name != "content-type"}
    update = replace(request, body=written, headers=headers)
    root = request_xml.parse(update)
    if root.tag != f"{DAV}propertyupdate":
        raise Refused(400, f"The properties must be a DAV:propertyupdate, and they are {root.tag}.")
    return properties.read(update, root, removal=True), replace(request, body=content, headers=headers)


def _part(data: bytes, what: str) -> tuple[bytes, bytes]:
    """Take a part from the front of some bytes: 16 hexadecimal digits that say its size, and then itself."""
    if not _SIZE.fullmatch(data, 0, _DIGITS):
        raise Refused(400, f"The size of the {what} must be 16 hexadecimal digits, and it is {data[:_DIGITS]!r}.")
    end = _DIGITS + int(data[:_DIGITS], 16)
    if end > len(data):
        raise Refused(400, f"The {what} should have {end - _DIGITS} bytes, and {len(data) - _DIGITS} are left.")
    return data[_DIGITS:end], data[end:]


def with_properties(
    group: Group, instructions: Sequence[properties.Instruction], exchange: OpenExchange
) -> Sequence[Group]:
    """Make one group of the write and of the properties, which need it."""
    update = properties.actions(instructions, exchange.request.path, exchange.draft, needs=(0,))
    made: list[Action] = [*group, *update]
    return [made]


def failure(exchange: OpenExchange) -> Response:
    """Answer with the status of the first cause: a 207 would pass for a success, and the content is not stored.

    The body says what came of each property, and in words that the content depended on them.
    """
    own, base = exchange.outcomes[0], exchange.request.base
    if isinstance(own, Failed):
        return error_response(own, base)
    assert isinstance(own, FailedDependency), "callers see to it that something failed"
    first = next(outcome for outcome in exchange.outcomes if isinstance(outcome, Failed))
    where = exchange.draft.href_of(exchange.request.path)
    said = multistatus.response(
        base, where, properties.propstats(exchange), detail=f"The content: {own.status}. {exchange.because(0)}"
    )
    content = multistatus.document("{DAV:}multistatus", said)
    return Response(first.status, [("Content-Type", multistatus.XML_TYPE)], content)
