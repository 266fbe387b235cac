"""Apple's bulk requests: the limits, the names of new resources, and the UIDs, which are unique in a collection.

See calendarserver-bulk-change, August 2011. Each resource is a subrequest.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Sequence

from msgspec.structs import replace

from dav424.core import condition_codes, markup
from dav424.core.batch import Action, Refused
from dav424.core.condition_codes import ConditionCode
from dav424.core.hrefs import Base
from dav424.core.message import Request, Response
from dav424.core.method_facts import COLLECTIONS, MethodFacts
from dav424.core.namespaces import CALENDARSERVER, DAV
from dav424.core.paths import Path, href
from dav424.core.subject import Subject
from dav424.dav import multistatus
from dav424.dav.bulk_limits import BULK_BYTES
from dav424.dav.if_header import CTAG
from dav424.methods import put
from dav424.objects import calendar_data
from dav424.objects.uids import check_uid
from dav424.spine.exchange import OpenExchange
from dav424.store.draft import Draft
from dav424.store.tree import Collection, Document
from dav424.store.written import ctag

UID = f"{CALENDARSERVER}uid"
MOST_GROWTH = 4
"""How many times its own size the objects of a large body may have together: each repeats the lines around all of them."""
MOST_LINES = 150_000
"""The content lines that the objects of any body may have together."""
_PLAIN = re.compile(r"[A-Za-z0-9][A-Za-z0-9._@-]{0,120}")

FACTS = MethodFacts(
    allowed_on=COLLECTIONS,
    rule=(
        "The changes of one resource in a multiput succeed or fail together.",
        "calendarserver-bulk-change 4.2",
    ),
)
"""The facts of POST for both kinds of bulk requests."""


def check_size(request: Request) -> None:
    """Refuse with 403 a body that is larger than the limit in ``MM:bulk-requests``."""
    if len(request.body) > BULK_BYTES:
        raise Refused(
            403,
            f"The body has {len(request.body)} bytes; at most {BULK_BYTES} are accepted.",
            condition_codes.MAX_BYTES,
        )


def check_count(count: int, most: int) -> None:
    """Refuse with 403 more resources than the limit in ``MM:bulk-requests``."""
    if count > most:
        raise Refused(
            403,
            f"The request has {count} resources; at most {most} are accepted. Send several requests.",
            condition_codes.MAX_RESOURCES,
        )


def check_growth(size: int, lines: int, request: Request) -> None:
    """Refuse with 403 a body whose objects repeat so much of it that they are far larger than the body together."""
    _check_growth(size, max(BULK_BYTES, MOST_GROWTH * len(request.body)), "bytes")
    _check_growth(lines, max(MOST_LINES, MOST_GROWTH * request.body.count(b"\n")), "lines")


def _check_growth(found: int, most: int, what: str) -> None:
    if found > most:
        raise Refused(
            403,
            f"The objects of the body share so much that they have {found} {what} together; at most {most} are accepted. "
            "Shorten the lines and time zones that each object gets.",
            condition_codes.MAX_BYTES,
        )


def new_name(draft: Draft, top: Path, uid: str, kind: calendar_data.Kind) -> str:
    """Choose a name for a new member of a collection: its UID, if that is a plain name and not in use."""
    stem = uid if _PLAIN.fullmatch(uid) else hashlib.sha256(uid.encode()).hexdigest()[:32]
    name, number = stem + kind.suffix, 1
    while draft.find((*top, name)) is not None:
        number += 1
        name = f"{stem}-{number}{kind.suffix}"
    return name


def write(part: OpenExchange, data: bytes, kind: calendar_data.Kind, known: str = "") -> Action:
    """Plan the action that stores data at the subrequest's path; it refuses invalid data and a UID that isn't unique.

    Data that is ``known`` to be valid, with this UID, is not read again.
    """
    request = part.request
    headers = {**request.headers, "content-type": f"{kind.media_type}; charset=utf-8"}
    (write_data,) = put.write(part, replace(request, body=data, headers=headers))

    def run() -> object:
        check_uid(part.draft, request.path, known or calendar_data.single(data, kind).uid, kind)
        return write_data.run()

    return Action(Subject("write", request.path, kind.element), run)


def stored(exchange: OpenExchange, path: Path, uid: str = "") -> str:
    """Write the response for a stored resource: its entity-tag and, for a new resource, its UID."""
    node = exchange.draft.get(path)
    written = [multistatus.element(f"{DAV}getetag", markup.escape(node.etag))] if isinstance(node, Document) else []
    written += [multistatus.element(UID, markup.escape(uid))] if uid else []
    return multistatus.response(exchange.request.base, href(path), [multistatus.Propstat(200, written)])


def error(condition: ConditionCode | None, uid: str, base: Base) -> str:
    """Write a ``DAV:error`` of a condition and a UID; nothing if there is neither."""
    written = multistatus.error(condition, base)
    uid_element = multistatus.element(UID, markup.escape(uid)) if uid else ""
    if not written:
        return multistatus.element(f"{DAV}error", uid_element) if uid_element else ""
    return written.replace("</D:error>", f"{uid_element}</D:error>")


def response(href_element: str, *elements: str) -> str:
    """Write a ``DAV:response`` around its ``DAV:href`` and further elements, all of which are XML already."""
    lines = "".join(f"  {element}\n" for element in (href_element, *elements) if element)
    return f" <D:response>\n{lines} </D:response>\n"


def answer(exchange: OpenExchange, responses: Sequence[str]) -> Response:
    """Answer 207; a client that sent a CTag in ``If`` gets the new one in a header."""
    node = exchange.draft.get(exchange.request.path)
    headers = []
    if isinstance(node, Collection) and any(token.startswith(CTAG) for token in exchange.tokens):
        headers.append(("CTag", ctag(node)))
    return multistatus.multistatus_response(responses, *headers)
