"""The reports that a resource supports: what ``DAV:supported-report-set`` lists (RFC 3253 3.1.5)."""

from __future__ import annotations

from dav424.core.method_facts import Facts, ReportPlace
from dav424.core.namespaces import CALDAV, CARDDAV
from dav424.store.draft import Draft
from dav424.store.principals import Principal, PrincipalCollection
from dav424.store.tree import Collection, Node

CALENDAR = f"{CALDAV}calendar"
ADDRESS_BOOK = f"{CARDDAV}addressbook"
_OBJECTS: dict[str, ReportPlace] = {"text/calendar": "calendar-object", "text/vcard": "card"}


def supported_reports(methods: Facts, draft: Draft, node: Node) -> list[str]:
    """List the names of the reports that a resource of a draft supports, in Clark notation."""
    facts = methods.get("REPORT")
    places = _places(draft, node)
    return [report.name for report in facts.reports if places & report.places] if facts is not None else []


def is_synchronized(node: Node) -> bool:
    """Say whether a resource is a collection of the tree, which a client can follow by its changes."""
    return isinstance(node, Collection) and not isinstance(node, Principal | PrincipalCollection)


def _places(draft: Draft, node: Node) -> set[ReportPlace]:
    if not isinstance(node, Collection):
        media_type = node.content_type.partition(";")[0].strip().lower()
        return {"any", _OBJECTS[media_type]} if media_type in _OBJECTS else {"any"}
    places: set[ReportPlace] = {"any", "collection"}
    if draft.knows_changes and is_synchronized(node):
        places.add("synchronized")
    if CALENDAR in node.types:
        places.add("calendar")
    if ADDRESS_BOOK in node.types:
        places.add("address-book")
    return places
