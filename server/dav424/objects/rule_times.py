"""The times that the rules and dates of an object give, in order: found once, and paid for by each report.

    between(a, b)    t1  t2  [a  t3  t4  b]  t5        t1 to t5 are found, and kept with the steps that each took

A rule of days or weeks without COUNT begins near the time range: dateutil gets a later start of the same rule.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any

from dav424.objects.recurrence import STEPS_OF_TIME, SpendingInterval, steps_of_period
from dav424.objects.steps import StepBudget

_DAYS = {"DAILY": 1, "WEEKLY": 7}
_FEW = 50
"""The periods that a rule goes through sooner than it is begun anew."""


class Meter:
    """Spends the steps of the report that looks for times now: those of each time, and of the instance that is made of it."""

    def __init__(self, steps_of_instance: float) -> None:
        self.budget = StepBudget()
        self.steps_of_instance = steps_of_instance


class RuleTimes:
    """Stands in for a rule, or for a set of dates, of dateutil, in the expansion of an object."""

    def __init__(self, rule: Any, start: datetime, meter: Meter) -> None:
        self.until = rule.until
        self._rule, self._start, self._meter = rule, start, meter
        self._interval: SpendingInterval | None = None
        self._period: timedelta | None = None
        text = getattr(rule, "string", "")
        if text:
            parts = {name: value.split(",") for name, _, value in (each.partition("=") for each in text.split(";"))}
            interval, frequency = int(parts.get("INTERVAL", ["1"])[0]), parts["FREQ"][0]
            self._interval = SpendingInterval(interval, steps_of_period(parts, frequency), self._spend)
            if frequency in _DAYS and "COUNT" not in parts:
                self._period = timedelta(days=_DAYS[frequency] * interval)
        self._begin(0)

    def __len__(self) -> int:
        """Give the number of times that are kept."""
        return len(self._times)

    def between(self, after: datetime, before: datetime, *, inc: bool) -> list[datetime]:
        """Give the times from one time to another; both belong to them. Raises ``Refused`` if that takes too many steps."""
        assert inc, "the library asks for both ends"
        periods = self._skipped(after)
        if periods != self._periods:
            self._begin(periods)
        known = self._spent
        while not self._ended and not (self._times and self._times[-1] > before):
            self._find()
        first, end = bisect_left(self._times, after), bisect_right(self._times, before)
        of_all = self._steps[end] if end < len(self._steps) else self._spent
        self._meter.budget.spend(of_all - (self._spent - known) + (end - first) * self._meter.steps_of_instance)
        return self._times[first:end]

    def _skipped(self, after: datetime) -> int:
        """Give the number of periods before a time range; it is the same for all that begin in a year."""
        if self._period is None:
            return 0
        year, start = datetime(after.year, 1, 1), self._start.replace(tzinfo=None)  # noqa: DTZ001 - clocks
        periods = (year - start) // self._period - 2
        return periods if periods > _FEW else 0

    def _begin(self, periods: int) -> None:
        """Begin with the start that is a number of periods later."""
        self._periods = periods
        self._times: list[datetime] = []
        self._steps: list[float] = []
        self._spent, self._ended = 0.0, False
        rule = self._rule
        if self._interval is not None:
            start = self._start + periods * self._period if self._period is not None else self._start
            rule = rule.replace(interval=self._interval, dtstart=start, cache=False)
        self._rest: Iterator[datetime] = iter(rule)

    def _find(self) -> None:
        found = next(self._rest, None)
        self._spend(STEPS_OF_TIME)
        if found is None:
            self._ended = True
        else:
            self._times.append(found)
            self._steps.append(self._spent)

    def _spend(self, steps: float) -> None:
        self._spent += steps
        self._meter.budget.spend(steps)
