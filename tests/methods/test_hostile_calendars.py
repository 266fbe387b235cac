"""Events that take long to read or to expand: each request about them is bounded, on a real socket and below it."""

from __future__ import annotations

import gc
import tracemalloc
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from dateutil.rrule import rrulestr
from icalendar.timezone import tzp

from dav424.core import memory
from dav424.objects import instances, remembered, steps
from dav424.objects.calendar_data import MOST_PIECES
from dav424.objects.moments import TimeRange
from dav424.objects.rule_times import Meter, RuleTimes
from dav424.objects.steps import StepBudget
from tests.client import told
from tests.conftest import Served
from tests.methods.calendars import COLLECTIONS, NAMESPACES, XML, calendar, put

Serve = Callable[..., Served]

START = "DTSTART:20000101T000000Z"
LONG = {
    "every second": "RRULE:FREQ=SECONDLY;COUNT=99000",
    "a minute of each day": "RRULE:FREQ=MINUTELY;BYHOUR=0;BYMINUTE=0;COUNT=7000",
    "a second of each year": "RRULE:FREQ=SECONDLY;BYMONTH=1;BYMONTHDAY=1;BYHOUR=0;BYMINUTE=0;BYSECOND=0;COUNT=70",
    "positions": f"RRULE:FREQ=YEARLY;BYDAY=MO,TU,WE,TH,FR,SA,SU;BYSETPOS={','.join(map(str, range(1, 367)))};COUNT=90000",
}


def query(start: str, end: str, prop: str = "<D:getetag/>") -> str:
    """Write a calendar-query for the events in a time range."""
    return (
        f"<C:calendar-query {NAMESPACES}><D:prop>{prop}</D:prop><C:filter><C:comp-filter name='VCALENDAR'>"
        f"<C:comp-filter name='VEVENT'><C:time-range start='{start}' end='{end}'/></C:comp-filter></C:comp-filter></C:filter>"
        "</C:calendar-query>"
    )


LATE = query("20950101T000000Z", "20950102T000000Z")


@pytest.mark.parametrize("rule", LONG.values(), ids=LONG)
def test_the_search_through_a_rule_is_bounded(serve: Serve, rule: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """507 before it takes seconds. A range near the start of one is answered, also after a search that was cut off."""
    monkeypatch.setattr(steps, "MOST_STEPS", 300_000)
    client = serve(COLLECTIONS).client
    for number in range(4):
        assert put(client, f"/cal/{number}.ics", calendar(START, rule, uid=str(number))).status == 201
    near = query("20000101T000000Z", "20000101T000001Z")
    for _ in range(2):
        assert told(client("REPORT", "/cal/", LATE, XML)) == "507 number-of-matches-within-limits"
        assert told(client("REPORT", "/cal/0.ics", near, XML)) == "207  D:getetag 200"


def test_a_rule_without_an_end_begins_near_the_time_range(serve: Serve) -> None:
    """Two hundred events that began a century before take no more steps than new ones."""
    client = serve(COLLECTIONS).client
    for number in range(200):
        event = calendar("DTSTART:19000101T000000Z", "RRULE:FREQ=DAILY", uid=str(number))
        assert put(client, f"/cal/{number}.ics", event).status == 201
    assert len(client("REPORT", "/cal/", LATE, XML).reported) == 200


@pytest.mark.parametrize(
    "rule",
    [
        "FREQ=DAILY",
        "FREQ=DAILY;INTERVAL=3;BYMONTH=1,7",
        "FREQ=DAILY;BYHOUR=1,13;BYSETPOS=-1",
        "FREQ=WEEKLY;INTERVAL=2;BYDAY=MO,SU;WKST=SU",
        "FREQ=WEEKLY;BYDAY=MO,TU,WE,TH,FR;BYSETPOS=2,-1",
        "FREQ=WEEKLY;INTERVAL=5;UNTIL=20400101T000000Z",
        "FREQ=MONTHLY;BYMONTHDAY=-1",
        "FREQ=DAILY;COUNT=9000",
    ],
)
@pytest.mark.parametrize("first", ["20000101T093000", "20040229T235959"])
def test_the_times_of_a_rule_are_those_of_the_library(rule: str, first: str) -> None:
    """Wherever the rule begins, and whatever was asked before."""
    start = datetime.strptime(first, "%Y%m%dT%H%M%S").replace(tzinfo=UTC)
    whole: Any = rrulestr(rule, dtstart=start, cache=True)
    whole.string, whole.until = rule, None
    times = RuleTimes(whole, start, Meter(0))
    for year in (2026, 2001, 2039, 2040, 2026):
        for day in (1, 2, 200):
            after = datetime(year, 1, 1, tzinfo=UTC) + timedelta(days=day)
            before = after + timedelta(days=15)
            assert times.between(after, before, inc=True) == whole.between(after, before, inc=True)


def test_a_report_costs_the_same_each_time() -> None:
    """What the server remembers saves time, and no steps: the same request has the same answer."""
    content = calendar(START, "RRULE:FREQ=HOURLY;COUNT=900", "RDATE:20000301T000000Z").encode()
    read = remembered.calendar_object(content)
    span = TimeRange(read.earliest, read.earliest + 20 * 86_400)
    memory.forget()
    left = []
    for _ in range(2):
        budget = StepBudget()
        assert len(instances.instances(content, read, span, budget)) > 400
        left.append(budget.left)
    assert left == [pytest.approx(left[0]), pytest.approx(left[0])]
    assert left[0] < steps.MOST_STEPS


@pytest.mark.parametrize(
    ("lines", "answer"),
    [
        ([f"X-{number}:a" for number in range(MOST_PIECES)], "403 max-resource-size"),
        (["EXDATE:" + ",".join(["20000101T000000Z"] * MOST_PIECES)], "403 max-resource-size"),
        (["DESCRIPTION:" + "a\\, b\\; c\\n" * MOST_PIECES], "201"),
        (["DESCRIPTION:" + "a\r\n " * MOST_PIECES], "201"),
        (["RRULE:FREQ=YEARLY"] * 11, "403 valid-calendar-data"),
        (["RRULE:FREQ=YEARLY;BYYEARDAY=" + ",".join(["1"] * 401)], "403 valid-calendar-data"),
        (
            [
                "RRULE:FREQ=YEARLY;COUNT=1;BYMONTHDAY=1,2;BYHOUR=0,1,2,3,4,5,6,7,8,9;BYMINUTE=1,2,3"
                ";BYSECOND=" + ",".join(map(str, range(60)))
            ],
            "403 max-instances",
        ),
    ],
    ids=["lines", "values", "escaped", "folded", "rules", "values of a rule", "instances of a period"],
)
def test_an_object_that_takes_long_is_refused(serve: Serve, lines: list[str], answer: str) -> None:
    """To read an object takes a second at most; prose and folded lines are read fast."""
    assert told(put(serve(COLLECTIONS).client, "/cal/a.ics", calendar(START, *lines))) == answer


def zoned(offset: str, *more: str, name: str = "Office") -> str:
    """Write an event at noon of its own time zone, which has one offset, or two by turns."""
    zone = ["BEGIN:VTIMEZONE", f"TZID:{name}"]
    for part in ("STANDARD", "DAYLIGHT")[: 1 + bool(more)]:
        zone += [f"BEGIN:{part}", "DTSTART:19700101T000000", "TZOFFSETFROM:+0000", f"TZOFFSETTO:{offset}", *more]
        zone += [f"END:{part}"]
    event = calendar(f"DTSTART;TZID={name}:20260105T120000", "DURATION:PT1H", uid=f"{offset}@example.com")
    return event.replace("BEGIN:VEVENT", "\r\n".join([*zone, "END:VTIMEZONE", "BEGIN:VEVENT"]))


def test_two_objects_can_define_a_time_zone_of_one_name(serve: Serve) -> None:
    """RFC 5545 3.6.5: a VTIMEZONE is that of its object, and of no other one."""
    client = serve(COLLECTIONS).client
    assert put(client, "/cal/east.ics", zoned("+0500")).status == 201
    assert put(client, "/cal/west.ics", zoned("-0500")).status == 201
    answers = [
        client("REPORT", "/cal/", query(f"20260105T{hour}0000Z", f"20260105T{hour}3000Z"), XML) for hour in ("07", "17")
    ]
    assert [[each.href for each in answer.reported] for answer in answers] == [["/cal/east.ics"], ["/cal/west.ics"]]


@pytest.mark.parametrize(
    ("name", "hour"),
    [
        ("Europe/Berlin", "11"),
        ("/freeassociation.sourceforge.net/Europe/Berlin", "11"),
        ("/mozilla.org/20050126_1/America/Argentina/Buenos_Aires", "15"),
        ("W. Europe Standard Time", "11"),
        ("Nowhere", "12"),
        ("Europe", "12"),
    ],
)
def test_a_time_zone_is_found_by_its_name(serve: Serve, name: str, hour: str) -> None:
    """RFC 5545 3.2.19: a vendor's prefix is left out; a time in a zone that no one knows floats."""
    client = serve(COLLECTIONS).client
    event = calendar(f"DTSTART;TZID={name}:20260105T120000", "DURATION:PT1H")
    assert put(client, "/cal/a.ics", event).status == 201
    assert client("REPORT", "/cal/", query(f"20260105T{hour}0000Z", f"20260105T{hour}3000Z"), XML).reported


def test_the_name_of_a_time_zone_is_bounded(serve: Serve) -> None:
    """The library would look for each end of it."""
    event = calendar(f"DTSTART;TZID=/{'a/' * 400_000}:20260105T120000")
    assert told(put(serve(COLLECTIONS).client, "/cal/a.ics", event)) == "403 valid-calendar-data"


@pytest.mark.parametrize(
    ("rules", "answer"),
    [
        (["RRULE:FREQ=SECONDLY"], "403 valid-calendar-data"),
        (["RRULE:FREQ=MONTHLY;BYMONTH=2;BYMONTHDAY=31"], "403 valid-calendar-data"),
        (["RRULE:FREQ=YEARLY;BYMONTH=3;BYDAY=-1SU"] * 40, "403 valid-calendar-data"),
        (["RRULE:FREQ=YEARLY;BYMONTH=3;BYDAY=-1SU"], "201"),
    ],
    ids=["seconds", "never", "many", "usual"],
)
def test_the_rules_of_a_time_zone_are_bounded(serve: Serve, rules: list[str], answer: str) -> None:
    """The library looks through all transitions for each time."""
    assert told(put(serve(COLLECTIONS).client, "/cal/a.ics", zoned("+0500", *rules))) == answer


def test_the_values_in_a_time_zone_are_bounded(serve: Serve) -> None:
    """Each of them is looked for among the transitions of four centuries."""
    event = zoned("+0100", "RRULE:FREQ=YEARLY;BYMONTH=3;BYDAY=-1SU").replace("19700101", "16010101")
    dates = ",".join(["20260105T120000"] * 6000)
    event = event.replace("DURATION", f"EXDATE;TZID=Office:{dates}\r\nDURATION")
    assert told(put(serve(COLLECTIONS).client, "/cal/a.ics", event)) == "403 max-resource-size"


def test_what_a_report_reads_is_bounded(serve: Serve, monkeypatch: pytest.MonkeyPatch) -> None:
    """507 for more than that; what was read so far is remembered, so that the client can ask again."""
    client = serve(COLLECTIONS).client
    for number in range(10):
        put(client, f"/cal/{number}.ics", calendar(START, uid=str(number)))
    everything = query("20000101T000000Z", "20000101T000001Z")
    memory.forget()
    monkeypatch.setattr(steps, "MOST_READ", 60)
    answers = [client("REPORT", "/cal/", everything, XML) for _ in range(4)]
    assert [answer.status for answer in answers] == [507, 207, 207, 207]
    assert b"ask again" in answers[0].body


def test_an_expansion_that_is_kept_counts_what_it_takes() -> None:
    """For ``--max-memory``: not less than Python has given out for it."""
    content = calendar(START, "RRULE:FREQ=DAILY;COUNT=2000", *(f"X-{number}:a" for number in range(200))).encode()
    read = remembered.calendar_object(content)
    span = TimeRange(read.earliest, read.earliest + 1000 * 86_400)
    instances.instances(content, read, span, StepBudget())
    memory.forget()
    gc.collect()
    before = memory.total()
    tracemalloc.start()
    try:
        instances.instances(content, read, span, StepBudget())
        gc.collect()
        taken, _ = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert taken <= memory.total() - before <= 5 * taken


def test_the_time_zones_of_the_process_stay_as_they_are() -> None:
    """A test in the same process can use icalendar, with another provider and without the zones of objects."""
    tzp.use("pytz")
    try:
        remembered.calendar_object(zoned("+0700", name="Lighthouse").encode())
        assert tzp.uses_pytz()
        assert tzp.timezone("Lighthouse") is None
    finally:
        tzp.use_default()
