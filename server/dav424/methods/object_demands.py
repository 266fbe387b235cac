"""What a calendar and an address book demand of a document that comes into them (RFC 4791 5.3.2.1, RFC 6352 6.3.2.1).

``object_rules`` asks here for a document that comes into a collection with types. One without one of the two types demands nothing. Without the
extra ``calendars``, the server can't read objects, and takes any document.
"""

from __future__ import annotations

from lxml import etree

from dav424.causes.object_bounds import check_object
from dav424.core.batch import Refused
from dav424.core.namespaces import CALDAV, CARDDAV
from dav424.core.paths import Path, href
from dav424.dav import request_xml
from dav424.dav.object_properties import COMPONENTS
from dav424.dav.supported_reports import ADDRESS_BOOK
from dav424.dav.supported_reports import CALENDAR as CALENDAR_TYPE
from dav424.objects import libraries
from dav424.objects.calendar_data import CALENDAR, CARD, Kind
from dav424.objects.limits import CollectionLimits, stated
from dav424.objects.remembered import calendar_object, card
from dav424.objects.uids import check_uid
from dav424.spine.exchange import OpenExchange
from dav424.store.content import Content, whole
from dav424.store.tree import Collection

_COMPONENT_SET = f"{CALDAV}supported-calendar-component-set"
_LIMITS = tuple(
    f"{CALDAV}{name}"
    for name in ("max-resource-size", "min-date-time", "max-date-time", "max-instances", "max-attendees-per-instance")
)
_SIZE_OF_CARDS = f"{CARDDAV}max-resource-size"


def check_object_document(
    exchange: OpenExchange, node: Collection, path: Path, content: Content, content_type: str, *, leaving: Path | None
) -> None:
    """Refuse a document that may not come into a collection; ``leaving`` is as in ``object_rules``."""
    kind = _kind(node)
    if kind is None or not libraries.installed():
        return
    if content_type.partition(";")[0].strip().lower() != kind.media_type:
        raise Refused(
            403,
            f"{href(path[:-1], collection=True)} takes {kind.media_type} alone, and this is {content_type[:80]}.",
            kind.supported,
        )
    limits = _limits(node)
    limits.check_size(len(content), kind)
    data = whole(content)
    if kind is CALENDAR:
        read = calendar_object(data)
        limits.check(read)
        check_object(exchange.cause_context, path, len(data), kind, read)
        uid = read.uid
    else:
        check_object(exchange.cause_context, path, len(data), kind, None)
        uid = card(data).uid
    check_uid(exchange.draft, path, uid, kind, leaving)


def _kind(node: Collection) -> Kind | None:
    return CALENDAR if CALENDAR_TYPE in node.types else CARD if ADDRESS_BOOK in node.types else None


def _limits(node: Collection) -> CollectionLimits:
    """Read the limits that the properties of a collection state."""
    texts = {name: _text(node.properties[name]) for name in _LIMITS if name in node.properties}
    if _SIZE_OF_CARDS in node.properties:
        texts[f"{CALDAV}max-resource-size"] = _text(node.properties[_SIZE_OF_CARDS])
    written = node.properties.get(_COMPONENT_SET)
    if written is None:
        return stated(texts, COMPONENTS)
    components = etree.fromstring(written).iterchildren(f"{CALDAV}comp")
    return stated(texts, tuple(each.get("name", "").strip().upper() for each in components))


def _text(written: str) -> str:
    return request_xml.text(etree.fromstring(written))
