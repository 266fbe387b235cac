"""Reads calendar objects with icalendar; a stream that it can't read is refused with the place.

    bytes --> text --> icalendar.Calendar --> CalendarObject     403 valid-calendar-data, line 8: DTSTART: ...

The library is imported when the first object is read.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta, tzinfo
from typing import TYPE_CHECKING, Any

from msgspec.structs import replace

from dav424.core.batch import Refused
from dav424.core.condition_codes import MAX_RESOURCE_SIZE, VALID_CALENDAR_OBJECT_RESOURCE
from dav424.objects import calendar_data, libraries
from dav424.objects.agreement import check_calendar, check_times
from dav424.objects.calendar_data import CALENDAR, invalid
from dav424.objects.calendar_object import Alarm, CalendarObject, Part
from dav424.objects.components import Component, ObjectProperty, unescaped
from dav424.objects.moments import Moment, Times, event_end, moment
from dav424.objects.recurrence import MOST_RULES, Bounds, bounds, utc_time
from dav424.objects.zones import own_zones, transitions

if TYPE_CHECKING:
    from icalendar import Calendar
    from icalendar import Component as LibraryComponent

MOST_NESTED = 8
"""The most components inside each other: a calendar, an event and an alarm are three."""
MOST_IN_ZONES = 5_000_000
"""The most lines, values and parameters of an object, times the transitions of its own time zones: a second of work."""
_KINDS = ("VEVENT", "VTODO", "VJOURNAL", "VFREEBUSY", "VAVAILABILITY")
_OF_AN_INSTANCE, _OF_A_NAME, _OF_A_CHANGE, _OF_A_TRANSITION = 70.0, 6.0, 0.1, 1.2
_OF_A_LINE, _OF_A_CHARACTER = 25.0, 0.3
OF_RULES = ("RRULE", "RDATE", "EXRULE", "EXDATE")
"""The properties that say how a component recurs."""
TIMES = ("COMPLETED", "CREATED", "DTEND", "DTSTAMP", "DTSTART", "DUE", "LAST-MODIFIED", "RECURRENCE-ID")
"""The properties that are a time."""
UNREADABLE = (ValueError, TypeError, LookupError, AttributeError, ArithmeticError, OSError)
"""What icalendar raises for a text that it can't read; an OSError comes from a TZID such as ``Europe``, which is no time zone."""


def parse(data: bytes) -> Calendar:
    """Read a stream with the library; refuses with 403 ``valid-calendar-data`` and the place a stream that it can't read."""
    libraries.demand("To read iCalendar")
    text = calendar_data.text_of(data, CALENDAR)
    calendar_data.check_pieces(text, CALENDAR)
    _check_nesting(text)
    from icalendar import Calendar  # noqa: PLC0415 - of the extra, imported when it is needed

    try:
        with own_zones():
            found = Calendar.from_ical(text, multiple=True)
    except UNREADABLE as error:
        raise invalid(CALENDAR, _place(text, str(error))) from None
    if len(found) != 1 or found[0].name != "VCALENDAR":
        raise invalid(CALENDAR, f"it must be exactly one VCALENDAR, and it has {len(found)} components")
    calendar = found[0]
    assert isinstance(calendar, Calendar), "its name is VCALENDAR"
    for component in calendar.walk():
        for name, problem in component.errors:
            raise invalid(CALENDAR, _place(text, f"{component.name}, {name or 'a line'}: {problem}", name or ""))
    return calendar


def read(data: bytes) -> CalendarObject:
    """Read a calendar object; refuses with 403 another stream (RFC 4791 4.1)."""
    calendar = parse(data)
    try:
        text = data.decode()
        _check_zones(calendar, size := calendar_data.pieces(text))
        return _object(calendar, size, text)
    except UNREADABLE as error:
        raise invalid(CALENDAR, f"its values don't fit together: {error}") from None


def _check_zones(calendar: Calendar, size: int) -> None:
    """Refuse with 403 an object of which each value would be looked for in too many transitions of its own zones."""
    found = sum(transitions(each) for each in calendar.subcomponents if each.name == "VTIMEZONE")
    if found * size > MOST_IN_ZONES:
        raise Refused(
            403,
            f"The object has {size} lines, values and parameters, and time zones with {found} transitions until 2100; "
            f"the product may be {MOST_IN_ZONES}. Send time zones without the rules of earlier centuries.",
            MAX_RESOURCE_SIZE,
        )


def _check_nesting(text: str) -> None:
    depth = 0
    for number, line in enumerate(text.splitlines(), 1):
        start = line[:6].upper()
        if start == "BEGIN:":
            depth += 1
            if depth > MOST_NESTED:
                raise invalid(
                    CALENDAR, f"line {number} begins component {depth} inside others; {MOST_NESTED} are accepted"
                )
        elif start.startswith("END:"):
            depth -= 1
            if depth < 0:
                raise invalid(CALENDAR, f"line {number} ends a component that has no BEGIN")
    if depth:
        raise invalid(CALENDAR, f"{depth} components have no END")


def _place(text: str, problem: str, name: str = "") -> str:
    """Put the number of the line before what the library says; without a name, it is the first line without a value."""
    wanted = name.upper()
    for number, line in enumerate(text.splitlines(), 1):
        head = line.partition(":")[0].partition(";")[0].upper()
        if (head == wanted) if wanted else (line[:1] not in ("", " ", "\t") and ":" not in line):
            return f"line {number}: {problem[:300]}"
    return problem[:300]


def _object(calendar: Calendar, size: int, text: str) -> CalendarObject:
    if "METHOD" in calendar:
        raise _no_object("it has a METHOD, as a scheduling message has; send it without METHOD")
    found = [each for each in calendar.subcomponents if each.name != "VTIMEZONE"]
    if not found:
        raise _no_object("it has no component other than time zones")
    kind, uid = str(found[0].name), str(found[0].get("UID", ""))
    for each in found:
        if each.name != kind:
            raise _no_object(f"it has both a {kind} and a {each.name}; send one resource for each")
        if str(each.get("UID", "")) != uid:
            raise _no_object(f"its components have the UIDs {uid[:80]} and {str(each.get('UID', ''))[:80]}")
    if not uid:
        raise invalid(CALENDAR, f"its {kind} must have a UID, and it has none")
    root = _component(calendar)
    check_calendar(root, text)
    written = [each for each in root.components if each.name != "VTIMEZONE"]
    parts = [_part(each, as_text) for each, as_text in zip(found, written, strict=True)]
    check_times(kind, [part.times for part in parts], text)
    if kind == "VEVENT" and any(part.times.start is None for part in parts):
        raise invalid(CALENDAR, "a VEVENT must have a DTSTART, and it has none")
    if sum(part.replaces is None for part in parts) > 1:
        raise _no_object("two of its components have no RECURRENCE-ID")
    in_order = sorted(zip(parts, found, strict=True), key=lambda pair: pair[0].replaces is not None)
    found_object = _with_extent(kind, uid, root, [part for part, _ in in_order], in_order[0][1])
    to_make, to_write = _steps_of_instance(calendar, parts), _steps_to_write(parts)
    return replace(found_object, size=size, steps_of_instance=to_make, steps_to_write=to_write)


def _steps_of_instance(calendar: Calendar, parts: list[Part]) -> float:
    """Give the steps that it takes to make one instance: to copy the component, and to compare its times (measured)."""
    names = max(len({each.name for each in part.component.properties}) for part in parts)
    inside = max(len(part.component.components) for part in parts)
    changes = sum(part.this_and_future for part in parts)
    zones = sum(transitions(each) for each in calendar.subcomponents if each.name == "VTIMEZONE")
    return _OF_AN_INSTANCE + _OF_A_NAME * names + inside + _OF_A_CHANGE * changes + _OF_A_TRANSITION * zones


def _steps_to_write(parts: list[Part]) -> float:
    """Give the steps that it takes to write one instance, without the lists of dates that it does not have (measured)."""
    steps = 0.0
    for part in parts:
        written = [each for inside in part.component.walk() for each in inside.properties if each.name not in OF_RULES]
        size = sum(len(each.value) for each in written)
        steps = max(steps, _OF_AN_INSTANCE + _OF_A_LINE * len(written) + _OF_A_CHARACTER * size)
    return steps


def _no_object(why: str) -> Refused:
    return Refused(403, f"The data is no calendar object: {why}.", VALID_CALENDAR_OBJECT_RESOURCE)


def _with_extent(kind: str, uid: str, root: Component, parts: list[Part], main: LibraryComponent) -> CalendarObject:
    """Find the times between which the instances are, and bound their number."""
    begins = [begin for part in parts for begin, _ in _spans(kind, part)]
    ends = [end for part in parts for _, end in _spans(kind, part)]
    begins += [part.replaces.seconds for part in parts if part.replaces is not None]
    rules = _rules(main) if parts[0].replaces is None else []
    extra = [_moment_of(value) for value in _dates(main, "RDATE")]
    if not rules and not extra:
        recurs = any(part.replaces is not None for part in parts)
        return CalendarObject(kind, uid, root, tuple(parts), recurs, min(begins), max(ends), len(parts))
    length = max(0.0, ends[0] - begins[0]) if math.isfinite(ends[0]) and math.isfinite(begins[0]) else 0.0
    last = max([*(each.until for each in rules), *(each.seconds for each in extra), ends[0]])
    return CalendarObject(
        kind,
        uid,
        root,
        tuple(parts),
        recurs=True,
        earliest=min([*begins, *(each.seconds for each in extra)]),
        latest=max([last + length, *ends]),
        instances=len(parts) + len(extra) + sum(each.instances for each in rules),
    )


def _spans(kind: str, part: Part) -> Iterator[tuple[float, float]]:
    """Give the first and the last second of a component; a component without times could be at any time."""
    times = part.times
    if times.busy:
        yield min(start for start, _ in times.busy), max(end for _, end in times.busy)
        return
    known = [each.seconds for each in (times.start, times.end, times.due) if each is not None]
    if not known or kind not in _KINDS:
        yield -math.inf, math.inf
        return
    if times.start is not None:
        known.append(event_end(times, UTC) if kind != "VTODO" else times.start.seconds + (times.duration or 0))
    yield min(known), max(known)


def _rules(component: LibraryComponent) -> list[Bounds]:
    """Bound the rules of a component; an EXRULE takes as long as an RRULE."""
    found: list[Bounds] = []
    for name in ("RRULE", "EXRULE"):
        for rule in _values(component, name):
            start = _start_of(component)
            if start is None:
                raise invalid(CALENDAR, f"its {name} needs a DTSTART, and there is none")
            if len(found) == MOST_RULES:
                raise invalid(CALENDAR, f"it has more than {MOST_RULES} rules; send one")
            found.append(bounds(rule, start))
    return found


def _start_of(component: LibraryComponent) -> datetime | None:
    value = _date(component, "DTSTART") or _date(component, "DUE")
    return utc_time(value) if value is not None else None


def _values(component: LibraryComponent, name: str) -> list[Any]:
    value = component.get(name)
    return [] if value is None else listed(value)


def _date(component: LibraryComponent, name: str) -> date | None:
    values = _values(component, name)
    if len(values) > 1:
        raise invalid(CALENDAR, f"a {component.name} can have one {name}, and it has {len(values)}")
    if not values:
        return None
    value = values[0].dt
    if not isinstance(value, date):
        raise invalid(CALENDAR, f"{name} must be a date or a date with time")
    return value


def _dates(component: LibraryComponent, name: str) -> Iterator[Any]:
    """Iterate over the dates in lists of dates, such as RDATE."""
    for value in _values(component, name):
        for each in value.dts:
            yield each.dt


def _moment_of(value: Any) -> Moment:
    """Give the begin of a date or of a period."""
    return moment(value[0] if isinstance(value, tuple) else value)


def times_of(component: LibraryComponent) -> Times:
    """Read the times of a component, or of an instance of it."""

    def at(name: str) -> Moment | None:
        value = _date(component, name)
        return moment(value) if value is not None else None

    durations = _values(component, "DURATION")
    duration = durations[0].dt.total_seconds() if durations else None
    busy = tuple(period(each) for value in _values(component, "FREEBUSY") for each in listed(value))
    return Times(at("DTSTART"), at("DTEND"), at("DUE"), duration, at("COMPLETED"), at("CREATED"), busy)


def listed(value: Any) -> list[Any]:
    """Give the values that the library has for a name: it keeps one alone, and several in a list."""
    return value if isinstance(value, list) else [value]


def period(value: Any) -> tuple[float, float]:
    """Read the first and the last second of a period."""
    start, end = value.dt
    begin = moment(start).seconds
    return begin, begin + end.total_seconds() if isinstance(end, timedelta) else moment(end).seconds


def replaced(component: LibraryComponent) -> Moment | None:
    """Give the RECURRENCE-ID of a component: the instance that it replaces; None for another component."""
    value = _date(component, "RECURRENCE-ID")
    return moment(value) if value is not None else None


def _part(component: LibraryComponent, written: Component) -> Part:
    instance = replaced(component)
    is_free, is_tentative = busy_state(component)
    return Part(
        written,
        times_of(component),
        tuple(_alarm(each) for each in component.subcomponents if each.name == "VALARM"),
        instance,
        this_and_future=instance is not None
        and component["RECURRENCE-ID"].params.get("RANGE", "").upper() == "THISANDFUTURE",
        is_free=is_free,
        is_tentative=is_tentative,
    )


def busy_state(component: LibraryComponent) -> tuple[bool, bool]:
    """Say whether an event leaves its time free, and whether it is not certain to happen."""
    status = str(component.get("STATUS", "")).upper()
    return str(component.get("TRANSP", "")).upper() == "TRANSPARENT" or status == "CANCELLED", status == "TENTATIVE"


def _alarm(component: LibraryComponent) -> Alarm:
    triggers = _values(component, "TRIGGER")
    if not triggers:
        return Alarm()
    value, repeat = triggers[0].dt, int(component.get("REPEAT", 0))
    durations = _values(component, "DURATION")
    every = durations[0].dt.total_seconds() if durations else 0.0
    if isinstance(value, date):
        return Alarm(moment(value), repeat=repeat, every=every)
    from_end = str(triggers[0].params.get("RELATED", "START")).upper() == "END"
    return Alarm(None, value.total_seconds(), from_end, repeat, every)


def _component(component: LibraryComponent) -> Component:
    """Write a component down as text."""
    properties = []
    for name, value in component.property_items(recursive=False, sorted=False):
        if name in ("BEGIN", "END"):
            continue
        written = value.to_ical() if hasattr(value, "to_ical") else str(value)
        text = written.decode() if isinstance(written, bytes) else written
        params = tuple((key.upper(), _texts(each)) for key, each in getattr(value, "params", {}).items())
        at = getattr(value, "dt", None) if name.upper() in TIMES else None
        known = moment(at) if isinstance(at, date) else None
        properties.append(ObjectProperty(name.upper(), unescaped(text), params, at=known))
    return Component(str(component.name), tuple(properties), tuple(map(_component, component.subcomponents)))


def _texts(value: Any) -> tuple[str, ...]:
    return tuple(map(str, value)) if isinstance(value, list | tuple) else (str(value),)


def zone_of(data: bytes) -> tzinfo:
    """Read the one time zone of a stream; refuses with 403 another one."""
    found = [each for each in parse(data).subcomponents if each.name == "VTIMEZONE"]
    if len(found) != 1:
        raise invalid(CALENDAR, f"it must have exactly one VTIMEZONE, and it has {len(found)}")
    try:
        zone: tzinfo = found[0].to_tz(lookup_tzid=False)  # type: ignore[attr-defined]  # the name says that it is a time zone
    except UNREADABLE as error:
        raise invalid(CALENDAR, f"its VTIMEZONE can't be read: {error}") from None
    return zone
