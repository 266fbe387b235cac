"""The busy times of calendar objects (RFC 4791 7.10), and the VFREEBUSY that tells them."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import UTC, datetime

from msgspec import Struct

from dav424.objects import calendar_reader, instances
from dav424.objects.calendar_object import CalendarObject
from dav424.objects.moments import TimeRange, Times, event_end, overlaps
from dav424.objects.steps import StepBudget

Period = tuple[float, float]


class BusyTimes(Struct):
    """The periods in which a calendar is busy, and those in which it may be."""

    busy: list[Period]
    tentative: list[Period]

    def add(self, content: bytes, read: CalendarObject, span: TimeRange, budget: StepBudget) -> None:
        """Add the times of an object that is a VEVENT or a VFREEBUSY; one that is transparent or cancelled has none."""
        if read.kind == "VFREEBUSY":
            self.busy += [_cut(each, span) for part in read.parts for each in part.times.busy if span.meets(*each)]
        if read.kind != "VEVENT" or not instances.may_overlap(read, span):
            return
        if not read.recurs:
            for part in read.parts:
                if not part.is_free and overlaps(read.kind, part.times, span):
                    self._add(part.times, span, is_tentative=part.is_tentative)
            return
        for instance in instances.instances(content, read, span, budget):
            is_free, is_tentative = calendar_reader.busy_state(instance)
            if not is_free:
                self._add(calendar_reader.times_of(instance), span, is_tentative=is_tentative)

    def _add(self, times: Times, span: TimeRange, *, is_tentative: bool) -> None:
        assert times.start is not None, "it overlaps the time range"
        start, end = times.start.at(span.zone), event_end(times, span.zone)
        if end > start:
            (self.tentative if is_tentative else self.busy).append(_cut((start, end), span))


def _cut(period: Period, span: TimeRange) -> Period:
    return max(period[0], span.start), min(period[1], span.end)


def merged(periods: Iterable[Period]) -> list[Period]:
    """Merge periods that overlap or touch.

    >>> merged([(5, 7), (1, 3), (2, 4)])
    [(1, 4), (5, 7)]
    """
    result: list[Period] = []
    for start, end in sorted(periods):
        if result and start <= result[-1][1]:
            result[-1] = result[-1][0], max(result[-1][1], end)
        else:
            result.append((start, end))
    return result


def document(times: BusyTimes, span: TimeRange, now: float) -> str:
    """Write the VFREEBUSY of a time range."""
    lines = [
        "BEGIN:VCALENDAR",
        "VERSION:2.0",
        "PRODID:-//dav424//EN",
        "BEGIN:VFREEBUSY",
        f"DTSTAMP:{_written(now)}",
        f"DTSTART:{_written(span.start)}",
        f"DTEND:{_written(span.end)}",
        *_lines("FREEBUSY", merged(times.busy)),
        *_lines("FREEBUSY;FBTYPE=BUSY-TENTATIVE", merged(times.tentative)),
        "END:VFREEBUSY",
        "END:VCALENDAR",
        "",
    ]
    return "\r\n".join(lines)


def _lines(head: str, periods: Sequence[Period]) -> list[str]:
    return [f"{head}:{_written(start)}/{_written(end)}" for start, end in periods]


def _written(seconds: float) -> str:
    time = datetime.fromtimestamp(seconds, UTC)
    return f"{time.year:04}{time:%m%dT%H%M%SZ}"
