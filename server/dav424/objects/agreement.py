"""Whether the values of a calendar object agree with each other (RFC 5545 3.6): what each line alone can't tell.

DTSTART:20260102T090000Z
DTEND:20260101T090000Z        403 valid-calendar-data, line 7: DTEND is before DTSTART
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from dav424.objects.calendar_data import CALENDAR, invalid
from dav424.objects.components import Component
from dav424.objects.moments import Moment, Times

_VERSION = "2.0"
_SCALE = "GREGORIAN"


def check_calendar(root: Component, text: str) -> None:
    """Refuse with 403 a calendar of another version, or of another scale than the Gregorian one (RFC 5545 3.7.1, 3.7.4)."""
    version, scale = root.text("VERSION").strip(), root.text("CALSCALE").strip().upper()
    if version not in ("", _VERSION):
        raise _disagrees(text, "VCALENDAR", 0, "VERSION", f"the version is {version[:40]}, and {_VERSION} is accepted")
    if scale not in ("", _SCALE):
        raise _disagrees(text, "VCALENDAR", 0, "CALSCALE", f"the scale is {scale[:40]}, and {_SCALE} is accepted")


def check_times(kind: str, all_times: Sequence[Times], text: str) -> None:
    """Refuse with 403 an end before its start, or of another type than it, and an end beside a duration.

    ``all_times`` are those of the components of the ``kind``, in their order.
    """
    for number, times in enumerate(all_times):
        for name, why in _problems(times):
            raise _disagrees(text, kind, number, name, why)


def _problems(times: Times) -> Iterator[tuple[str, str]]:
    """Find what does not fit, each with the name of the property that is at fault (RFC 5545 3.8.2.2, 3.8.2.3, 3.8.2.5)."""
    if times.duration is not None and times.duration < 0:
        yield "DURATION", "a DURATION can't be negative"
    for name, end in (("DTEND", times.end), ("DUE", times.due)):
        if end is None:
            continue
        if times.duration is not None:
            yield "DURATION", f"a component can have a DURATION or a {name}, and it has both"
        if times.start is None:
            continue
        if end.is_date != times.start.is_date:
            kinds = ("a date with time", "a date")
            yield (
                name,
                f"{name} is {kinds[end.is_date]}, and DTSTART is {kinds[times.start.is_date]}; both must be the same",
            )
        elif _is_before(end, times.start):
            yield name, f"{name} is before DTSTART"


def _is_before(end: Moment, start: Moment) -> bool:
    """Compare two times, if both are in a time zone, or neither is."""
    return end.floats == start.floats and end.seconds < start.seconds


def _disagrees(text: str, kind: str, number: int, name: str, why: str) -> Exception:
    line = _line(text, kind, number, name)
    return invalid(CALENDAR, f"line {line}: {why}" if line else why)


def _line(text: str, kind: str, number: int, name: str) -> int:
    """Find the line of a property in a component of a kind, counted from 0; 0 if there is none."""
    seen, inside = -1, False
    for place, line in enumerate(text.splitlines(), 1):
        head, _, value = line.partition(":")
        head = head.partition(";")[0].upper()
        if head in ("BEGIN", "END"):
            inside = head == "BEGIN" and value.strip().upper() == kind
            seen += inside
        elif inside and seen == number and head == name:
            return place
    return 0
