"""Bounds of a recurrence (RFC 5545 3.3.10), before a library expands it: rules are data of clients.

    FREQ=DAILY                       a day each day: bounded by the last time of the server
    FREQ=SECONDLY                    three thousand million of them: ``max-instances``
    FREQ=DAILY;BYMONTHDAY=31;BYMONTH=2    never: its library would look through all years

dateutil finds the instances. It adds the interval of its rule at each period, so that an interval that spends steps ends
a search that is too long.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from contextlib import suppress
from datetime import UTC, date, datetime, timedelta
from itertools import islice
from typing import TYPE_CHECKING, Any, Self

from msgspec import Struct

from dav424.core.batch import Refused
from dav424.core.condition_codes import MAX_INSTANCES, VALID_CALENDAR_DATA
from dav424.dav.object_properties import MOST_INSTANCES
from dav424.objects.moments import SLACK

if TYPE_CHECKING:
    from collections.abc import Callable

FIRST_TIME = datetime(1900, 1, 1, tzinfo=UTC)
LAST_TIME = datetime(2100, 1, 1, tzinfo=UTC)
"""The times that the server has: ``C:min-date-time`` and ``C:max-date-time``."""
MOST_STEPS = 60_000
"""The most steps to the first instances, such as a century of days."""
MOST_RULES = 10
"""The most rules of one component; RFC 5545 wants one."""
MOST_VALUES = 400
"""The most values in the BY parts of a rule: each period looks for each of them."""
MOST_IN_A_PERIOD = 10_000
"""The most instances in one period of a rule: the library goes through those before the start without a step."""
STEPS_OF_TIME = 3.0
"""The steps that it takes to find one time of a rule, and to keep it (measured)."""
_LOOKED_AT = 3
"""The instances that are looked for; the later ones come as regularly."""
_ALL = 500
"""The most that are looked for if the rule ends after a number: the last of them is that of the object."""
_SECONDS = {
    "SECONDLY": 1,
    "MINUTELY": 60,
    "HOURLY": 3600,
    "DAILY": 86_400,
    "WEEKLY": 604_800,
    "MONTHLY": 28 * 86_400,
    "YEARLY": 365 * 86_400,
}
_SLOWER = ("SECONDLY", "MINUTELY", "HOURLY", "DAILY", "WEEKLY", "MONTHLY", "YEARLY")
_DAYS = {"WEEKLY": 7, "MONTHLY": 31, "YEARLY": 366}
_BY_DAYS = ("BYDAY", "BYMONTHDAY", "BYYEARDAY", "BYWEEKNO")


class Bounds(Struct, frozen=True):
    """The bounds of a rule: the most instances up to the last time of the server, and the time of the last one."""

    instances: float
    until: float


class _TooManyStepsError(Exception):
    """The search for instances took too many steps."""


class SpendingInterval(int):
    """An interval that spends the steps of a period whenever dateutil adds it."""

    steps: float
    spend: Callable[[float], None]

    def __new__(cls, interval: int, steps: float, spend: Callable[[float], None]) -> Self:
        """Make an interval whose periods take some ``steps`` each."""
        spending = super().__new__(cls, interval)
        spending.steps, spending.spend = steps, spend
        return spending

    def __radd__(self, other: int) -> int:
        self.spend(self.steps)
        return other + int(self)

    def __mul__(self, other: int) -> int:
        self.spend(self.steps)
        return int(self) * other


def bounds(written: Any, start: datetime) -> Bounds:
    """Bound a rule of an event that starts at a time; refuses with 403 one that takes too long, or has too many instances.

    ``written`` is the rule as icalendar has it.
    """
    rule = _rule(written)
    text, frequency, interval, count = rule.text, rule.frequency, rule.interval, rule.count
    first = first_times(written, start)
    until = _until(rule.parts)
    if until is None and count == len(first):
        until = first[-1].replace(tzinfo=UTC) + timedelta(seconds=SLACK)
    last = LAST_TIME if until is None else min(until, LAST_TIME)
    density = _in_a_period(rule.parts, frequency) / (_SECONDS[frequency] * interval)
    seconds = max(0.0, (last - start).total_seconds())
    instances = min(count or math.inf, 1 + density * seconds)
    if instances > MOST_INSTANCES:
        raise Refused(
            403,
            f"The rule {text[:200]} has up to {instances:.0f} instances until {last:%Y-%m-%d}; at most {MOST_INSTANCES} are "
            "accepted. Send a rule with COUNT or UNTIL, or a longer interval.",
            MAX_INSTANCES,
        )
    return Bounds(instances, math.inf if until is None else until.timestamp())


def utc_time(value: date) -> datetime:
    """Give a date or a clock as a time; one that floats is that of a clock in UTC."""
    if not isinstance(value, datetime):
        return datetime(value.year, value.month, value.day, tzinfo=UTC)
    return value if value.tzinfo is not None else value.replace(tzinfo=UTC)


def _one(rule: Mapping[str, Sequence[Any]], name: str, default: Any) -> Any:
    value = rule.get(name, default)
    return (value[0] if value else default) if isinstance(value, list | tuple) else value


def _until(rule: Mapping[str, Sequence[Any]]) -> datetime | None:
    value = _one(rule, "UNTIL", None)
    if value is None:
        return None
    if not isinstance(value, datetime):
        value = datetime(value.year, value.month, value.day, 23, 59, 59, tzinfo=UTC)
    return value if value.tzinfo is not None else value.replace(tzinfo=UTC)


class _Rule(Struct, frozen=True):
    """A rule: its parts by their names, and as text without INTERVAL and UNTIL; ``count`` is None without COUNT."""

    parts: Mapping[str, Sequence[Any]]
    text: str
    frequency: str
    interval: int
    count: int | None


def _rule(written: Any) -> _Rule:
    parts = {name.upper(): value for name, value in written.items()}
    rest = type(written)({name: value for name, value in written.items() if name.upper() not in ("INTERVAL", "UNTIL")})
    text, frequency = rest.to_ical().decode(), str(_one(parts, "FREQ", ""))
    interval, count = int(_one(parts, "INTERVAL", 1)), int(_one(parts, "COUNT", 1))
    if frequency not in _SECONDS or interval < 1 or count < 1:
        raise _invalid(f"the rule {text[:200]} must have a known FREQ, and no INTERVAL or COUNT below 1")
    _check_size(parts, text, frequency)
    return _Rule(parts, text, frequency, interval, count if "COUNT" in parts else None)


def first_times(written: Any, start: datetime) -> list[datetime]:
    """Find the first times of a rule in a bounded number of steps; refuses with 403 a rule that has none there."""
    from dateutil.rrule import rrulestr  # noqa: PLC0415 - of the extra, imported when it is needed

    rule, left = _rule(written), float(MOST_STEPS)

    def spend(some: float) -> None:
        nonlocal left
        left -= some
        if left < 0:
            raise _TooManyStepsError

    interval = SpendingInterval(rule.interval, steps_of_period(rule.parts, rule.frequency), spend)
    times = rrulestr(rule.text, dtstart=start.replace(tzinfo=None)).replace(interval=interval)
    found: list[datetime] = []
    with suppress(_TooManyStepsError):
        found.extend(islice(times, min(rule.count, _ALL) if rule.count is not None else _LOOKED_AT))
    if not found:
        raise _invalid(f"the rule {rule.text[:200]} has no instances near {start:%Y-%m-%d}, where it starts")
    return found


def _check_size(rule: Mapping[str, Sequence[Any]], text: str, frequency: str) -> None:
    """Refuse with 403 a rule that is too long, or that has too many instances in one period."""
    values = sum(len(part) for name, part in rule.items() if name.startswith("BY"))
    if values > MOST_VALUES:
        raise _invalid(f"the rule {text[:80]} has {values} values in its BY parts; {MOST_VALUES} are accepted")
    in_a_period = _in_a_period(rule, frequency)
    if in_a_period > MOST_IN_A_PERIOD:
        raise Refused(
            403,
            f"The rule {text[:200]} has up to {in_a_period} instances in one period of its FREQ; at most {MOST_IN_A_PERIOD} "
            "are accepted. Send a rule with fewer values in its BY parts.",
            MAX_INSTANCES,
        )


def steps_of_period(rule: Mapping[str, Sequence[Any]], frequency: str) -> float:
    """Give the steps that it takes to look through one period of a rule (measured): its days, and its BY parts on each."""
    days = {"YEARLY": 366, **_DAYS}.get(frequency, 1)
    positions = len(rule.get("BYSETPOS", ()))
    of_a_day = 0.15 + 0.02 * len(rule.get("BYYEARDAY", ())) + 0.03 * positions
    of_masks = 1.0 * sum(len(rule.get(name, ())) for name in ("BYDAY", "BYWEEKNO")) if days > _DAYS["WEEKLY"] else 0.0
    return 1.5 + days * of_a_day + of_masks + 0.05 * positions * positions


def _invalid(why: str) -> Refused:
    return Refused(403, f"The data is not valid iCalendar: {why}.", VALID_CALENDAR_DATA)


def _in_a_period(rule: Mapping[str, Sequence[Any]], frequency: str) -> int:
    """Give the most instances in one period of a frequency: BY parts of shorter units multiply them."""
    place = _SLOWER.index(frequency)
    times = 1
    for unit, name in enumerate(("BYSECOND", "BYMINUTE", "BYHOUR")):
        if unit < place:
            times *= max(1, len(rule.get(name, ())))
    if frequency not in _DAYS:
        return times
    months = max(1, len(rule.get("BYMONTH", ())))
    days = _DAYS[frequency] if any(name in rule for name in _BY_DAYS) else (months if frequency == "YEARLY" else 1)
    return times * days
