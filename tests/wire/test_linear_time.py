"""Requests that quadratic work would keep busy for minutes: each gets its answer before the client gives up."""

from __future__ import annotations

import json
from collections.abc import Callable

import pytest

from tests.client import Client
from tests.conftest import Served
from tests.trees import XML, lock, scenario

PROPFIND = '<D:propfind xmlns:D="DAV:" xmlns:u="urn:u">{}</D:propfind>'
UPDATE = '<D:propertyupdate xmlns:D="DAV:" xmlns:u="urn:u"><D:set><D:prop>{}</D:prop></D:set></D:propertyupdate>'
JSON = {"Content-Type": "application/json"}


@pytest.fixture
def client(serve: Callable[[str], Served]) -> Client:
    """A collection with a document."""
    return serve(scenario("/c/f=1")).client


@pytest.mark.parametrize(
    ("header", "value", "status"),
    [
        ("Range", "bytes=0-" + " " * 500_000 + "x", 200),
        ("Range", "bytes=" + "0" * 500_000 + "x", 200),
        ("Range", "bytes" + " " * 500_000 + "x", 200),
        ("Accept", "a/b" + ";a=b" * 100_000 + "\\", 200),
        ("Prefer", "a" + "; b=c" * 100_000 + "\\", 200),
        ("Prefer", 'a="' + '\\"' * 250_000, 200),
        ("If-None-Match", '"a"' + ", " * 250_000 + "x", 400),
        ("If-Range", '"' + "a" * 500_000, 200),
        ("Authorization", 'Digest a="' + "\\" * 500_000, 200),
    ],
)
def test_a_long_header_of_a_get(client: Client, header: str, value: str, status: int) -> None:
    """Half a megabyte that a regular expression could try in many ways."""
    assert client("GET", "/c/f", headers={header: value}).status == status


def test_a_long_timeout(client: Client) -> None:
    """Half a million zeros are no number of seconds, and a timeout is only a wish."""
    assert lock(client, "/c/f", {"Timeout": "Second-" + "0" * 500_000 + "x"}).status == 200


def test_a_number_of_seconds_has_any_number_of_zeros(client: Client) -> None:
    """RFC 4918 10.7: they change nothing."""
    answer = lock(client, "/c/f", {"Timeout": "Second-" + "0" * 500 + "90"})
    assert b"Second-90<" in answer.body


def test_a_media_type_with_many_parameters(client: Client) -> None:
    """Each parameter is looked at once; the body is not well-formed in the charset that is found."""
    sent = {"Content-Type": "text/xml" + '; a=";"' * 100_000 + "; charset=utf-16"}
    assert client("PROPPATCH", "/c/f", UPDATE.format("<u:a/>"), sent).status == 400


@pytest.mark.parametrize("piece", ["<!--x-->", "<?x y?>", "<b/>", "x<b>y</b>", "<![CDATA[x]]>"])
def test_a_property_of_many_pieces(client: Client, piece: str) -> None:
    """100,000 comments, processing instructions or elements in one property."""
    assert client("PROPPATCH", "/c/f", UPDATE.format(f"<u:a>{piece * 100_000}</u:a>"), XML).status == 207


def test_many_included_properties(client: Client) -> None:
    """RFC 4918 14.8: 40,000 names in ``DAV:include``."""
    names = "".join([f"<u:a{number}/>" for number in range(40_000)])
    body = PROPFIND.format(f"<D:allprop/><D:include>{names}</D:include>")
    answer = client("PROPFIND", "/c/f", body, {**XML, "Depth": "0"})
    assert answer.status == 207
    assert answer.body.count(b"<n:a") == 40_000


def test_many_invitees(client: Client) -> None:
    """A thousand invitations: all users are stored, and can be removed again."""

    def share(verb: str, access: str, first: int = 0) -> str:
        users = "".join(
            f"<S:{verb}><D:href>mailto:a{number}@x.org</D:href>{access}</S:{verb}>" for number in range(first, 1000)
        )
        return f'<S:share xmlns:S="http://calendarserver.org/ns/" xmlns:D="DAV:">{users}</S:share>'

    def invited() -> int:
        body = PROPFIND.format('<D:prop><invite xmlns="http://calendarserver.org/ns/"/></D:prop>')
        return client("PROPFIND", "/c/", body, {**XML, "Depth": "0"}).body.count(b"mailto:")

    assert client("POST", "/c/", share("set", "<S:read/>"), XML).status == 200
    assert invited() == 1000
    assert client("POST", "/c/", share("remove", "", first=1), XML).status == 200
    assert invited() == 1


def test_a_failed_invitation_changes_no_other(client: Client) -> None:
    """The users are as they were before, also for the next request."""

    def post(*parts: str) -> int:
        body = f'<S:share xmlns:S="http://calendarserver.org/ns/" xmlns:D="DAV:">{"".join(parts)}</S:share>'
        return client("POST", "/c/", body, XML).status

    ada = "<S:set><D:href>mailto:ada@x.org</D:href><S:read/></S:set>"
    bob = "<S:set><D:href>mailto:bob@x.org</D:href><S:read-write/></S:set>"
    nobody = "<S:remove><D:href>mailto:no@x.org</D:href></S:remove>"
    assert post(ada) == 200
    assert post(bob, nobody, "<S:remove><D:href>mailto:ada@x.org</D:href></S:remove>") == 207
    assert post(bob) == 200
    body = PROPFIND.format('<D:prop><invite xmlns="http://calendarserver.org/ns/"/></D:prop>')
    stored = client("PROPFIND", "/c/", body, {**XML, "Depth": "0"}).body
    assert (stored.count(b"mailto:ada@x.org"), stored.count(b"mailto:bob@x.org")) == (1, 1)


def test_the_explanation_of_a_long_chain(serve: Callable[[str], Served]) -> None:
    """5,000 requests, each of which depends on the one before; the first fails, and is the root of all."""
    served = serve(scenario("/c/f=1"))
    requests = [{"id": "0", "method": "GET", "url": "none"}]
    requests += [{"id": str(n), "method": "GET", "url": "c/f", "dependsOn": [str(n - 1)]} for n in range(1, 5000)]
    assert served.client("POST", "/$batch", json.dumps({"requests": requests}), JSON).status == 200
    space = served.client.base.split("/")[2]
    root = Client(served.url.partition("/s/")[0])
    last = json.loads(root("GET", f"/-/spaces/{space}/journal/last").body)
    roots = {tuple(fact["causes"]) for fact in last["facts"] if fact["outcome"] == "failed-dependency"}
    assert len(last["facts"]) >= 5000
    assert len(roots) == 1


def test_a_calendar_of_many_time_zones(client: Client) -> None:
    """20,000 time zones and 1,000 events, each of which names two zones."""
    zones = "".join(f"BEGIN:VTIMEZONE\r\nTZID:z{number}\r\nEND:VTIMEZONE\r\n" for number in range(20_000))
    events = "".join(
        f"BEGIN:VEVENT\r\nUID:{n}\r\nX;TZID=z{n + 1}:1\r\nY;TZID=z{n}:1\r\nEND:VEVENT\r\n" for n in range(1000)
    )
    body = f"BEGIN:VCALENDAR\r\n{zones}{events}END:VCALENDAR\r\n"
    assert client("POST", "/c/", body, {"Content-Type": "text/calendar"}).status == 207
    stored = client("GET", "/c/7.ics").body.decode()
    assert stored.index("TZID:z7\r\n") < stored.index("TZID:z8\r\n") < stored.index("UID:7\r\n")
    assert stored.count("VTIMEZONE") == 4


def test_a_line_after_an_empty_one_is_not_folded(client: Client) -> None:
    """The blanks before it would make it a part of the line before the empty one."""
    event = "BEGIN:VEVENT\r\nUID:1\r\n\r\n 23\r\nEND:VEVENT\r\n"
    body = f"BEGIN:VCALENDAR\r\n{event}END:VCALENDAR\r\n"
    assert client("POST", "/c/", body, {"Content-Type": "text/calendar"}).status == 207
    assert b"UID:1\r\n23\r\n" in client("GET", "/c/1.ics").body


def test_a_member_that_occurs_twice_below_a_long_name(client: Client) -> None:
    """Each place would be as long as the name: only the first few are written."""
    twice = ",".join(['{"a":1,"a":2}'] * 20_000)
    answer = client("POST", "/$batch", f'{{"{"n" * 100_000}":[{twice}]}}', JSON)
    assert answer.status == 400
    assert len(answer.body) < 17 * 100_200
