"""``C:calendar-data`` and ``CARD:address-data``: the content of members in a report (RFC 4791 9.6, RFC 6352 10.4)."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from msgspec.structs import replace

from dav424.core.batch import Refused
from dav424.core.condition_codes import VALID_ADDRESS_DATA, VALID_CALENDAR_DATA, ConditionCode
from dav424.core.markup import escape
from dav424.core.namespaces import CALDAV, CARDDAV, DAV
from dav424.dav import headers, multistatus
from dav424.methods.reports.excerpt_reader import calendar_excerpt, card_excerpt
from dav424.methods.resource_properties import PropertySelection, ReadProperty, read_selection
from dav424.objects import libraries
from dav424.objects.remembered import calendar_object
from dav424.objects.steps import StepBudget
from dav424.store.content import whole
from dav424.store.tree import Document

if TYPE_CHECKING:
    from datetime import tzinfo

    from lxml.etree import _Element

    from dav424.core.message import Request
    from dav424.dav.live_resource import LiveResource
    from dav424.objects.excerpts import CalendarExcerpt, CardExcerpt

CALENDAR_DATA = f"{CALDAV}calendar-data"
ADDRESS_DATA = f"{CARDDAV}address-data"
_KINDS = (f"{DAV}prop", f"{DAV}allprop", f"{DAV}propname")


def object_selection(request: Request, root: _Element, zone: tzinfo | None = None) -> PropertySelection:
    """Read the properties that a report on objects asks for; without any, it asks which members there are.

    ``zone`` is the time zone of floating times.
    """
    minimal = headers.prefers_minimal(request)
    if all(root.find(kind) is None for kind in _KINDS):
        return PropertySelection(minimal=minimal)
    selection = read_selection(root, minimal=minimal)
    return replace(selection, others=_readers(root.find(f"{DAV}prop"), zone) if has_data(selection) else {})


def has_data(selection: PropertySelection) -> bool:
    """Say whether a report reads the content of members."""
    return CALENDAR_DATA in selection.names or ADDRESS_DATA in selection.names


def _readers(prop: _Element | None, zone: tzinfo | None) -> dict[str, ReadProperty]:
    """Make the readers of the two properties: of the whole data or, if the request names parts, of these."""
    calendar = prop.find(CALENDAR_DATA) if prop is not None else None
    card = prop.find(ADDRESS_DATA) if prop is not None else None
    of_calendars = calendar_excerpt(calendar, zone) if calendar is not None else None
    of_cards = card_excerpt(card) if card is not None else None
    if of_calendars is not None:
        libraries.demand("A part of calendar objects")
    return {
        CALENDAR_DATA: partial(_read_calendar, of_calendars, StepBudget()),
        ADDRESS_DATA: partial(_read_card, of_cards),
    }


def _read_calendar(excerpt: CalendarExcerpt | None, budget: StepBudget, resource: LiveResource) -> str | None:
    content = _content(resource, "text/calendar")
    if content is None:
        return None
    if excerpt is None:
        return _written(CALENDAR_DATA, content, VALID_CALENDAR_DATA)
    read = calendar_object(content, budget)
    return multistatus.element(CALENDAR_DATA, escape(excerpt.of(content, read, budget)))


def _read_card(excerpt: CardExcerpt | None, resource: LiveResource) -> str | None:
    content = _content(resource, "text/vcard")
    if content is None:
        return None
    if excerpt is None:
        return _written(ADDRESS_DATA, content, VALID_ADDRESS_DATA)
    return multistatus.element(ADDRESS_DATA, escape(excerpt.of(content)))


def _content(resource: LiveResource, media_type: str) -> bytes | None:
    """Read the content of a document of the media type; None for another resource."""
    node = resource.draft.shown(resource.path, resource.node)
    if not isinstance(node, Document) or not node.content_type.lower().startswith(media_type):
        return None
    return whole(node.content)


def _written(name: str, content: bytes, condition: ConditionCode) -> str:
    try:
        text = content.decode()
    except UnicodeDecodeError as error:
        detail = f"The content of the resource is not UTF-8: byte {error.start} can't be read."
        raise Refused(403, detail, condition) from None
    return multistatus.element(name, escape(text))
