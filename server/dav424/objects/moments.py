"""Times of calendar objects, and when they overlap a time range (RFC 4791 9.9).

A ``Moment`` is seconds since the epoch. One that floats has no time zone of its own: its seconds are those of its clock
in UTC, until a query says in which time zone the clock is.
"""

from __future__ import annotations

import math
from datetime import UTC, date, datetime, timedelta, tzinfo

from msgspec import Struct

DAY = 86_400.0
SLACK = DAY
"""Seconds by which a clock in some time zone may differ from one in UTC, rounded up."""
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


class Moment(Struct, frozen=True, gc=False):
    """A time or, with ``is_date``, a day; a day always floats."""

    seconds: float
    floats: bool = False
    is_date: bool = False

    def at(self, zone: tzinfo) -> float:
        """Give the seconds since the epoch, with floating clocks in a time zone."""
        if not self.floats:
            return self.seconds
        try:
            return self.seconds - _offset(_EPOCH + timedelta(seconds=self.seconds), zone)
        except OverflowError:  # a day at the end of all days
            return self.seconds

    def plus(self, seconds: float) -> Moment:
        """Give the moment this many seconds later."""
        return Moment(self.seconds + seconds, self.floats, self.is_date)


def moment(value: date) -> Moment:
    """Make a moment of a date, or of a date with time."""
    if not isinstance(value, datetime):
        value = datetime(value.year, value.month, value.day)  # noqa: DTZ001 - it floats
        return Moment(_seconds(value.replace(tzinfo=UTC)), floats=True, is_date=True)
    if value.tzinfo is None:
        return Moment(_seconds(value.replace(tzinfo=UTC)), floats=True)
    return Moment(_seconds(value))


def _seconds(value: datetime) -> float:
    return (value - _EPOCH) / timedelta(seconds=1)


def _offset(clock: datetime, zone: tzinfo) -> float:
    offset = clock.replace(tzinfo=zone).utcoffset()
    return offset.total_seconds() if offset is not None else 0.0


class TimeRange(Struct, frozen=True):
    """A time range of a query: ``start`` is in it, ``end`` is not. ``zone`` is that of floating times."""

    start: float = -math.inf
    end: float = math.inf
    zone: tzinfo = UTC

    def meets(self, start: float, end: float) -> bool:
        """Say whether it overlaps a period that has a length."""
        return self.start < end and self.end > start

    def holds(self, instant: float) -> bool:
        """Say whether an instant is in it."""
        return self.start <= instant < self.end


class Times(Struct, frozen=True, gc=False):
    """The times of one component, or of one instance of it; ``busy`` are the periods of a VFREEBUSY."""

    start: Moment | None = None
    end: Moment | None = None
    due: Moment | None = None
    duration: float | None = None
    completed: Moment | None = None
    created: Moment | None = None
    busy: tuple[tuple[float, float], ...] = ()


def overlaps(kind: str, times: Times, span: TimeRange) -> bool:
    """Say whether a component of a kind overlaps a time range; a component that has no times of its own doesn't."""
    match kind:
        case "VEVENT":
            return _event(times, span)
        case "VTODO":
            return _todo(times, span)
        case "VJOURNAL":
            return _journal(times, span)
        case "VFREEBUSY":
            return _free_busy(times, span)
    return False


def event_end(times: Times, zone: tzinfo) -> float:
    """Give the end of an event that has a start; without an end, it takes its day, or no time."""
    assert times.start is not None, "callers have checked it"
    if times.end is not None:
        return times.end.at(zone)
    if times.duration is not None:
        return times.start.at(zone) + times.duration
    return times.start.plus(DAY).at(zone) if times.start.is_date else times.start.at(zone)


def _event(times: Times, span: TimeRange) -> bool:
    if times.start is None:
        return False
    start, end = times.start.at(span.zone), event_end(times, span.zone)
    return span.meets(start, end) if end > start else span.holds(start)


def _todo(times: Times, span: TimeRange) -> bool:
    """Follow the table of VTODO in RFC 4791 9.9, row by row."""
    zone = span.zone
    start = times.start.at(zone) if times.start is not None else None
    due = times.due.at(zone) if times.due is not None else None
    if start is not None and due is not None:
        return (span.start < due or span.start <= start) and (span.end > start or span.end >= due)
    if start is not None and times.duration is not None:
        end = start + times.duration
        return span.start <= end and (span.end > start or span.end >= end)
    if start is not None:
        return span.holds(start)
    if due is not None:
        return span.start < due <= span.end
    completed = times.completed.at(zone) if times.completed is not None else None
    created = times.created.at(zone) if times.created is not None else None
    if completed is not None and created is not None:
        return (span.start <= created or span.start <= completed) and (span.end >= created or span.end >= completed)
    if completed is not None:
        return span.start <= completed <= span.end
    return created is None or span.end > created


def _journal(times: Times, span: TimeRange) -> bool:
    if times.start is None:
        return False
    start = times.start.at(span.zone)
    return span.meets(start, times.start.plus(DAY).at(span.zone)) if times.start.is_date else span.holds(start)


def _free_busy(times: Times, span: TimeRange) -> bool:
    if times.start is not None and times.end is not None:
        return span.start <= times.end.at(span.zone) and span.end > times.start.at(span.zone)
    return any(span.meets(start, end) for start, end in times.busy)
