"""The time zones that an object defines itself (RFC 5545 3.6.5), for icalendar.

    TZID=Europe/Berlin     one that everyone knows: its rules come from the time zone database
    TZID=Our Office        the VTIMEZONE of the same object says what it is, and of no other object

icalendar keeps each zone by its name for the whole process, and looks for a transition through all of them. So an object is
read while no other one is, with a memory of its own; and the transitions of a zone are bounded before it is made.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from copy import deepcopy
from functools import cache
from threading import Lock
from typing import TYPE_CHECKING, Any

from dav424.core.batch import Refused
from dav424.objects.recurrence import LAST_TIME, first_times, utc_time

if TYPE_CHECKING:
    from icalendar import Component as LibraryComponent

MOST_TRANSITIONS = 8000
"""The most transitions of one zone until the last time of the server: two rules from 1601 on have a thousand."""
LONGEST_NAME = 255
_LONGEST = 3
"""The parts of a zone such as America/Argentina/Buenos_Aires."""
_IN_A_YEAR, _WEEKS = {"YEARLY": 1, "MONTHLY": 12}, 53
_reading = Lock()


@contextmanager
def own_zones() -> Iterator[None]:
    """Read one object, whose zones no other object sees; a test in the same process has its own provider again afterwards."""
    from icalendar.timezone import tzp  # noqa: PLC0415 - of the extra, imported when it is needed

    with _reading:
        usual = tzp.name
        tzp.use(_provider())
        try:
            yield
        finally:
            tzp.use(usual)


@cache
def _provider() -> Any:
    """Make the zones for icalendar: those of the time zone database, and bounded ones of objects."""
    from icalendar.timezone.zoneinfo import ZONEINFO  # noqa: PLC0415 - of the extra, imported when it is needed

    class BoundedZones(ZONEINFO):
        """The zones of the time zone database, and those of objects."""

        def timezone(self, name: str) -> Any:
            """Find a zone of the database, also after the prefix of a vendor; raises ``ValueError`` for a long name.

            icalendar would warn of such a prefix, and look for files of each end of a name.
            """
            if len(name) > LONGEST_NAME:
                raise ValueError(f"the name of a time zone has {len(name)} characters; {LONGEST_NAME} are accepted")
            parts = name.split("/")
            ends = ("/".join(parts[-length:]) for length in range(min(_LONGEST, len(parts)), 0, -1))
            known = next(filter(self.knows_timezone_id, ends), None)
            return super().timezone(known) if known is not None else None

        def create_timezone(self, tz: Any) -> Any:  # type: ignore[override]  # as the class of the library does
            """Make the zone of a VTIMEZONE; raises ``ValueError`` for one with too many transitions."""
            return super().create_timezone(_bounded(tz))

    return BoundedZones()


def _bounded(zone: LibraryComponent) -> LibraryComponent:
    """Copy a VTIMEZONE, with an end for each of its rules."""
    if transitions(zone) > MOST_TRANSITIONS:
        raise ValueError(
            f"The VTIMEZONE {str(zone.get('TZID'))[:80]} has more than {MOST_TRANSITIONS} transitions until "
            f"{LAST_TIME:%Y}; send the rules that are needed"
        )
    copy = deepcopy(zone)
    for observance in copy.subcomponents:
        for rule in _listed(observance.get("RRULE")):
            if "UNTIL" not in rule and "COUNT" not in rule:
                rule["UNTIL"] = [LAST_TIME]
    return copy


def transitions(zone: LibraryComponent) -> int:
    """Bound the transitions of a VTIMEZONE; raises ``ValueError`` for a rule that is none for time zones."""
    found = 0
    for observance in zone.subcomponents:
        found += 1 + sum(len(each.dts) for each in _listed(observance.get("RDATE")))
        for rule in _listed(observance.get("RRULE")):
            if str(rule.get("FREQ", [""])[0]) not in _IN_A_YEAR:
                raise ValueError(f"The rule {rule.to_ical().decode()[:80]} of a VTIMEZONE must be YEARLY or MONTHLY")
            begin: Any = observance["DTSTART"]
            start = utc_time(begin.dt)
            try:
                first_times(rule, start)
            except Refused as refused:
                raise ValueError(refused.detail) from None
            found += _in_a_year(rule) * max(1, LAST_TIME.year - start.year)
    return found


def _in_a_year(rule: Any) -> int:
    """Bound the transitions in a year: a day of the week without a number, such as SU for -1SU, is one of each week."""
    days = sum(1 if str(day)[:1] in "+-0123456789" else _WEEKS for day in rule.get("BYDAY", ()))
    month_days = len(rule.get("BYMONTHDAY", ()))
    in_period = min(filter(None, (days, month_days)), default=1)
    return _IN_A_YEAR[str(rule["FREQ"][0])] * in_period


def _listed(value: Any) -> list[Any]:
    return [] if value is None else value if isinstance(value, list) else [value]
