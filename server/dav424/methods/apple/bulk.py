"""What Apple's bulk requests have in common: new resources get names, and UIDs are unique in a collection.

See calendarserver-bulk-change, August 2011. Each resource is a part of its own.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Sequence

from msgspec.structs import replace

from dav424.core import condition_codes, markup
from dav424.core.batch import Action, Refused
from dav424.core.condition_codes import ConditionCode
from dav424.core.message import Request, Response
from dav424.core.method_facts import COLLECTIONS, MethodFacts
from dav424.core.namespaces import CALENDARSERVER, DAV
from dav424.core.paths import Path, href
from dav424.core.subject import Subject
from dav424.dav import multistatus
from dav424.dav.if_header import CTAG
from dav424.dav.live_properties import BULK_BYTES
from dav424.methods import put
from dav424.methods.apple import calendar_data
from dav424.spine.exchange import OpenExchange
from dav424.store.tree import Collection, Document, ctag

UID = f"{CALENDARSERVER}uid"
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
    """Refuse with 403 a body of more bytes than ``MM:bulk-requests`` says."""
    if len(request.body) > BULK_BYTES:
        raise Refused(
            403, f"The body has {len(request.body)} bytes; at most {BULK_BYTES} are read.", condition_codes.MAX_BYTES
        )


def check_count(count: int, most: int) -> None:
    """Refuse with 403 more resources than ``MM:bulk-requests`` says."""
    if count > most:
        raise Refused(
            403, f"These are {count} resources; at most {most} are taken at a time.", condition_codes.MAX_RESOURCES
        )


class Uids:
    """The UIDs in a collection, by the names of its members; ``refresh`` takes note of a change."""

    def __init__(self, exchange: OpenExchange) -> None:
        self._draft, self._top = exchange.draft, exchange.request.path
        self._names: dict[str, str] = {}
        self._uids: dict[str, str] = {}
        node = self._draft.get(self._top)
        assert isinstance(node, Collection), "only a collection takes bulk requests"
        for name in sorted(node.children):
            self.refresh(name)

    def refresh(self, name: str) -> None:
        """Look at a member anew."""
        old = self._uids.pop(name, "")
        if old and self._names.get(old) == name:
            del self._names[old]
        node = self._draft.find((*self._top, name))
        found = [uid for kind in calendar_data.KINDS if isinstance(node, Document) and (uid := _uid(node, kind))]
        if found:
            self._uids[name] = found[0]
            self._names[found[0]] = name

    def check(self, uid: str, name: str, kind: calendar_data.Kind) -> None:
        """Refuse with 403 a UID that another member has, or that isn't this member's (RFC 4791 5.3.2.1)."""
        other = self._names.get(uid, name)
        if other != name or self._uids.get(name, uid) != uid:
            where = href((*self._top, other))
            raise Refused(
                403, f"The UID {uid[:80]} would not be unique: see {where}.", ConditionCode(kind.no_conflict, (where,))
            )

    def name(self, uid: str, kind: calendar_data.Kind) -> str:
        """Find a name for a new member: its UID, if that is plain and free."""
        stem = uid if _PLAIN.fullmatch(uid) else hashlib.sha256(uid.encode()).hexdigest()[:32]
        taken, number = stem + kind.suffix, 1
        while self._draft.find((*self._top, taken)) is not None:
            number += 1
            taken = f"{stem}-{number}{kind.suffix}"
        return taken


def _uid(node: Document, kind: calendar_data.Kind) -> str:
    return calendar_data.uid_of(node.content, kind) if node.content_type.partition(";")[0] == kind.media_type else ""


def write(part: OpenExchange, data: bytes, kind: calendar_data.Kind, uids: Uids) -> Action:
    """Make the action that stores data at the part's path: refused if it isn't valid or its UID isn't unique."""
    request = part.request
    typed = {**request.headers, "content-type": f"{kind.media_type}; charset=utf-8"}
    (stored,) = put.write(part, replace(request, body=data, headers=typed))

    def run() -> object:
        uids.check(calendar_data.single(data, kind).uid, request.path[-1], kind)
        return stored.run()

    return Action(Subject("write", request.path, kind.element), run)


def stored(exchange: OpenExchange, path: Path, uid: str = "") -> str:
    """Write the response about what was stored unmodified: its entity-tag and, of what is new, its UID."""
    node = exchange.draft.get(path)
    told = [multistatus.element(f"{DAV}getetag", markup.escape(node.etag))] if isinstance(node, Document) else []
    told += [multistatus.element(UID, markup.escape(uid))] if uid else []
    return multistatus.response(exchange.request.base, href(path), [multistatus.Propstat(200, told)])


def error(known: ConditionCode | None, uid: str, base: str) -> str:
    """Write a ``DAV:error`` that says which UID it is about; nothing, if there is nothing to say."""
    said = multistatus.error(known, base)
    named = multistatus.element(UID, markup.escape(uid)) if uid else ""
    if not said:
        return multistatus.element(f"{DAV}error", named) if named else ""
    return said.replace("</D:error>", f"{named}</D:error>")


def response(where: str, *said: str) -> str:
    """Write a ``DAV:response`` around its ``DAV:href`` and what there is to say, all of which is XML."""
    lines = "".join(f"  {each}\n" for each in (where, *said) if each)
    return f" <D:response>\n{lines} </D:response>\n"


def answer(exchange: OpenExchange, responses: Sequence[str]) -> Response:
    """Answer 207; whoever asked for a CTag in ``If`` is told the new one."""
    sent = [("Content-Type", multistatus.XML_TYPE)]
    node = exchange.draft.get(exchange.request.path)
    if isinstance(node, Collection) and any(token.startswith(CTAG) for token in exchange.tokens):
        sent.append(("CTag", ctag(node)))
    return Response(207, sent, multistatus.document("{DAV:}multistatus", "".join(responses)))
