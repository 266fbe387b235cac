"""MKCOL, extended MKCOL (RFC 5689) and MKCALENDAR (RFC 4791 5.3.1): a collection and its properties.

Both are one group: the creation, then the properties, which need it. They fail alike and say so
differently: MKCOL with the status of the cause and a ``DAV:mkcol-response``, MKCALENDAR with 207.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from msgspec.structs import replace

from dav424.core import condition_codes
from dav424.core.batch import Action, Failed, Group, Refused
from dav424.core.message import Response
from dav424.core.method_facts import UNMAPPED, Facts, MethodFacts
from dav424.core.namespaces import CALDAV, DAV
from dav424.core.paths import Path, href
from dav424.core.subject import Subject
from dav424.dav import headers, multistatus, request_xml
from dav424.dav.multistatus import error_response
from dav424.methods import properties
from dav424.methods.properties import Instruction
from dav424.spine import conditional_requests, lock_checks
from dav424.spine.exchange import OpenExchange
from dav424.store.tree import COLLECTION, Collection

if TYPE_CHECKING:
    from dav424.store.draft import Draft

CALENDAR = f"{CALDAV}calendar"
RESOURCETYPE = f"{DAV}resourcetype"
_PROPS = f"{DAV}set/{DAV}prop"
_ROOTS = {"MKCOL": f"{DAV}mkcol", "MKCALENDAR": f"{CALDAV}mkcalendar"}

FACTS: Facts = {
    "MKCOL": MethodFacts(
        privilege="bind",
        allowed_on=UNMAPPED,
        rule=("The collection is made with all of its properties or not at all.", "RFC 5689 3"),
    ),
    "MKCALENDAR": MethodFacts(
        privilege="bind",
        allowed_on=UNMAPPED,
        rule=("The calendar is made with all of its properties or not at all.", "RFC 4791 5.3.1"),
    ),
}


def plan(exchange: OpenExchange) -> Sequence[Group]:
    """Make one group of the creation and the properties, which need it."""
    request, draft = exchange.request, exchange.draft
    path = request.path
    calendar = request.method == "MKCALENDAR"
    instructions = _instructions(exchange)
    if draft.find(path) is not None:
        raise _exists(path, calendar=calendar)
    draft.parent(path)
    conditional_requests.check(exchange)
    kind, position = headers.ordering_type(request), headers.position(request)
    draft.check_place(path, position)
    lock_checks.check_locks(exchange, path[:-1])

    def create() -> None:
        draft.make_collection(path)
        draft.order(path, kind)
        draft.place(path, position)
        if calendar:
            _give_types(draft, path, [CALENDAR])

    actions = properties.actions(instructions, path, draft, needs=(0,))
    typed = [
        _typing(action, each, draft, calendar=calendar) if each.name == RESOURCETYPE else action
        for action, each in zip(actions, instructions, strict=True)
    ]
    return [[Action(Subject("create", path), create), *typed]]


def _instructions(exchange: OpenExchange) -> list[Instruction]:
    request = exchange.request
    if not request.body.strip():
        return []
    root = request_xml.parse(request)
    if root.tag != _ROOTS[request.method]:
        raise Refused(415, f"The body of {request.method} must be a {_ROOTS[request.method]}, and it is {root.tag}.")
    if request.method == "MKCALENDAR" and (props := root.findall(_PROPS)) and not any(map(len, props)):
        return []  # a calendar without a name: RFC 4918 14.18 lets DAV:prop be empty, and clients send that
    return properties.read(request, root, removal=False)


def _exists(path: Path, *, calendar: bool) -> Refused:
    detail = f"There is something at {href(path)} already."
    return Refused(403, detail, condition_codes.RESOURCE_MUST_BE_NULL) if calendar else Refused(405, detail)


def _typing(action: Action, instruction: Instruction, draft: Draft, *, calendar: bool) -> Action:
    """Let ``DAV:resourcetype`` say what is made (RFC 5689 3), where PROPPATCH may not touch it."""
    types = instruction.children

    def run() -> None:
        lacking = [name for name in (COLLECTION, *([CALENDAR] if calendar else [])) if name not in types]
        if lacking:
            raise Refused(403, f"The resource type must have {lacking[0]} in it.", condition_codes.VALID_RESOURCETYPE)
        _give_types(draft, action.subject.path, [name for name in types if name != COLLECTION])

    return Action(Subject("create", action.subject.path, RESOURCETYPE, " ".join(types)), run, action.needs)


def _give_types(draft: Draft, path: Path, types: Sequence[str]) -> None:
    """Set the types beside ``DAV:collection``; a calendar can't lie in a calendar (RFC 4791 4.2)."""
    above = draft.lineage(path[:-1])
    if CALENDAR in types and any(isinstance(node, Collection) and CALENDAR in node.types for node in above):
        raise Refused(403, "A calendar can't lie in a calendar.", condition_codes.CALENDAR_COLLECTION_LOCATION_OK)
    node = draft.get(path)
    if isinstance(node, Collection):
        draft.replace(path, replace(node, types=tuple(types)))


def answer(exchange: OpenExchange) -> Response:
    """Answer 201, or what came of each property: MKCOL with the first cause's status, MKCALENDAR with 207.

    If the collection itself couldn't be made, no property is to blame: the answer is about the whole.
    """
    request, outcomes = exchange.request, exchange.outcomes
    first = next((outcome for outcome in outcomes if isinstance(outcome, Failed)), None)
    if first is None:
        return _created(exchange)
    if isinstance(outcomes[0], Failed):
        return error_response(first, request.base)
    propstats = properties.propstats(exchange)
    if request.method == "MKCALENDAR":
        said = multistatus.response(request.base, href(request.path, collection=True), propstats)
        status, content = 207, multistatus.document("{DAV:}multistatus", said)
    else:
        said = "".join(multistatus.propstat(part, request.base) for part in propstats)
        status, content = first.status, multistatus.document("{DAV:}mkcol-response", said)
    return Response(status, [("Content-Type", multistatus.XML_TYPE), ("Cache-Control", "no-cache")], content)


def _created(exchange: OpenExchange) -> Response:
    request = exchange.request
    answered = [("Cache-Control", "no-cache"), ("Location", request.base + href(request.path, collection=True))]
    if headers.prefers_minimal(request):
        answered.append(("Preference-Applied", "return=minimal"))
    return Response(201, answered)
