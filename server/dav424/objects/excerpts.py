"""A part of an object for a response (RFC 4791 9.6, RFC 6352 10.4): some properties, or the instances in a time range."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from msgspec import Struct

from dav424.objects import calendar_data, calendar_reader, instances
from dav424.objects.calendar_data import CARD
from dav424.objects.calendar_object import CalendarObject, Part
from dav424.objects.moments import TimeRange, overlaps
from dav424.objects.steps import StepBudget

if TYPE_CHECKING:
    from icalendar import Calendar
    from icalendar import Component as LibraryComponent

_TIMES = ("DTSTART", "DTEND", "DUE", "RECURRENCE-ID")


class CompSelection(Struct, frozen=True):
    """What of a component the client wants: properties by name, True for those whose value it wants; None for all.

    ``comps`` are the components in it that it wants; None for all.
    """

    name: str
    props: Mapping[str, bool] | None = None
    comps: tuple[CompSelection, ...] | None = None


class CalendarExcerpt(Struct, frozen=True):
    """What of a calendar object a client wants; the time ranges are those of ``expand`` and the two ``limit-`` elements."""

    comp: CompSelection | None = None
    expand: TimeRange | None = None
    limit_recurrence: TimeRange | None = None
    limit_busy: TimeRange | None = None

    def of(self, content: bytes, read: CalendarObject, budget: StepBudget) -> str:
        """Write the excerpt of an object; raises ``Refused`` with 507 if that takes more steps than the budget has."""
        budget.read(read.size)
        calendar = calendar_reader.parse(content)
        if self.expand is not None:
            _expand(calendar, content, read, self.expand, budget)
        elif self.limit_recurrence is not None:
            _limit(calendar, read, self.limit_recurrence)
        if self.limit_busy is not None:
            _limit_busy(calendar, self.limit_busy)
        chosen: LibraryComponent = calendar if self.comp is None else _selected(calendar, self.comp)
        written: bytes = chosen.to_ical(sorted=False)
        return written.decode()


class CardExcerpt(Struct, frozen=True):
    """The properties of a card that a client wants, with True for those whose value it wants, by ``NAME`` or ``GROUP.NAME``."""

    props: Mapping[str, bool]

    def of(self, content: bytes) -> str:
        """Write the excerpt of a card; it always has its begin, its version and its end."""
        lines = calendar_data.content_lines(calendar_data.text_of(content, CARD))
        return "\r\n".join([*filter(None, map(self._line, lines)), ""])

    def _line(self, line: str) -> str:
        head = re.split("[:;]", line, maxsplit=1)[0].strip().upper()
        if head in ("BEGIN", "END", "VERSION"):
            return line
        valued = self.props.get(head, self.props.get(head.rpartition(".")[2]))
        if valued is None:
            return ""
        return line if valued else f"{line.partition(':')[0]}:"


def _expand(calendar: Calendar, content: bytes, read: CalendarObject, span: TimeRange, budget: StepBudget) -> None:
    """Put the instances in the time range in place of the components, with their times in UTC."""
    found = instances.instances(content, read, span, budget)
    budget.spend(len(found) * read.steps_to_write)
    for instance in found:
        for name in calendar_reader.OF_RULES:
            instance.pop(name, None)
        if not read.recurs:
            instance.pop("RECURRENCE-ID", None)
        for name in _TIMES:
            if name in instance:
                _to_utc(instance, name, span)
    calendar.subcomponents = found


def _to_utc(component: LibraryComponent, name: str, span: TimeRange) -> None:
    written: Any = component[name]
    value = written.dt
    if not isinstance(value, datetime):
        return
    aware = value if value.tzinfo is not None else value.replace(tzinfo=span.zone)
    component.pop(name)
    component.add(name, aware.astimezone(UTC))


def _limit(calendar: Calendar, read: CalendarObject, span: TimeRange) -> None:
    """Keep the components that say what happens in a time range: the main one, and the replaced instances there."""
    places = [place for place, each in enumerate(calendar.subcomponents) if each.name == read.kind]
    kept = {(part.replaces.seconds if part.replaces else None) for part in read.parts if _is_in(read, part, span)}
    dropped = set()
    for place in places:
        instance = calendar_reader.replaced(calendar.subcomponents[place])
        if instance is not None and instance.seconds not in kept:
            dropped.add(place)
    calendar.subcomponents = [each for place, each in enumerate(calendar.subcomponents) if place not in dropped]


def _is_in(read: CalendarObject, part: Part, span: TimeRange) -> bool:
    if part.replaces is None or overlaps(read.kind, part.times, span):
        return True
    replaced = part.replaces.at(span.zone)
    return span.holds(replaced) or (part.this_and_future and replaced < span.end)


def _limit_busy(calendar: Calendar, span: TimeRange) -> None:
    for component in calendar.walk("VFREEBUSY"):
        values = component.get("FREEBUSY", [])
        kept = [each for each in calendar_reader.listed(values) if span.meets(*calendar_reader.period(each))]
        component.pop("FREEBUSY", None)
        if kept:
            component["FREEBUSY"] = kept


def _selected(component: LibraryComponent, wanted: CompSelection) -> LibraryComponent:
    """Copy a component with the properties and components that are wanted."""
    copy = type(component)()
    for name, value in component.items():
        valued = True if wanted.props is None else wanted.props.get(name.upper())
        if valued is not None:
            copy[name] = value if valued else [_without_value(each) for each in calendar_reader.listed(value)]
    copy.subcomponents = list(_inside(component, wanted))
    return copy


def _inside(component: LibraryComponent, wanted: CompSelection) -> Iterator[LibraryComponent]:
    for each in component.subcomponents:
        if wanted.comps is None:
            yield each
            continue
        chosen = next((comp for comp in wanted.comps if comp.name == each.name), None)
        if chosen is not None:
            yield _selected(each, chosen)


def _without_value(value: Any) -> Any:
    from icalendar import vText  # noqa: PLC0415 - of the extra, imported when it is needed

    return vText("", params=getattr(value, "params", None))
