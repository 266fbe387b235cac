"""The traits of the answer as a whole, on a real socket."""

from __future__ import annotations

import json
import re

import pytest
from lxml import etree

from dav424.core.batch import FailedDependency
from tests.dialects.conftest import Compare, Speak, said

HELD = """
tree:
  /d/:
    properties: {"{urn:x}a": one}
  /d/e/f.txt: {content: Milk}
  /d/g.txt: {content: Eggs}
causes:
  - {id: mine, kind: lock, path: /d/e/f.txt}
  - {id: yours, kind: lock, path: /d/g.txt}
"""
FREE = "tree: {/f: {content: A}, /d/g: {content: B}}"
LOCK = '<D:lockinfo xmlns:D="DAV:"><D:lockscope><D:exclusive/></D:lockscope><D:locktype><D:write/></D:locktype></D:lockinfo>'
SET = (
    "<D:set><D:prop><D:displayname>N</D:displayname></D:prop></D:set>"
    "<D:set><D:prop><D:getcontentlength>1</D:getcontentlength></D:prop></D:set>"
)
MKCOL = f'<D:mkcol xmlns:D="DAV:">{SET}</D:mkcol>'
MKCALENDAR = f'<C:mkcalendar xmlns:D="DAV:" xmlns:C="urn:ietf:params:xml:ns:caldav">{SET}</C:mkcalendar>'
UPDATE = f'<D:propertyupdate xmlns:D="DAV:">{SET}</D:propertyupdate>'
NAMED = '<D:propfind xmlns:D="DAV:"><D:prop><D:displayname/><D:getetag/></D:prop></D:propfind>'
ALL, ZERO = {"Depth": "infinity"}, {"Depth": "0"}
DEPENDENCY = FailedDependency.status


def shape(body: bytes) -> list[str]:
    """Give the document element and its children by their local names, and all hrefs."""
    root = etree.fromstring(body)
    return [etree.QName(each).localname for each in (root, *root)]


def statuses(body: bytes) -> list[int]:
    """List the codes of all ``DAV:status`` in their order."""
    return [int(code) for code in re.findall(rb"<D:status>HTTP/1.1 ([0-9]+)", body)]


@pytest.mark.parametrize(("status", "expected"), [("207", 207), ("200", 200), ("dependency", DEPENDENCY)])
def test_the_status_line_of_a_multistatus(compare: Compare, status: str, expected: int) -> None:
    """The body is the same. As Apache, a collection that depended on its members has their dependency in the status line."""
    spoken, plain = compare(f"multistatus-status: '{status}'", HELD)("DELETE", "/d/")
    assert (spoken.status, plain.status) == (expected, 207)
    assert spoken.body == plain.body


@pytest.mark.parametrize("status", ["200", "dependency"])
def test_the_status_line_of_a_listing(compare: Compare, status: str) -> None:
    """Nothing in it depended on anything."""
    spoken, _ = compare(f"multistatus-status: '{status}'", HELD)("PROPFIND", "/d/", NAMED, ZERO)
    assert spoken.status == (200 if status == "200" else 207)


def test_lockdiscovery_depends_on_the_members(compare: Compare) -> None:
    """As Apache: the Request-URI comes first, and its property has the status of the outcome."""
    spoken, plain = compare("lock-refusal: lockdiscovery", HELD)("LOCK", "/d/", LOCK, ALL)
    assert said(spoken) == sorted([("/d/", "{DAV:}lockdiscovery", DEPENDENCY), *said(plain)[1:]], key=str)
    assert spoken.body.index(b"<D:lockdiscovery/>") < spoken.body.index(b"423 Locked")


def test_the_members_alone_refuse_a_lock(compare: Compare) -> None:
    """As Zope."""
    spoken, plain = compare("lock-refusal: members", HELD)("LOCK", "/d/", LOCK, ALL)
    assert said(spoken) == [each for each in said(plain) if each[0] != "/d/"]


def test_a_lock_is_refused_with_the_first_member(compare: Compare) -> None:
    """As WsgiDAV and lighttpd: 423 with its condition."""
    spoken, _ = compare("lock-refusal: error", HELD)("LOCK", "/d/", LOCK, ALL)
    assert (spoken.status, spoken.condition) == (423, "{DAV:}no-conflicting-lock")
    assert b"<D:href>/d/e/f.txt</D:href>" in spoken.body


def test_a_lock_that_is_granted_is_the_same(compare: Compare) -> None:
    """No value changes a success."""
    for value in ("lockdiscovery", "members", "error"):
        spoken, plain = compare(f"lock-refusal: {value}", FREE)("LOCK", "/d/", LOCK, ALL)
        assert spoken.body == plain.body


def test_a_delete_is_refused_with_the_first_member(compare: Compare) -> None:
    """As sabre/dav: the error of the member for the whole request."""
    spoken, plain = compare("member-failures: error", HELD)("DELETE", "/d/")
    assert (plain.status, spoken.status, spoken.condition) == (207, 423, "{DAV:}lock-token-submitted")
    assert b"<D:href>/d/e/f.txt</D:href>" in spoken.body


def test_an_empty_multistatus(compare: Compare) -> None:
    """The members are still there: the state is that of the other dialect."""
    spoken, _ = compare("member-failures: empty", HELD)("DELETE", "/d/")
    assert spoken.body == b'<?xml version="1.0" encoding="utf-8"?>\n<D:multistatus xmlns:D="DAV:">\n</D:multistatus>\n'
    assert spoken.status == 207


def test_a_failure_of_the_request_uri(compare: Compare) -> None:
    """One response with the status of the first member."""
    spoken, _ = compare("member-failures: of-request", HELD)("DELETE", "/d/")
    assert said(spoken) == [("/d/", None, 423)]


def test_an_update_without_propstats(compare: Compare) -> None:
    """sabre/dav's client reads the propstats alone."""
    spoken, _ = compare("update-failures: response", FREE)("PROPPATCH", "/f", UPDATE)
    assert (spoken.status, said(spoken)) == (207, [("/f", None, 403)])


def test_an_update_that_is_an_error(compare: Compare) -> None:
    """The status of the first failure with its condition."""
    spoken, _ = compare("update-failures: error", FREE)("PROPPATCH", "/f", UPDATE)
    assert (spoken.status, spoken.condition) == (403, "{DAV:}cannot-modify-protected-property")


@pytest.mark.parametrize("value", ["response", "error"])
def test_an_update_that_was_done_is_the_same(compare: Compare, value: str) -> None:
    """No value changes a success."""
    body = UPDATE.replace("getcontentlength", "displayname")
    spoken, plain = compare(f"update-failures: {value}", FREE)("PROPPATCH", "/f", body)
    assert spoken.body == plain.body


@pytest.mark.parametrize(
    ("method", "path", "body"),
    [("PUT", "/d/g.txt", "B"), ("DELETE", "/d/g.txt", ""), ("PROPPATCH", "/d/g.txt", UPDATE)],
)
def test_a_whole_failure_as_multistatus(compare: Compare, method: str, path: str, body: str) -> None:
    """The status and the condition of the request stand inside; the message of dav424 does not."""
    spoken, plain = compare("whole-failures: multistatus", HELD)(method, path, body)
    assert (plain.status, spoken.status, said(spoken)) == (423, 207, [(path, None, 423)])
    assert b"<D:lock-token-submitted><D:href>/d/g.txt</D:href></D:lock-token-submitted></D:error>" in spoken.body


def test_a_whole_failure_of_each_property(compare: Compare) -> None:
    """A PROPPATCH names properties; other methods have a response with a status."""
    both = compare("whole-failures: propstats", HELD)
    spoken, _ = both("PROPPATCH", "/d/g.txt", UPDATE)
    assert said(spoken) == [("/d/g.txt", "{DAV:}displayname", 423), ("/d/g.txt", "{DAV:}getcontentlength", 423)]
    assert said(both("PUT", "/d/g.txt", "B")[0]) == [("/d/g.txt", None, 423)]


def test_a_request_that_is_no_use_stays_one(compare: Compare) -> None:
    """400, 404 and 412 are no failures of a resource to change."""
    both = compare("whole-failures: multistatus", FREE)
    assert both("PROPPATCH", "/f", "<a")[0].status == 400
    assert both("PUT", "/f", "B", {"If-Match": '"x"'})[0].status == 412


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ("response", [("/no", None, 404)]),
        ("propstat", [("/no", "{DAV:}displayname", 404), ("/no", "{DAV:}getetag", 404)]),
        ("empty", []),
    ],
)
def test_an_unmapped_url(compare: Compare, value: str, expected: list[object]) -> None:
    """Nginx and others answer 207 with a 404 inside; GET is 404 as ever."""
    both = compare(f"unmapped: {value}", FREE)
    spoken, plain = both("PROPFIND", "/no", NAMED, ZERO)
    assert (plain.status, spoken.status, said(spoken)) == (404, 207, expected)
    assert both("GET", "/no")[0].status == 404


@pytest.mark.parametrize(("method", "status"), [("MOVE", 201), ("COPY", 201), ("DELETE", 204)])
def test_a_success_as_multistatus(compare: Compare, method: str, status: int) -> None:
    """redmine_dmsf answered a MOVE so; a PUT has its own status."""
    both = compare("done-as-multistatus: true", FREE)
    spoken, plain = both(method, "/f", headers={"Destination": "{base}/h"})
    assert (plain.status, spoken.status, said(spoken)) == (status, 207, [("/f", None, status)])
    assert both("PUT", "/new", "B")[0].status == 201


def test_a_delete_answers_200(compare: Compare) -> None:
    """Nothing but the status is another."""
    spoken, plain = compare("delete-status: 200", FREE)("DELETE", "/f")
    assert (plain.status, spoken.status, spoken.body) == (204, 200, b"")


@pytest.mark.parametrize("status", [409, 301, 406])
def test_an_existing_collection(compare: Compare, status: int) -> None:
    """A 301 names the URL with the slash; a missing parent has a status of its own."""
    both = compare(f"existing-mkcol: {status}", FREE)
    spoken, plain = both("MKCOL", "/d")
    assert (plain.status, spoken.status, "Allow" in spoken.headers) == (405, status, False)
    assert spoken.headers.get("Location", "").endswith("/d/" if status == 301 else "")
    assert both("MKCOL", "/no/such")[0].status == 409


FORMS = {
    "mkcol-response": (403, ["mkcol-response", "propstat", "propstat"]),
    "mkcol-response-in-207": (207, ["mkcol-response", "propstat", "propstat"]),
    "multistatus": (207, ["multistatus", "response"]),
    "propstats": (207, ["multistatus", "propstat", "propstat"]),
    "mkcalendar-response": (207, ["mkcalendar-response", "propstat", "propstat"]),
}


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize(
    ("method", "body", "usual"), [("MKCOL", MKCOL, "mkcol-response"), ("MKCALENDAR", MKCALENDAR, "multistatus")]
)
def test_a_creation_that_failed(compare: Compare, method: str, body: str, usual: str, form: str) -> None:
    """Whatever the form is, the properties have the statuses of their outcomes, and nothing was made."""
    both = compare(f"{method.lower()}-failure: {form}", FREE)
    spoken, plain = both(method, "/new/", body)
    assert (spoken.status, shape(spoken.body)) == FORMS[form]
    assert statuses(spoken.body) == statuses(plain.body)
    if form == usual:
        assert spoken.body == plain.body
    assert both("GET", "/new/")[0].status == 404


@pytest.mark.parametrize(("method", "body"), [("MKCOL", MKCOL), ("MKCALENDAR", MKCALENDAR)])
def test_a_creation_that_is_an_error(compare: Compare, method: str, body: str) -> None:
    """The status of the first failure with its condition."""
    spoken, _ = compare(f"{method.lower()}-failure: error", FREE)(method, "/new/", body)
    assert (spoken.status, spoken.condition) == (403, "{DAV:}cannot-modify-protected-property")


def test_a_creation_with_a_body(compare: Compare) -> None:
    """RFC 5689 3 allows it with 201; Bedework has a multistatus in which all is 200."""
    body, calendar = (
        each.replace("<D:getcontentlength>1</D:getcontentlength>", '<a xmlns="urn:x"/>') for each in (MKCOL, MKCALENDAR)
    )
    spoken, plain = compare("mkcol-success: mkcol-response", FREE)("MKCOL", "/new/", body)
    assert (plain.status, spoken.status, shape(spoken.body)) == (201, 201, ["mkcol-response", "propstat"])
    spoken, _ = compare("mkcol-success: mkcol-response", FREE)("MKCALENDAR", "/new/", calendar)
    assert (spoken.status, shape(spoken.body)) == (201, ["mkcalendar-response", "propstat"])
    both = compare("mkcol-success: multistatus", FREE)
    spoken, _ = both("MKCOL", "/new/", body)
    assert (spoken.status, [each[2] for each in said(spoken)]) == (207, [200, 200])
    spoken, _ = both("MKCOL", "/plain/")
    assert (spoken.status, said(spoken)) == (207, [("/plain/", None, 201)])


@pytest.mark.parametrize(
    ("server", "content_type", "begin"),
    [
        ("none", None, ""),
        ("phrase", "text/plain; charset=utf-8", "Locked"),
        ("apache", "text/html; charset=iso-8859-1", "<!DOCTYPE HTML PUBLIC"),
        ("tomcat", "text/html;charset=utf-8", "<!doctype html>"),
        ("lighttpd", "text/html", '<?xml version="1.0" encoding="iso-8859-1"?>\n<!DOCTYPE html'),
        ("nginx", None, ""),
        ("zope", "text/html;charset=utf-8", "<!DOCTYPE html>\n<html>\n<head>\n<title>Site Error"),
    ],
)
def test_the_body_of_an_error(compare: Compare, server: str, content_type: str | None, begin: str) -> None:
    """The status is the same."""
    spoken, plain = compare(f"error-body: {server}", HELD)("PUT", "/d/g.txt", "B")
    assert (spoken.status, plain.status) == (423, 423)
    assert spoken.headers.get("Content-Type") == content_type
    assert spoken.body.decode().startswith(begin)
    assert bool(spoken.body) == bool(begin)


def test_cyrus_has_pages_and_conditions(compare: Compare) -> None:
    """A condition stands alone, other failures have a page of HTML, and a precondition has nothing."""
    both = compare("error-body: cyrus", HELD)
    spoken, plain = both("PUT", "/d/g.txt", "B")
    assert (spoken.condition, shape(spoken.body)) == (plain.condition, ["error", "lock-token-submitted"])
    spoken, _ = both("GET", "/no")
    assert (spoken.headers.get("Content-Type"), b"<h1>Not Found</h1>" in spoken.body) == (
        "text/html; charset=utf-8",
        True,
    )
    spoken, _ = both("GET", "/d/e/f.txt", "", {"If-Match": '"other"'})
    assert (spoken.status, spoken.body) == (412, b"")


def test_xandikos_says_sentences(compare: Compare) -> None:
    """They have no type of text; a refused method or precondition says nothing, but for a COPY or MOVE."""
    both = compare("error-body: xandikos", HELD)
    spoken, _ = both("GET", "/no")
    assert (spoken.status, spoken.headers.get("Content-Type")) == (404, "application/octet-stream")
    assert spoken.body
    spoken, _ = both("PUT", "/f", "B", {"If-Match": '"other"'})
    assert (spoken.status, spoken.body, spoken.headers.get("Content-Type")) == (412, b"", None)
    spoken, _ = both("COPY", "/d/e/f.txt", "", {"Destination": "{base}/d/g.txt", "Overwrite": "F"})
    assert (spoken.status, bool(spoken.body)) == (412, True)


def test_nginx_has_pages(compare: Compare) -> None:
    """It has one for 404."""
    spoken, _ = compare("error-body: nginx", FREE)("GET", "/no")
    assert b"<center><h1>404 Not Found</h1></center>" in spoken.body


def test_lighttpd_keeps_a_conflict(compare: Compare) -> None:
    """A lock that conflicts with another one has its condition, and no message."""
    spoken, _ = compare("lock-refusal: error\nerror-body: lighttpd", HELD)("LOCK", "/d/", LOCK, ALL)
    assert shape(spoken.body) == ["error", "no-conflicting-lock"]


def test_nephele_writes_json(compare: Compare) -> None:
    """It has the status and the reason."""
    spoken, _ = compare("error-body: nephele", HELD)("PUT", "/d/g.txt", "B")
    assert json.loads(spoken.body)["code"] == 423
    assert "g.txt" in json.loads(spoken.body)["message"]


def test_sabre_names_an_exception(compare: Compare) -> None:
    """It stands in a namespace of its own, beside the condition."""
    both = compare("error-body: sabre\ndav-prefix: d\nwhite-space: indented", HELD)
    spoken, _ = both("PUT", "/d/g.txt", "B")
    assert spoken.body.startswith(
        b'<?xml version="1.0" encoding="utf-8"?>\n<d:error xmlns:d="DAV:" xmlns:s="http://sabredav.org/ns">\n'
        b"  <s:sabredav-version>4.7.1</s:sabredav-version>\n  <s:exception>Sabre\\DAV\\Exception\\Locked</s:exception>\n"
        b"  <s:message/>\n  <d:lock-token-submitted>\n    <d:href>/d/g.txt</d:href>\n"
    )
    assert b"Exception\\NotFound</s:exception>" in both("GET", "/no")[0].body


def test_a_body_from_a_scenario_stays(speak: Speak) -> None:
    """It is the answer that the user has written."""
    causes = "causes: [{id: busy, kind: answers, path: /f, methods: [PUT], status: 503, body: Busy}]"
    client = speak("error-body: apache\nwhole-failures: multistatus", f"{FREE}\n{causes}").client
    assert client("PUT", "/f", "B").body == b"Busy"


def test_content_of_a_client_stays(compare: Compare) -> None:
    """A document of a client is no answer of the server, even if it is a multistatus."""
    content = '<D:multistatus xmlns:D="DAV:"><D:response><D:href>/x</D:href></D:response></D:multistatus>'
    both = compare("dav-prefix: d\nhref-form: url\nxml-type: text/xml", FREE)
    both("PUT", "/m", content, {"Content-Type": "application/xml; charset=utf-8"})
    spoken, plain = both("GET", "/m")
    assert (spoken.body, spoken.headers["Content-Type"]) == (content.encode(), plain.headers["Content-Type"])
