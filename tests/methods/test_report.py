"""REPORT on a real socket: the frame, ``expand-property`` and the multigets."""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest

from dav424.journal.report import report
from tests.client import Client, told
from tests.conftest import Served

Serve = Callable[..., Served]

XML = {"Content-Type": "application/xml"}
NAMESPACES = 'xmlns:D="DAV:" xmlns:C="urn:ietf:params:xml:ns:caldav" xmlns:B="urn:ietf:params:xml:ns:carddav"'
CALENDAR = """
tree:
  /cal/: {types: ["{urn:ietf:params:xml:ns:caldav}calendar"]}
  /cal/a.ics: {content: A & B, type: text/calendar}
  /cal/b.ics: {content: B, type: text/calendar}
  /book/: {types: ["{urn:ietf:params:xml:ns:carddav}addressbook"]}
  /book/a.vcf: {content: A, type: text/vcard}
  /plain/a.ics: {content: A, type: text/calendar}
"""
DENIED = CALENDAR + "causes: [{id: denied, kind: denied, path: /cal/b.ics}]"


def multiget(*hrefs: str, prop: str = "<D:getetag/>", name: str = "C:calendar-multiget") -> str:
    """Write the body of a multiget."""
    named = "".join(f"<D:href>{each}</D:href>" for each in hrefs)
    return f"<{name} {NAMESPACES}><D:prop>{prop}</D:prop>{named}</{name}>"


def ask(client: Client, path: str, *names: str, **more: str) -> str:
    """Send a multiget of members, and tell the answer."""
    return told(client("REPORT", path, multiget(*(f"{client.base}{name}" for name in names), **more), XML))


def test_an_unknown_report_is_refused(serve: Serve) -> None:
    """RFC 3253 3.6: the report must be supported by the resource."""
    assert told(serve("").client("REPORT", "/", '<x xmlns="urn:x"/>', XML)) == "403 supported-report"


def test_a_report_of_calendars_is_for_calendars(serve: Serve) -> None:
    """The property lists the report on a calendar, and not on another collection."""
    client = serve(CALENDAR).client
    body = '<D:propfind xmlns:D="DAV:"><D:prop><D:supported-report-set/></D:prop></D:propfind>'
    listed = {
        path: b"calendar-multiget" in client("PROPFIND", path, body, {**XML, "Depth": "0"}).body
        for path in ("/cal/a.ics", "/plain/")
    }
    assert listed == {"/cal/a.ics": True, "/plain/": False}
    assert ask(client, "/plain/", "/plain/a.ics") == "403 supported-report"


@pytest.mark.parametrize("body", ["", "<D:x"])
def test_a_report_needs_a_body(serve: Serve, body: str) -> None:
    """Without one there is no report to make."""
    assert serve("").client("REPORT", "/", body, XML).status == 400


def test_a_report_of_nothing_is_not_found(serve: Serve) -> None:
    """RFC 9110 15.5.5, whatever the body."""
    assert serve("").client("REPORT", "/no/", '<x xmlns="urn:x"/>', XML).status == 404


def test_a_multiget_answers_for_each_member_alone(serve: Serve) -> None:
    """A member that a cause denies, and one that is gone, have a status of their own."""
    client = serve(DENIED).client
    assert ask(client, "/cal/", "/cal/a.ics", "/cal/b.ics", "/cal/c.ics") == (
        "207  D:getetag 200, /cal/b.ics 403 need-privileges, /cal/c.ics 404"
    )


def test_a_multiget_has_the_data(serve: Serve) -> None:
    """RFC 4791 9.6: escaped, in the namespace of the request."""
    client = serve(CALENDAR).client
    answer = client("REPORT", "/cal/", multiget(f"{client.base}/cal/a.ics", prop="<C:calendar-data/>"), XML)
    assert b'caldav">A &amp; B</n:calendar-data>' in answer.body


def test_an_address_book_has_its_own_multiget(serve: Serve) -> None:
    """RFC 6352 8.7."""
    client = serve(CALENDAR).client
    told = ask(client, "/book/", "/book/a.vcf", prop="<B:address-data/>", name="B:addressbook-multiget")
    assert told == "207  {urn:ietf:params:xml:ns:carddav}address-data 200"


@pytest.mark.parametrize(
    ("prop", "status"), [("<C:calendar-data/>", "/cal/a.ics 503"), ("<D:getetag/>", "D:getetag 200")]
)
def test_a_member_is_unreadable_if_the_report_reads_it(serve: Serve, prop: str, status: str) -> None:
    """A report of properties alone reads no content."""
    client = serve(CALENDAR + "causes: [{id: broken, kind: unreadable}]").client
    assert ask(client, "/cal/", "/cal/a.ics", prop=prop) == f"207  {status}"


def test_an_answer_of_a_cause_is_that_of_the_member(serve: Serve) -> None:
    """Any status that a scenario chooses."""
    client = serve(CALENDAR + "causes: [{id: gone, kind: answers, status: 410, path: /cal/b.ics}]").client
    assert ask(client, "/cal/", "/cal/a.ics", "/cal/b.ics") == "207  D:getetag 200, /cal/b.ics 410"


def test_a_cause_counts_the_report_once(serve: Serve) -> None:
    """However many members it meets."""
    client = serve(CALENDAR + "causes: [{id: busy, kind: answers, status: 503, path: /cal/b.ics, times: 1}]").client
    assert [ask(client, "/cal/", "/cal/b.ics") for _ in range(2)] == ["207  /cal/b.ics 503", "207  D:getetag 200"]


def test_a_member_of_another_collection_is_not_found(serve: Serve) -> None:
    """The report is about the Request-URI alone."""
    assert ask(serve(CALENDAR).client, "/cal/", "/plain/a.ics") == "207  /plain/a.ics 404"


@pytest.mark.parametrize(
    ("sent", "status"),
    [
        ("https://example.com/cal/a.ics", 404),
        ("/elsewhere/cal/a.ics", 404),
        ("http://[::1/a.ics", 400),
        ("%zz", 400),
        ("mailto:ada@example.com", 404),
        ("", 400),
    ],
)
@pytest.mark.parametrize("dialect", ["", "sabre", "nextcloud", "apache"])
def test_an_href_that_names_nothing_here_is_answered_alone(serve: Serve, sent: str, status: int, dialect: str) -> None:
    """RFC 4791 7.9: a response for it, with the href as it was sent; the members beside it are reported."""
    served = serve(CALENDAR + (f"dialect: {dialect}\n" if dialect else ""))
    client = served.client
    answer = client("REPORT", "/cal/", multiget(f"{client.base}/cal/a.ics", sent, f"{client.base}/cal/b.ics"), XML)
    statuses = [int(found) for found in re.findall(rb"<[^>]*status>HTTP/1.1 (\d+)", answer.body)]
    assert (answer.status, statuses) == (207, [200, status, 200])
    assert (f">{sent}</".encode() in answer.body) or (not sent and b"href/>" in answer.body)
    assert [fact.status for fact in report([*served.space.journal][-1]).facts] == [status]


def test_a_multiget_of_an_object_answers_for_another_href(serve: Serve) -> None:
    """The object itself is reported beside it (RFC 4791 7.9)."""
    client = serve(CALENDAR).client
    answer = client("REPORT", "/cal/a.ics", multiget(f"{client.base}/cal/a.ics", "https://example.com/"), XML)
    assert [each.status for each in answer.reported] == [200, 404]


def test_a_multiget_without_hrefs_is_malformed(serve: Serve) -> None:
    """RFC 4791 9.10."""
    assert serve(CALENDAR).client("REPORT", "/cal/", multiget(), XML).status == 400


def test_prefer_minimal_leaves_out_what_is_missing(serve: Serve) -> None:
    """RFC 8144 2.1, and the answer says so."""
    client = serve(CALENDAR).client
    body = multiget(f"{client.base}/cal/a.ics", prop="<D:getetag/><D:owner2/>")
    answer = client("REPORT", "/cal/", body, {**XML, "Prefer": "return=minimal"})
    assert (told(answer), answer.headers["Preference-Applied"]) == ("207  D:getetag 200", "return=minimal")


def test_the_journal_tells_of_each_member(serve: Serve) -> None:
    """With the cause that refused it."""
    served = serve(DENIED)
    ask(served.client, "/cal/", "/cal/a.ics", "/cal/b.ics", "/cal/c.ics")
    told = [(str(step), step.cause) for step in report([*served.space.journal][-1]).facts]
    assert told == [
        ("read /cal/b.ics: 403 Forbidden {DAV:}need-privileges", "denied"),
        ("read /cal/c.ics: 404 Not Found", None),
    ]


EXPAND = (
    f'<D:expand-property {NAMESPACES}><D:property name="link" namespace="urn:u">%s</D:property></D:expand-property>'
)
LINKED = (
    CALENDAR
    + "  /from: {properties: {\"{urn:u}link\": {xml: \"<u:link xmlns:u='urn:u' xmlns:D='DAV:'><D:href>%s</D:href></u:link>\"}}}"
)


def expand(served: Served, inner: str = '<D:property name="getcontenttype"/>') -> str:
    """Expand the link of the document."""
    return served.client("REPORT", "/from", EXPAND % inner, XML).body.decode()


def test_expand_property_puts_the_resource_in_place_of_the_href(serve: Serve) -> None:
    """RFC 3253 3.8.1."""
    served = serve(LINKED % "/cal/a.ics")
    served.client("PROPPATCH", "/from", _link(f"{served.client.base}/cal/a.ics"), XML)
    assert "<D:getcontenttype>text/calendar</D:getcontenttype>" in expand(served)


def test_expand_property_keeps_hrefs_of_which_nothing_is_asked(serve: Serve) -> None:
    """A property without properties inside is reported as it is."""
    served = serve(LINKED % "/elsewhere")
    assert "<D:href>/elsewhere</D:href>" in expand(served, "")


def test_expand_property_keeps_hrefs_that_lead_out_of_the_scenario(serve: Serve) -> None:
    """The server knows nothing of what is there."""
    assert "<D:href>http://example.com/</D:href>" in expand(serve(LINKED % "http://example.com/"))


@pytest.mark.parametrize(("target", "status"), [("/cal/b.ics", "403 Forbidden"), ("/cal/none", "404 Not Found")])
def test_expand_property_tells_why_a_resource_has_no_properties(serve: Serve, target: str, status: str) -> None:
    """One that is denied, and one that is not there."""
    served = serve(LINKED % "/elsewhere" + "\ncauses: [{id: denied, kind: denied, path: /cal/b.ics}]")
    served.client("PROPPATCH", "/from", _link(served.client.base + target), XML)
    assert f"<D:status>HTTP/1.1 {status}</D:status>" in expand(served)


def test_expand_property_ends_where_properties_lead_in_circles(serve: Serve) -> None:
    """Each level of the body is one step, and their number is limited."""
    served = serve(LINKED % "/elsewhere")
    served.client("PROPPATCH", "/from", _link(*[f"{served.client.base}/from"] * 30), XML)
    inner = '<D:property name="displayname"/>'
    for _ in range(4):
        inner = f'<D:property name="link" namespace="urn:u">{inner}</D:property>'
    assert served.client("REPORT", "/from", EXPAND % inner, XML).status == 403


@pytest.mark.parametrize(
    "attributes",
    [
        'name="a b"',
        'name="a&lt;b"',
        'name="p:a"',
        'name="{u}a" namespace=""',
        'name="a" namespace="u}x"',
        'name="a" namespace="http://www.w3.org/2000/xmlns/"',
        'name=" "',
    ],
)
def test_expand_property_refuses_what_names_no_element(serve: Serve, attributes: str) -> None:
    """The answer would not be XML."""
    answer = serve(CALENDAR).client(
        "REPORT", "/cal/", f"<D:expand-property {NAMESPACES}><D:property {attributes}/></D:expand-property>", XML
    )
    assert answer.status == 400


def test_expand_property_takes_a_name_without_a_namespace(serve: Serve) -> None:
    """As PROPFIND does."""
    body = f'<D:expand-property {NAMESPACES}><D:property name="a" namespace=""/></D:expand-property>'
    (found,) = serve(CALENDAR).client("REPORT", "/cal/", body, XML).reported
    assert found.status == 404


def _link(*hrefs: str) -> str:
    named = "".join(f"<D:href>{each}</D:href>" for each in hrefs)
    return f'<D:propertyupdate {NAMESPACES}><D:set><D:prop><u:link xmlns:u="urn:u">{named}</u:link></D:prop></D:set></D:propertyupdate>'
