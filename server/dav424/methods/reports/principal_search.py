"""``principal-property-search`` and ``principal-search-property-set`` (RFC 3744 9.4, 9.5): users by name or address.

    <property-search>  displayname contains "ada"  -->  /principals/ada/ with the properties that the client wants

A property matches if it contains the text, in any case. All ``DAV:property-search`` must match or, with ``test="anyof"`` as
CalendarServer has it, one. The search is among the principals of the scenario, whatever collection it is sent to.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from lxml import etree
from msgspec import Struct

from dav424.causes.report_bounds import limited
from dav424.core.batch import Group, Refused
from dav424.core.markup import escape
from dav424.core.message import Response
from dav424.core.namespaces import CALDAV, DAV
from dav424.core.paths import Path
from dav424.dav import headers, multistatus, request_xml
from dav424.methods.failure_answers import failures
from dav424.methods.reports.object_data import object_selection
from dav424.methods.reports.report_kind import member_responses, multistatus_report, plan_members
from dav424.methods.resource_properties import PropertySelection, live_resource, propstats
from dav424.spine.exchange import OpenExchange

if TYPE_CHECKING:
    from lxml.etree import _Element

_SEARCH, _PROPERTY_SET = f"{DAV}principal-property-search", f"{DAV}principal-search-property-set"
SEARCHABLE = {f"{DAV}displayname": "Name", f"{CALDAV}calendar-user-address-set": "Address in calendars"}
"""The properties that clients should search, each with its description. The server searches any other one, too."""


class PropertySearch(Struct, frozen=True):
    """A text that one of some properties must contain, in lower case."""

    names: tuple[str, ...]
    text: str


def plan(exchange: OpenExchange, root: _Element) -> Sequence[Group]:
    """Plan a refusal for each user that matches, and that a cause forbids to read."""
    headers.depth(exchange.request, "0")
    if root.tag == _PROPERTY_SET:
        return []
    found = _found(exchange, root)
    too_many = limited(exchange.cause_context, len(found))
    if too_many is not None:
        raise too_many[1]
    return plan_members(exchange, found, reads_content=False)


def answer(exchange: OpenExchange, root: _Element) -> Response:
    """Answer 207 with the users, or 200 with the properties by which they can be found."""
    if root.tag == _PROPERTY_SET:
        content = "".join(map(_searchable, SEARCHABLE))
        return Response(200, [("Content-Type", multistatus.XML_TYPE)], multistatus.document(_PROPERTY_SET, content))
    selection, failed = object_selection(exchange.request, root), dict(failures(exchange))
    return multistatus_report(exchange, member_responses(exchange, _found(exchange, root), selection, failed))


def _searchable(name: str) -> str:
    return (
        f"<D:principal-search-property><D:prop>{multistatus.empty(name)}</D:prop>"
        f'<D:description xml:lang="en">{escape(SEARCHABLE[name])}</D:description></D:principal-search-property>\n'
    )


def _found(exchange: OpenExchange, root: _Element) -> list[Path]:
    """Find the users that match."""
    searches = [_read(element) for element in root.iterchildren(f"{DAV}property-search")]
    if not searches:
        raise Refused(400, "The search has no DAV:property-search; send one with a DAV:prop and a DAV:match.")
    enough = any if root.get("test") == "anyof" else all
    return [
        path
        for path, node in exchange.draft.principals.all()
        if exchange.draft.find(path) is node and enough(_matches(exchange, path, search) for search in searches)
    ]


def _read(element: _Element) -> PropertySearch:
    prop, match = element.find(f"{DAV}prop"), element.find(f"{DAV}match")
    if prop is None or match is None or not len(prop):
        raise Refused(400, "A DAV:property-search must have a DAV:prop that names a property, and a DAV:match.")
    names = tuple(each.tag for each in request_xml.elements(prop))
    return PropertySearch(names, request_xml.text(match).strip().casefold())


def _matches(exchange: OpenExchange, path: Path, search: PropertySearch) -> bool:
    """Say whether one of the properties contains the text (RFC 3744 9.4)."""
    resource = live_resource(exchange, exchange.request.base, path, exchange.draft.get(path))
    texts: list[str] = []

    def collect(_: str, xml: str) -> str:
        texts.append(request_xml.text(etree.fromstring(f'<D:prop xmlns:D="DAV:">{xml}</D:prop>')))
        return xml

    propstats(resource, PropertySelection(search.names), collect)
    return any(search.text in text.casefold() for text in texts)
