"""Reads the filters of queries (RFC 4791 9.7 to 9.9, RFC 6352 10.5); a filter that is malformed or not supported is refused."""

from __future__ import annotations

import math
from collections.abc import Iterator
from datetime import UTC, datetime, tzinfo
from typing import TYPE_CHECKING, TypeVar, get_args

from msgspec import Struct

from dav424.core.batch import Refused
from dav424.core.condition_codes import (
    SUPPORTED_COLLATION,
    SUPPORTED_COLLATION_OF_CARDS,
    SUPPORTED_FILTER,
    SUPPORTED_FILTER_OF_CARDS,
    VALID_CALENDAR_DATA,
    VALID_FILTER,
    ConditionCode,
)
from dav424.core.namespaces import CALDAV, CARDDAV
from dav424.dav import request_xml
from dav424.objects import calendar_reader
from dav424.objects.collations import COLLATIONS, DEFAULT_OF_CALENDARS, DEFAULT_OF_CARDS
from dav424.objects.filters import CardFilter, CompFilter, MatchType, ParamFilter, PropFilter, Test, TextMatch
from dav424.objects.moments import TimeRange

if TYPE_CHECKING:
    from lxml.etree import _Element

_RANGED = ("VEVENT", "VTODO", "VJOURNAL", "VFREEBUSY", "VALARM")
MOST_ELEMENTS = 500
"""The most elements of one filter."""
MOST_DEEP = 3
"""How deep comp-filters go: a calendar, an event and an alarm."""
Choice = TypeVar("Choice", bound=str)


class _Dialect(Struct, frozen=True):
    """What the filters of calendars and those of address books have in different namespaces."""

    space: str
    prefix: str
    collation: str
    invalid: ConditionCode | None
    unsupported: ConditionCode
    unknown_collation: ConditionCode


_CALENDARS = _Dialect(CALDAV, "C", DEFAULT_OF_CALENDARS, VALID_FILTER, SUPPORTED_FILTER, SUPPORTED_COLLATION)
_CARDS = _Dialect(CARDDAV, "CARD", DEFAULT_OF_CARDS, None, SUPPORTED_FILTER_OF_CARDS, SUPPORTED_COLLATION_OF_CARDS)


def calendar_filter(root: _Element, zone: tzinfo) -> CompFilter:
    """Read the ``C:filter`` of a calendar-query: one comp-filter for VCALENDAR."""
    elements = root.findall(f"{CALDAV}filter")
    _check_number(elements, _CALENDARS)
    found = [child for element in elements for child in request_xml.elements(element)]
    if len(elements) != 1 or len(found) != 1 or found[0].tag != f"{CALDAV}comp-filter":
        raise _invalid(_CALENDARS, "a calendar-query must have one C:filter with one C:comp-filter")
    wanted = _comp_filter(found[0], zone, 1)
    if wanted.name != "VCALENDAR":
        raise _invalid(
            _CALENDARS, f"its outermost C:comp-filter must be for VCALENDAR, and it is for {wanted.name[:40]}"
        )
    return wanted


def card_filter(root: _Element) -> CardFilter:
    """Read the ``CARD:filter`` of an addressbook-query."""
    elements = root.findall(f"{CARDDAV}filter")
    _check_number(elements, _CARDS)
    if len(elements) != 1:
        raise _invalid(_CARDS, f"an addressbook-query must have one CARD:filter, and it has {len(elements)}")
    props = [_prop_filter(child, UTC, _CARDS) for child in _children(elements[0], _CARDS, "prop-filter")]
    return CardFilter(_choice(elements[0], "test", "anyof", get_args(Test), _CARDS), tuple(props))


def _check_number(filters: list[_Element], dialect: _Dialect) -> None:
    """Refuse with 403 a filter of many elements: each is looked for in each object."""
    found = sum(1 for each in filters for _ in each.iter())
    if found > MOST_ELEMENTS:
        raise _unsupported(dialect, f"it has {found} elements; {MOST_ELEMENTS} are supported")


def query_zone(root: _Element) -> tzinfo | None:
    """Read the ``C:timezone`` of a query, for times that float; None if it has none."""
    element = root.find(f"{CALDAV}timezone")
    if element is None:
        return None
    try:
        return calendar_reader.zone_of(request_xml.text(element).strip().encode())
    except Refused as refused:
        raise Refused(refused.status, f"C:timezone: {refused.detail}", VALID_CALENDAR_DATA) from None


def time_range(element: _Element, zone: tzinfo) -> TimeRange:
    """Read an element with ``start`` and ``end``, of which it has at least one: dates with time in UTC."""
    start, end = element.get("start"), element.get("end")
    if start is None and end is None:
        raise _invalid(_CALENDARS, "a time range must have a start or an end")
    span = TimeRange(
        _instant(start) if start is not None else -math.inf, _instant(end) if end is not None else math.inf, zone
    )
    if span.end <= span.start:
        raise _invalid(_CALENDARS, f"the time range from {start} to {end} ends before it starts")
    return span


def bounded_range(element: _Element, zone: tzinfo) -> TimeRange:
    """Read a time range that must have both ends."""
    span = time_range(element, zone)
    if math.isinf(span.start) or math.isinf(span.end):
        raise _invalid(_CALENDARS, f"{_short(element)} must have a start and an end")
    return span


def _instant(text: str) -> float:
    try:
        return datetime.strptime(text.strip(), "%Y%m%dT%H%M%SZ").replace(tzinfo=UTC).timestamp()
    except ValueError:
        raise _invalid(
            _CALENDARS, f"{text[:40]!r} is no date with time in UTC; write it such as 20260131T120000Z"
        ) from None


def _comp_filter(element: _Element, zone: tzinfo, depth: int) -> CompFilter:
    name = _name(element, _CALENDARS)
    if depth > MOST_DEEP:
        raise _unsupported(_CALENDARS, f"the C:comp-filter for {name[:40]} is {depth} deep; {MOST_DEEP} are supported")
    span, absent = None, False
    props: list[PropFilter] = []
    comps: list[CompFilter] = []
    for child in _children(element, _CALENDARS, "is-not-defined", "time-range", "prop-filter", "comp-filter"):
        match child.tag.removeprefix(CALDAV):
            case "is-not-defined":
                absent = True
            case "time-range":
                span = time_range(child, zone)
            case "prop-filter":
                props.append(_prop_filter(child, zone, _CALENDARS))
            case "comp-filter":
                comps.append(_comp_filter(child, zone, depth + 1))
    if absent and (span is not None or props or comps):
        raise _invalid(_CALENDARS, f"C:is-not-defined must be alone in the C:comp-filter for {name[:40]}")
    if span is not None and name not in _RANGED:
        raise _unsupported(_CALENDARS, f"a time range can't be matched with a {name[:40]}")
    return CompFilter(name, absent, span, tuple(props), tuple(comps))


def _prop_filter(element: _Element, zone: tzinfo, dialect: _Dialect) -> PropFilter:
    group, _, name = _name(element, dialect).rpartition(".") if dialect is _CARDS else ("", "", _name(element, dialect))
    span, absent = None, False
    texts: list[TextMatch] = []
    params: list[ParamFilter] = []
    ranged = ("time-range",) if dialect is _CALENDARS else ()
    for child in _children(element, dialect, "is-not-defined", "text-match", "param-filter", *ranged):
        match child.tag.removeprefix(dialect.space):
            case "is-not-defined":
                absent = True
            case "time-range":
                span = time_range(child, zone)
            case "text-match":
                texts.append(_text_match(child, dialect))
            case "param-filter":
                params.append(_param_filter(child, dialect))
    if absent and (span is not None or texts or params):
        raise _invalid(dialect, f"is-not-defined must be alone in the prop-filter for {name[:40]}")
    if span is not None and name not in calendar_reader.TIMES:
        raise _unsupported(dialect, f"a time range can't be matched with {name[:40]}")
    test: Test = "allof" if dialect is _CALENDARS else _choice(element, "test", "anyof", get_args(Test), dialect)
    return PropFilter(name, absent, span, tuple(texts), tuple(params), test, group)


def _param_filter(element: _Element, dialect: _Dialect) -> ParamFilter:
    name = _name(element, dialect)
    absent, text = False, None
    for child in _children(element, dialect, "is-not-defined", "text-match"):
        if child.tag == f"{dialect.space}is-not-defined":
            absent = True
        else:
            text = _text_match(child, dialect)
    return ParamFilter(name, absent, text)


def _text_match(element: _Element, dialect: _Dialect) -> TextMatch:
    collation = element.get("collation", "default").strip()
    if collation == "default":
        collation = dialect.collation
    if collation not in COLLATIONS:
        known = ", ".join(COLLATIONS)
        raise Refused(
            403, f"The collation {collation[:80]} is not supported. Send one of: {known}.", dialect.unknown_collation
        )
    match_type: MatchType = "contains"
    if dialect is _CARDS:
        match_type = _choice(element, "match-type", "contains", get_args(MatchType), dialect)
    negate = _choice(element, "negate-condition", "no", ("yes", "no"), dialect) == "yes"
    return TextMatch(COLLATIONS[collation](request_xml.text(element)), collation, match_type, negate)


def _name(element: _Element, dialect: _Dialect) -> str:
    name = element.get("name", "").strip().upper()
    if not name:
        raise _invalid(dialect, f"a {_short(element)} has no name")
    return name


def _choice(
    element: _Element, attribute: str, default: Choice, choices: tuple[Choice, ...], dialect: _Dialect
) -> Choice:
    value = element.get(attribute, default).strip()
    found = next((each for each in choices if each == value), None)
    if found is None:
        raise _invalid(dialect, f"{attribute}={value[:40]!r} must be one of {', '.join(choices)}")
    return found


def _children(element: _Element, dialect: _Dialect, *names: str) -> Iterator[_Element]:
    """Iterate over the elements in a filter, which all have a meaning for what matches."""
    for child in request_xml.elements(element):
        if not isinstance(child.tag, str) or child.tag.removeprefix(dialect.space) not in names:
            raise _unsupported(dialect, f"a {_short(element)} can't have a {_short(child)}")
        yield child


def _short(element: _Element) -> str:
    return str(element.tag)[:200].replace(CALDAV, "C:").replace(CARDDAV, "CARD:")


def _invalid(dialect: _Dialect, why: str) -> Refused:
    return Refused(403 if dialect.invalid is not None else 400, f"The filter is not valid: {why}.", dialect.invalid)


def _unsupported(dialect: _Dialect, why: str) -> Refused:
    return Refused(403, f"The filter is not supported: {why}.", dialect.unsupported)
