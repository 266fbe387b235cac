"""MKCOL, extended MKCOL (RFC 5689) and MKCALENDAR (RFC 4791 5.3.1) on a real socket."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from lxml import etree

from tests.client import Client, told
from tests.conftest import Served

XML = {"Content-Type": "application/xml"}
NAMESPACES = 'xmlns:D="DAV:" xmlns:C="urn:ietf:params:xml:ns:caldav" xmlns:u="urn:u"'
NO = "causes:\n- {id: no, kind: protected-property, property: '{urn:u}no'}"
COLLECTION = "<D:collection/>"


def types(client: Client, path: str) -> list[str]:
    """List the resource types of what is at a path."""
    query = '<D:propfind xmlns:D="DAV:"><D:prop><D:resourcetype/></D:prop></D:propfind>'
    (said,) = client("PROPFIND", path, query, {**XML, "Depth": "0"}).reported
    return [each.tag for each in etree.fromstring(said.xml)]


def mkcol(*properties: str) -> str:
    """Write a body of an extended MKCOL."""
    return f"<D:mkcol {NAMESPACES}><D:set><D:prop>{''.join(properties)}</D:prop></D:set></D:mkcol>"


def exists(client: Client, path: str) -> bool:
    """Whether there is anything at a path."""
    return client("GET", path).status == 200


# Plain -------------------------------------------------------------------------------------------


@pytest.mark.parametrize("path", ["/c/", "/c"])
def test_a_collection_is_made(dav: Client, path: str) -> None:
    """With and without the slash at the end."""
    assert dav("MKCOL", path).status == 201
    assert types(dav, "/c/") == ["{DAV:}collection"]


def test_a_new_collection_is_empty(dav: Client) -> None:
    """RFC 4918 9.3: it has no members."""
    dav("MKCOL", "/c/")
    assert [said.href for said in dav("PROPFIND", "/c/", headers={"Depth": "1"}).reported if said.href != "/c/"] == []


def test_a_name_is_decoded_once(dav: Client) -> None:
    """What was encoded comes back encoded, and is found under the same name."""
    assert dav("MKCOL", "/gr%C3%BCn%20%2525/").status == 201
    answer = dav("PROPFIND", "/", "", {"Depth": "1"})
    assert f"<D:href>{dav.base}/gr%C3%BCn%20%2525/</D:href>".encode() in answer.body


@pytest.mark.parametrize("path", ["/c/", "/f", "/"])
def test_what_exists_is_405_with_what_is_allowed(dav: Client, path: str) -> None:
    """RFC 4918 9.3.1: MKCOL is for unmapped URLs; RFC 9110 15.5.6: with Allow."""
    dav("MKCOL", "/c/")
    dav("PUT", "/f", "content")
    answer = dav("MKCOL", path)
    assert answer.status == 405
    assert "MKCOL" not in answer.headers["Allow"].split(", ")
    assert "PROPFIND" in answer.headers["Allow"].split(", ")


@pytest.mark.parametrize("path", ["/no/c/", "/f/c/"])
def test_no_parent_is_409(dav: Client, path: str) -> None:
    """RFC 4918 9.3.1: intermediate collections are not made; a document is no parent."""
    dav("PUT", "/f", "content")
    assert dav("MKCOL", path).status == 409
    assert not exists(dav, "/no/")


def test_a_locked_parent_is_423_with_its_href(serve: Callable[..., Served]) -> None:
    """RFC 4918 7.4: to get a member is to be written."""
    client = serve("tree: {/c/: {}}\ncauses:\n- {id: l, kind: lock, path: /c/, depth: '0'}").client
    answer = client("MKCOL", "/c/d/")
    assert told(answer) == "423 lock-token-submitted"
    assert etree.fromstring(answer.body).findtext("{DAV:}lock-token-submitted/{DAV:}href") == f"{client.base}/c/"
    assert not exists(client, "/c/d/")


def test_a_read_only_parent_is_403(serve: Callable[..., Served]) -> None:
    """The server does not allow it there."""
    client = serve("tree: {/c/: {}}\ncauses:\n- {id: r, kind: read-only, path: /c/}").client
    assert told(client("MKCOL", "/c/d/")) == "403"
    assert not exists(client, "/c/d/")


@pytest.mark.parametrize("at", ["write", "commit"])
def test_a_store_that_fails_is_507(serve: Callable[..., Served], at: str) -> None:
    """RFC 4918 9.3.1: no room for the collection; there is none afterwards."""
    client = serve(f"causes:\n- {{id: s, kind: store-fails, at: {at}}}").client
    assert told(client("MKCOL", "/c/")) == "507 sufficient-disk-space"
    assert not exists(client, "/c/")


def test_a_condition_that_does_not_hold_is_412(dav: Client) -> None:
    """RFC 4918 10.4: If is about the collection that would be made."""
    assert dav("MKCOL", "/c/", headers={"If": "(<urn:uuid:no-such-lock>)"}).status == 412
    assert not exists(dav, "/c/")


# Bodies ------------------------------------------------------------------------------------------


def test_a_body_of_another_media_type_is_415(dav: Client) -> None:
    """RFC 4918 9.3: a body that isn't understood."""
    assert dav("MKCOL", "/c/", "hello", {"Content-Type": "text/plain"}).status == 415
    assert not exists(dav, "/c/")


def test_a_body_with_another_root_is_415(dav: Client) -> None:
    """RFC 5689 3: other roots are reserved."""
    assert dav("MKCOL", "/c/", f"<D:propertyupdate {NAMESPACES}/>", XML).status == 415
    assert not exists(dav, "/c/")


@pytest.mark.parametrize(
    "body",
    [
        "<D:mkcol",
        f"<D:mkcol {NAMESPACES}/>",
        mkcol(),
        f"<D:mkcol {NAMESPACES}><D:remove><D:prop><u:a/></D:prop></D:remove></D:mkcol>",
    ],
)
def test_a_body_that_instructs_nothing_is_400(dav: Client, body: str) -> None:
    """Nor is a collection made of it."""
    assert dav("MKCOL", "/c/", body, XML).status == 400
    assert not exists(dav, "/c/")


def test_a_body_with_a_document_type_is_403(dav: Client) -> None:
    """RFC 4918 16."""
    body = "<!DOCTYPE x [<!ENTITY e 'e'>]>" + mkcol("<u:a>&e;</u:a>")
    assert told(dav("MKCOL", "/c/", body, XML)) == "403 no-external-entities"
    assert not exists(dav, "/c/")


# Extended MKCOL ----------------------------------------------------------------------------------


def test_a_collection_is_made_with_its_properties(dav: Client) -> None:
    """RFC 5689 3: 201, and all is set."""
    body = mkcol(f"<D:resourcetype>{COLLECTION}</D:resourcetype><D:displayname>C</D:displayname><u:a>1</u:a>")
    assert told(dav("MKCOL", "/c/", body, XML)) == "201"
    assert types(dav, "/c/") == ["{DAV:}collection"]
    assert dav.say("PROPFIND /c/ D:displayname u:a") == "207  D:displayname 200, u:a 200"


def test_a_type_need_not_be_given(dav: Client) -> None:
    """Without a resourcetype it is a plain collection."""
    assert dav.say("MKCOL /c/  set u:a=1") == "201"
    assert types(dav, "/c/") == ["{DAV:}collection"]


def test_instructions_are_in_document_order(dav: Client) -> None:
    """The last value of a property named twice stays."""
    dav.say("MKCOL /c/  set u:a=1  set u:a=2")
    answer = dav("PROPFIND", "/c/", "", {"Depth": "0"})
    assert b">2</u:a>" in answer.body


def test_a_type_that_is_known_is_given(dav: Client) -> None:
    """RFC 5689 3: a calendar by way of MKCOL."""
    body = mkcol(f"<D:resourcetype>{COLLECTION}<C:calendar/></D:resourcetype>")
    assert dav("MKCOL", "/c/", body, XML).status == 201
    assert types(dav, "/c/") == ["{DAV:}collection", "{urn:ietf:params:xml:ns:caldav}calendar"]


@pytest.mark.parametrize("wanted", [COLLECTION + "<u:special/>", "<u:special/>", "<C:calendar/>", ""])
def test_a_type_that_cannot_be_made_is_403_valid_resourcetype(dav: Client, wanted: str) -> None:
    """RFC 5689 3.3 and the example of 3.5: the cause is the type, the name depends on it."""
    body = mkcol(f"<D:resourcetype>{wanted}</D:resourcetype><D:displayname>Special</D:displayname>")
    assert told(dav("MKCOL", "/c/", body, XML)) == "403  D:resourcetype 403 valid-resourcetype, D:displayname 424"
    assert not exists(dav, "/c/")


def test_a_property_that_fails_fails_the_collection(serve: Callable[..., Served]) -> None:
    """RFC 5689 3: the cause's status on the status line, 424 for the others, and no collection."""
    client = serve(NO).client
    assert client.say("MKCOL /c/  set D:displayname=C  set u:no=1  set u:a=1") == (
        "403  D:displayname 424, u:a 424, u:no 403 cannot-modify-protected-property"
    )
    assert not exists(client, "/c/")


def test_a_failure_is_an_mkcol_response_of_propstats(serve: Callable[..., Served]) -> None:
    """RFC 5689 5.2: no multistatus, no response, no href."""
    answer = serve(NO).client("MKCOL", "/c/", mkcol("<u:no>1</u:no><u:a/>"), XML)
    root = etree.fromstring(answer.body)
    assert root.tag == "{DAV:}mkcol-response"
    assert {child.tag for child in root} == {"{DAV:}propstat"}


def test_a_failure_must_not_be_cached(serve: Callable[..., Served]) -> None:
    """As in the example of RFC 5689 3.5."""
    assert serve(NO).client("MKCOL", "/c/", mkcol("<u:no/>"), XML).headers["Cache-Control"] == "no-cache"


@pytest.mark.parametrize(
    ("cause", "expected"),
    [
        ("{id: c, kind: value-rule, property: '{urn:u}p', type: integer}", "409  u:a 424, u:p 409"),
        ("{id: c, kind: value-rule, property: '{urn:u}p', type: date, status: 422}", "422  u:a 424, u:p 422"),
        (
            "{id: c, kind: store-fails, property: '{urn:u}p'}",
            "507  u:a 424, u:p 507 sufficient-disk-space",
        ),
        ("{id: c, kind: quota, properties: 1}", "507  u:a 424, u:p 507 quota-not-exceeded"),
        ("{id: c, kind: quota, path: /, bytes: 100}", "507  u:a 424, u:p 507 quota-not-exceeded"),
        ("{id: c, kind: denied, property: '{urn:u}p'}", "403  u:a 424, u:p 403 need-privileges"),
    ],
)
def test_the_status_is_the_causes(serve: Callable[..., Served], cause: str, expected: str) -> None:
    """RFC 5689 3.2: as for MKCOL; the status line says what the cause says."""
    client = serve(f"causes:\n- {cause}").client
    assert client.say("MKCOL /c/  set u:a=1  set u:p=many") == expected
    assert not exists(client, "/c/")


def test_every_protected_property_is_named(dav: Client) -> None:
    """Two causes are two causes, and neither is 424."""
    assert dav.say("MKCOL /c/  set D:getetag=x  set u:a=1  set D:creationdate=x") == (
        "403  D:getetag 403 cannot-modify-protected-property, u:a 424,"
        " D:creationdate 403 cannot-modify-protected-property"
    )


def test_a_failed_commit_is_about_the_whole(serve: Callable[..., Served]) -> None:
    """No property is to blame, and there is no 424."""
    client = serve("causes:\n- {id: s, kind: store-fails, at: commit}").client
    assert client.say("MKCOL /c/  set u:a=1  set u:b=1") == "507 sufficient-disk-space"
    assert not exists(client, "/c/")


def test_what_could_not_be_made_can_be_made_later(serve: Callable[..., Served]) -> None:
    """A failure leaves nothing that would be in the way."""
    client = serve(NO).client
    client.say("MKCOL /c/  set u:no=1")
    assert client.say("MKCOL /c/  set u:a=1") == "201"


@pytest.mark.parametrize("body", ["", mkcol("<u:a/>")])
def test_a_success_must_not_be_cached(dav: Client, body: str) -> None:
    """RFC 4918 9.3: responses to MKCOL MUST NOT be cached."""
    assert dav("MKCOL", "/c/", body, XML if body else {}).headers["Cache-Control"] == "no-cache"


def test_extended_mkcol_is_announced(dav: Client) -> None:
    """RFC 5689 3.1: in the DAV header of OPTIONS."""
    assert "extended-mkcol" in dav("OPTIONS", "/").headers["DAV"].split(", ")


# MKCALENDAR --------------------------------------------------------------------------------------


def test_a_calendar_is_made(dav: Client) -> None:
    """RFC 4791 5.3.1: 201 with Cache-Control: no-cache, a collection and a calendar."""
    answer = dav("MKCALENDAR", "/cal/")
    assert (answer.status, answer.headers["Cache-Control"]) == (201, "no-cache")
    assert types(dav, "/cal/") == ["{DAV:}collection", "{urn:ietf:params:xml:ns:caldav}calendar"]


def test_a_calendar_is_made_with_its_properties(dav: Client) -> None:
    """All are set."""
    assert dav.say("MKCALENDAR /cal/  set D:displayname=Work  set C:calendar-timezone=UTC") == "201"
    assert dav.say("PROPFIND /cal/ D:displayname C:calendar-timezone") == (
        "207  D:displayname 200, C:calendar-timezone 200"
    )


def test_a_property_that_fails_makes_no_calendar_and_says_so_in_a_207(serve: Callable[..., Served]) -> None:
    """RFC 4791 5.3.1.1: the very failure that MKCOL spells 403."""
    client = serve(NO).client
    assert client.say("MKCALENDAR /cal/  set D:displayname=Work  set u:no=1") == (
        "207  D:displayname 424, u:no 403 cannot-modify-protected-property"
    )
    assert not exists(client, "/cal/")


def test_a_calendars_failure_is_a_multistatus_about_the_calendar(serve: Callable[..., Served]) -> None:
    """With one response that has the href of what wasn't made."""
    body = f"<C:mkcalendar {NAMESPACES}><D:set><D:prop><u:a/><u:no/></D:prop></D:set></C:mkcalendar>"
    client = serve(NO).client
    root = etree.fromstring(client("MKCALENDAR", "/cal", body, XML).body)
    assert root.tag == "{DAV:}multistatus"
    assert [each.text for each in root.iterfind("{DAV:}response/{DAV:}href")] == [f"{client.base}/cal/"]


def test_a_calendars_failed_commit_is_507(serve: Callable[..., Served]) -> None:
    """No DAV:set instruction is to blame, so it isn't a 207."""
    client = serve("causes:\n- {id: s, kind: store-fails, at: commit}").client
    assert client.say("MKCALENDAR /cal/  set u:a=1") == "507 sufficient-disk-space"
    assert not exists(client, "/cal/")


def test_a_calendar_where_something_is_must_be_null(dav: Client) -> None:
    """RFC 4791 5.3.1.1: resource-must-be-null."""
    dav("PUT", "/f", "content")
    assert told(dav("MKCALENDAR", "/f")) == "403 resource-must-be-null"


def test_a_calendar_without_a_parent_is_409(dav: Client) -> None:
    """RFC 4791 5.3.1.1."""
    assert dav("MKCALENDAR", "/no/cal/").status == 409


@pytest.mark.parametrize("method", ["MKCALENDAR", "MKCOL"])
def test_a_calendar_cannot_lie_in_a_calendar(dav: Client, method: str) -> None:
    """RFC 4791 4.2: at any depth, whichever method is used."""
    dav("MKCALENDAR", "/cal/")
    dav("MKCOL", "/cal/c/")
    body = mkcol(f"<D:resourcetype>{COLLECTION}<C:calendar/></D:resourcetype>") if method == "MKCOL" else ""
    answer = dav(method, "/cal/c/d/", body, XML if body else {})
    assert answer.status == 403
    assert b"calendar-collection-location-ok" in answer.body
    assert not exists(dav, "/cal/c/d/")


def test_a_calendar_may_not_be_typed_as_something_else(dav: Client) -> None:
    """RFC 4791 5.3.1.1 and RFC 5689 3.3: what MKCALENDAR makes is a calendar."""
    body = (
        f"<C:mkcalendar {NAMESPACES}><D:set><D:prop><D:resourcetype>{COLLECTION}</D:resourcetype></D:prop></D:set>"
        "</C:mkcalendar>"
    )
    assert told(dav("MKCALENDAR", "/cal/", body, XML)) == "207  D:resourcetype 403 valid-resourcetype"
    assert not exists(dav, "/cal/")


def test_a_calendar_may_be_asked_for_without_any_property(dav: Client) -> None:
    """RFC 4918 14.18: DAV:prop may be empty, which is what clients send for a calendar without a name."""
    prop = "<D:set><D:prop/></D:set>"
    assert dav("MKCALENDAR", "/cal/", f"<C:mkcalendar {NAMESPACES}>{prop}</C:mkcalendar>", XML).status == 201
    assert dav("MKCALENDAR", "/other/", f"<C:mkcalendar {NAMESPACES}/>", XML).status == 400
    assert not exists(dav, "/other/")


def test_a_calendar_asked_for_with_the_body_of_mkcol_is_415(dav: Client) -> None:
    """Each has its own root element."""
    assert dav("MKCALENDAR", "/cal/", mkcol("<u:a/>"), XML).status == 415
    assert not exists(dav, "/cal/")


def test_a_calendar_under_a_locked_parent_is_423(serve: Callable[..., Served]) -> None:
    """RFC 4791 5.3.1.1: 423 for the request as a whole."""
    client = serve("tree: {/c/: {}}\ncauses:\n- {id: l, kind: lock, path: /c/}").client
    assert told(client("MKCALENDAR", "/c/cal/")) == "423 lock-token-submitted"
