"""Apple's bulk requests (calendarserver-bulk-change, August 2011) on a real socket: multiput and simple import."""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest
from lxml import etree

from dav424.proof.play import Answer
from tests.client import Client
from tests.conftest import Served
from tests.trees import XML, holding, scenario, token, tree

NAMESPACES = (
    'xmlns:D="DAV:" xmlns:u="urn:u" xmlns:M="http://me.com/_namespace/" '
    'xmlns:C="urn:ietf:params:xml:ns:caldav" xmlns:A="urn:ietf:params:xml:ns:carddav"'
)
UID = "{http://calendarserver.org/ns/}uid"
CALENDAR = {"Content-Type": "text/calendar; charset=utf-8"}
CARD = {"Content-Type": "text/vcard"}
NO = "{id: no, kind: protected-property, property: '{urn:u}no'}"


def event(uid: str, summary: str = "x") -> str:
    """Write an event."""
    return f"BEGIN:VEVENT\r\nUID:{uid}\r\nSUMMARY:{summary}\r\nEND:VEVENT\r\n"


def calendar(*parts: str) -> str:
    """Write an iCalendar object."""
    return f"BEGIN:VCALENDAR\r\nVERSION:2.0\r\n{''.join(parts)}END:VCALENDAR\r\n"


def data(text: str) -> str:
    """Write data to be set."""
    return f"<D:set><D:prop><C:calendar-data>{text}</C:calendar-data></D:prop></D:set>"


def prop(*names: str) -> str:
    """Write properties to be set."""
    return "".join(f"<D:set><D:prop><{name}>1</{name}></D:prop></D:set>" for name in names)


def resource(*parts: str, href: str = "", etag: str = "") -> str:
    """Write an MM:resource."""
    first = f"<D:href>{href}</D:href>" if href else ""
    first += f"<M:if-match><D:getetag>{etag}</D:getetag></M:if-match>" if etag else ""
    return f"<M:resource>{first}{''.join(parts)}</M:resource>"


DELETE = "<M:delete/>"


def multiput(client: Client, *resources: str, headers: dict[str, str] | None = None, path: str = "/c/") -> Answer:
    body = f"<M:multiput {NAMESPACES}>{''.join(resources)}</M:multiput>"
    return client("POST", path, body, {**XML, **(headers or {})})


def responses(answer: Answer) -> list[str]:
    """Tell each response in a line: its href, its statuses and what they are about, and its conditions."""
    assert answer.status == 207, answer
    lines = []
    for each in etree.fromstring(answer.body).iterfind("{DAV:}response"):
        href = re.sub(r"^/s/space\d+/test\d+", "", each.findtext("{DAV:}href") or "")
        said = [f"{_code(each)}"] if each.find("{DAV:}status") is not None else []
        for propstat in each.iterfind("{DAV:}propstat"):
            names = [etree.QName(name).localname for name in propstat.iterfind("{DAV:}prop/*")]
            said.append(f"{'+'.join(names)} {_code(propstat)}")
        conditions = [etree.QName(name).localname for name in each.iterfind(".//{DAV:}error/*")]
        lines.append(" ".join([href or "-", ", ".join(said), *conditions]))
    return lines


def _code(element: etree._Element) -> str:
    return (element.findtext("{DAV:}status") or "").split()[1]


def uids(answer: Answer) -> list[str]:
    return [each.text or "" for each in etree.fromstring(answer.body).iter(UID)]


@pytest.fixture
def c(serve: Callable[[str], Served]) -> Client:
    """A collection with one event, and a property that nobody may set."""
    client = serve(scenario("/c/ /d/x=1", NO)).client
    client("PUT", "/c/old.ics", calendar(event("old")), CALENDAR)
    return client


def etag(client: Client, path: str) -> str:
    return client("HEAD", path).headers["ETag"]


# Multiput ----------------------------------------------------------------------------------------


@pytest.mark.parametrize("kind", ["C:calendar-data", "A:address-data"])
def test_data_may_stand_in_the_set_itself(c: Client, kind: str) -> None:
    """4.1: within the DAV:set element; other properties stand in a DAV:prop, before it or after it."""
    text = calendar(event("new")) if kind[0] == "C" else "BEGIN:VCARD\r\nVERSION:3.0\r\nUID:new\r\nEND:VCARD\r\n"
    name = "new.ics" if kind[0] == "C" else "new.vcf"
    bare = f"<D:set><D:prop><u:a>1</u:a></D:prop><{kind}>{text}</{kind}><!-- x --></D:set>"
    assert responses(multiput(c, resource(bare))) == [f"/c/{name} getetag+uid 200"]
    assert c.say(f"PROPFIND /c/{name} u:a") == "207  u:a 200"


def test_data_in_the_set_itself_updates_and_fails(c: Client) -> None:
    """As data in a DAV:prop does."""
    bare = f"<D:set><C:calendar-data>{calendar(event('old', 'changed'))}</C:calendar-data></D:set>"
    before = c("GET", "/c/old.ics").body
    answer = multiput(c, resource(bare, prop("u:no"), href=f"{c.base}/c/old.ics"))
    assert responses(answer) == ["/c/old.ics calendar-data 424, no 403 cannot-modify-protected-property"]
    assert c("GET", "/c/old.ics").body == before
    assert responses(multiput(c, resource(bare, href=f"{c.base}/c/old.ics"))) == ["/c/old.ics getetag 200"]


@pytest.mark.parametrize(
    "parts",
    [
        "<D:set><C:calendar-data>x</C:calendar-data><D:prop><C:calendar-data>x</C:calendar-data></D:prop></D:set>",
        "<D:remove><C:calendar-data/></D:remove>",
    ],
)
def test_data_in_the_set_itself_stands_once_and_is_never_removed(c: Client, parts: str) -> None:
    """400, as in a DAV:prop."""
    assert multiput(c, resource(parts, href=f"{c.base}/c/old.ics")).status == 400


def test_create_update_and_delete_in_one_request(c: Client) -> None:
    c("PUT", "/c/gone.ics", calendar(event("gone")), CALENDAR)
    old, gone = etag(c, "/c/old.ics"), etag(c, "/c/gone.ics")
    answer = multiput(
        c,
        resource(data(calendar(event("new"))), prop("u:a")),
        resource(data(calendar(event("old", "changed"))), prop("u:a"), href=f"{c.base}/c/old.ics", etag=old),
        resource(DELETE, href=f"{c.base}/c/gone.ics", etag=gone),
    )
    assert responses(answer) == [
        "/c/new.ics getetag+uid 200",
        "/c/old.ics getetag 200",
        "/c/gone.ics 200",
    ]
    assert uids(answer) == ["new"]
    assert c("GET", "/c/new.ics").body == calendar(event("new")).encode()
    assert c("GET", "/c/new.ics").headers["Content-Type"] == "text/calendar; charset=utf-8"
    assert b"SUMMARY:changed\r\n" in c("GET", "/c/old.ics").body
    assert c("GET", "/c/gone.ics").status == 404
    assert c.say("PROPFIND /c/new.ics u:a") == c.say("PROPFIND /c/old.ics u:a") == "207  u:a 200"


def test_the_etags_that_are_told_are_those_of_the_resources(c: Client) -> None:
    answer = multiput(c, resource(data(calendar(event("new"))), prop("u:a")))
    (told,) = [each for each in answer.reported if each.property == "{DAV:}getetag"]
    assert etag(c, "/c/new.ics") in told.xml


def test_properties_alone_can_be_updated_and_removed(c: Client) -> None:
    multiput(c, resource(prop("u:a"), href=f"{c.base}/c/old.ics"))
    removal = "<D:remove><D:prop><u:a/></D:prop></D:remove>"
    assert responses(multiput(c, resource(prop("u:b"), removal, href="old.ics"))) == ["/c/old.ics getetag 200"]
    assert c.say("PROPFIND /c/old.ics u:a u:b") == "207  u:b 200, u:a 404"


def test_a_failing_property_takes_its_own_resource_with_it(c: Client) -> None:
    """424 for the data and the other properties; the other resources are done."""
    answer = multiput(
        c,
        resource(data(calendar(event("old", "changed"))), prop("u:a", "u:no"), href="old.ics"),
        resource(data(calendar(event("new")))),
    )
    assert responses(answer) == [
        "/c/old.ics calendar-data+a 424, no 403 cannot-modify-protected-property",
        "/c/new.ics getetag+uid 200",
    ]
    assert answer.reported[0].description == ("Not done, because this failed: set {urn:u}no (403 Forbidden).")
    assert c("GET", "/c/old.ics").body == calendar(event("old")).encode()
    assert c.say("PROPFIND /c/old.ics u:a") == "207  u:a 404"


def test_bad_data_takes_the_properties_with_it(c: Client) -> None:
    answer = multiput(c, resource(data("nonsense"), prop("u:a"), href="old.ics"))
    assert responses(answer) == ["/c/old.ics calendar-data 403, a 424 valid-calendar-data"]


def test_what_can_not_be_created_has_an_empty_href_and_its_uid(c: Client) -> None:
    answer = multiput(c, resource(data(calendar(event("new"))), prop("u:a", "u:no")))
    assert responses(answer) == ["- calendar-data+a 424, no 403 cannot-modify-protected-property uid"]
    assert uids(answer) == ["new"]
    assert tree(c, "/c/").count("=") == 1


def test_an_etag_that_does_not_match_is_412_in_its_response(c: Client) -> None:
    answer = multiput(
        c,
        resource(data(calendar(event("old", "y"))), href="old.ics", etag='"no"'),
        resource(DELETE, href="gone.ics", etag='"no"'),
        resource(data(calendar(event("new")))),
    )
    assert responses(answer) == ["/c/old.ics 412", "/c/gone.ics 404", "/c/new.ics getetag+uid 200"]
    assert responses(multiput(c, resource(DELETE, href="old.ics", etag='"no"'))) == ["/c/old.ics 412"]
    assert c("GET", "/c/old.ics").body == calendar(event("old")).encode()


def test_what_is_not_there_can_not_be_updated(c: Client) -> None:
    assert responses(multiput(c, resource(data(calendar(event("n"))), href="n.ics"))) == ["/c/n.ics 404"]


@pytest.mark.parametrize(
    ("first", "expected"),
    [
        (resource(data(calendar(event("old")))), "- calendar-data 403 no-uid-conflict uid"),
        (resource(data(calendar(event("other"))), href="old.ics"), "/c/old.ics calendar-data 403 no-uid-conflict"),
        (resource(data(calendar(event("a"), event("b")))), "- calendar-data 403 valid-calendar-data"),
        (resource(data(calendar())), "- calendar-data 403 valid-calendar-data"),
    ],
)
def test_data_must_be_one_object_with_a_uid_of_its_own(c: Client, first: str, expected: str) -> None:
    assert responses(multiput(c, first)) == [expected]


def test_a_uid_is_free_again_once_it_is_deleted(c: Client) -> None:
    """Resources are worked on in document order, and each sees what was done before."""
    answer = multiput(c, resource(DELETE, href="old.ics"), resource(data(calendar(event("old")))))
    assert responses(answer) == ["/c/old.ics 200", "/c/old.ics getetag+uid 200"]


def test_cards_are_taken_too(c: Client) -> None:
    card = "BEGIN:VCARD\nVERSION:4.0\nUID:ada\nFN:Ada\nEND:VCARD\n"
    put = f"<D:set><D:prop><A:address-data>{card}</A:address-data></D:prop></D:set>"
    assert responses(multiput(c, resource(put))) == ["/c/ada.vcf getetag+uid 200"]
    assert c("GET", "/c/ada.vcf").body == card.replace("\n", "\r\n").encode()


@pytest.mark.parametrize(
    ("cause", "expected"),
    [
        ("{id: x, kind: lock, path: /c/}", ["- 423 lock-token-submitted uid", "/c/old.ics 423 lock-token-submitted"]),
        ("{id: x, kind: lock, path: /c/, depth: '0'}", ["- 423 lock-token-submitted uid", "/c/old.ics 423 lock-token-submitted"]),
        ("{id: x, kind: denied, path: /c/old.ics}", ["/c/new.ics getetag+uid 200", "/c/old.ics 403 need-privileges"]),
        ("{id: x, kind: denied, methods: [PUT]}", ["- 403 need-privileges uid", "/c/old.ics 200"]),
        ("{id: x, kind: read-only, path: /c/new.ics}", ["- calendar-data 403, a 424 uid", "/c/old.ics 200"]),
        ("{id: x, kind: store-fails, nth: 2}", ["- calendar-data 424, a 507 sufficient-disk-space uid", "/c/old.ics 200"]),
        ("{id: x, kind: quota, path: /c/, bytes: 90}", ["- calendar-data 507, a 424 quota-not-exceeded uid", "/c/old.ics 200"]),
    ],
)  # fmt: skip
def test_causes_stop_the_resource_that_they_speak_of(
    serve: Callable[[str], Served], cause: str, expected: list[str]
) -> None:
    client = serve(scenario("/c/old.ics=BEGIN:VCALENDAR", cause)).client
    answer = multiput(client, resource(data(calendar(event("new"))), prop("u:a")), resource(DELETE, href="old.ics"))
    assert responses(answer) == expected


def test_a_collection_that_can_not_be_deleted_is_told_with_the_first_reason(serve: Callable[[str], Served]) -> None:
    """One response for each resource, so that a 424 would have no cause beside it."""
    client = serve(scenario("/c/d/x=1 /c/d/y=2!")).client
    answer = multiput(client, resource(DELETE, href="d/"))
    assert responses(answer) == ["/c/d/ 423 lock-token-submitted"]
    assert tree(client) == "/c/ /c/d/ /c/d/y=2!"


def test_tokens_are_taken_from_the_if_header(c: Client) -> None:
    held = token(c, "/c/old.ics")
    assert responses(multiput(c, resource(DELETE, href="old.ics"))) == ["/c/old.ics 423 lock-token-submitted"]
    headers = {"If": f"<{{base}}/c/old.ics> ({held})"}
    assert responses(multiput(c, resource(DELETE, href="old.ics"), headers=headers)) == ["/c/old.ics 200"]


# CTags -------------------------------------------------------------------------------------------


def ctag(client: Client) -> str:
    query = (
        '<D:propfind xmlns:D="DAV:"><D:prop><S:getctag xmlns:S="http://calendarserver.org/ns/"/></D:prop></D:propfind>'
    )
    (said,) = client("PROPFIND", "/c/", query, {**XML, "Depth": "0"}).reported
    return etree.fromstring(said.xml).text or ""


def with_ctag(tag: str) -> dict[str, str]:
    return {"If": f"(<http://me.com/_namespace/ctag/{tag}>)"}


def test_a_ctag_that_holds_lets_it_proceed_and_the_new_one_is_told(c: Client) -> None:
    before = ctag(c)
    answer = multiput(c, resource(data(calendar(event("new")))), headers=with_ctag(before))
    assert responses(answer) == ["/c/new.ics getetag+uid 200"]
    assert answer.headers["CTag"] == ctag(c) != before


@pytest.mark.parametrize("kind", ["multiput", "import"])
def test_a_ctag_that_does_not_hold_is_412_for_all(c: Client, kind: str) -> None:
    before = ctag(c)
    c("PUT", "/c/other.ics", calendar(event("other")), CALENDAR)
    now = ctag(c)
    if kind == "multiput":
        answer = multiput(c, resource(data(calendar(event("new")))), headers=with_ctag(before))
    else:
        answer = c("POST", "/c/", calendar(event("new")), {**CALENDAR, **with_ctag(before)})
    assert (answer.status, answer.condition) == (412, "{http://me.com/_namespace/}ctag-ok")
    assert ctag(c) == now


@pytest.mark.parametrize("line", ["PUT", "DELETE", "content"])
def test_a_ctag_changes_with_the_contents(c: Client, line: str) -> None:
    before = ctag(c)
    match line:
        case "PUT":
            c("PUT", "/c/n", "1")
        case "DELETE":
            c("DELETE", "/c/old.ics")
        case _:
            c("PUT", "/c/old.ics", calendar(event("old")), CALENDAR)
    assert ctag(c) != before


def test_any_method_can_be_made_to_depend_on_a_ctag(c: Client) -> None:
    """Tagged with the collection, as in 6.3."""
    good = holding("/c/", f"<http://me.com/_namespace/ctag/{ctag(c)}>")
    bad = holding("/c/", "<http://me.com/_namespace/ctag/no>")
    assert c("MKCOL", "/c/n/", headers=bad).condition == "{http://me.com/_namespace/}ctag-ok"
    assert c("MKCOL", "/c/n/", headers=good).status == 201


# Simple import -----------------------------------------------------------------------------------


def test_each_event_becomes_a_member_with_its_time_zone(c: Client) -> None:
    zones = "".join(f"BEGIN:VTIMEZONE\r\nTZID:{name}\r\nEND:VTIMEZONE\r\n" for name in ("Here", "There"))
    body = calendar(
        zones,
        "BEGIN:VEVENT\r\nUID:a\r\nDTSTART;TZID=Here:20300101T100000\r\nEND:VEVENT\r\n",
        event("b"),
        "BEGIN:VEVENT\r\nUID:a\r\nRECURRENCE-ID:20300102T100000Z\r\nEND:VEVENT\r\n",
    )
    answer = c("POST", "/c/", body, CALENDAR)
    assert responses(answer) == ["/c/a.ics getetag+uid 200", "/c/b.ics getetag+uid 200"]
    assert uids(answer) == ["a", "b"]
    got = c("GET", "/c/a.ics").body.decode()
    assert (got.count("BEGIN:VEVENT"), got.count("TZID:Here"), got.count("TZID:There")) == (2, 1, 0)
    assert c("GET", "/c/b.ics").body == calendar(event("b")).encode()


def test_folded_lines_stay_folded(c: Client) -> None:
    folded = "BEGIN:VEVENT\r\nUID:fol\r\n ded\r\nSUMMARY:one\r\n  two\r\nEND:VEVENT\r\n"
    answer = c("POST", "/c/", calendar(folded), CALENDAR)
    assert uids(answer) == ["folded"]
    assert c("GET", "/c/folded.ics").body == calendar(folded).encode()


def test_each_card_becomes_a_member(c: Client) -> None:
    cards = "".join(f"BEGIN:VCARD\r\nUID:{uid}\r\nFN:{uid}\r\nEND:VCARD\r\n" for uid in ("ada", "grace"))
    assert responses(c("POST", "/c/", cards, CARD)) == ["/c/ada.vcf getetag+uid 200", "/c/grace.vcf getetag+uid 200"]


def test_what_can_not_be_stored_does_not_keep_the_others_out(c: Client) -> None:
    """The failures have an empty href, the condition and the UID; there is no 424."""
    bare = "BEGIN:VEVENT\r\nSUMMARY:x\r\nEND:VEVENT\r\n"
    answer = c("POST", "/c/", calendar(event("a"), event("old"), bare), CALENDAR)
    assert responses(answer) == [
        "/c/a.ics getetag+uid 200",
        "- 403 no-uid-conflict uid",
        "- 403 valid-calendar-data",
    ]
    assert uids(answer) == ["a", "old"]
    conflict = etree.fromstring(answer.body).findtext(".//{urn:ietf:params:xml:ns:caldav}no-uid-conflict/{DAV:}href")
    assert conflict == f"{c.base}/c/old.ics"


def test_names_are_made_of_uids_that_are_plain_and_free(c: Client) -> None:
    c("PUT", "/c/a.ics", "no calendar")
    answer = c("POST", "/c/", calendar(event("a"), event("../x"), event("ü/%")), CALENDAR)
    hrefs = [line.split()[0] for line in responses(answer)]
    assert hrefs[0] == "/c/a-2.ics"
    assert all(len(href) == len("/c/.ics") + 32 for href in hrefs[1:])
    assert {c("GET", href).status for href in hrefs} == {200}


def test_a_store_that_fails_once_keeps_one_out(serve: Callable[[str], Served]) -> None:
    client = serve(scenario("/c/", "{id: s, kind: store-fails, nth: 2}")).client
    answer = client("POST", "/c/", calendar(event("a"), event("b"), event("c")), CALENDAR)
    assert [line.split()[0] for line in responses(answer)] == ["/c/a.ics", "-", "/c/c.ics"]
    assert "507" in responses(answer)[1]


# What is advertised ------------------------------------------------------------------------------


def test_the_limits_are_advertised_on_collections(c: Client) -> None:
    query = f"<D:propfind {NAMESPACES}><D:prop><M:bulk-requests/></D:prop></D:propfind>"
    (said,) = c("PROPFIND", "/c/", query, {**XML, "Depth": "0"}).reported
    texts = {each.tag.rpartition("}")[2]: "".join(each.itertext()) for each in etree.fromstring(said.xml)}
    assert texts == {"simple": "100010485760", "crud": "10010485760"}
    assert c("PROPFIND", "/c/old.ics", query, {**XML, "Depth": "0"}).reported[0].status == 404
    assert b"bulk-requests" not in c("PROPFIND", "/c/", "", {"Depth": "0"}).body


def test_the_limits_hold(c: Client) -> None:
    many = multiput(c, *(resource(data(calendar(event(f"n{i}")))) for i in range(101)))
    assert (many.status, many.condition) == (403, "{http://me.com/_namespace/}max-resources")
    large = c("POST", "/c/", b"x" * (10 * 1024 * 1024 + 1), CALENDAR)
    assert (large.status, large.condition) == (403, "{http://me.com/_namespace/}max-bytes")
    several = c("POST", "/c/", calendar(*(event(f"n{i}") for i in range(1001))), CALENDAR)
    assert (several.status, several.condition) == (403, "{http://me.com/_namespace/}max-resources")
    assert tree(c, "/c/").count("=") == 1


@pytest.mark.parametrize(
    ("line", "lines", "events", "unit"),
    [("X:y\r\n", 1_000, 200, "lines"), (f"X:{'y' * 1_000}\r\n", 100, 200, "bytes")],
)
def test_objects_may_not_repeat_a_small_body_again_and_again(
    c: Client, line: str, lines: int, events: int, unit: str
) -> None:
    """Each object gets the lines around all of them, so that a body could become far larger than it is."""
    head = line * lines
    refused = c("POST", "/c/", calendar(head, *(event(f"n{i}") for i in range(events))), CALENDAR)
    assert (refused.status, refused.condition) == (403, "{http://me.com/_namespace/}max-bytes")
    assert f" {unit} together".encode() in refused.body
    assert tree(c, "/c/").count("=") == 1
    taken = c("POST", "/c/", calendar(head, *(event(f"n{i}") for i in range(events // 4))), CALENDAR)
    assert (taken.status, tree(c, "/c/").count("=")) == (207, 1 + events // 4)


# Bad input ---------------------------------------------------------------------------------------


@pytest.mark.own_server
@pytest.mark.parametrize(
    ("inside", "status", "words"),
    [
        ("", 400, "Send an MM:multiput with an MM:resource"),
        (resource(), 400, "names no property"),
        (resource(prop("u:a")), 400, "must have the data"),
        (resource(data(calendar(event("n"))), etag='"x"'), 400, "must have the data"),
        (resource(data("a"), data("b"), href="old.ics"), 400, "once"),
        (resource("<D:remove><D:prop><C:calendar-data/></D:prop></D:remove>", href="old.ics"), 400, "can't remove"),
        (resource(DELETE), 400, "MM:delete must have"),
        (resource(DELETE, prop("u:a"), href="old.ics"), 400, "MM:delete must have"),
        (resource(DELETE, "<D:href>x</D:href>", href="old.ics"), 400, "one DAV:href"),
        (resource(DELETE, "<M:if-match/>", href="old.ics"), 400, "DAV:getetag"),
        (resource(DELETE, href="old.ics", etag="old"), 207, "If-Match"),
        (resource(DELETE, href="old.ics") * 2, 400, "occurs twice"),
        (resource(DELETE, href="/test/d/x"), 403, "outside of the Request-URI, /c/"),
        (resource(DELETE, href="/test/c/"), 403, "is not a member"),
        (resource(DELETE, href="a/b"), 403, "is not a member"),
        (resource(DELETE, href="%zz"), 400, "neither"),
    ],
)
def test_a_bad_multiput_changes_nothing(c: Client, inside: str, status: int, words: str) -> None:
    before = ctag(c)
    answer = multiput(c, inside)
    assert answer.status == status
    assert words in answer.body.decode()
    assert ctag(c) == before


@pytest.mark.parametrize(
    ("body", "headers"),
    [
        ("", CALENDAR),
        ("hello", CALENDAR),
        ("BEGIN:VCALENDAR\r\n", CALENDAR),
        ("END:VCALENDAR\r\n", CALENDAR),
        (calendar("BEGIN:VEVENT\r\nEND:VTODO\r\n"), CALENDAR),
        (calendar(event("a")) * 2, CALENDAR),
        (calendar("BEGIN:VTIMEZONE\r\nTZID:x\r\nEND:VTIMEZONE\r\n"), CALENDAR),
        (b"BEGIN:VCALENDAR\r\n\xff\r\nEND:VCALENDAR", CALENDAR),
        ("", CARD),
        (calendar(event("a")), CARD),
        ("BEGIN:VCARD\r\nEND:VCARD\r\nmore", CARD),
    ],
)
def test_what_is_no_stream_of_objects_is_403(c: Client, body: str | bytes, headers: dict[str, str]) -> None:
    before = ctag(c)
    answer = c("POST", "/c/", body, headers)
    kind = "calendar" if headers is CALENDAR else "address"
    assert (answer.status, (answer.condition or "").rpartition("}")[2]) == (403, f"valid-{kind}-data")
    assert ctag(c) == before


@pytest.mark.parametrize(
    ("path", "body", "headers", "status"),
    [
        ("/c/", "", {}, 415),
        ("/c/", "a=b", {"Content-Type": "application/x-www-form-urlencoded"}, 415),
        ("/c/", "<x/>", XML, 415),
        ("/c/", "<x", XML, 400),
        ("/c/", "{}", {"Content-Type": "application/json"}, 415),
        ("/c/old.ics", calendar(event("a")), CALENDAR, 405),
        ("/no/", calendar(event("a")), CALENDAR, 404),
    ],
)
def test_a_post_that_nobody_takes_is_refused_with_a_sentence(
    c: Client, path: str, body: str, headers: dict[str, str], status: int
) -> None:
    answer = c("POST", path, body, headers)
    assert answer.status == status
    assert answer.body.strip()
    if status == 405:
        assert "POST" not in answer.headers["Allow"].split(", ")
