"""MKCOL, extended MKCOL (RFC 5689) and MKCALENDAR (RFC 4791 5.3.1): a collection and its properties.

Both are one group: the creation, then the properties, which need it. They fail for the same reasons, and
answer differently: MKCOL with the status of the cause and a ``DAV:mkcol-response``, MKCALENDAR with 207.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from msgspec.structs import replace

from dav424.core import condition_codes
from dav424.core.batch import Action, Failed, Group, Refused
from dav424.core.condition_codes import ConditionCode
from dav424.core.message import Response
from dav424.core.namespaces import CALDAV, DAV
from dav424.core.paths import Path, href
from dav424.core.subject import Effect, Subject
from dav424.dav import headers, multistatus, request_xml
from dav424.dav.multistatus import error_response, multistatus_response
from dav424.dav.supported_reports import ADDRESS_BOOK, CALENDAR
from dav424.methods import properties
from dav424.methods.failure_answers import first_failure
from dav424.methods.properties import Instruction
from dav424.spine import conditional_requests, lock_checks
from dav424.spine.exchange import OpenExchange
from dav424.store.tree import COLLECTION, Collection

if TYPE_CHECKING:
    from dav424.store.draft import Draft

RESOURCETYPE = f"{DAV}resourcetype"
_PROPS = f"{DAV}set/{DAV}prop"
_UNCACHED = ("Cache-Control", "no-cache")
_ROOTS = {"MKCOL": f"{DAV}mkcol", "MKCALENDAR": f"{CALDAV}mkcalendar"}


def plan(exchange: OpenExchange) -> Sequence[Group]:
    """Plan one group of the creation and the properties, which need it."""
    request, draft = exchange.request, exchange.draft
    path = request.path
    calendar = request.method == "MKCALENDAR"
    if draft.find(path) is not None:
        raise _exists(path, calendar=calendar)
    draft.parent(path)
    conditional_requests.check(exchange)
    ordering, position = headers.ordering_type(request), headers.position(request)
    draft.check_place(path, position)
    lock_checks.check_locks(exchange, path[:-1])
    instructions = _instructions(exchange)

    def create() -> Effect:
        draft.make_collection(path)
        draft.order(path, ordering)
        draft.place(path, position)
        if calendar:
            _give_types(draft, path, [CALENDAR])
        return Effect(created=True)

    pairs = zip(properties.actions(instructions, path, draft, needs=(0,)), instructions, strict=True)
    updates = [
        _set_types(action, instruction, draft, calendar=calendar) if instruction.name == RESOURCETYPE else action
        for action, instruction in pairs
    ]
    return [[Action(Subject("create", path), create), *updates]]


def _instructions(exchange: OpenExchange) -> list[Instruction]:
    request = exchange.request
    if request_xml.is_missing(request):
        return []
    root = request_xml.parse_as(request, _ROOTS[request.method], status=415)
    if request.method == "MKCALENDAR" and (props := root.findall(_PROPS)) and not any(map(len, props)):
        return []  # RFC 4918 14.18 allows an empty DAV:prop, and clients send one
    return properties.read(request, root, removal=False)


def _exists(path: Path, *, calendar: bool) -> Refused:
    detail = f"{href(path)} already exists. Choose another URL, or DELETE the resource first."
    return Refused(403, detail, condition_codes.RESOURCE_MUST_BE_NULL) if calendar else Refused(405, detail)


def _set_types(action: Action, instruction: Instruction, draft: Draft, *, calendar: bool) -> Action:
    """Replace the action for ``DAV:resourcetype``, which these methods may set (RFC 5689 3), unlike PROPPATCH."""
    types = instruction.children

    def run() -> None:
        lacking = [name for name in (COLLECTION, *([CALENDAR] if calendar else [])) if name not in types]
        if lacking:
            detail = (
                f"DAV:resourcetype must contain {lacking[0]}; the request has {', '.join(types)[:200] or 'no type'}."
            )
            raise Refused(403, detail, condition_codes.VALID_RESOURCETYPE)
        _give_types(draft, action.subject.path, [name for name in types if name != COLLECTION])

    return Action(Subject("create", action.subject.path, RESOURCETYPE, " ".join(types)), run, action.needs)


LOCATED: dict[str, tuple[str, ConditionCode]] = {
    CALENDAR: ("A calendar collection", condition_codes.CALENDAR_COLLECTION_LOCATION_OK),
    ADDRESS_BOOK: ("An address book", condition_codes.ADDRESS_BOOK_COLLECTION_LOCATION_OK),
}
"""The types of which no collection can be inside another, at any depth (RFC 4791 4.2, RFC 6352 5.2)."""


def located(name: str) -> Refused:
    """Give the refusal of a collection of such a type inside another."""
    what, condition = LOCATED[name]
    return Refused(403, f"{what} can't be inside another one. Choose another location.", condition)


def _give_types(draft: Draft, path: Path, types: Sequence[str]) -> None:
    """Set the types other than ``DAV:collection``."""
    around = {name for node in draft.lineage(path[:-1]) if isinstance(node, Collection) for name in node.types}
    for name in types:
        if name in around and name in LOCATED:
            raise located(name)
    node = draft.get(path)
    if isinstance(node, Collection):
        draft.replace(path, replace(node, types=tuple(types)))


def answer(exchange: OpenExchange) -> Response:
    """Answer 201, or the outcome of each property: MKCOL with the first cause's status, MKCALENDAR with 207.

    If the collection itself could not be created, the answer is that refusal alone.
    """
    request = exchange.request
    first = first_failure(exchange)
    if first is None:
        return _created(exchange)
    if isinstance(exchange.outcomes[0], Failed):
        return error_response(first, request.base)
    propstats = properties.propstats(exchange)
    if request.method == "MKCALENDAR":
        response = multistatus.response(request.base, href(request.path, collection=True), propstats)
        return multistatus_response([response], _UNCACHED)
    written = "".join(multistatus.propstat(propstat, request.base) for propstat in propstats)
    content = multistatus.document("{DAV:}mkcol-response", written)
    return Response(first.status, [("Content-Type", multistatus.XML_TYPE), _UNCACHED], content)


def _created(exchange: OpenExchange) -> Response:
    request = exchange.request
    preference = [("Preference-Applied", "return=minimal")] if headers.prefers_minimal(request) else []
    location = ("Location", request.base.url(href(request.path, collection=True)))
    return Response(201, [_UNCACHED, location, *preference])
