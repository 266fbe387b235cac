"""PROPFIND on a real socket (RFC 4918 9.1)."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from lxml import etree

from tests.client import Client, short, told
from tests.conftest import Served

XML = {"Content-Type": "application/xml"}
NAMESPACES = 'xmlns:D="DAV:" xmlns:u="urn:u"'
TREE = """
tree:
  /f:
    content: "0123456789"
    type: text/plain
    properties: {"{urn:u}a": "1", "{DAV:}displayname": A file}
  /c/: {properties: {"{urn:u}b": "2"}}
  /c/d/: {}
  /c/d/g: {content: x}
"""
LIVE_OF_A_DOCUMENT = [
    "D:creationdate",
    "D:getcontentlength",
    "D:getcontenttype",
    "D:getetag",
    "D:getlastmodified",
    "D:lockdiscovery",
    "D:resourcetype",
    "D:supportedlock",
]
LIVE_OF_A_COLLECTION = ["D:creationdate", "D:getlastmodified", "D:lockdiscovery", "D:resourcetype", "D:supportedlock"]
LOCK = (
    '<D:lockinfo xmlns:D="DAV:"><D:lockscope><D:exclusive/></D:lockscope><D:locktype><D:write/></D:locktype>'
    "<D:owner>Ada</D:owner></D:lockinfo>"
)


@pytest.fixture
def tree(serve: Callable[..., Served]) -> Client:
    """A client of a world with /f, /c/, /c/d/ and /c/d/g."""
    return serve(TREE).client


def propfind(client: Client, path: str, asked: str, depth: str = "0") -> dict[str, dict[str, int]]:
    """Ask, and give what came by resource, then by property: its status."""
    answer = client(
        "PROPFIND", path, f"<D:propfind {NAMESPACES}>{asked}</D:propfind>" if asked else "", {**XML, "Depth": depth}
    )
    assert answer.status == 207
    found: dict[str, dict[str, int]] = {}
    for said in answer.reported:
        found.setdefault(said.href, {})[short(said.property or "")] = said.status
    return found


def value(client: Client, path: str, name: str) -> etree._Element:
    """Read one property as an element."""
    query = f"<D:propfind {NAMESPACES}><D:prop><{name}/></D:prop></D:propfind>"
    (said,) = client("PROPFIND", path, query, {**XML, "Depth": "0"}).reported
    assert said.status == 200
    return etree.fromstring(said.xml)


# What is asked for -------------------------------------------------------------------------------


def test_named_properties(tree: Client) -> None:
    """RFC 4918 9.1: those there are with 200, the others with 404."""
    assert tree.say("PROPFIND /f D:getcontentlength u:none u:a") == "207  D:getcontentlength 200, u:a 200, u:none 404"


def test_a_value_comes_with_its_name(tree: Client) -> None:
    """A named property has its value."""
    assert value(tree, "/f", "u:a").text == "1"


def test_a_name_asked_for_twice_is_answered_once(tree: Client) -> None:
    """One property, one place."""
    assert tree.say("PROPFIND /f u:a u:a u:z u:z") == "207  u:a 200, u:z 404"


def test_no_name_at_all(tree: Client) -> None:
    """An empty prop is answered, and with a response that has a propstat (RFC 4918 14.24)."""
    body = f"<D:propfind {NAMESPACES}><D:prop/></D:propfind>"
    root = etree.fromstring(tree("PROPFIND", "/f", body, {**XML, "Depth": "0"}).body)
    assert len(root.findall("{DAV:}response/{DAV:}propstat/{DAV:}status")) == 1


def test_all_properties_of_a_document(tree: Client) -> None:
    """RFC 4918 9.1: the dead ones and those that RFC 4918 defines, all 200."""
    assert propfind(tree, "/f", "<D:allprop/>") == {
        "/f": dict.fromkeys([*LIVE_OF_A_DOCUMENT, "D:displayname", "u:a"], 200)
    }


def test_all_properties_of_a_collection(tree: Client) -> None:
    """It has no content, and so no properties of content."""
    assert propfind(tree, "/c/", "<D:allprop/>") == {"/c/": dict.fromkeys([*LIVE_OF_A_COLLECTION, "u:b"], 200)}


def test_an_empty_body_asks_for_all(tree: Client) -> None:
    """RFC 4918 9.1: it MUST be treated as allprop."""
    assert propfind(tree, "/f", "") == propfind(tree, "/f", "<D:allprop/>")


def test_all_properties_and_some_more(tree: Client) -> None:
    """RFC 4918 14.8: include names what allprop leaves out; what isn't there is 404."""
    found = propfind(tree, "/c/", "<D:allprop/><D:include><D:quota-used-bytes/><u:b/><u:none/></D:include>")["/c/"]
    assert found == {**dict.fromkeys([*LIVE_OF_A_COLLECTION, "u:b", "D:quota-used-bytes"], 200), "u:none": 404}


def test_the_names_of_all(tree: Client) -> None:
    """RFC 4918 9.1.4: every property that is there, without values."""
    answer = tree("PROPFIND", "/f", f"<D:propfind {NAMESPACES}><D:propname/></D:propfind>", {**XML, "Depth": "0"})
    props = etree.fromstring(answer.body).findall("{DAV:}response/{DAV:}propstat/{DAV:}prop/*")
    names = [
        *LIVE_OF_A_DOCUMENT,
        "D:current-user-principal",
        "D:current-user-privilege-set",
        "D:owner",
        "D:principal-collection-set",
        "D:supported-live-property-set",
        "D:supported-method-set",
        "D:supported-report-set",
        "D:displayname",
        "u:a",
    ]
    assert sorted(short(str(each.tag)) for each in props) == sorted(names)
    assert not any(len(each) or each.text for each in props)


def test_the_names_of_a_collections_properties_include_its_quota(tree: Client) -> None:
    """RFC 4331 4: quota-used-bytes is there, though allprop leaves it out."""
    assert "D:quota-used-bytes" in propfind(tree, "/c/", "<D:propname/>")["/c/"]


def test_elements_that_no_rfc_defines_are_passed_over(tree: Client) -> None:
    """RFC 4918 17: in a propfind, too."""
    assert propfind(tree, "/f", "<u:fast/><D:prop><u:a/></D:prop>") == {"/f": {"u:a": 200}}


# Depth -------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("depth", "hrefs"),
    [("0", ["/c/"]), ("1", ["/c/", "/c/d/"]), ("infinity", ["/c/", "/c/d/", "/c/d/g"])],
)
def test_depth(tree: Client, depth: str, hrefs: list[str]) -> None:
    """RFC 4918 9.1, 10.2: the resource, its members, everything below."""
    assert list(propfind(tree, "/c/", "<D:prop><D:resourcetype/></D:prop>", depth)) == hrefs


def test_no_depth_is_infinity(tree: Client) -> None:
    """RFC 4918 9.1: a request without the header MUST be treated as if it had infinity."""
    body = f"<D:propfind {NAMESPACES}><D:prop><D:resourcetype/></D:prop></D:propfind>"
    assert [said.href for said in tree("PROPFIND", "/c/", body, XML).reported] == ["/c/", "/c/d/", "/c/d/g"]


def test_depth_is_read_without_regard_to_case(tree: Client) -> None:
    """RFC 4918 10: the values of its headers are case-insensitive (RFC 9110 and the ABNF say so)."""
    assert list(propfind(tree, "/c/", "<D:propname/>", "Infinity")) == ["/c/", "/c/d/", "/c/d/g"]


def test_any_depth_of_a_document_is_0(tree: Client) -> None:
    """A document has no members."""
    assert list(propfind(tree, "/f", "<D:propname/>", "infinity")) == ["/f"]


@pytest.mark.parametrize("depth", ["2", "-1", "", "0, 1", "1,noroot", "infinite", "0 0"])
def test_another_depth_is_400(tree: Client, depth: str) -> None:
    """RFC 4918 10.2: nothing else has a meaning here."""
    assert tree("PROPFIND", "/c/", "", {"Depth": depth}).status == 400


def test_each_resource_has_its_own_404s(tree: Client) -> None:
    """A property that only some have."""
    assert propfind(tree, "/", "<D:prop><u:a/></D:prop>", "1") == {
        "/": {"u:a": 404},
        "/c/": {"u:a": 404},
        "/f": {"u:a": 200},
    }


def test_a_collection_asked_for_without_its_slash(tree: Client) -> None:
    """RFC 4918 5.2: the href has it."""
    assert list(propfind(tree, "/c", "<D:propname/>", "1")) == ["/c/", "/c/d/"]


@pytest.mark.own_server
def test_the_list_of_scenarios_is_finite(dav: Client) -> None:
    """RFC 4918 9.1: Depth infinity may be refused, with propfind-finite-depth."""
    above = Client(dav.url.removesuffix("test/"))
    assert told(above("PROPFIND", "/", "", {"Depth": "infinity"})) == "403 propfind-finite-depth"
    assert [said.href for said in above("PROPFIND", "/", "", {"Depth": "1"}).reported][-1] == "/test/"


# Live properties ---------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("D:creationdate", "2023-11-14T22:13:20Z"),
        ("D:getcontentlength", "10"),
        ("D:getcontenttype", "text/plain"),
        ("D:getlastmodified", "Tue, 14 Nov 2023 22:13:20 GMT"),
        ("D:displayname", "A file"),
        ("D:resourcetype", None),
        ("D:lockdiscovery", None),
    ],
)
def test_the_value_of_a_live_property(tree: Client, name: str, text: str | None) -> None:
    """RFC 4918 15: dates of RFC 3339 and of HTTP, a length in bytes, a media type."""
    assert value(tree, "/f", name).text == text


def test_the_entity_tag_is_that_of_get(tree: Client) -> None:
    """RFC 4918 15.6."""
    assert value(tree, "/f", "D:getetag").text == tree("GET", "/f").headers["ETag"]


def test_the_type_of_a_collection(tree: Client) -> None:
    """RFC 4918 15.9."""
    assert [each.tag for each in value(tree, "/c/", "D:resourcetype")] == ["{DAV:}collection"]


def test_exclusive_and_shared_locks_are_supported(tree: Client) -> None:
    """RFC 4918 15.10."""
    scopes = [each[0].tag for each in value(tree, "/f", "D:supportedlock").iterfind("{DAV:}lockentry/{DAV:}lockscope")]
    assert scopes == ["{DAV:}exclusive", "{DAV:}shared"]


def test_what_is_used_is_counted(tree: Client) -> None:
    """RFC 4331 4: in bytes, with all that lies below; not of a document."""
    assert value(tree, "/c/d/", "D:quota-used-bytes").text == "1"
    assert tree.say("PROPFIND /f D:quota-used-bytes") == "207  D:quota-used-bytes 404"


def test_what_is_left_of_a_quota(serve: Callable[..., Served]) -> None:
    """RFC 4331 3: in bytes, also of a collection further below."""
    client = serve("tree: {/c/d/: {}, /c/f: {content: abc}}\ncauses:\n- {id: q, kind: quota, path: /c/, bytes: 10}")
    assert value(client.client, "/c/", "D:quota-available-bytes").text == "7"
    assert value(client.client, "/c/d/", "D:quota-available-bytes").text == "7"


def test_without_a_quota_nothing_is_known_of_what_is_left(tree: Client) -> None:
    """RFC 4331 3: the property isn't there."""
    assert tree.say("PROPFIND /c/ D:quota-available-bytes") == "207  D:quota-available-bytes 404"


def test_a_lock_is_discovered(tree: Client) -> None:
    """RFC 4918 15.8: its scope, depth, owner, token and root."""
    token = tree("LOCK", "/c/", LOCK, {**XML, "Timeout": "Second-60"}).headers["Lock-Token"]
    (lock,) = value(tree, "/c/", "D:lockdiscovery")
    assert lock.find("{DAV:}lockscope/{DAV:}exclusive") is not None
    assert lock.find("{DAV:}locktype/{DAV:}write") is not None
    assert lock.findtext("{DAV:}depth") == "infinity"
    assert lock.findtext("{DAV:}owner") == "Ada"
    assert lock.findtext("{DAV:}timeout") == "Second-60"
    assert lock.findtext("{DAV:}locktoken/{DAV:}href") == token.strip("<>")
    assert lock.findtext("{DAV:}lockroot/{DAV:}href") == f"{tree.base}/c/"


def test_a_lock_is_discovered_on_what_it_covers(tree: Client) -> None:
    """RFC 4918 15.8: on a member it is the very same lock, with its root."""
    tree("LOCK", "/c/", LOCK, XML)
    (lock,) = value(tree, "/c/d/g", "D:lockdiscovery")
    assert lock.findtext("{DAV:}lockroot/{DAV:}href") == f"{tree.base}/c/"


def test_a_lock_of_depth_0_is_not_discovered_below(tree: Client) -> None:
    """It covers the collection alone."""
    tree("LOCK", "/c/", LOCK, {**XML, "Depth": "0"})
    assert len(value(tree, "/c/d/g", "D:lockdiscovery")) == 0


# Answers -----------------------------------------------------------------------------------------


def test_hrefs_are_encoded_paths(dav: Client) -> None:
    """RFC 4918 8.3: percent-encoded, and escaped for XML."""
    dav("PUT", "/a%20%26%3C%25%C3%BC%3F%23", "x")
    answer = dav("PROPFIND", "/", "", {"Depth": "1"})
    assert f"<D:href>{dav.base}/a%20&amp;%3C%25%C3%BC%3F%23</D:href>".encode() in answer.body


def test_an_answer_is_xml_in_utf_8(tree: Client) -> None:
    """RFC 4918 8.2."""
    answer = tree("PROPFIND", "/", "", {"Depth": "infinity"})
    assert answer.headers["Content-Type"] == "application/xml; charset=utf-8"
    assert answer.body.startswith(b'<?xml version="1.0" encoding="utf-8"?>')


def test_a_large_answer_is_whole(dav: Client) -> None:
    """What is written while it is sent ends as it should: each of 300 members, once."""
    for number in range(300):
        dav.say(f"MKCOL /{number:03}/  set u:a={'x' * 500}")
    hrefs = [said.href for said in dav("PROPFIND", "/", "", {"Depth": "1"}).reported if said.property == "{urn:u}a"]
    assert hrefs == [f"/{number:03}/" for number in range(300)]


def test_the_same_request_has_the_same_answer(tree: Client) -> None:
    """To the byte."""
    first, second = (tree("PROPFIND", "/", "", {"Depth": "infinity"}) for _ in range(2))
    assert first.body == second.body


# Errors ------------------------------------------------------------------------------------------


def test_nothing_there_is_404(tree: Client) -> None:
    """For the request as a whole."""
    assert tree.say("PROPFIND /none D:getetag") == "404"


def test_a_document_with_a_slash_is_404(tree: Client) -> None:
    """There is no such collection."""
    assert tree.say("PROPFIND /f/ D:getetag") == "404"


@pytest.mark.parametrize(
    "body",
    [
        "<D:propfind",
        "<D:propertyupdate xmlns:D='DAV:'/>",
        "<propfind/>",
        f"<D:propfind {NAMESPACES}/>",
        f"<D:propfind {NAMESPACES}><D:prop><u:a/></D:prop><D:allprop/></D:propfind>",
        f"<D:propfind {NAMESPACES}><D:allprop/><D:propname/></D:propfind>",
        f"<D:propfind {NAMESPACES}><D:propname/><D:include><u:a/></D:include></D:propfind>",
        f"<D:propfind {NAMESPACES}><D:prop><u:a/></D:prop><D:include><u:b/></D:include></D:propfind>",
    ],
)
def test_a_body_that_asks_for_nothing_sensible_is_400(tree: Client, body: str) -> None:
    """RFC 4918 14.20: one of prop, allprop, propname; include beside allprop alone."""
    assert tree("PROPFIND", "/f", body, {**XML, "Depth": "0"}).status == 400


def test_a_document_type_is_403(tree: Client) -> None:
    """RFC 4918 16."""
    body = f"<!DOCTYPE x><D:propfind {NAMESPACES}><D:allprop/></D:propfind>"
    assert told(tree("PROPFIND", "/f", body, {**XML, "Depth": "0"})) == "403 no-external-entities"


def test_another_media_type_is_415(tree: Client) -> None:
    """A body that isn't said to be XML."""
    assert tree.say("PROPFIND /f u:a", {"Content-Type": "application/json"}) == "415"


def test_a_condition_that_does_not_hold_is_412(tree: Client) -> None:
    """RFC 9110 13.1.1: for every method."""
    assert tree.say("PROPFIND /f u:a", {"If-Match": '"other"'}) == "412"


def test_a_denied_reader_is_403(serve: Callable[..., Served]) -> None:
    """RFC 3744 7.1.1."""
    client = serve("tree: {/f: {}}\ncauses:\n- {id: d, kind: denied, methods: [PROPFIND]}").client
    assert client.say("PROPFIND /f u:a") == "403 need-privileges"


def test_a_locked_resource_can_be_read(serve: Callable[..., Served]) -> None:
    """RFC 4918 7: a write lock is about writing."""
    client = serve("tree: {/f: {}}\ncauses:\n- {id: l, kind: lock, path: /f}").client
    assert client.say("PROPFIND /f D:getetag") == "207  D:getetag 200"
