"""The instances of a calendar object in a time range: those of a recurrence come from recurring-ical-events."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from threading import Lock
from typing import TYPE_CHECKING, Any

from msgspec import Struct

from dav424.core.memory import Held, hold, spare
from dav424.objects import calendar_reader
from dav424.objects.calendar_data import CALENDAR, invalid
from dav424.objects.calendar_object import Alarm, CalendarObject, Part
from dav424.objects.moments import SLACK, TimeRange, Times, event_end, overlaps
from dav424.objects.recurrence import FIRST_TIME, LAST_TIME
from dav424.objects.rule_times import Meter, RuleTimes
from dav424.objects.steps import StepBudget

if TYPE_CHECKING:
    from icalendar import Component as LibraryComponent

EXPANDED = ("VEVENT", "VTODO", "VJOURNAL")
"""The components that recur."""
MOST_PREPARED = 128
_SOON = 60 * 86_400.0
"""The seconds in which most recurrences come again: one instance is enough, and each that is made costs time."""
_SECOND = 1.0
"""The seconds around a time range in which an instance without a length could still belong to it."""
_LATER = 4
"""How many times as long the next part of a time range is, if there was no instance in the last one."""
_FEW = 3000
"""The most times of an object whose expansion is kept."""
_STEPS_OF_PIECE = 50.0
"""The steps that it takes to prepare each line, value and parameter of an object for its expansion (measured)."""
_OF_A_RULE, _OF_A_PIECE, _OF_A_TIME = 45_000, 500, 100
"""The bytes that an expansion takes for each rule, each line, value and parameter, and each time (measured)."""
_UNREADABLE = (*calendar_reader.UNREADABLE, RecursionError)


class _Expansion(Struct):
    """A query of the library, with the stand-ins for its rules; one thread has it at a time."""

    query: Any
    rules: list[RuleTimes]
    meter: Meter
    held: Held


class _Prepared:
    """The expansions that were used last, by the content of their objects."""

    def __init__(self) -> None:
        self._known: OrderedDict[bytes, _Expansion] = OrderedDict()
        self._lock = Lock()

    def take(self, content: bytes, read: CalendarObject, budget: StepBudget) -> _Expansion:
        """Take an expansion, or prepare it; raises ``Refused`` if the budget does not have the steps for that."""
        budget.spend_once(content, read.size * _STEPS_OF_PIECE)
        with self._lock:
            known = self._known.pop(content, None)
        found = _prepare(content, read) if known is None else known
        found.meter.budget = budget
        return found

    def give_back(self, content: bytes, read: CalendarObject, expansion: _Expansion) -> None:
        """Keep an expansion that ended well: a search that was cut off can't go on."""
        times = sum(map(len, expansion.rules))
        if times > _FEW:
            return
        size = _OF_A_RULE * len(expansion.rules) + _OF_A_PIECE * read.size + _OF_A_TIME * times
        expansion.held = hold(len(content) + size)
        with self._lock:
            self._known[content] = expansion
            if len(self._known) > MOST_PREPARED:
                self._known.popitem(last=False)

    def clear(self) -> None:
        """Forget all expansions, one after another."""
        with self._lock:
            known, self._known = self._known, OrderedDict()
        while known:
            known.popitem()


_prepared = _Prepared()
spare(_prepared)


def _prepare(content: bytes, read: CalendarObject) -> _Expansion:
    from recurring_ical_events import of  # noqa: PLC0415 - of the extra, imported when it is needed

    query, meter = of(calendar_reader.parse(content), components=[read.kind]), Meter(read.steps_of_instance)
    rules: list[RuleTimes] = []
    for series in query.series:
        recurrence = series.recurrence
        if recurrence.has_core:
            recurrence.rrules = [RuleTimes(rule, recurrence.start, meter) for rule in recurrence.rrules]
            rules += recurrence.rrules
    return _Expansion(query, rules, meter, hold(0))


def instances(content: bytes, read: CalendarObject, span: TimeRange, budget: StepBudget) -> list[LibraryComponent]:
    """Give the instances that overlap a time range, each as a component of the library.

    An object that does not recur has one: itself. Refuses with 403 ``valid-calendar-data`` what the library can't expand,
    and with 507 what takes more steps than the budget has.
    """
    if not read.recurs or read.kind not in EXPANDED:
        budget.spend_once(content, read.size * _STEPS_OF_PIECE)
        found = [each for each in calendar_reader.parse(content).subcomponents if each.name == read.kind]
    else:
        try:
            expansion = _prepared.take(content, read, budget)
            slack = SLACK if _floats(read) else _SECOND
            found = list(expansion.query.between(_clock(span.start - slack), _clock(span.end + slack)))
        except _UNREADABLE as error:
            raise invalid(CALENDAR, f"its recurrence can't be expanded: {str(error)[:300]}") from None
        _prepared.give_back(content, read, expansion)
    return [each for each in found if overlaps(read.kind, calendar_reader.times_of(each), span)]


def _floats(read: CalendarObject) -> bool:
    """Say whether any part of an object floats: its clock is in a time zone that the library does not know."""
    times = [each for part in read.parts for each in (part.times.start, part.times.end, part.times.due)]
    return any(each is not None and each.floats for each in times)


def _clock(seconds: float) -> datetime:
    """Give a time for the library, within those that the server has."""
    first, last = FIRST_TIME.timestamp(), LAST_TIME.timestamp()
    return datetime(1970, 1, 1, tzinfo=UTC) + timedelta(seconds=min(max(seconds, first), last))


def may_overlap(read: CalendarObject, span: TimeRange) -> bool:
    """Say whether an object has instances in or near a time range, as far as is known without looking for them."""
    return read.latest >= span.start - SLACK and read.earliest <= span.end + SLACK


def object_overlaps(content: bytes, read: CalendarObject, span: TimeRange, budget: StepBudget) -> bool:
    """Say whether any instance of an object overlaps a time range."""
    if not may_overlap(read, span):
        return False
    if not read.recurs:
        return any(overlaps(read.kind, part.times, span) for part in read.parts)
    begin = max(span.start, read.earliest - SLACK, FIRST_TIME.timestamp())
    last = min(span.end, LAST_TIME.timestamp())
    length = _SOON
    while begin < last:
        end = min(span.end, begin + length)
        if instances(content, read, TimeRange(begin, end, span.zone), budget):
            return True
        begin, length = end, length * _LATER
    return False


def alarm_rings(
    content: bytes, read: CalendarObject, ringing: tuple[Part, tuple[Alarm, ...]], span: TimeRange, budget: StepBudget
) -> bool:
    """Say whether one of some alarms of a part rings in a time range, for any instance."""
    part, alarms = ringing
    times = [part.times]
    if read.recurs and part.replaces is None and any(alarm.at is None for alarm in alarms):
        reach = max(abs(alarm.seconds) + alarm.repeat * alarm.every for alarm in alarms)
        wide = TimeRange(span.start - reach - SLACK, span.end + reach + SLACK, span.zone)
        times = [calendar_reader.times_of(each) for each in instances(content, read, wide, budget)]
    return any(span.holds(ring) for alarm in alarms for each in times for ring in _rings(alarm, each, span))


def _rings(alarm: Alarm, times: Times, span: TimeRange) -> Iterator[float]:
    """Give the times at which an alarm of an instance rings: of its repetitions, the first that could be in the time range."""
    first = _first_ring(alarm, times, span)
    if first is None:
        return
    yield first
    if alarm.every > 0 and span.start > first:
        skipped = min(alarm.repeat, -int(-(span.start - first) // alarm.every))
        yield first + skipped * alarm.every
    elif alarm.repeat:
        yield first + alarm.every


def _first_ring(alarm: Alarm, times: Times, span: TimeRange) -> float | None:
    if alarm.at is not None:
        return alarm.at.at(span.zone)
    if alarm.from_end and times.due is not None:
        return times.due.at(span.zone) + alarm.seconds
    if times.start is None:
        return times.due.at(span.zone) + alarm.seconds if times.due is not None else None
    start = times.start.at(span.zone)
    if alarm.from_end:
        start = event_end(times, span.zone)
    return start + alarm.seconds
