"""``calendar-query`` and ``free-busy-query`` (RFC 4791 7.8, 7.10) on a real socket."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from dav424.objects import steps
from tests.client import Client, told
from tests.conftest import Served
from tests.methods.calendars import COLLECTIONS, NAMESPACES, XML, calendar, put

Serve = Callable[..., Served]

MEETINGS = {
    "single": calendar("DTSTART:20260105T100000Z", "DTEND:20260105T110000Z", "SUMMARY:Planning", uid="single"),
    "daily": calendar(
        "DTSTART;TZID=Europe/Berlin:20260101T090000",
        "DURATION:PT30M",
        "RRULE:FREQ=DAILY;COUNT=10",
        "EXDATE;TZID=Europe/Berlin:20260103T090000",
        "SUMMARY:Stand-up",
        "ATTENDEE;PARTSTAT=NEEDS-ACTION:mailto:grace@example.com",
        "ATTENDEE;PARTSTAT=ACCEPTED:mailto:ada@example.com",
        "BEGIN:VALARM",
        "ACTION:DISPLAY",
        "TRIGGER:-PT15M",
        "END:VALARM",
        uid="daily",
    ),
    "holiday": calendar("DTSTART;VALUE=DATE:20260106", "SUMMARY:Holiday", "TRANSP:TRANSPARENT", uid="holiday"),
    "floating": calendar("DTSTART:20260107T000000", "DURATION:PT1H", "SUMMARY:Anywhere", uid="floating"),
    "task": calendar("DUE:20260108T120000Z", "SUMMARY:Taxes", "STATUS:NEEDS-ACTION", kind="VTODO", uid="task"),
}


def query(inside: str, *, data: str = "", more: str = "") -> str:
    """Write a calendar-query whose filter has these elements inside of VCALENDAR."""
    return (
        f"<C:calendar-query {NAMESPACES}><D:prop><D:getetag/>{data}</D:prop>"
        f'<C:filter><C:comp-filter name="VCALENDAR">{inside}</C:comp-filter></C:filter>{more}</C:calendar-query>'
    )


def events(inside: str) -> str:
    """Write a filter for events."""
    return f'<C:comp-filter name="VEVENT">{inside}</C:comp-filter>'


def span(start: str, end: str) -> str:
    """Write a time range."""
    return f'<C:time-range start="{start}" end="{end}"/>'


def meetings(serve: Serve, more: str = "") -> Client:
    """Serve a calendar with the meetings."""
    client = serve(COLLECTIONS + more).client
    for name, content in MEETINGS.items():
        assert put(client, f"/cal/{name}.ics", content).status == 201
    return client


def found(client: Client, inside: str, more: str = "") -> list[str]:
    """Send a query, and name the objects that it finds."""
    answer = client("REPORT", "/cal/", query(inside, more=more), XML)
    assert answer.status == 207, answer.body
    return [each.href.removeprefix("/cal/").removesuffix(".ics") for each in answer.reported]


def prop(name: str, inside: str = "") -> str:
    """Write a filter for a property."""
    return f'<C:prop-filter name="{name}">{inside}</C:prop-filter>'


def text(value: str, attributes: str = "") -> str:
    """Write a text match."""
    return f"<C:text-match {attributes}>{value}</C:text-match>"


@pytest.mark.parametrize(
    ("inside", "names"),
    [
        (events(""), ["daily", "floating", "holiday", "single"]),
        ('<C:comp-filter name="VTODO"/>', ["task"]),
        ('<C:comp-filter name="VJOURNAL"/>', []),
        ('<C:comp-filter name="VTODO"><C:is-not-defined/></C:comp-filter>', ["daily", "floating", "holiday", "single"]),
        (events(span("20260105T103000Z", "20260105T104000Z")), ["single"]),
        (events(span("20260105T110000Z", "20260105T120000Z")), []),
        (events(span("20260105T090000Z", "20260105T100000Z")), []),
        (events(span("20260102T080000Z", "20260102T083000Z")), ["daily"]),
        (events(span("20260103T070000Z", "20260103T120000Z")), []),
        (events(span("20260110T080000Z", "20260110T081000Z")), ["daily"]),
        (events(span("20260111T080000Z", "20260111T120000Z")), []),
        (events(span("20260106T230000Z", "20260106T233000Z")), ["holiday"]),
        (events('<C:time-range start="20260106T120000Z"/>'), ["daily", "floating", "holiday"]),
        (events('<C:time-range end="20260102T000000Z"/>'), ["daily"]),
        (events(prop("SUMMARY", text("PLAN"))), ["single"]),
        (events(prop("SUMMARY", text("PLAN", 'collation="i;octet"'))), []),
        (events(prop("SUMMARY", text("a", 'negate-condition="yes"'))), []),
        (events(prop("SUMMARY", text("o", 'negate-condition="yes"'))), ["daily", "floating", "single"]),
        (events(prop("TRANSP", "<C:is-not-defined/>")), ["daily", "floating", "single"]),
        (events(prop("DTSTART", span("20260105T000000Z", "20260106T000000Z"))), ["single"]),
        (
            events(
                prop(
                    "ATTENDEE",
                    text("ada") + f'<C:param-filter name="PARTSTAT">{text("NEEDS-ACTION")}</C:param-filter>',
                )
            ),
            [],
        ),
        (
            events(
                prop(
                    "ATTENDEE",
                    text("grace") + f'<C:param-filter name="PARTSTAT">{text("needs-action")}</C:param-filter>',
                )
            ),
            ["daily"],
        ),
        (events(prop("ATTENDEE", '<C:param-filter name="CN"><C:is-not-defined/></C:param-filter>')), ["daily"]),
        (
            events(f'<C:comp-filter name="VALARM">{span("20260102T074000Z", "20260102T075000Z")}</C:comp-filter>'),
            ["daily"],
        ),
        (events(f'<C:comp-filter name="VALARM">{span("20260102T075000Z", "20260102T075900Z")}</C:comp-filter>'), []),
        (f'<C:comp-filter name="VTODO">{span("20260108T110000Z", "20260108T120000Z")}</C:comp-filter>', ["task"]),
        (f'<C:comp-filter name="VTODO">{span("20260108T120000Z", "20260108T130000Z")}</C:comp-filter>', []),
    ],
)
def test_a_filter_finds_what_matches(serve: Serve, inside: str, names: list[str]) -> None:
    """RFC 4791 9.7 to 9.9: components, times, properties and parameters."""
    assert found(meetings(serve), inside) == names


def test_a_time_zone_says_where_floating_times_are(serve: Serve) -> None:
    """RFC 4791 9.8: that of the request, and UTC without one."""
    zone = (
        "BEGIN:VCALENDAR\nVERSION:2.0\nPRODID:x\nBEGIN:VTIMEZONE\nTZID:West\nBEGIN:STANDARD\nDTSTART:19700101T000000\n"
        "TZOFFSETFROM:-0500\nTZOFFSETTO:-0500\nEND:STANDARD\nEND:VTIMEZONE\nEND:VCALENDAR\n"
    )
    client, inside = meetings(serve), events(span("20260107T050000Z", "20260107T053000Z"))
    assert "floating" not in found(client, inside)
    assert "floating" in found(client, inside, f"<C:timezone>{zone}</C:timezone>")


def test_depth_0_finds_no_members(serve: Serve) -> None:
    """RFC 4791 7.8: without Depth, the request is about the calendar alone."""
    client = meetings(serve)
    answer = client("REPORT", "/cal/", query(events("")), {"Content-Type": "application/xml"})
    assert (answer.status, len(answer.reported)) == (207, 0)
    assert told(client("REPORT", "/cal/single.ics", query(events("")), XML)) == "207  D:getetag 200"


@pytest.mark.parametrize(
    ("inside", "answer"),
    [
        ("<C:comp-filter/>", "403 valid-filter"),
        (events("<C:is-not-defined/>" + prop("UID")), "403 valid-filter"),
        (events("<C:time-range/>"), "403 valid-filter"),
        (events(span("20260105", "20260106")), "403 valid-filter"),
        (events(span("20260105T100000Z", "20260105T100000Z")), "403 valid-filter"),
        (
            f'<C:comp-filter name="VTIMEZONE">{span("20260105T100000Z", "20260106T100000Z")}</C:comp-filter>',
            "403 supported-filter",
        ),
        (events("<C:nonsense/>"), "403 supported-filter"),
        (events(prop("SUMMARY") * 500), "403 supported-filter"),
        (events(prop("SUMMARY", text("a", 'collation="i;none"'))), "403 supported-collation"),
        (events(prop("SUMMARY", text("a", 'negate-condition="perhaps"'))), "403 valid-filter"),
    ],
)
def test_a_filter_that_is_none_is_refused(serve: Serve, inside: str, answer: str) -> None:
    """RFC 4791 7.8: the preconditions of the report."""
    assert told(serve(COLLECTIONS).client("REPORT", "/cal/", query(inside), XML)) == answer


def data(client: Client, element: str, inside: str = events("")) -> str:
    """Send a query for data, and give the answer without line breaks."""
    answer = client("REPORT", "/cal/", query(inside, data=element), XML)
    assert answer.status == 207, answer.body
    return answer.body.decode().replace("\r", "").replace("&#13;", "").replace("\n", "|")


def test_a_client_gets_the_properties_that_it_wants(serve: Serve) -> None:
    """RFC 4791 9.6.1: the others are left out, and so is the value of one with novalue."""
    wanted = (
        '<C:calendar-data><C:comp name="VCALENDAR"><C:prop name="VERSION"/><C:comp name="VEVENT"><C:prop name="UID"/>'
        '<C:prop name="SUMMARY" novalue="yes"/></C:comp></C:comp></C:calendar-data>'
    )
    told_data = data(meetings(serve), wanted, events(prop("UID", text("single"))))
    assert "BEGIN:VCALENDAR|VERSION:2.0|BEGIN:VEVENT|UID:single|SUMMARY:|END:VEVENT|END:VCALENDAR|" in told_data


def test_a_recurrence_is_expanded_in_utc(serve: Serve) -> None:
    """RFC 4791 9.6.5: an event for each instance, and no rule."""
    told_data = data(
        meetings(serve),
        f"<C:calendar-data><C:expand {_ends('20260102T000000Z', '20260105T000000Z')}/></C:calendar-data>",
        events(prop("UID", text("daily"))),
    )
    assert told_data.count("BEGIN:VEVENT") == 2
    assert "DTSTART:20260102T080000Z" in told_data
    assert "RECURRENCE-ID:20260104T080000Z" in told_data
    assert "RRULE" not in told_data
    assert "TZID" not in told_data


def _ends(start: str, end: str) -> str:
    return f'start="{start}" end="{end}"'


def test_a_recurrence_set_is_limited(serve: Serve) -> None:
    """RFC 4791 9.6.6: of the instances that were changed, those in the time range stay."""
    client = meetings(serve)
    changed = "".join(
        f"BEGIN:VEVENT\r\nUID:daily\r\nDTSTAMP:20260101T000000Z\r\nRECURRENCE-ID:{day}T080000Z\r\nDTSTART:{day}T100000Z\r\nEND:VEVENT\r\n"
        for day in ("20260102", "20260108")
    )
    assert (
        put(client, "/cal/daily.ics", MEETINGS["daily"].replace("END:VCALENDAR", changed + "END:VCALENDAR")).status
        == 204
    )
    limited = (
        f"<C:calendar-data><C:limit-recurrence-set {_ends('20260107T000000Z', '20260109T000000Z')}/></C:calendar-data>"
    )
    told_data = data(client, limited, events(prop("UID", text("daily"))))
    assert ("RRULE" in told_data, "RECURRENCE-ID:20260108" in told_data, "RECURRENCE-ID:20260102" in told_data) == (
        True,
        True,
        False,
    )


def test_a_denied_member_is_told(serve: Serve) -> None:
    """Whether it matches can't be known, so that it has a response with its own status."""
    client = meetings(serve, "causes: [{id: no, kind: denied, path: /cal/single.ics, methods: [REPORT]}]")
    answer = client("REPORT", "/cal/", query(events(span("20260106T000000Z", "20260106T120000Z"))), XML)
    assert {each.href: each.status for each in answer.reported} == {
        "/cal/holiday.ics": 200,
        "/cal/daily.ics": 200,
        "/cal/single.ics": 403,
    }


def test_an_unreadable_object_is_told(serve: Serve) -> None:
    """A scenario can hold what no client could store."""
    broken = COLLECTIONS + "  /cal/broken.ics: {content: nonsense, type: text/calendar}"
    answer = serve(broken).client("REPORT", "/cal/", query(events("")), XML)
    assert told(answer) == "207  /cal/broken.ics 403 valid-calendar-data"


def test_a_query_that_finds_too_much_is_refused(serve: Serve) -> None:
    """RFC 4791 7.8: 507 with number-of-matches-within-limits."""
    client = meetings(serve, "causes: [{id: few, kind: report-limit, members: 3}]")
    assert told(client("REPORT", "/cal/", query(events("")), XML)) == "507 number-of-matches-within-limits"
    assert found(client, events(prop("SUMMARY", text("o")))) == ["holiday"]


def test_busy_times_are_merged(serve: Serve) -> None:
    """RFC 4791 7.10: the answer is a VFREEBUSY; an event that is transparent leaves the time free."""
    client = meetings(serve)
    put(client, "/cal/late.ics", calendar("DTSTART:20260105T103000Z", "DTEND:20260105T120000Z", uid="late"))
    put(
        client, "/cal/maybe.ics", calendar("DTSTART:20260106T100000Z", "DURATION:PT1H", "STATUS:TENTATIVE", uid="maybe")
    )
    body = f"<C:free-busy-query {NAMESPACES}>{span('20260105T000000Z', '20260107T000000Z')}</C:free-busy-query>"
    answer = client("REPORT", "/cal/", body, XML)
    assert (answer.status, answer.headers["Content-Type"]) == (200, "text/calendar; charset=utf-8")
    assert [line for line in answer.body.decode().split("\r\n") if line.startswith("FREEBUSY")] == [
        "FREEBUSY:20260105T080000Z/20260105T083000Z",
        "FREEBUSY:20260105T100000Z/20260105T120000Z",
        "FREEBUSY:20260106T080000Z/20260106T083000Z",
        "FREEBUSY;FBTYPE=BUSY-TENTATIVE:20260106T100000Z/20260106T110000Z",
    ]


def test_busy_times_have_years_of_four_digits(serve: Serve) -> None:
    """RFC 5545 3.3.5."""
    client = meetings(serve)
    body = f"<C:free-busy-query {NAMESPACES}>{span('00010101T000000Z', '00020101T000000Z')}</C:free-busy-query>"
    assert (
        "\r\nDTSTART:00010101T000000Z\r\nDTEND:00020101T000000Z\r\n"
        in client("REPORT", "/cal/", body, XML).body.decode()
    )


@pytest.mark.parametrize("inside", ["expansion", "busy"])
def test_the_instances_that_a_report_lists_are_bounded(serve: Serve, inside: str) -> None:
    """Two daily events have 54,000 until 2100: 507. The same query without them finds both, and a year has few."""
    client = serve(COLLECTIONS).client
    for number in range(2):
        put(client, f"/cal/{number}.ics", calendar("DTSTART:20260101T000000Z", "RRULE:FREQ=DAILY", uid=f"n{number}"))
    for end, status in (("21000101T000000Z", "507 number-of-matches-within-limits"), ("20270101T000000Z", "200")):
        ever = f'start="20260101T000000Z" end="{end}"'
        body = {
            "expansion": f"<C:calendar-query {NAMESPACES}><D:prop><C:calendar-data><C:expand {ever}/></C:calendar-data></D:prop>"
            f'<C:filter><C:comp-filter name="VCALENDAR"/></C:filter></C:calendar-query>',
            "busy": f"<C:free-busy-query {NAMESPACES}><C:time-range {ever}/></C:free-busy-query>",
        }[inside]
        assert status in told(client("REPORT", "/cal/", body, XML))
    assert found(client, events(span("20260101T000000Z", "21000101T000000Z"))) == ["0", "1"]


def test_a_query_of_long_recurrences_is_bounded(serve: Serve, monkeypatch: pytest.MonkeyPatch) -> None:
    """To go through all of them would take too long: 507. A range that ends sooner takes fewer steps."""
    monkeypatch.setattr(steps, "MOST_STEPS", 250_000)
    client = serve(COLLECTIONS).client
    for number in range(3):
        rule = calendar("DTSTART:20000101T000000Z", "RRULE:FREQ=DAILY;BYHOUR=1,2;COUNT=90000", uid=f"n{number}")
        put(client, f"/cal/{number}.ics", rule)
    assert found(client, events(span("20260101T000000Z", "20260102T000000Z"))) == ["0", "1", "2"]
    late = query(events(span("20950101T000000Z", "20950102T000000Z")))
    assert told(client("REPORT", "/cal/", late, XML)) == "507 number-of-matches-within-limits"
