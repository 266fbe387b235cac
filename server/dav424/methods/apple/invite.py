"""Sharing as CalendarServer has it (``CS:share``): a list of invitees, all of whom can be invited, or none is.

It is one group: the bad ones are refused, and the good ones, who depended on them, get 424 for a resource's
own status.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from typing import TYPE_CHECKING

from lxml import etree
from msgspec import Struct

from dav424.core import markup
from dav424.core.batch import Action, Done, Failed, FailedDependency, Group, Refused
from dav424.core.message import Response
from dav424.core.method_facts import COLLECTIONS, Facts, MethodFacts
from dav424.core.namespaces import CALENDARSERVER as CS
from dav424.core.namespaces import DAV, INVITE
from dav424.core.paths import is_uri
from dav424.core.subject import Subject
from dav424.dav import multistatus, request_xml
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
    """Whom to invite, with which access; without one, the invitation is taken back."""

    address: str
    access: str = ""
    name: str = ""
    summary: str = ""


def plan(exchange: OpenExchange) -> Sequence[Group]:
    """Make one group of all invitations, in document order."""
    request, draft = exchange.request, exchange.draft
    root = request_xml.parse(request)
    found = [_read(element) for element in root.iterchildren(f"{CS}set", f"{CS}remove")]
    if not found:
        raise Refused(400, "The body invites nobody: CS:share needs a CS:set or a CS:remove.")
    if len(found) > targets.MOST:
        raise Refused(413, f"The body names more than {targets.MOST} invitees; send them in several requests.")
    seen: set[str] = set()
    for each in found:
        if each.address in seen:
            raise Refused(400, f"{each.address[:80]} is named twice.")
        seen.add(each.address)
    conditional_requests.check(exchange)
    lock_checks.check_locks(exchange, request.path)
    return [[_action(each, request.path, draft) for each in found]]


def _read(element: _Element) -> Invitation:
    address = (element.findtext(f"{DAV}href") or "").strip()
    if not address:
        raise Refused(400, f"{element.tag} needs a DAV:href with the address of an invitee.")
    if element.tag == f"{CS}remove":
        return Invitation(address)
    accesses = [str(each.tag) for each in request_xml.elements(element) if each.tag in _ACCESSES]
    if len(accesses) != 1:
        raise Refused(400, f"The invitation of {address[:80]} needs one of CS:read and CS:read-write.")
    name, summary = (element.findtext(f"{CS}{each}") or "" for each in ("common-name", "summary"))
    return Invitation(address, accesses[0], name, summary)


def _action(invitation: Invitation, path: Path, draft: Draft) -> Action:
    address = invitation.address
    if invitation.access:
        subject = Subject("set", path, INVITE, address, f"invitee {address}")
        return Action(subject, partial(_invite, draft, path, invitation))
    return Action(
        Subject("remove", path, INVITE, address, f"invitee {address}"), partial(_remove, draft, path, address)
    )


def _invite(draft: Draft, path: Path, invitation: Invitation) -> None:
    if not (is_uri(invitation.address) or invitation.address.startswith("/")):
        raise Refused(403, f"{invitation.address[:80]!r} is no address, as mailto:ada@example.com is one.")
    users = _users(draft, path)
    users[invitation.address] = _user(invitation)
    _store(draft, path, users)


def _remove(draft: Draft, path: Path, address: str) -> None:
    users = _users(draft, path)
    if users.pop(address, None) is None:
        raise Refused(403, f"{address[:80]} was not invited.")
    _store(draft, path, users)


def _user(invitation: Invitation) -> str:
    """Write a ``CS:user``, who has not answered yet."""
    written = [f"<D:href>{markup.escape(invitation.address)}</D:href>"]
    for name, text in (("common-name", invitation.name), ("summary", invitation.summary)):
        if text:
            written.append(multistatus.element(f"{CS}{name}", markup.escape(text)))
    written.append(multistatus.empty(f"{CS}invite-noresponse"))
    written.append(multistatus.element(f"{CS}access", multistatus.empty(invitation.access)))
    return multistatus.element(f"{CS}user", "".join(written))


def _users(draft: Draft, path: Path) -> dict[str, str]:
    """Read who is invited: the address and the ``CS:user`` of each."""
    kept = draft.get(path).properties.get(INVITE, "")
    root = etree.fromstring(f'<kept xmlns:D="DAV:">{kept}</kept>')
    users = root.iterfind(f"{INVITE}/{CS}user")
    return {user.findtext(f"{DAV}href") or "": etree.tostring(user, encoding="unicode") for user in users}


def _store(draft: Draft, path: Path, users: dict[str, str]) -> None:
    draft.set_property(path, INVITE, multistatus.element(INVITE, "".join(users.values())) if users else None)


def answer(exchange: OpenExchange) -> Response:
    """Answer 200, or 207 with a response for each invitee, by the address that was sent."""
    if all(isinstance(outcome, Done) for outcome in exchange.outcomes):
        return Response(200)
    said = "".join(_response(exchange, position) for position in range(len(exchange.actions)))
    return Response(207, [("Content-Type", multistatus.XML_TYPE)], multistatus.document("{DAV:}multistatus", said))


def _response(exchange: OpenExchange, position: int) -> str:
    address, outcome = exchange.actions[position].subject.text, exchange.outcomes[position]
    match outcome:
        case Failed(status, detail, reason):
            return multistatus.resource_response("", address, status, reason, detail)
        case FailedDependency(status=status):
            return multistatus.resource_response("", address, status, None, exchange.because(position))
        case _:
            raise AssertionError(outcome)  # in a group that failed, nothing is done
