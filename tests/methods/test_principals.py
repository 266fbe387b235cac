"""Principals, home sets, and how clients find them, on a real socket."""

from __future__ import annotations

import base64
import re
from collections.abc import Callable

import pytest

from dav424.commands import cli
from dav424.objects import libraries
from dav424.worlds.settings import Settings
from tests.client import Client, told
from tests.conftest import Served

Serve = Callable[..., Served]
XML = {"Content-Type": "application/xml"}
NAMESPACES = 'xmlns:D="DAV:" xmlns:C="urn:ietf:params:xml:ns:caldav" xmlns:B="urn:ietf:params:xml:ns:carddav"'
USERS = """
users: {ada: lovelace, "bob@example.com": builder}
calendars: {/ada/work/: {name: Work, color: '#FF2968FF', components: [VEVENT]}}
address-books: {/ada/people/: {name: People}}
principals:
  ada: {name: Ada Lovelace, addresses: ["mailto:ada@example.com"], calendar-home: /ada/, address-book-home: /ada/}
"""
ADA = {"Authorization": "Basic " + base64.b64encode(b"ada:lovelace").decode()}
BOB = {"Authorization": "Basic " + base64.b64encode(b"bob@example.com:builder").decode()}


def hrefs(client: Client, path: str, name: str, headers: dict[str, str] | None = None) -> list[str] | None:
    """Read the hrefs in a property; None if the resource doesn't have it."""
    body = f"<D:propfind {NAMESPACES}><D:prop><{name}/></D:prop></D:propfind>"
    answer = client("PROPFIND", path, body, {**XML, "Depth": "0", **(headers or {})})
    (found,) = answer.reported
    if found.status != 200:
        return None
    return [each.removeprefix(client.base) for each in re.findall(r"<D:href>([^<]*)</D:href>", found.xml)]


def test_a_scenario_without_users_has_one_principal(serve: Serve) -> None:
    """It needs no login, and its home is the root."""
    client = serve("").client
    assert hrefs(client, "/", "D:current-user-principal") == ["/principals/anyone/"]
    assert hrefs(client, "/principals/anyone/", "C:calendar-home-set") == ["/"]


@pytest.mark.parametrize(
    ("login", "principal", "calendars"),
    [(ADA, "/principals/ada/", "/ada/"), (BOB, "/principals/bob@example.com/", "/")],
)
def test_each_user_has_a_principal(serve: Serve, login: dict[str, str], principal: str, calendars: str) -> None:
    """With the home sets of the file."""
    client = serve(USERS).client
    assert hrefs(client, "/ada/work/", "D:current-user-principal", login) == [principal]
    assert hrefs(client, principal, "C:calendar-home-set", login) == [calendars]


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("D:principal-URL", ["/principals/ada/"]),
        ("B:addressbook-home-set", ["/ada/"]),
        ("C:calendar-user-address-set", ["mailto:ada@example.com", "/principals/ada/"]),
        ("D:group-membership", []),
        ("D:principal-collection-set", ["/principals/"]),
        ("D:owner", ["/principals/ada/"]),
    ],
)
def test_a_principal_has_its_properties(serve: Serve, name: str, expected: list[str]) -> None:
    """RFC 3744 4, RFC 4791 6.2.1, RFC 6352 7.1.1, RFC 6638 2.4.1."""
    assert hrefs(serve(USERS).client, "/principals/ada/", name, ADA) == expected


def test_a_principal_can_be_without_home_sets(serve: Serve) -> None:
    """The properties are not there; and no resource has an owner then."""
    client = serve("principals: {anyone: {calendar-home: none, address-book-home: none}}").client
    for name in ("C:calendar-home-set", "B:addressbook-home-set"):
        assert hrefs(client, "/principals/anyone/", name) is None
    assert hrefs(client, "/", "D:owner") == []


def test_a_resource_that_is_no_principal_has_none_of_them(serve: Serve) -> None:
    """The root is a home, and not a user."""
    assert hrefs(serve("").client, "/", "C:calendar-home-set") is None


def test_the_owner_is_the_one_whose_home_it_is(serve: Serve) -> None:
    """The deepest home counts; the root is the home of both."""
    client = serve(USERS + "  bob@example.com: {calendar-home: /}").client
    assert hrefs(client, "/ada/work/", "D:owner", ADA) == ["/principals/ada/"]
    assert (
        hrefs(serve("principals: {anyone: {calendar-home: /x/, address-book-home: /y/}}").client, "/", "D:owner") == []
    )


def test_principals_stand_in_no_listing(serve: Serve) -> None:
    """Neither in that of the root, nor in that of their collection."""
    client = serve("tree: {/f: {content: x}}").client
    for path in ("/", "/principals/"):
        answer = client("PROPFIND", path, "", {"Depth": "1"})
        assert b"/principals/anyone" not in answer.body
    assert b"principals" not in client("PROPFIND", "/", "", {"Depth": "infinity"}).body


def test_the_calendars_of_the_file_are_there(serve: Serve) -> None:
    """With their type and their properties."""
    client = serve(USERS).client
    body = f"<D:propfind {NAMESPACES}><D:allprop/></D:propfind>"
    answer = client("PROPFIND", "/ada/", body, {**XML, "Depth": "1", **ADA}).body.decode()
    for text in ("<D:displayname", "Work", "#FF2968FF", 'comp name="VEVENT"', "addressbook", "People"):
        assert text in answer


@pytest.mark.parametrize("method", ["DELETE", "PROPPATCH", "MKCOL", "LOCK", "PUT", "COPY", "MOVE"])
def test_a_principal_does_not_change(serve: Serve, method: str) -> None:
    """405, and Allow says what works."""
    client = serve("").client
    answer = client(method, "/principals/anyone/", "", {"Destination": "{base}/x"})
    assert answer.status == 405
    assert answer.headers["Allow"] == "OPTIONS, PROPFIND, REPORT, GET, HEAD"


@pytest.mark.parametrize(
    ("method", "path", "headers"),
    [
        ("PUT", "/principals/new", {}),
        ("MKCOL", "/principals/anyone/new/", {}),
        ("COPY", "/f", {"Destination": "{base}/principals/anyone/f"}),
        ("MOVE", "/f", {"Destination": "{base}/principals/anyone/"}),
        ("COPY", "/f", {"Destination": "{base}/principals"}),
        ("COPY", "/c/", {"Destination": "{base}/principals/"}),
        ("MOVE", "/c/", {"Destination": "{base}/principals/"}),
    ],
)
def test_nothing_is_put_among_the_principals(serve: Serve, method: str, path: str, headers: dict[str, str]) -> None:
    """403, and the document stays."""
    client = serve("tree: {/f: {content: x}, /c/g: {content: y}}").client
    assert client(method, path, "", headers).status == 403
    assert client("GET", "/c/g").status == 200
    assert hrefs(client, "/principals/anyone/", "C:calendar-home-set") == ["/"]
    assert client("GET", "/f").status == 200


def test_a_resource_of_the_tree_hides_a_principal(serve: Serve) -> None:
    """A scenario that has the path keeps it."""
    client = serve("tree: {/principals/anyone/: {types: ['{urn:u}mine']}}").client
    assert hrefs(client, "/principals/anyone/", "C:calendar-home-set") is None
    assert client("PUT", "/principals/new", "x").status == 201


def test_a_cause_denies_a_principal(serve: Serve) -> None:
    """The property still names it."""
    client = serve("causes: [{id: no, kind: denied, path: /principals/anyone}]").client
    assert hrefs(client, "/", "D:current-user-principal") == ["/principals/anyone/"]
    assert client("PROPFIND", "/principals/anyone/").status == 403


@pytest.mark.parametrize("name", ["caldav", "carddav"])
@pytest.mark.parametrize("method", ["PROPFIND", "GET", "OPTIONS"])
def test_the_well_known_urls_lead_to_the_principal(serve: Serve, name: str, method: str) -> None:
    """RFC 6764 5: that of the user who asks."""
    client = serve(USERS).client
    answer = client(method, f"/.well-known/{name}", "", ADA)
    assert (answer.status, answer.headers["Location"]) == (301, client.base + "/principals/ada/")


def test_a_property_of_the_tree_leads_elsewhere(serve: Serve) -> None:
    """A scenario can send clients to a principal that is not there."""
    xml = "<D:current-user-principal xmlns:D='DAV:'><D:href>/gone/</D:href></D:current-user-principal>"
    client = serve(f'tree: {{/: {{properties: {{"{{DAV:}}current-user-principal": {{xml: "{xml}"}}}}}}}}').client
    assert hrefs(client, "/", "D:current-user-principal") == ["/gone/"]


def test_a_client_sets_the_owner_and_no_other_of_them(serve: Serve) -> None:
    """RFC 3744 5.1 lets a server allow it."""
    client = serve("").client
    client("PUT", "/f", "x")
    assert client.say("PROPPATCH /f set D:owner=me") == "207  D:owner 200"
    assert client.say("PROPPATCH /f set D:principal-URL=me") == (
        "207  D:principal-URL 403 cannot-modify-protected-property"
    )
    assert (
        b">me</D:owner>"
        in client("PROPFIND", "/f", f"<D:propfind {NAMESPACES}><D:prop><D:owner/></D:prop></D:propfind>", XML).body
    )


def granted(client: Client, path: str) -> set[str]:
    """List the privileges on a resource."""
    body = f"<D:propfind {NAMESPACES}><D:prop><D:current-user-privilege-set/></D:prop></D:propfind>"
    answer = client("PROPFIND", path, body, {**XML, "Depth": "0"})
    return set(re.findall(r"<D:privilege><D:([\w-]+)/>", answer.reported[0].xml))


WRITES = {"write", "write-properties", "write-content", "bind", "unbind"}


@pytest.mark.parametrize(
    ("cause", "lacking"),
    [
        ("{id: c, kind: read-only, path: /f}", {"all", *WRITES}),
        ("{id: c, kind: denied, methods: [DELETE], path: /f}", {"all", "write", "unbind"}),
        ("{id: c, kind: denied, methods: [PUT], path: /f, times: 1}", set()),
        ("{id: c, kind: read-only, path: /g}", set()),
    ],
)
def test_the_privileges_are_those_that_causes_leave(serve: Serve, cause: str, lacking: set[str]) -> None:
    """RFC 3744 5.4; a cause that is counted takes none away."""
    client = serve(f"tree: {{/f: {{content: x}}, /g: {{}}}}\ncauses: [{cause}]").client
    every = {"all", "read", "unlock", "read-current-user-privilege-set", *WRITES}
    assert granted(client, "/f") == every - lacking


def test_expand_property_reads_the_principal(serve: Serve) -> None:
    """What clients ask at login, in one request."""
    client = serve(USERS).client
    body = (
        f'<D:expand-property {NAMESPACES}><D:property name="current-user-principal">'
        '<D:property name="calendar-home-set" namespace="urn:ietf:params:xml:ns:caldav"/></D:property></D:expand-property>'
    )
    answer = client("REPORT", "/", body, {**XML, **ADA})
    assert f"<D:href>{client.base}/ada/</D:href></n:calendar-home-set>" in answer.body.decode()
    assert told(answer).startswith("207")


def reported(client: Client, path: str, body: str, headers: dict[str, str] | None = None) -> list[str]:
    """Send a report, and list the hrefs of the responses."""
    answer = client("REPORT", path, body, {**XML, **(headers or {})})
    assert answer.status == 207, answer.body
    return [
        each.removeprefix(client.base) for each in re.findall(r"<D:response>\s*<D:href>([^<]*)", answer.body.decode())
    ]


def search(*matches: tuple[str, str], attributes: str = "") -> str:
    """Write a search for texts in properties."""
    searched = "".join(
        f"<D:property-search><D:prop><{name}/></D:prop><D:match>{text}</D:match></D:property-search>"
        for name, text in matches
    )
    return f"<D:principal-property-search {NAMESPACES} {attributes}>{searched}<D:prop><D:displayname/></D:prop></D:principal-property-search>"


@pytest.mark.parametrize(
    ("matches", "attributes", "found"),
    [
        ([("D:displayname", "LOVELACE")], "", ["/principals/ada/"]),
        ([("C:calendar-user-address-set", "example.com")], "", ["/principals/ada/", "/principals/bob@example.com/"]),
        ([("D:displayname", "ada"), ("D:displayname", "bob")], "", []),
        (
            [("D:displayname", "ada"), ("D:displayname", "bob")],
            'test="anyof"',
            ["/principals/ada/", "/principals/bob@example.com/"],
        ),
        ([("u:none", "x")], 'xmlns:u="urn:u"', []),
    ],
)
def test_users_are_found_by_their_properties(
    serve: Serve, matches: list[tuple[str, str]], attributes: str, found: list[str]
) -> None:
    """RFC 3744 9.4: in any case, and by a part of the value."""
    client = serve(USERS).client
    assert reported(client, "/principals/", search(*matches, attributes=attributes), ADA) == found


def test_a_search_tells_of_a_user_that_may_not_be_read(serve: Serve) -> None:
    """With the status of the refusal."""
    client = serve(USERS + "causes: [{id: no, kind: denied, path: /principals/ada}]").client
    answer = client("REPORT", "/", search(("D:displayname", "ada")), {**XML, **ADA})
    assert told(answer) == "207  /principals/ada/ 403 need-privileges"


def test_a_search_that_finds_too_many_is_refused(serve: Serve) -> None:
    """RFC 3744 9.4: ``number-of-matches-within-limits``."""
    client = serve(USERS + "causes: [{id: few, kind: report-limit, members: 1}]").client
    answer = client("REPORT", "/principals/", search(("C:calendar-user-address-set", "")), {**XML, **ADA})
    assert told(answer) == "507 number-of-matches-within-limits"


@pytest.mark.parametrize(
    ("body", "headers"),
    [
        ("<D:principal-property-search xmlns:D='DAV:'/>", {}),
        ("<D:principal-property-search xmlns:D='DAV:'><D:property-search/></D:principal-property-search>", {}),
        (search(("D:displayname", "x")), {"Depth": "1"}),
        ("<D:principal-match xmlns:D='DAV:'/>", {}),
        ("<D:principal-match xmlns:D='DAV:'><D:self/><D:principal-property/></D:principal-match>", {}),
        ("<D:principal-match xmlns:D='DAV:'><D:principal-property/></D:principal-match>", {}),
        ("<D:principal-search-property-set xmlns:D='DAV:'/>", {"Depth": "infinity"}),
    ],
)
def test_a_malformed_search_is_refused(serve: Serve, body: str, headers: dict[str, str]) -> None:
    """RFC 3744 9.3 to 9.5: also one with another depth than 0."""
    assert serve("").client("REPORT", "/principals/", body, {**XML, **headers}).status == 400


def test_the_searchable_properties_are_told(serve: Serve) -> None:
    """RFC 3744 9.5."""
    answer = serve("").client("REPORT", "/principals/", "<D:principal-search-property-set xmlns:D='DAV:'/>", XML)
    assert answer.status == 200
    assert b'<D:displayname/></D:prop><D:description xml:lang="en">Name</D:description>' in answer.body


MATCH = "<D:principal-match xmlns:D='DAV:'>{}<D:prop><D:displayname/></D:prop></D:principal-match>"


@pytest.mark.parametrize(
    ("path", "what", "found"),
    [
        ("/principals/", "<D:self/>", ["/principals/ada/"]),
        ("/ada/", "<D:self/>", []),
        (
            "/ada/",
            "<D:principal-property><D:owner/></D:principal-property>",
            ["/ada/", "/ada/people/", "/ada/work/"],
        ),
        ("/", "<D:principal-property><D:displayname/></D:principal-property>", []),
    ],
)
def test_the_resources_of_the_user_are_found(serve: Serve, path: str, what: str, found: list[str]) -> None:
    """RFC 3744 9.3: the user, or resources whose property names the user."""
    assert reported(serve(USERS).client, path, MATCH.format(what), ADA) == found


@pytest.mark.parametrize("name", ["caldav", "carddav"])
def test_the_root_of_the_server_leads_to_one_scenario(serve: Serve, name: str) -> None:
    """Only with the flag, and never from the URL of a space."""
    served = serve("", Settings(well_known="test"))
    root = Client(served.url.removesuffix("test/"))
    answer = root("PROPFIND", f"/.well-known/{name}")
    assert (answer.status, answer.headers["Location"]) == (301, "/test/principals/anyone/")
    assert root("PROPFIND", f"/s/mine/.well-known/{name}").status == 404


def test_the_root_of_the_server_leads_nowhere_by_default(serve: Serve) -> None:
    """404, as for each unknown scenario."""
    served = serve("", Settings())
    assert Client(served.url.removesuffix("test/"))("PROPFIND", "/.well-known/caldav").status == 404


def test_a_server_does_not_start_with_an_unknown_scenario(capsys: pytest.CaptureFixture[str]) -> None:
    """The error names it."""
    assert cli.main(["serve", "--port", "0", "--well-known", "nothing"]) == 2
    assert "--well-known: there is no scenario 'nothing'" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("path", "names"),
    [
        ("/ada/work/", {"C:supported-calendar-data", "C:supported-collation-set"}),
        ("/ada/people/", {"B:supported-address-data", "B:supported-collation-set"}),
        ("/ada/", set[str]()),
    ],
)
def test_a_collection_says_what_it_takes(serve: Serve, path: str, names: set[str]) -> None:
    """RFC 4791 5.2, RFC 6352 6.2: a calendar, an address book, and neither."""
    client = serve(USERS).client
    every = {f"{prefix}:supported-{name}" for prefix, name in
             (("C", "calendar-data"), ("C", "collation-set"), ("B", "address-data"), ("B", "collation-set"))}  # fmt: skip
    assert {name for name in every if hrefs(client, path, name, ADA) is not None} == names


@pytest.mark.parametrize("path", ["/", "/f"])
def test_the_classes_of_calendars_are_claimed(serve: Serve, path: str) -> None:
    """RFC 4791 5.1, RFC 6352 6.1: the libraries of the extra are installed here. There is no access control."""
    classes = serve("").client("OPTIONS", path).headers["DAV"].split(", ")
    assert {"calendar-access", "addressbook"} < set(classes)
    assert "access-control" not in classes


def test_the_classes_are_not_claimed_without_the_libraries(serve: Serve, monkeypatch: pytest.MonkeyPatch) -> None:
    """A server that can't read events says so from the first request on."""
    monkeypatch.setattr(libraries, "installed", lambda: False)
    assert "calendar-access" not in serve("").client("OPTIONS", "/").headers["DAV"]
