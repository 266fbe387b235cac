"""Sharing in CalendarServer (``CS:share``): a POST with a list of invitees, which invites all of them or none.

All invitees are one group: the server refuses the invalid ones, and the valid ones, which depended on them, get 424.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from typing import TYPE_CHECKING

from lxml import etree
from msgspec import Struct

from dav424.core import markup
from dav424.core.batch import Action, Done, Group, Refused
from dav424.core.hrefs import Base
from dav424.core.message import Response
from dav424.core.method_facts import COLLECTIONS, Facts, MethodFacts
from dav424.core.namespaces import CALENDARSERVER as CS
from dav424.core.namespaces import DAV, INVITE
from dav424.core.paths import is_uri
from dav424.core.subject import Subject
from dav424.dav import multistatus, request_xml
from dav424.dav.multistatus import multistatus_response
from dav424.methods.failure_answers import outcome_response
from dav424.methods.microsoft import targets
from dav424.spine import conditional_requests, lock_checks
from dav424.spine.exchange import OpenExchange

if TYPE_CHECKING:
    from lxml.etree import _Element

    from dav424.core.paths import Path
    from dav424.store.draft import Draft

ROOT = f"{CS}share"
_ACCESSES = (f"{CS}read", f"{CS}read-write")

FACTS: Facts = {
    "POST": MethodFacts(
        allowed_on=COLLECTIONS,
        rule=("The server invites all invitees of a request, or none.", "CalendarServer sharing"),
    )
}


class Invitation(Struct, frozen=True):
    """An invitee, with the access to give; without an access, the invitation is removed."""

    address: str
    access: str = ""
    name: str = ""
    summary: str = ""


def plan(exchange: OpenExchange) -> Sequence[Group]:
    """Plan one group of all invitations, in document order."""
    request, draft = exchange.request, exchange.draft
    root = request_xml.parse(request)
    invitations = [_read(element) for element in root.iterchildren(f"{CS}set", f"{CS}remove")]
    if not invitations:
        raise Refused(400, "The body names no invitee. Send a CS:share with a CS:set or a CS:remove.")
    if len(invitations) > targets.MOST:
        raise Refused(413, f"The body names more than {targets.MOST} invitees. Send them in several requests.")
    seen: set[str] = set()
    for invitation in invitations:
        if invitation.address in seen:
            raise Refused(400, f"The invitee {invitation.address[:80]} occurs twice. Name it once.")
        seen.add(invitation.address)
    conditional_requests.check(exchange)
    lock_checks.check_locks(exchange, request.path)
    book = _Book(draft, request.path)
    return [[_action(invitation, request.path, book) for invitation in invitations]]


def _read(element: _Element) -> Invitation:
    address = (element.findtext(f"{DAV}href") or "").strip()
    if not address:
        raise Refused(400, f"{element.tag} needs a DAV:href with the address of an invitee; the request has none.")
    if element.tag == f"{CS}remove":
        return Invitation(address)
    accesses = [str(child.tag) for child in request_xml.elements(element) if child.tag in _ACCESSES]
    if len(accesses) != 1:
        raise Refused(
            400,
            f"The invitation of {address[:80]} needs exactly one of CS:read and CS:read-write; "
            f"the request has {len(accesses)}.",
        )
    name, summary = (element.findtext(f"{CS}{child}") or "" for child in ("common-name", "summary"))
    return Invitation(address, accesses[0], name, summary)


class _Book:
    """The invited users of one collection; they are read again only if something else has changed them."""

    def __init__(self, draft: Draft, path: Path) -> None:
        self._draft, self._path = draft, path
        self._known: tuple[str | None, dict[str, str]] | None = None

    @property
    def _stored(self) -> str | None:
        return self._draft.get(self._path).properties.get(INVITE)

    def take(self) -> dict[str, str]:
        """Give the users, to change them and to ``store`` them."""
        known, self._known = self._known, None
        return known[1] if known is not None and known[0] is self._stored else _users(self._draft, self._path)

    def store(self, users: dict[str, str]) -> None:
        """Store the users in place of those that were taken."""
        _store(self._draft, self._path, users)
        self._known = (self._stored, users)


def _action(invitation: Invitation, path: Path, book: _Book) -> Action:
    address = invitation.address
    if invitation.access:
        subject = Subject("set", path, INVITE, address, f"invitee {address}")
        return Action(subject, partial(_invite, book, invitation))
    return Action(Subject("remove", path, INVITE, address, f"invitee {address}"), partial(_remove, book, address))


def _invite(book: _Book, invitation: Invitation) -> None:
    if not (is_uri(invitation.address) or invitation.address.startswith("/")):
        raise Refused(403, f"{invitation.address[:80]!r} is not an address. Send a URI such as mailto:ada@example.com.")
    users = book.take()
    users[invitation.address] = _user(invitation)
    book.store(users)


def _remove(book: _Book, address: str) -> None:
    users = book.take()
    if users.pop(address, None) is None:
        raise Refused(403, f"{address[:80]} has no invitation that could be removed.")
    book.store(users)


def _user(invitation: Invitation) -> str:
    """Write a ``CS:user`` who has not replied yet."""
    written = [f"<D:href>{markup.escape(invitation.address)}</D:href>"]
    for name, text in (("common-name", invitation.name), ("summary", invitation.summary)):
        if text:
            written.append(multistatus.element(f"{CS}{name}", markup.escape(text)))
    written.append(multistatus.empty(f"{CS}invite-noresponse"))
    written.append(multistatus.element(f"{CS}access", multistatus.empty(invitation.access)))
    return multistatus.element(f"{CS}user", "".join(written))


def _users(draft: Draft, path: Path) -> dict[str, str]:
    """Read the invited users: each ``CS:user``, by address."""
    xml = draft.get(path).properties.get(INVITE)
    users = etree.fromstring(xml).iterchildren(f"{CS}user") if xml is not None else ()
    return {
        (user.findtext(f"{DAV}href") or "").strip(): etree.tostring(user, encoding="unicode", with_tail=False)
        for user in users
    }


def _store(draft: Draft, path: Path, users: dict[str, str]) -> None:
    """Store the users as an element that is XML by itself."""
    start, end = multistatus.tag(INVITE)
    written = f'{start} xmlns:D="DAV:">{"".join(users.values())}{end}'
    draft.set_property(path, INVITE, written if users else None)


def answer(exchange: OpenExchange) -> Response:
    """Answer 200, or 207 with a response for each invitee, whose address is the ``DAV:href``."""
    if all(isinstance(outcome, Done) for outcome in exchange.outcomes):
        return Response(200)
    return multistatus_response(
        outcome_response(exchange, position, action.subject.text, base=Base())
        for position, action in enumerate(exchange.actions)
    )
