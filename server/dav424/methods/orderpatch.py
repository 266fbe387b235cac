"""ORDERPATCH (RFC 3648 7): change the order of a collection's members, or what the order means.

It is one group, in document order: all of it is done, or nothing is.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import partial
from typing import TYPE_CHECKING

from dav424.core.batch import Action, Done, Failed, FailedDependency, Group, Refused
from dav424.core.condition_codes import SEGMENT_MUST_IDENTIFY_MEMBER
from dav424.core.message import Response
from dav424.core.method_facts import COLLECTIONS, Facts, MethodFacts
from dav424.core.namespaces import DAV
from dav424.core.paths import Path, href, is_uri, split
from dav424.core.subject import Subject
from dav424.dav import multistatus, request_xml
from dav424.dav.live_properties import ORDERING_TYPE
from dav424.spine import conditional_requests, lock_checks
from dav424.spine.exchange import OpenExchange
from dav424.store.ordering import Position
from dav424.store.tree import Collection

if TYPE_CHECKING:
    from lxml.etree import _Element

    from dav424.store.draft import Draft

MOST_EFFORT = 10_000_000
"""Members times instructions: what takes a second or two."""
_PLACES = ("first", "last", "before", "after")

FACTS: Facts = {
    "ORDERPATCH": MethodFacts(
        allowed_on=COLLECTIONS,
        rule=("The changes of an ORDERPATCH succeed or fail together.", "RFC 3648 7"),
    )
}


def plan(exchange: OpenExchange) -> Sequence[Group]:
    """Make one group of all instructions, in document order."""
    request, draft = exchange.request, exchange.draft
    root = request_xml.parse(request)
    if root.tag != f"{DAV}orderpatch":
        raise Refused(400, f"The body of ORDERPATCH must be a DAV:orderpatch, and it is {root.tag}.")
    actions = list(_actions(root, request.path, draft))
    if not actions:
        raise Refused(400, "The body instructs nothing: it needs a DAV:ordering-type or a DAV:order-member.")
    node = exchange.target()
    if not isinstance(node, Collection):
        raise Refused(405, f"{href(request.path)} is a document, which has no members to order.")
    if len(actions) * len(node.children) > MOST_EFFORT:
        raise Refused(507, "So many instructions for so many members take too long; send them in several requests.")
    conditional_requests.check(exchange)
    lock_checks.check_locks(exchange, request.path)
    return [actions]


def _actions(root: _Element, path: Path, draft: Draft) -> Iterator[Action]:
    for element in root.iterchildren(ORDERING_TYPE, f"{DAV}order-member"):
        if element.tag == ORDERING_TYPE:
            kind = _kind(element)
            yield Action(Subject("set", path, ORDERING_TYPE, kind), partial(draft.order, path, kind))
        else:
            name, position = _member(element)
            yield Action(Subject("order", (*path, name)), partial(_place, draft, (*path, name), position))


def _kind(element: _Element) -> str:
    kind = (element.findtext(f"{DAV}href") or "").strip()
    if not is_uri(kind):
        raise Refused(400, f"DAV:ordering-type must hold a DAV:href with a URI, as DAV:custom, and not {kind[:80]!r}.")
    return kind


def _member(element: _Element) -> tuple[str, Position]:
    """Read a ``DAV:order-member``: whom to put where."""
    found = element.find(f"{DAV}position")
    places = [each for each in request_xml.elements(found) if _place_of(each)] if found is not None else []
    if len(places) != 1:
        raise Refused(400, "A DAV:order-member needs a DAV:position that holds one of first, last, before and after.")
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


def _segment(parent: _Element, where: str) -> str:
    """Read a ``DAV:segment``, percent-encoded; what can't be one names no member and is kept as it is."""
    sent = (parent.findtext(f"{DAV}segment") or "").strip()
    if not sent:
        raise Refused(400, f"A {where} needs a DAV:segment with the name of a member.")
    try:
        segments, _ = split("/" + sent)
    except Refused:
        segments = ()
    return segments[0] if len(segments) == 1 and not sent.endswith("/") else sent


def _place(draft: Draft, path: Path, position: Position) -> None:
    if draft.find(path) is None:
        raise Refused(403, f"There is no member {href(path)}.", SEGMENT_MUST_IDENTIFY_MEMBER)
    draft.place(path, position)


def answer(exchange: OpenExchange) -> Response:
    """Answer 200, or 207 with what could not be done.

    What depended on that need not be said (RFC 3648 7.2); a scenario can have it said, as 424.
    """
    if all(isinstance(outcome, Done) for outcome in exchange.outcomes):
        return Response(200)
    told: dict[Path, int] = {}
    for kind in (Failed, FailedDependency) if exchange.world.blueprint.tells_dependents else (Failed,):
        for position, outcome in enumerate(exchange.outcomes):
            if isinstance(outcome, kind):
                told.setdefault(exchange.actions[position].subject.path, position)
    said = "".join(_response(exchange, told[path]) for path in sorted(told, key=lambda path: told[path]))
    return Response(207, [("Content-Type", multistatus.XML_TYPE)], multistatus.document("{DAV:}multistatus", said))


def _response(exchange: OpenExchange, position: int) -> str:
    base, where = exchange.request.base, exchange.draft.href_of(exchange.actions[position].subject.path)
    match exchange.outcomes[position]:
        case Failed(status, detail, reason):
            return multistatus.resource_response(base, where, status, reason, detail)
        case FailedDependency(status=status):
            return multistatus.resource_response(base, where, status, None, exchange.because(position))
        case other:
            raise AssertionError(other)  # in a group that failed, nothing is done
