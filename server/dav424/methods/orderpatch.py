"""ORDERPATCH (RFC 3648 7): change the order of a collection's members, or its ordering type.

All instructions are one group, in document order: the server does all of them, or none.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import partial
from typing import TYPE_CHECKING

from dav424.core.batch import Action, Done, Failed, FailedDependency, Group, Refused
from dav424.core.condition_codes import SEGMENT_MUST_IDENTIFY_MEMBER
from dav424.core.message import Response
from dav424.core.namespaces import DAV
from dav424.core.paths import Path, href, is_uri, split
from dav424.core.subject import Subject
from dav424.dav import request_xml
from dav424.dav.live_properties import ORDERING_TYPE
from dav424.dav.multistatus import multistatus_response
from dav424.methods.failure_answers import outcome_response
from dav424.spine import conditional_requests, lock_checks
from dav424.spine.exchange import OpenExchange
from dav424.store.ordering import Position
from dav424.store.tree import Collection

if TYPE_CHECKING:
    from lxml.etree import _Element

    from dav424.store.draft import Draft

MOST_EFFORT = 10_000_000
"""Members times instructions: a second or two of work."""
_PLACES = ("first", "last", "before", "after")


def plan(exchange: OpenExchange) -> Sequence[Group]:
    """Plan one group of all instructions, in document order."""
    request, draft = exchange.request, exchange.draft
    node = exchange.target()
    if not isinstance(node, Collection):
        raise Refused(405, f"{href(request.path)} is a document. Send ORDERPATCH to a collection.")
    conditional_requests.check(exchange)
    lock_checks.check_locks(exchange, request.path)
    root = request_xml.parse_as(request, f"{DAV}orderpatch")
    actions = list(_actions(root, request.path, draft))
    if not actions:
        raise Refused(400, "The body has no instruction. Send at least one DAV:ordering-type or DAV:order-member.")
    if len(actions) * len(node.children) > MOST_EFFORT:
        raise Refused(
            507,
            f"{len(actions)} instructions are too many for a collection with {len(node.children)} members. "
            "Send them in several requests.",
        )
    return [actions]


def _actions(root: _Element, path: Path, draft: Draft) -> Iterator[Action]:
    for element in root.iterchildren(ORDERING_TYPE, f"{DAV}order-member"):
        if element.tag == ORDERING_TYPE:
            ordering = _ordering_type(element)
            yield Action(Subject("set", path, ORDERING_TYPE, ordering), partial(draft.order, path, ordering))
        else:
            name, position = _member(element)
            yield Action(Subject("order", (*path, name)), partial(_place, draft, (*path, name), position))


def _ordering_type(element: _Element) -> str:
    uri = (element.findtext(f"{DAV}href") or "").strip()
    if not is_uri(uri):
        raise Refused(
            400,
            f"DAV:ordering-type must hold a DAV:href with a URI such as DAV:custom; the request has {uri[:80]!r}.",
        )
    return uri


def _member(element: _Element) -> tuple[str, Position]:
    """Read a ``DAV:order-member``: the name of a member, and its new position."""
    position = element.find(f"{DAV}position")
    places = [child for child in request_xml.elements(position) if _place_of(child)] if position is not None else []
    if len(places) != 1:
        raise Refused(
            400,
            "A DAV:order-member needs a DAV:position with exactly one of DAV:first, DAV:last, DAV:before and "
            f"DAV:after; the request has {len(places)}.",
        )
    place = _place_of(places[0])
    name = _segment(element, "DAV:order-member")
    match place:
        case "before" | "after":
            return name, Position(place, _segment(places[0], f"DAV:{place}"))
        case _:
            return name, Position("first" if place == "first" else "last")


def _place_of(element: _Element) -> str:
    local = str(element.tag).removeprefix(DAV)
    return local if local in _PLACES else ""


def _segment(parent: _Element, name: str) -> str:
    """Read a ``DAV:segment``, percent-encoded; a text that is no path segment is returned unchanged."""
    sent = (parent.findtext(f"{DAV}segment") or "").strip()
    if not sent:
        raise Refused(400, f"A {name} needs a DAV:segment with the name of a member; the request has none.")
    try:
        segments, _ = split("/" + sent)
    except Refused:
        segments = ()
    return segments[0] if len(segments) == 1 and not sent.endswith("/") else sent


def _place(draft: Draft, path: Path, position: Position) -> None:
    if draft.find(path) is None:
        raise Refused(
            403,
            f"The collection has no member {href(path)}. Name a member in DAV:segment.",
            SEGMENT_MUST_IDENTIFY_MEMBER,
        )
    draft.place(path, position)


def answer(exchange: OpenExchange) -> Response:
    """Answer 200, or 207 with the members for which an instruction failed.

    The members whose instructions depended on a failure are optional (RFC 3648 7.2); a scenario can add them, as 424.
    """
    if all(isinstance(outcome, Done) for outcome in exchange.outcomes):
        return Response(200)
    positions: dict[Path, int] = {}
    for kind in (Failed, FailedDependency) if exchange.world.blueprint.tells_dependents else (Failed,):
        for position, outcome in enumerate(exchange.outcomes):
            if isinstance(outcome, kind):
                positions.setdefault(exchange.actions[position].subject.path, position)
    draft, base = exchange.draft, exchange.request.base
    ordered = sorted(positions.items(), key=lambda entry: entry[1])
    return multistatus_response(
        outcome_response(exchange, position, draft.href_of(path), base) for path, position in ordered
    )
