"""What calendars and address books demand of objects (RFC 4791 5.3.2.1, RFC 6352 6.3.2.1), on a real socket."""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest

from dav424.objects import libraries
from tests.client import Client, told
from tests.conftest import Served
from tests.methods.calendars import COLLECTIONS, NAMESPACES, XML, calendar, card, put

Serve = Callable[..., Served]

EVENT = ("DTSTART:20260105T100000Z", "DTEND:20260105T110000Z")
CARD_TYPE = {"Content-Type": "text/vcard"}


def destination(client: Client, path: str) -> dict[str, str]:
    """Write the header for COPY and MOVE."""
    return {"Destination": client.url.rstrip("/") + path}


@pytest.mark.parametrize(
    ("content", "answer"),
    [
        (calendar(*EVENT), "201"),
        ("nonsense", "403 valid-calendar-data"),
        (calendar("DTSTART:tomorrow"), "403 valid-calendar-data"),
        (calendar(*EVENT).replace("UID:a@example.com\r\n", ""), "403 valid-calendar-data"),
        (calendar(*EVENT).replace("PRODID", "METHOD:REQUEST\r\nPRODID"), "403 valid-calendar-object-resource"),
        (
            calendar(*EVENT, "END:VEVENT", "BEGIN:VEVENT", "UID:b", *EVENT),
            "403 valid-calendar-object-resource",
        ),
        (
            calendar(
                *EVENT,
                "END:VEVENT",
                "BEGIN:VTODO",
                "UID:a@example.com",
                "END:VTODO",
                "BEGIN:VEVENT",
                "UID:a@example.com",
            ),
            "403 valid-calendar-object-resource",
        ),
        (calendar(*EVENT, "RRULE:FREQ=SECONDLY"), "403 max-instances"),
        (calendar(*EVENT, "RRULE:FREQ=DAILY;BYMONTH=2;BYMONTHDAY=31"), "403 valid-calendar-data"),
        (calendar(*EVENT, "X-LONG:" + "x" * (1 << 20)), "403 max-resource-size"),
        ("\ufeff" + calendar(*EVENT), "403 valid-calendar-data"),
        (calendar(*EVENT).replace("PRODID", "CALSCALE:JULIAN\r\nPRODID"), "403 valid-calendar-data"),
        (calendar(*EVENT).replace("PRODID", "CALSCALE:gregorian\r\nPRODID"), "201"),
        (calendar(*EVENT).replace("VERSION:2.0", "VERSION:1.0"), "403 valid-calendar-data"),
        (calendar(EVENT[0], "DTEND:20260105T100000Z"), "201"),
        (calendar("DTSTART:20260105T100000", "DTEND:20260105T090000Z"), "201"),
        (calendar("DTSTART;VALUE=DATE:20260105", "DTEND;VALUE=DATE:20260104"), "403 valid-calendar-data"),
        (calendar(*EVENT, "DURATION:PT1H"), "403 valid-calendar-data"),
        (calendar(EVENT[0], "DURATION:-PT1H"), "403 valid-calendar-data"),
        (calendar(EVENT[0], "DUE:20260105T090000Z", kind="VTODO"), "403 valid-calendar-data"),
    ],
    ids=lambda value: str(value)[:30],
)
def test_a_calendar_takes_calendar_objects(serve: Serve, content: str, answer: str) -> None:
    """RFC 4791 4.1: one component, or one recurrence set, in iCalendar."""
    client = serve(COLLECTIONS).client
    assert told(put(client, "/cal/a.ics", content)) == answer
    assert client("GET", "/cal/a.ics").status == (200 if answer == "201" else 404)
    assert put(client, "/plain/a.ics", content).status == 201


def test_a_refusal_names_the_place(serve: Serve) -> None:
    """The client's author looks there."""
    answer = put(serve(COLLECTIONS).client, "/cal/a.ics", calendar(*EVENT, "DUE:never"))
    assert b"line 9" in answer.body
    assert b"DUE" in answer.body


@pytest.mark.parametrize(
    ("start", "end", "words"),
    [
        ("DTSTART:20260105T100000Z", "DTEND:20260105T095959Z", b"line 8: DTEND is before DTSTART"),
        (
            "DTSTART;VALUE=DATE:20260105",
            "DTEND:20260106T000000Z",
            b"line 8: DTEND is a date with time, and DTSTART is a date",
        ),
        ("DTSTART;TZID=Europe/Berlin:20260105T100000", "DTEND:20260105T085959Z", b"line 8: DTEND is before DTSTART"),
    ],
)
def test_an_end_agrees_with_its_start(serve: Serve, start: str, end: str, words: bytes) -> None:
    """RFC 5545 3.8.2.2: it is later, and of the same type; the refusal names the line."""
    answer = put(serve(COLLECTIONS).client, "/cal/a.ics", calendar(start, end))
    assert told(answer) == "403 valid-calendar-data"
    assert words in answer.body


def test_the_line_is_that_of_the_component_at_fault(serve: Serve) -> None:
    """The second of two components, and not the first one that has such a property."""
    changed = (
        "UID:a@example.com",
        "RECURRENCE-ID:20260106T100000Z",
        "DTSTART:20260106T100000Z",
        "DTEND:20260106T090000Z",
    )
    event = calendar(*EVENT, "RRULE:FREQ=DAILY", "END:VEVENT", "BEGIN:VEVENT", *changed)
    assert b"line 15: DTEND is before" in put(serve(COLLECTIONS).client, "/cal/a.ics", event).body


def test_a_calendar_takes_the_components_that_it_states(serve: Serve) -> None:
    """RFC 4791 5.2.3: also one whose scenario names none."""
    client = serve(COLLECTIONS).client
    body = f"<D:propfind {NAMESPACES}><D:prop><C:supported-calendar-component-set/></D:prop></D:propfind>"
    stated = re.findall(rb'name="(\w+)"', client("PROPFIND", "/cal/", body, {**XML, "Depth": "0"}).body)
    assert stated == [b"VEVENT", b"VTODO", b"VJOURNAL", b"VFREEBUSY"]
    for kind in ("VEVENT", "VTODO", "VJOURNAL", "VFREEBUSY"):
        assert put(client, f"/cal/{kind}.ics", calendar(EVENT[0], kind=kind, uid=kind)).status == 201
    other = put(client, "/cal/other.ics", calendar(EVENT[0], kind="VAVAILABILITY"))
    assert told(other) == "403 supported-calendar-component"


@pytest.mark.parametrize(
    "line", ["N;A=b" + "," * 80 + "N", "N" + ";A=b,c" * 80, 'N;A="' + "x" * 80], ids=[",", ";", '"']
)
def test_a_line_of_parameters_without_a_colon_is_refused_at_once(serve: Serve, line: str) -> None:
    """With its place; the library would try all ways to split the parameters, and never end."""
    answer = put(serve(COLLECTIONS).client, "/book/a.vcf", card(line))
    assert told(answer) == "403 valid-address-data"
    assert b"line 5: " in answer.body


@pytest.mark.parametrize(
    ("content", "answer"),
    [
        (card(), "201"),
        ("nonsense", "403 valid-address-data"),
        (card() * 2, "403 valid-address-data"),
        (card(uid=""), "403 valid-address-data"),
        (card().replace("4.0", "2.1"), "403 valid-address-data"),
        (card("NOTE:" + "x" * (1 << 20)), "403 max-resource-size"),
    ],
    ids=lambda value: str(value)[:30],
)
def test_an_address_book_takes_cards(serve: Serve, content: str, answer: str) -> None:
    """RFC 6352 5.1: one vCard, with a UID."""
    assert told(put(serve(COLLECTIONS).client, "/book/a.vcf", content)) == answer


def test_another_media_type_is_refused(serve: Serve) -> None:
    """RFC 4791 5.3.2.1, RFC 6352 6.3.2.1: supported-calendar-data and supported-address-data."""
    client = serve(COLLECTIONS).client
    text = {"Content-Type": "text/plain"}
    assert told(client("PUT", "/cal/a.txt", "a", text)) == "403 supported-calendar-data"
    assert told(client("PUT", "/book/a.txt", "a", text)) == "403 supported-address-data"


@pytest.mark.parametrize(
    ("path", "first", "second"),
    [
        ("/cal/{}.ics", calendar(*EVENT), calendar(*EVENT, uid="b@example.com")),
        ("/book/{}.vcf", card(), card(uid="b@example.com")),
    ],
)
def test_a_uid_is_unique(serve: Serve, path: str, first: str, second: str) -> None:
    """RFC 4791 5.3.2.1: the condition names the other, and a resource keeps its UID."""
    client = serve(COLLECTIONS).client
    one, two = path.format("one"), path.format("two")
    assert put(client, one, first).status == 201
    answer = put(client, two, first)
    assert told(answer) == "403 no-uid-conflict"
    assert f"<D:href>{client.base}{one}</D:href>".encode() in answer.body
    assert told(put(client, one, second)) == "403 no-uid-conflict"
    assert put(client, one, first).status == 204
    assert put(client, two, second).status == 201
    assert client("DELETE", one).status == 204
    assert put(client, one, first).status == 201


def test_copies_and_moves_are_held_to_the_same(serve: Serve) -> None:
    """RFC 4791 5.3.2.1 is about them too; a resource that is renamed is in no one's way."""
    client = serve(COLLECTIONS).client
    put(client, "/cal/a.ics", calendar(*EVENT))
    put(client, "/plain/bad.ics", "nonsense")
    assert told(client("COPY", "/cal/a.ics", headers=destination(client, "/cal/b.ics"))) == "403 no-uid-conflict"
    assert client("MOVE", "/cal/a.ics", headers=destination(client, "/cal/b.ics")).status == 201
    assert client("COPY", "/cal/b.ics", headers=destination(client, "/other/a.ics")).status == 201
    assert told(client("MOVE", "/cal/b.ics", headers=destination(client, "/other/b.ics"))) == "403 no-uid-conflict"
    answer = client("MOVE", "/plain/bad.ics", headers=destination(client, "/cal/bad.ics"))
    assert told(answer) == "403 valid-calendar-data"
    assert client("GET", "/plain/bad.ics").status == 200


@pytest.mark.parametrize(
    ("limit", "lines", "condition"),
    [
        ("bytes: 100", (), "max-resource-size"),
        ("components: [VTODO]", (), "supported-calendar-component"),
        ("earliest: 20270101T000000Z", (), "min-date-time"),
        ("latest: 20260101T000000Z", (), "max-date-time"),
        ("instances: 5", ("RRULE:FREQ=DAILY;COUNT=9",), "max-instances"),
        (
            "attendees: 1",
            ("ATTENDEE:mailto:a@example.com", "ATTENDEE:mailto:b@example.com"),
            "max-attendees-per-instance",
        ),
    ],
)
def test_a_cause_lowers_each_limit(serve: Serve, limit: str, lines: tuple[str, ...], condition: str) -> None:
    """The event is refused where the cause is, and not elsewhere."""
    client = serve(f"{COLLECTIONS}causes: [{{id: limit, kind: object-limits, path: /cal/, {limit}}}]").client
    assert told(put(client, "/cal/a.ics", calendar(*EVENT, *lines))) == f"403 {condition}"
    assert put(client, "/other/a.ics", calendar(*EVENT, *lines)).status == 201
    answer = client("COPY", "/other/a.ics", headers=destination(client, "/cal/a.ics"))
    assert told(answer) == f"403 {condition}"


def test_a_cause_of_limits_is_counted(serve: Serve) -> None:
    """It strikes once, and the second try goes through."""
    client = serve(f"{COLLECTIONS}causes: [{{id: limit, kind: object-limits, bytes: 10, times: 1}}]").client
    assert told(put(client, "/cal/a.ics", calendar(*EVENT))) == "403 max-resource-size"
    assert put(client, "/cal/a.ics", calendar(*EVENT)).status == 201


def test_a_calendar_states_its_limits(serve: Serve) -> None:
    """RFC 4791 5.2: in properties, of which the client sets the components when it makes the calendar."""
    client = serve(
        COLLECTIONS.replace(
            '/other/: {types: ["{urn:ietf:params:xml:ns:caldav}calendar"]}',
            '/other/: {types: ["{urn:ietf:params:xml:ns:caldav}calendar"], '
            'properties: {"{urn:ietf:params:xml:ns:caldav}max-instances": "5"}}',
        )
    ).client
    body = (
        f"<C:mkcalendar {NAMESPACES}><D:set><D:prop><C:supported-calendar-component-set>"
        '<C:comp name="VTODO"/></C:supported-calendar-component-set></D:prop></D:set></C:mkcalendar>'
    )
    assert client("MKCALENDAR", "/tasks/", body, XML).status == 201
    assert told(put(client, "/tasks/a.ics", calendar(*EVENT))) == "403 supported-calendar-component"
    assert put(client, "/tasks/a.ics", calendar("DUE:20260101T000000Z", kind="VTODO")).status == 201
    assert told(put(client, "/other/a.ics", calendar(*EVENT, "RRULE:FREQ=DAILY"))) == "403 max-instances"


def test_an_address_book_is_made(serve: Serve) -> None:
    """RFC 6352 6.3.1: by an extended MKCOL, and never inside another one."""
    client = serve(COLLECTIONS).client
    body = (
        f"<D:mkcol {NAMESPACES}><D:set><D:prop><D:resourcetype><D:collection/><B:addressbook/></D:resourcetype>"
        "</D:prop></D:set></D:mkcol>"
    )
    assert client("MKCOL", "/friends/", body, XML).status == 201
    assert told(put(client, "/friends/a.vcf", "nonsense")) == "403 valid-address-data"
    assert client("MKCOL", "/friends/inner/", body, XML).status == 403
    answer = client("MOVE", "/book/", headers=destination(client, "/friends/book/"))
    assert told(answer) == "403 addressbook-collection-location-ok"


def test_without_the_libraries_a_calendar_takes_what_comes(serve: Serve, monkeypatch: pytest.MonkeyPatch) -> None:
    """What needs them is 501, and says what to install."""
    monkeypatch.setattr(libraries, "installed", lambda: False)
    client = serve(COLLECTIONS).client
    assert put(client, "/cal/a.ics", "nonsense").status == 201
    body = f'<C:calendar-query {NAMESPACES}><C:filter><C:comp-filter name="VCALENDAR"/></C:filter></C:calendar-query>'
    answer = client("REPORT", "/cal/", body, XML)
    assert (answer.status, b"dav424[calendars]" in answer.body) == (501, True)


def test_the_index_of_uids_follows_every_change(serve: Serve) -> None:
    """A bulk request, a MOVE of another and a COPY of the whole calendar keep it right."""
    client = serve(COLLECTIONS).client
    put(client, "/cal/a.ics", calendar(*EVENT))
    imported = client("POST", "/cal/", calendar(*EVENT, uid="b"), {"Content-Type": "text/calendar"})
    assert told(imported).startswith("207  D:getetag 200")
    assert told(put(client, "/cal/c.ics", calendar(*EVENT, uid="b"))) == "403 no-uid-conflict"
    assert client("MOVE", "/cal/b.ics", headers=destination(client, "/other/b.ics")).status == 201
    assert put(client, "/cal/c.ics", calendar(*EVENT, uid="b")).status == 201
    assert client("COPY", "/cal/", headers=destination(client, "/copy/")).status == 201
    assert told(put(client, "/copy/d.ics", calendar(*EVENT, uid="b"))) == "403 no-uid-conflict"
    assert client("DELETE", "/copy/c.ics").status == 204
    assert put(client, "/copy/d.ics", calendar(*EVENT, uid="b")).status == 201


def test_collections_say_what_they_take(serve: Serve) -> None:
    """RFC 4791 5.2, RFC 6352 6.2: in properties that clients can't change, and a plain collection hasn't."""
    client = serve(COLLECTIONS).client
    names = "C:supported-calendar-data C:max-resource-size C:max-instances C:supported-collation-set"
    present = "207  C:supported-calendar-data 200, C:max-resource-size 200, C:max-instances 200, C:supported-collation-set 200"
    assert client.say(f"PROPFIND /cal/ {names}") == present
    assert client.say(f"PROPFIND /plain/ {names}") == present.replace("200", "404")
    refused = client.say("PROPPATCH /cal/ set C:max-instances=9")
    assert refused == "207  C:max-instances 403 cannot-modify-protected-property"


@pytest.mark.parametrize(
    ("precondition", "of_a_calendar", "of_a_book"),
    [
        ("valid-data", "403 valid-calendar-data", "403 valid-address-data"),
        ("supported-data", "403 supported-calendar-data", "403 supported-address-data"),
        ("max-resource-size", "403 max-resource-size", "403 max-resource-size"),
        ("valid-calendar-object-resource", "403 valid-calendar-object-resource", "201"),
        ("supported-calendar-component", "403 supported-calendar-component", "201"),
        ("min-date-time", "403 min-date-time", "201"),
        ("max-date-time", "403 max-date-time", "201"),
        ("max-instances", "403 max-instances", "201"),
        ("max-attendees-per-instance", "403 max-attendees-per-instance", "201"),
    ],
)
def test_each_precondition_can_be_caused(serve: Serve, precondition: str, of_a_calendar: str, of_a_book: str) -> None:
    """Of an object that is right, as a server with rules of its own does it."""
    client = serve(f"{COLLECTIONS}causes: [{{id: no, kind: object-refused, precondition: {precondition}}}]").client
    assert told(put(client, "/cal/a.ics", calendar(*EVENT))) == of_a_calendar
    assert told(put(client, "/book/a.vcf", card())) == of_a_book
    assert client("GET", "/cal/a.ics").status == 404


def test_a_uid_conflict_that_is_caused_names_the_other(serve: Serve) -> None:
    """RFC 4791 5.3.2.1, RFC 6352 6.3.2.1. It is counted, and COPY meets it as PUT does."""
    cause = "{id: no, kind: object-refused, precondition: no-uid-conflict, other: /cal/b.ics, times: 2}"
    client = serve(f"{COLLECTIONS}  /plain/a.ics: {{content: '', type: text/calendar}}\ncauses: [{cause}]").client
    put(client, "/plain/a.ics", calendar(*EVENT))
    for answer in (
        put(client, "/cal/a.ics", calendar(*EVENT)),
        client("COPY", "/plain/a.ics", headers=destination(client, "/cal/a.ics")),
    ):
        assert told(answer) == "403 no-uid-conflict"
        assert b"/cal/b.ics</D:href>" in answer.body
    assert put(client, "/cal/a.ics", calendar(*EVENT)).status == 201
