"""The traits that take methods away or refuse them, on a real socket."""

from __future__ import annotations

import pytest

from tests.dialects.conftest import Speak

TREE = "tree: {/a.txt: {content: Milk}, /d/b.txt: {content: Eggs}}"
CLASS_1 = "methods-absent: {LOCK: 405, UNLOCK: 405}"
LOCKINFO = (
    '<D:lockinfo xmlns:D="DAV:"><D:lockscope><D:{}/></D:lockscope><D:locktype><D:write/></D:locktype></D:lockinfo>'
)
XML = {"Content-Type": "application/xml"}


def test_a_server_of_class_1_announces_no_locks(speak: Speak) -> None:
    """OPTIONS has neither class 2 nor LOCK and UNLOCK."""
    answer = speak(CLASS_1, TREE).client("OPTIONS", "/a.txt")
    assert answer.headers["DAV"] == "1, 3, extended-mkcol, ordered-collections, calendar-access, addressbook"
    assert not {"LOCK", "UNLOCK"} & set(answer.headers["Allow"].split(", "))


def test_a_server_of_class_1_has_no_properties_of_locks(speak: Speak) -> None:
    """DAV:supportedlock is empty, DAV:lockdiscovery is not there, and no method set has LOCK."""
    client = speak(CLASS_1, TREE).client
    answer = client.say("PROPFIND /a.txt D:supportedlock D:lockdiscovery")
    assert answer == "207  D:supportedlock 200, D:lockdiscovery 404"
    body = '<D:propfind xmlns:D="DAV:"><D:prop><D:supportedlock/><D:supported-method-set/></D:prop></D:propfind>'
    received = client("PROPFIND", "/a.txt", body, {"Depth": "0"}).body
    assert b"<D:supportedlock/>" in received
    assert b'name="PUT"' in received
    assert b"LOCK" not in received
    assert b"lockdiscovery" not in client("PROPFIND", "/a.txt", headers={"Depth": "0"}).body


@pytest.mark.parametrize("status", [400, 403, 404, 405, 500, 501])
def test_a_method_that_is_absent_is_refused(speak: Speak, status: int) -> None:
    """With the status of the dialect; the Allow of a 405 does not list it."""
    client = speak(f"methods-absent: {{LOCK: {status}, UNLOCK: 405}}", TREE).client
    answer = client("LOCK", "/a.txt", LOCKINFO.format("exclusive"), XML)
    assert answer.status == status
    assert "LOCK" not in answer.headers.get("Allow", "")
    assert client("PUT", "/a.txt", "new").status == 204


def test_an_absent_mkcalendar(speak: Speak) -> None:
    """Apache answers 501, and the journal says why."""
    speaking = speak("methods-absent: {MKCALENDAR: 501}", TREE)
    assert speaking.client("MKCALENDAR", "/cal/").status == 501
    assert speaking.latest.refused is not None
    assert speaking.latest.refused.detail == "This server does not have the method MKCALENDAR."
    assert speaking.client("PROPFIND", "/cal/").status == 404


def test_the_locks_of_a_scenario_hold_on_a_server_of_class_1(speak: Speak) -> None:
    """Another door has set them: the server of class 1 can't remove them, and refuses a write."""
    client = speak(CLASS_1, f"{TREE}\ncauses: [{{id: busy, kind: lock, path: /a.txt}}]").client
    assert client("PUT", "/a.txt", "new").status == 423


def test_a_method_that_is_listed_and_refused(speak: Speak) -> None:
    """The UNLOCK of Cyrus: Allow has it, and it is always 405."""
    client = speak("methods-refused: {UNLOCK: 405}", TREE).client
    assert "UNLOCK" in client("OPTIONS", "/a.txt").headers["Allow"].split(", ")
    assert client("OPTIONS", "/a.txt").headers["DAV"].startswith("1, 2, 3")
    token = client("LOCK", "/a.txt", LOCKINFO.format("exclusive"), XML).headers["Lock-Token"]
    assert client("UNLOCK", "/a.txt", headers={"Lock-Token": token}).status == 405
    assert client("PUT", "/a.txt", "new").status == 423


def test_methods_that_collections_refuse(speak: Speak) -> None:
    """HEAD 404 and GET 405 for a collection, as of Apache without an index; a document has both."""
    client = speak("collections-refuse: {GET: 405, HEAD: 404, LOCK: 500}", TREE).client
    assert [client(method, "/d/").status for method in ("GET", "HEAD")] == [405, 404]
    assert [client(method, "/a.txt").status for method in ("GET", "HEAD")] == [200, 200]
    assert client("LOCK", "/d/", LOCKINFO.format("exclusive"), XML).status == 500
    assert client("LOCK", "/a.txt", LOCKINFO.format("exclusive"), XML).status == 200
    assert client("PROPFIND", "/d/", headers={"Depth": "1"}).status == 207


def test_methods_that_documents_refuse(speak: Speak) -> None:
    """PROPPATCH 403 for a document that is there, as of Radicale; a collection has it."""
    client = speak("documents-refuse: {PROPPATCH: 403}", TREE).client
    update = '<D:propertyupdate xmlns:D="DAV:"><D:set><D:prop><X:a xmlns:X="urn:x">1</X:a></D:prop></D:set></D:propertyupdate>'
    assert [client("PROPPATCH", path, update, XML).status for path in ("/a.txt", "/d/", "/missing")] == [403, 207, 404]


def test_an_empty_page_of_a_collection(speak: Speak) -> None:
    """GET of a collection is 200 with nothing; of a document it is the content."""
    client = speak("collection-listing: empty", TREE).client
    answer = client("GET", "/d/")
    assert (answer.status, answer.body, answer.headers.get("Content-Type")) == (200, b"", None)
    assert client("GET", "/a.txt").body == b"Milk"


@pytest.mark.parametrize("status", [400, 403, 415, 501])
def test_an_extended_mkcol_is_refused(speak: Speak, status: int) -> None:
    """MKCOL with a body is refused, and makes nothing; without a body it makes a collection."""
    client = speak(f"extended-mkcol: {status}", TREE).client
    assert client.say("MKCOL /new/ set u:a=1") == str(status)
    assert client("PROPFIND", "/new/").status == 404
    assert client("MKCOL", "/new/").status == 201
    assert client("OPTIONS", "/").headers["DAV"] == "1, 2, 3, ordered-collections, calendar-access, addressbook"


def test_the_body_of_an_extended_mkcol_is_ignored(speak: Speak) -> None:
    """The collection is made without the properties, and the journal has the body that was sent."""
    speaking = speak("extended-mkcol: ignored", TREE)
    assert speaking.client.say("MKCOL /new/ set u:a=1") == "201"
    assert b"<u:a>1</u:a>" in speaking.latest.request.body
    assert [str(step.subject) for step in speaking.latest.steps] == ["create /new"]
    assert speaking.client.say("PROPFIND /new/ u:a") == "207  u:a 404"


def test_another_body_of_a_mkcol_is_ignored(speak: Speak) -> None:
    """As Xandikos ignores it; the properties of one of XML are set, and OPTIONS tells that they are."""
    client = speak("extended-mkcol: done-for-xml", TREE).client
    assert client("MKCOL", "/text/", "text", {"Content-Type": "text/plain"}).status == 201
    assert client.say("MKCOL /new/ set u:a=1") == "201"
    assert client.say("PROPFIND /new/ u:a") == "207  u:a 200"
    assert "extended-mkcol" in client("OPTIONS", "/").headers["DAV"]


def test_the_headers_of_options(speak: Speak) -> None:
    """In place of the usual ones: several of one name, and none for an empty value."""
    speaking = speak(
        "options-headers: {DAV: ['1,2', '<http://apache.org/dav/propset/fs/1>'], MS-Author-Via: DAV, "
        "Public: 'OPTIONS, GET', X-MSDAVEXT: ''}",
        TREE,
    )
    client = speaking.client
    answer = client("OPTIONS", "/a.txt")
    announced = [value for name, value in speaking.latest.answer.headers if name == "DAV"]
    assert announced == ["1,2", "<http://apache.org/dav/propset/fs/1>"]
    assert answer.headers["DAV"] in announced
    assert answer.headers["Public"] == "OPTIONS, GET"
    assert "X-MSDAVEXT" not in answer.headers
    assert "PROPFIND" in answer.headers["Allow"].split(", ")
    assert "Public" not in client("GET", "/a.txt").headers


def test_prefer_is_ignored(speak: Speak) -> None:
    """The response is that without the header; the journal has the header."""
    speaking = speak("prefer: ignored", TREE)
    assert speaking.client.say("PROPPATCH /a.txt set u:a=1", {"Prefer": "return=minimal"}) == "207  u:a 200"
    assert speaking.latest.request.headers["prefer"] == "return=minimal"


def test_brief_is_ignored(speak: Speak) -> None:
    """A BPROPPATCH tells its successes, too."""
    body = (
        '<D:propertyupdate xmlns:D="DAV:" xmlns:u="urn:u"><D:target><D:href>{base}/a.txt</D:href></D:target>'
        "<D:set><D:prop><u:a>1</u:a></D:prop></D:set></D:propertyupdate>"
    )
    answers = []
    for dialect in ("prefer: honoured", "brief: ignored"):
        client = speak(dialect, TREE).client
        sent = body.replace("{base}", client.base)
        answers.append(client("BPROPPATCH", "/", sent, {**XML, "Brief": "t"}))
    assert [b"urn:u" in answer.body for answer in answers] == [False, True]
