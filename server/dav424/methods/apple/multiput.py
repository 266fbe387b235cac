"""``MM:multiput`` (Apple's bulk requests, 4): create, update and delete members of a collection in one POST.

Each ``MM:resource`` is a subrequest: one group of its data and its properties, which need the data. If one of
them fails, the others of the same resource get 424; other resources don't change. The order is that of the document.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from functools import partial
from typing import TYPE_CHECKING

from msgspec import Struct

from dav424.core.batch import Done, Group, Refused
from dav424.core.message import Request, Response
from dav424.core.method_facts import Facts
from dav424.core.namespaces import DAV, ME
from dav424.core.paths import Path, href
from dav424.dav import multistatus, request_xml
from dav424.dav.bulk_limits import MOST_CHANGED
from dav424.methods import delete, properties, proppatch
from dav424.methods.apple import bulk
from dav424.methods.failure_answers import first_failure
from dav424.methods.microsoft import targets
from dav424.methods.properties import Instruction
from dav424.objects import calendar_data
from dav424.spine import conditional_requests
from dav424.spine.exchange import OpenExchange, SubRequest
from dav424.spine.method import Parts, Plan, Planner

if TYPE_CHECKING:
    from lxml.etree import _Element

ROOT = f"{ME}multiput"
_DATA = {kind.element: kind for kind in calendar_data.KINDS}

FACTS: Facts = {"POST": bulk.FACTS}


class MultiputResource(Struct, frozen=True):
    """A resource to create (no path yet), update or delete."""

    path: Path | None
    slash: bool
    etag: str | None
    data: bytes | None
    kind: calendar_data.Kind
    instructions: Sequence[Instruction]
    deletes: bool

    @property
    def method(self) -> str:
        """The method of the subrequest."""
        return "DELETE" if self.deletes else "PUT" if self.data is not None else "PROPPATCH"

    @property
    def uid(self) -> str:
        """The UID of the data; empty without data, or if the data is invalid."""
        return calendar_data.uid_of(self.data, self.kind) if self.data is not None else ""


def read(request: Request) -> list[MultiputResource]:
    """Read the resources in document order; refuses with 400 a malformed resource, or one that occurs twice."""
    root = request_xml.parse(request)
    elements = list(root.iterchildren(f"{ME}resource"))
    if not elements:
        raise Refused(400, "The body names no resource. Send an MM:multiput with an MM:resource.")
    bulk.check_count(len(elements), MOST_CHANGED)
    resources = [_resource(request, element) for element in elements]
    targets.refuse_twice("The resource", [resource.path for resource in resources if resource.path is not None])
    return resources


def _resource(request: Request, element: _Element) -> MultiputResource:
    hrefs, deletes = element.findall(f"{DAV}href"), element.find(f"{ME}delete") is not None
    if len(hrefs) > 1:
        raise Refused(
            400, f"An MM:resource can have one DAV:href, or none to create a resource; the request has {len(hrefs)}."
        )
    path, slash = _member(request, hrefs[0]) if hrefs else (None, False)
    etag = _etag(element)
    changes = element.find(f"{DAV}set") is not None or element.find(f"{DAV}remove") is not None
    if deletes and (changes or path is None):
        raise Refused(400, "An MM:resource with MM:delete must have a DAV:href, and no DAV:set or DAV:remove.")
    # The text of 4.1 has the data in the DAV:set itself, and the example of 4.4 in a DAV:prop.
    instructions = [] if deletes else properties.read(request, element, removal=True, bare=_DATA)
    data = [update for update in instructions if update.name in _DATA]
    if len(data) > 1 or any(update.xml is None for update in data):
        raise Refused(400, "An MM:resource can set its data once, and can't remove it.")
    if path is None and (not data or etag is not None or any(update.xml is None for update in instructions)):
        raise Refused(
            400,
            "An MM:resource without a DAV:href creates a resource. "
            "It must have the data in a DAV:set, and no MM:if-match or DAV:remove.",
        )
    return MultiputResource(
        path,
        slash,
        etag,
        re.sub(r"\r?\n", "\r\n", data[0].text).encode() if data else None,
        _DATA[data[0].name] if data else calendar_data.CALENDAR,
        [update for update in instructions if update.name not in _DATA],
        deletes,
    )


def _member(request: Request, element: _Element) -> tuple[Path, bool]:
    path, slash = targets.in_scope(request, element)
    if len(path) != len(request.path) + 1:
        raise Refused(403, f"{href(path)} is not a member of {href(request.path, collection=True)}. Name members only.")
    return path, slash


def _etag(element: _Element) -> str | None:
    conditions = element.findall(f"{ME}if-match")
    if not conditions:
        return None
    etag = (conditions[0].findtext(f"{DAV}getetag") or "").strip()
    if not etag or len(conditions) > 1:
        raise Refused(400, "An MM:resource can have one MM:if-match, with the expected entity-tag in a DAV:getetag.")
    return etag


def plan(exchange: OpenExchange) -> Plan:
    """Plan a subrequest for each resource."""
    bulk.check_size(exchange.request)
    resources = read(exchange.request)
    conditional_requests.check(exchange)
    return Parts(_subrequests(exchange, resources), "write", judged=True)


def _subrequests(exchange: OpenExchange, resources: Iterable[MultiputResource]) -> Iterator[tuple[Request, Planner]]:
    """Make the subrequests one by one: the name of a new resource depends on those before it."""
    whole = exchange.request
    for resource in resources:
        path = resource.path or (*whole.path, bulk.new_name(exchange.draft, whole.path, resource.uid, resource.kind))
        headers = {"if-match": resource.etag} if resource.etag is not None else {}
        request = Request(resource.method, path, resource.slash, headers, base_path=whole.base_path, user=whole.user)
        yield request, partial(_plan, resource)


def _plan(resource: MultiputResource, part: OpenExchange) -> Iterable[Group]:
    if resource.deletes:
        return delete.plan(part)
    if resource.path is not None:
        part.target()
    if resource.data is None:
        return proppatch.update(resource.instructions, part)
    write = bulk.write(part, resource.data, resource.kind)
    return [[write, *properties.actions(resource.instructions, part.request.path, part.draft, needs=(0,))]]


def answer(exchange: OpenExchange) -> Response:
    """Answer 207 with one response for each resource, in order."""
    pairs = zip(exchange.parts, read(exchange.request), strict=True)
    return bulk.answer(exchange, [_response(exchange, part, resource) for part, resource in pairs])


def _response(exchange: OpenExchange, part: SubRequest, resource: MultiputResource) -> str:
    base, path = exchange.request.base, part.request.path
    if all(isinstance(exchange.outcomes[position], Done) for position in part.positions):
        if resource.deletes:
            return multistatus.resource_response(base, href(path), 200)
        return bulk.stored(exchange, path, resource.uid if resource.path is None else "")
    # A resource that could not be created has no URL.
    href_element = multistatus.href(base, exchange.draft.href_of(path)) if resource.path else "<D:href/>"
    uid = resource.uid if resource.path is None else ""
    failed = first_failure(exchange, part.positions)
    assert failed is not None, "a subrequest that is not done has a failure"
    if resource.deletes or not exchange.actions[part.positions[-1]].subject.property:
        # The resource as a whole failed. For a collection, this is the first failure in it.
        error = bulk.error(failed.condition, uid, base)
        elements = [multistatus.status(failed.status), error, multistatus.description(failed.detail)]
        elements.append(multistatus.location(failed))
    else:
        propstats = properties.propstats(exchange, part.positions)
        written = "".join(multistatus.propstat(propstat, base) for propstat in propstats)
        elements = [written.strip(), bulk.error(None, uid, base)]
    return bulk.response(href_element, *elements)
