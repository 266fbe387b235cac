"""Reads ``C:calendar-data`` and ``CARD:address-data`` of a request: which part of each object the client wants."""

from __future__ import annotations

from datetime import UTC, tzinfo
from typing import TYPE_CHECKING

from dav424.core.batch import Refused
from dav424.core.condition_codes import SUPPORTED_ADDRESS_DATA, SUPPORTED_CALENDAR_DATA
from dav424.core.namespaces import CALDAV, CARDDAV
from dav424.dav.object_properties import VERSIONS_OF_CARDS
from dav424.methods.reports.filter_reader import bounded_range
from dav424.objects.excerpts import CalendarExcerpt, CardExcerpt, CompSelection

if TYPE_CHECKING:
    from lxml.etree import _Element

    from dav424.objects.moments import TimeRange


def calendar_excerpt(element: _Element, zone: tzinfo | None) -> CalendarExcerpt | None:
    """Read a ``C:calendar-data``; None if the client wants objects as they are. ``zone`` is that of floating times."""
    _check_type(element, "text/calendar", ("2.0",))
    comp = element.find(f"{CALDAV}comp")
    spans: dict[str, TimeRange] = {}
    for name in ("expand", "limit-recurrence-set", "limit-freebusy-set"):
        found = element.find(f"{CALDAV}{name}")
        if found is not None:
            spans[name] = bounded_range(found, zone or UTC)
    if comp is None and not spans:
        return None
    if "expand" in spans and "limit-recurrence-set" in spans:
        raise Refused(400, "C:calendar-data can have C:expand or C:limit-recurrence-set, and it has both.")
    return CalendarExcerpt(
        _comp(comp) if comp is not None else None,
        spans.get("expand"),
        spans.get("limit-recurrence-set"),
        spans.get("limit-freebusy-set"),
    )


def card_excerpt(element: _Element) -> CardExcerpt | None:
    """Read a ``CARD:address-data``; None if the client wants cards as they are."""
    _check_type(element, "text/vcard", VERSIONS_OF_CARDS)
    props = _props(element, CARDDAV)
    return CardExcerpt(props) if props and element.find(f"{CARDDAV}allprop") is None else None


def _comp(element: _Element) -> CompSelection:
    """Read a ``C:comp``: without ``C:prop`` and ``C:allprop`` it wants no properties, and so with components."""
    name = element.get("name", "").strip().upper()
    if not name:
        raise Refused(400, "A C:comp has no name. Send one, such as name='VEVENT'.")
    every_prop, every_comp = element.find(f"{CALDAV}allprop"), element.find(f"{CALDAV}allcomp")
    return CompSelection(
        name,
        None if every_prop is not None else _props(element, CALDAV),
        None if every_comp is not None else tuple(_comp(child) for child in element.iterchildren(f"{CALDAV}comp")),
    )


def _props(element: _Element, space: str) -> dict[str, bool]:
    wanted = {}
    for child in element.iterchildren(f"{space}prop"):
        name = child.get("name", "").strip().upper()
        if not name:
            raise Refused(400, "A prop of the wanted data has no name. Send one, such as name='UID'.")
        wanted[name] = child.get("novalue", "no").strip() != "yes"
    return wanted


def _check_type(element: _Element, media_type: str, versions: tuple[str, ...]) -> None:
    sent, version = element.get("content-type", media_type).strip(), element.get("version", versions[0]).strip()
    if sent.lower() != media_type or version not in versions:
        condition = SUPPORTED_CALENDAR_DATA if media_type == "text/calendar" else SUPPORTED_ADDRESS_DATA
        raise Refused(
            403,
            f"Objects can be sent as {media_type}, version {' or '.join(versions)}; the request asks for {sent[:80]}, "
            f"version {version[:40]}.",
            condition,
        )
