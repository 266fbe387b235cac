"""CalendarServer's sharing POST on a real socket: all invitees, or none, and 424 for a whole invitee."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from lxml import etree

from dav424.proof.play import Answer
from tests.client import Client
from tests.conftest import Served
from tests.trees import XML, holding, scenario, token

CS = "{http://calendarserver.org/ns/}"
KNOWN = "{id: k, kind: invitees, path: /c/, known: ['mailto:ada@example.com', 'mailto:grace@example.com']}"
ADA, GRACE, EVE = (f"mailto:{name}@example.com" for name in ("ada", "grace", "eve"))


def share(client: Client, *lines: str, path: str = "/c/", headers: dict[str, str] | None = None) -> Answer:
    """Send ``+address`` to invite with reading and writing, ``-address`` to take an invitation back."""
    parts = [
        f"<S:set><D:href>{line[1:]}</D:href><S:common-name>A &amp; B</S:common-name><S:read-write/></S:set>"
        if line[0] == "+"
        else f"<S:remove><D:href>{line[1:]}</D:href></S:remove>"
        for line in lines
    ]
    body = f'<S:share xmlns:D="DAV:" xmlns:S="http://calendarserver.org/ns/">{"".join(parts)}</S:share>'
    return client("POST", path, body, {**XML, **(headers or {})})


def said(answer: Answer) -> list[tuple[str, int]]:
    return [(each.href, each.status) for each in answer.reported]


def invited(client: Client, path: str = "/c/") -> list[str]:
    """List who is invited, as a client sees it."""
    query = (
        '<D:propfind xmlns:D="DAV:"><D:prop><S:invite xmlns:S="http://calendarserver.org/ns/"/></D:prop></D:propfind>'
    )
    (said,) = client("PROPFIND", path, query, {**XML, "Depth": "0"}).reported
    if said.status == 404:
        return []
    return [each.text or "" for each in etree.fromstring(said.xml).iterfind(f"{CS}user/{{DAV:}}href")]


@pytest.fixture
def c(serve: Callable[[str], Served]) -> Client:
    """A collection to which Ada and Grace can be invited."""
    return serve(scenario("/c/x=1", KNOWN)).client


def test_good_invitees_are_invited(c: Client) -> None:
    answer = share(c, f"+{ADA}", f"+{GRACE}")
    assert (answer.status, answer.body) == (200, b"")
    assert invited(c) == [ADA, GRACE]


def test_an_invitation_says_what_it_was_sent_with(c: Client) -> None:
    share(c, f"+{ADA}")
    query = (
        '<D:propfind xmlns:D="DAV:"><D:prop><S:invite xmlns:S="http://calendarserver.org/ns/"/></D:prop></D:propfind>'
    )
    (found,) = c("PROPFIND", "/c/", query, {**XML, "Depth": "0"}).reported
    user = etree.fromstring(found.xml)[0]
    assert user.findtext(f"{CS}common-name") == "A & B"
    assert user.find(f"{CS}access/{CS}read-write") is not None
    assert user.find(f"{CS}invite-noresponse") is not None


def test_a_bad_invitee_takes_the_good_ones_with_him(c: Client) -> None:
    """The one place in the field where a resource's own status in a batch is 424."""
    answer = share(c, f"+{ADA}", f"+{EVE}", f"+{GRACE}")
    assert answer.status == 207
    assert said(answer) == [(ADA, 424), (EVE, 403), (GRACE, 424)]
    assert answer.reported[0].description == f"Not done, because this failed: set invitee {EVE} (403 Forbidden)."
    assert invited(c) == []


def test_an_invitation_can_be_changed_and_taken_back(c: Client) -> None:
    share(c, f"+{ADA}", f"+{GRACE}")
    assert share(c, f"+{ADA}").status == 200
    assert invited(c) == [ADA, GRACE]
    assert share(c, f"-{ADA}", f"-{GRACE}").status == 200
    assert invited(c) == []


def test_whoever_was_not_invited_can_not_be_removed(c: Client) -> None:
    assert said(share(c, f"+{ADA}", f"-{EVE}")) == [(ADA, 424), (EVE, 403)]
    assert invited(c) == []


def test_anybody_with_an_address_can_be_invited_where_nothing_is_in_the_way(serve: Callable[[str], Served]) -> None:
    client = serve(scenario("/c/x=1")).client
    assert share(client, f"+{EVE}", "+/principals/ada/").status == 200
    assert said(share(client, "+ada", f"+{ADA}")) == [("ada", 403), (ADA, 424)]
    assert invited(client) == [EVE, "/principals/ada/"]


@pytest.mark.parametrize(
    ("cause", "status"),
    [
        ("{id: x, kind: read-only, path: /c/}", 403),
        ("{id: x, kind: store-fails, at: commit}", 507),
        ("{id: x, kind: quota, path: /, bytes: 5}", 507),
        ("{id: x, kind: denied, property: '{http://calendarserver.org/ns/}invite'}", 403),
    ],
)
def test_other_causes_can_be_in_the_way(serve: Callable[[str], Served], cause: str, status: int) -> None:
    client = serve(scenario("/c/x=1", cause)).client
    assert said(share(client, f"+{ADA}", f"+{GRACE}")) == [(ADA, status), (GRACE, status)]
    assert invited(client) == []


def test_a_locked_collection_is_423(c: Client) -> None:
    held = token(c, "/c/")
    assert share(c, f"+{ADA}").status == 423
    assert share(c, f"+{ADA}", headers=holding("/c/", held)).status == 200


def test_the_list_is_protected(c: Client) -> None:
    body = '<D:propertyupdate xmlns:D="DAV:"><D:set><D:prop><S:invite xmlns:S="http://calendarserver.org/ns/"/></D:prop></D:set></D:propertyupdate>'
    assert c("PROPPATCH", "/c/", body, XML).reported[0].status == 403


@pytest.mark.parametrize(
    ("inside", "words"),
    [
        ("", "names no invitee"),
        ("<S:set><S:read/></S:set>", "needs a DAV:href"),
        ("<S:set><D:href> </D:href><S:read/></S:set>", "needs a DAV:href"),
        ("<S:remove/>", "needs a DAV:href"),
        (f"<S:set><D:href>{ADA}</D:href></S:set>", "one of CS:read"),
        (f"<S:set><D:href>{ADA}</D:href><S:read/><S:read-write/></S:set>", "one of CS:read"),
        (f"<S:remove><D:href>{ADA}</D:href></S:remove>" * 2, "occurs twice"),
    ],
)
def test_a_bad_body_is_400(c: Client, inside: str, words: str) -> None:
    body = f'<S:share xmlns:D="DAV:" xmlns:S="http://calendarserver.org/ns/">{inside}</S:share>'
    answer = c("POST", "/c/", body, XML)
    assert answer.status == 400
    assert words in answer.body.decode()
    assert invited(c) == []


def test_too_many_invitees_are_413(c: Client) -> None:
    assert share(c, *(f"+mailto:n{i}@example.com" for i in range(1001))).status == 413


def test_a_document_can_not_be_shared(c: Client) -> None:
    assert share(c, f"+{ADA}", path="/c/x").status == 405
