"""``MM:multiput`` (Apple's bulk requests, 4): create, update and delete members of a collection in one POST.

Each ``MM:resource`` is a part: one group of its data and its properties, which need the data. Where one of
them fails the others of the same resource get 424; other resources are left alone. They are worked on in
document order.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from functools import partial
from typing import TYPE_CHECKING

from msgspec import Struct

from dav424.core.batch import Done, Failed, Group, Refused
from dav424.core.message import Request, Response
from dav424.core.method_facts import Facts
from dav424.core.namespaces import DAV, ME
from dav424.core.paths import Path, href
from dav424.dav import multistatus, request_xml
from dav424.dav.bulk_limits import MOST_CHANGED
from dav424.methods import delete, properties, proppatch
from dav424.methods.apple import bulk, calendar_data
from dav424.methods.microsoft import targets
from dav424.methods.properties import Instruction
from dav424.spine import conditional_requests
from dav424.spine.exchange import OpenExchange, SubRequest
from dav424.spine.method import Parts, Plan, Planner

if TYPE_CHECKING:
    from lxml.etree import _Element

ROOT = f"{ME}multiput"
_DATA = {kind.element: kind for kind in calendar_data.KINDS}

FACTS: Facts = {"POST": bulk.FACTS}


class MultiputResource(Struct, frozen=True):
    """One resource to create, which has no path yet, to update or to delete."""

    path: Path | None
    slash: bool
    etag: str | None
    data: bytes | None
    kind: calendar_data.Kind
    instructions: Sequence[Instruction]
    deletes: bool

    @property
    def method(self) -> str:
        """The method that would do it alone."""
        return "DELETE" if self.deletes else "PUT" if self.data is not None else "PROPPATCH"

    @property
    def uid(self) -> str:
        """The UID of the data; empty if there is none or it can't be read."""
        return calendar_data.uid_of(self.data, self.kind) if self.data is not None else ""


def read(request: Request) -> list[MultiputResource]:
    """Read the resources in document order; refuses with 400 what is none, or named twice."""
    root = request_xml.parse(request)
    elements = list(root.iterchildren(f"{ME}resource"))
    if not elements:
        raise Refused(400, "The body asks for nothing: MM:multiput needs an MM:resource.")
    bulk.check_count(len(elements), MOST_CHANGED)
    found = [_resource(request, element) for element in elements]
    targets.refuse_twice("The resource", [each.path for each in found if each.path is not None])
    return found


def _resource(request: Request, element: _Element) -> MultiputResource:
    hrefs, deletes = element.findall(f"{DAV}href"), element.find(f"{ME}delete") is not None
    if len(hrefs) > 1:
        raise Refused(400, "An MM:resource has one DAV:href, or none to create one.")
    path, slash = _member(request, hrefs[0]) if hrefs else (None, False)
    etag = _etag(element)
    changes = element.find(f"{DAV}set") is not None or element.find(f"{DAV}remove") is not None
    if deletes and (changes or path is None):
        raise Refused(400, "An MM:resource with MM:delete needs a DAV:href, and neither DAV:set nor DAV:remove.")
    instructions = [] if deletes else properties.read(request, element, removal=True)
    data = [each for each in instructions if each.name in _DATA]
    if len(data) > 1 or any(each.xml is None for each in data):
        raise Refused(400, "An MM:resource can set its data once, and can't remove it.")
    if path is None and (not data or etag is not None or any(each.xml is None for each in instructions)):
        raise Refused(400, "An MM:resource without a DAV:href creates one: it needs data in DAV:set, and nothing else.")
    return MultiputResource(
        path,
        slash,
        etag,
        re.sub(r"\r?\n", "\r\n", data[0].text).encode() if data else None,
        _DATA[data[0].name] if data else calendar_data.CALENDAR,
        [each for each in instructions if each.name not in _DATA],
        deletes,
    )


def _member(request: Request, element: _Element) -> tuple[Path, bool]:
    path, slash = targets.in_scope(request, element)
    if len(path) != len(request.path) + 1:
        raise Refused(403, f"{href(path)} is no member of {href(request.path, collection=True)}.")
    return path, slash


def _etag(element: _Element) -> str | None:
    conditions = element.findall(f"{ME}if-match")
    if not conditions:
        return None
    etag = (conditions[0].findtext(f"{DAV}getetag") or "").strip()
    if not etag or len(conditions) > 1:
        raise Refused(400, "MM:if-match holds one DAV:getetag with the entity-tag that is expected.")
    return etag


def plan(exchange: OpenExchange) -> Plan:
    """Make a part of each resource."""
    bulk.check_size(exchange.request)
    found = read(exchange.request)
    conditional_requests.check(exchange)
    return Parts(_asked(exchange, found), "write", judged=True)


def _asked(exchange: OpenExchange, found: Iterable[MultiputResource]) -> Iterator[tuple[Request, Planner]]:
    """Name each resource when its turn has come, and note afterwards what became of it."""
    uids = bulk.Uids(exchange)
    whole = exchange.request
    for each in found:
        path = each.path or (*whole.path, uids.name(each.uid, each.kind))
        headers = {"if-match": each.etag} if each.etag is not None else {}
        request = Request(each.method, path, each.slash, headers, base_path=whole.base_path, user=whole.user)
        yield request, partial(_plan, each, uids)
        uids.refresh(path[-1])


def _plan(resource: MultiputResource, uids: bulk.Uids, part: OpenExchange) -> Iterable[Group]:
    if resource.deletes:
        return delete.plan(part)
    if resource.path is not None:
        part.target()
    if resource.data is None:
        return proppatch.update(resource.instructions, part)
    stored = bulk.write(part, resource.data, resource.kind, uids)
    return [[stored, *properties.actions(resource.instructions, part.request.path, part.draft, needs=(0,))]]


def answer(exchange: OpenExchange) -> Response:
    """Answer 207 with one response for each resource, in their order."""
    found = zip(exchange.parts, read(exchange.request), strict=True)
    return bulk.answer(exchange, [_response(exchange, part, resource) for part, resource in found])


def _response(exchange: OpenExchange, part: SubRequest, resource: MultiputResource) -> str:
    base, path = exchange.request.base, part.request.path
    outcomes = [exchange.outcomes[position] for position in part.positions]
    if all(isinstance(outcome, Done) for outcome in outcomes):
        if resource.deletes:
            return multistatus.resource_response(base, href(path), 200)
        return bulk.stored(exchange, path, resource.uid if resource.path is None else "")
    # What could not be created has no URL.
    where = multistatus.href(base, exchange.draft.href_of(path)) if resource.path else "<D:href/>"
    uid = resource.uid if resource.path is None else ""
    failed = next(each for each in outcomes if isinstance(each, Failed))
    if resource.deletes or not exchange.actions[part.positions[-1]].subject.property:
        # As a whole: of a collection that could not be deleted, the first reason in it.
        error = bulk.error(failed.condition, uid, base)
        said = [multistatus.status(failed.status), error, multistatus.description(failed.detail)]
    else:
        told = properties.propstats(exchange, part.positions)
        said = ["".join(multistatus.propstat(each, base) for each in told).strip(), bulk.error(None, uid, base)]
    return bulk.response(where, *said)
