"""What is accepted can be answered: every value that gets in comes out of every way out, and back in."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any
from urllib.parse import quote

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from lxml import etree

from dav424.app import App
from dav424.core.markup import escape
from dav424.scenario.file_problem import ScenarioError
from dav424.scenario.load import load
from tests.admin.conftest import Api
from tests.client import Client

XML = {"Content-Type": "application/xml"}
CS = "{http://calendarserver.org/ns/}"
EVERYTHING = (
    '<D:propfind xmlns:D="DAV:"><D:prop><D:creationdate/><D:getlastmodified/><D:getetag/><D:getcontenttype/>'
    '<D:ordering-type/><D:resourcetype/><D:getcontentlanguage/><D:lockdiscovery/><S:invite xmlns:S="http://calendarserver.org/ns/"/>'
    "</D:prop></D:propfind>"
)
WITHOUT_PROTECTION = """
title: t
tree: {/a: {content: A}, /c/b: {content: B}}
"""
PROTECTED = ["creationdate", "getlastmodified", "getetag", "getcontenttype"]


@pytest.fixture
def api(serve_alone: Callable[..., tuple[str, App]]) -> Api:
    """A server whose clients can set each property that any scenario lets them set."""
    api = Api(*serve_alone({"test": lambda: load(WITHOUT_PROTECTION, "t.yaml")}))
    unprotect(api)
    return api


@pytest.fixture
def files(serve_alone: Callable[..., tuple[str, App]]) -> tuple[Api, dict[str, Any]]:
    """A server, and its scenarios by name, which may grow."""
    sources: dict[str, Any] = {}
    return Api(*serve_alone(sources)), sources


def unprotect(api: Api) -> None:
    """Make the space ``x`` anew, and remove the causes that protect properties."""
    api("DELETE", "spaces/x")
    api("PUT", "spaces/x", {"scenario": "test"})
    for name in api("GET", "spaces/x/causes").json["causes"]:
        if name["kind"] == "protected-property":
            assert api("DELETE", f"spaces/x/causes/{quote(name['id'])}").status == 204


def check_ways_out(api: Api, scenario: str = "test") -> None:
    """Ask for everything in every way, and put the tree back as it was read."""
    dav = api.dav(f"s/x/{scenario}/")
    for depth in ("0", "1", "infinity"):
        for body in ("", EVERYTHING, '<D:propfind xmlns:D="DAV:"><D:propname/></D:propfind>'):
            answer = dav("PROPFIND", "/", body, {"Depth": depth, **(XML if body else {})})
            assert answer.status == 207
            seen = etree.fromstring(answer.body)
    assert api.dav("s/x/")("PROPFIND", "/", "", {"Depth": "1"}).status == 207
    for href in seen.iter("{DAV:}href"):
        path = "/" + (href.text or "").split("/", 4)[4] if (href.text or "").startswith("/s/x/") else None
        if path is not None:
            got = dav("GET", path)
            assert got.status == dav("HEAD", path).status == 200, path
            assert "X-Evil" not in got.headers
    tree = api("GET", f"spaces/x/tree?scenario={scenario}")
    assert tree.status == 200
    put = api("PUT", f"spaces/x/tree?scenario={scenario}", tree.json)
    assert (put.status, put.body) == (200, tree.body), put.body
    check_journal(api)


def check_journal(api: Api) -> None:
    """Read the journal, and each explanation as text, HTML and JSON."""
    page = api("GET", "spaces/x/journal?newest=3")
    for entry in page.json["entries"]:
        where = f"spaces/x/journal/{entry['number']}/explain"
        for accept in ("text/plain", "text/html", "application/json"):
            told = api("GET", where, headers={"Accept": accept})
            assert told.status == 200
            assert told.body.decode()
        assert json.loads(api("GET", f"{where}?as=json").body)


def same_before_and_after(api: Api, scenario: str = "test") -> None:
    """Compare all properties before the tree is put back with those after."""
    dav = api.dav(f"s/x/{scenario}/")
    before = dav("PROPFIND", "/", EVERYTHING, {"Depth": "infinity", **XML}).body
    check_ways_out(api, scenario)
    assert dav("PROPFIND", "/", EVERYTHING, {"Depth": "infinity", **XML}).body == before


def proppatch(dav: Client, path: str, inside: str) -> int:
    """Set properties; gives the status of the first."""
    body = f'<D:propertyupdate xmlns:D="DAV:"><D:set><D:prop>{inside}</D:prop></D:set></D:propertyupdate>'
    answer = dav("PROPPATCH", path, body, XML)
    return answer.reported[0].status if answer.reported else answer.status


DATES = [
    ("creationdate", "0001-01-01T00:00:00+23:59", 409),
    ("creationdate", "0001-01-01T00:00:00Z", 409),
    ("creationdate", "0999-12-31T23:59:59Z", 409),
    ("creationdate", "1000-01-01T00:00:00Z", 200),
    ("creationdate", "1000-01-01T00:00:00+00:01", 409),
    ("creationdate", "1969-12-31T23:59:59.5Z", 200),
    ("creationdate", "9999-12-31T23:59:59Z", 200),
    ("creationdate", "9999-12-31T23:59:59.999999Z", 409),  # the nearest time that a float holds is in the year 10000
    ("creationdate", "9999-12-31T23:59:59.9999Z", 200),
    ("creationdate", "9999-12-31T23:59:59-23:59", 409),
    ("creationdate", "9999-12-31T23:59:59-00:01", 409),
    ("getlastmodified", "Fri, 31 Dec 9999 23:59:59 GMT", 200),
    ("getlastmodified", "Fri, 31 Dec 9999 23:59:60 GMT", 200),
    ("getlastmodified", "Fri, 31 Dec 9999 23:59:59 -2359", 409),
    ("getlastmodified", "Mon, 01 Jan 0001 00:00:00 GMT", 409),
    ("getlastmodified", "Wed, 01 Jan 1000 00:00:00 GMT", 200),
    ("getlastmodified", "Mon, 01 Jan 0000 00:00:00 GMT", 409),
    ("getlastmodified", "Sunday, 06-Nov-94 08:49:37 GMT", 200),
    ("getetag", '"v 1"', 200),
    ("getetag", '"é"', 200),
    ("getetag", '"\x85\xa0"', 200),
    ("getetag", '"☃"', 409),
    ("getetag", 'W/"a"', 409),
    ("getcontenttype", "text/☃", 409),
    ("getcontenttype", "text/plain; charset=utf-8", 200),
    ("getcontentlanguage", "en&#13;&#10;X-Evil: 1", 409),
    ("getcontentlanguage", "☃", 409),
    ("getcontentlanguage", "de, en-GB", 200),
]


@pytest.mark.parametrize(("name", "value", "status"), DATES)
def test_a_property_that_a_client_may_set_is_answered(api: Api, name: str, value: str, status: int) -> None:
    """409 for a value that can't be written (RFC 4918 9.2.1); else it is everywhere as it was set."""
    dav = api.dav("s/x/test/")
    assert proppatch(dav, "/a", f"<D:{name}>{value}</D:{name}>") == status
    same_before_and_after(api)


def test_a_date_before_1970_is_the_date_that_is_read(api: Api) -> None:
    """It is no time before which nothing is."""
    dav = api.dav("s/x/test/")
    proppatch(dav, "/a", "<D:getlastmodified>Wed, 01 Jan 1000 00:00:00 GMT</D:getlastmodified>")
    assert dav("GET", "/a").headers["Last-Modified"] == "Wed, 01 Jan 1000 00:00:00 GMT"
    assert api("GET", "spaces/x/tree").json["resources"]["/a"]["modified"] == "1000-01-01T00:00:00Z"


def order(dav: Client, *names: str) -> None:
    """Order the collection /c/ by hand."""
    steps = "".join(
        f"<D:order-member><D:segment>{name}</D:segment><D:position><D:last/></D:position></D:order-member>"
        for name in names
    )
    kind = "<D:ordering-type><D:href>DAV:custom</D:href></D:ordering-type>"
    assert dav("ORDERPATCH", "/c/", f'<D:orderpatch xmlns:D="DAV:">{kind}{steps}</D:orderpatch>', XML).status in (
        200,
        207,
    )


def members(dav: Client) -> list[str]:
    """List the members of /c/ in their order."""
    found = etree.fromstring(dav("PROPFIND", "/c/", "", {"Depth": "1"}).body).iter("{DAV:}href")
    return [(href.text or "").rpartition("/")[2] for href in found][1:]


def test_the_order_comes_back(api: Api) -> None:
    """A tree that was read keeps the order of its collections, whatever its names are, and however a reader sorts keys."""
    dav = api.dav("s/x/test/")
    for name in ("z", "%C3%BC%20%25", "a"):
        dav("PUT", f"/c/{name}", "x")
    order(dav, "z", "b", "a", "%C3%BC%20%25")
    assert members(dav) == ["z", "b", "a", "%C3%BC%20%25"]
    same_before_and_after(api)
    tree = api("GET", "spaces/x/tree").json
    tree["resources"] = dict(sorted(tree["resources"].items()))
    assert api("PUT", "spaces/x/tree", tree).status == 200
    assert members(dav) == ["z", "b", "a", "%C3%BC%20%25"]
    dav("PUT", "/c/0", "new")
    assert members(dav)[-1] == "0"


@pytest.mark.parametrize(
    ("resources", "pointers"),
    [
        ({"/c/": {"ordering": "DAV:custom"}, "/c/z": {}, "/c/a": {}}, []),
        ({"/c/": {"ordering": "DAV:unordered"}, "/c/z": {}}, []),
        ({"/c/": {"ordering": "DAV:custom", "order": ["a", "n", "a", "x/y", "%"]}, "/c/a": {}},
         ["/resources/~1c~1/order/1", "/resources/~1c~1/order/2", "/resources/~1c~1/order/3", "/resources/~1c~1/order/4"]),
        ({"/c/": {"order": ["a"]}, "/c/a": {}}, ["/resources/~1c~1/order"]),
        ({"/c": {"ordering": "DAV:custom"}}, ["/resources/~1c/ordering"]),
        ({"/c/": {"ordering": "no uri"}}, ["/resources/~1c~1/ordering"]),
        ({"/c/": {"ordering": "x:\u2603"}}, ["/resources/~1c~1/ordering"]),
    ],
)  # fmt: skip
def test_an_order_in_a_tree(api: Api, resources: dict[str, Any], pointers: list[str]) -> None:
    """It names members of its collection, each once; without names it is the order of the tree, as in a file."""
    put = api("PUT", "spaces/x/tree", {"resources": resources})
    assert (put.status, put.pointers if put.status == 422 else []) == (422 if pointers else 200, pointers), put.body
    if not pointers and resources["/c/"]["ordering"] == "DAV:custom":
        assert members(api.dav("s/x/test/")) == ["z", "a"]
    check_ways_out(api)


SHARE = '<S:share xmlns:D="DAV:" xmlns:S="http://calendarserver.org/ns/">{}</S:share>'
INVITATION = "<S:set><D:href>mailto:{}@example.com</D:href><S:common-name>A &amp; &lt;B&gt; \u2603</S:common-name><S:read/></S:set>"


def test_invitations_come_back(api: Api) -> None:
    """They are XML by themselves, and further ones are added to them."""
    dav = api.dav("s/x/test/")
    for names in ("ab", "c"):
        body = SHARE.format("".join(INVITATION.format(name) for name in names))
        assert dav("POST", "/c/", body, XML).status == 200
        same_before_and_after(api)
    shown = etree.fromstring(dav("PROPFIND", "/c/", EVERYTHING, {"Depth": "0", **XML}).body)
    assert [user.findtext("{DAV:}href") for user in shown.iter(f"{CS}user")] == [
        f"mailto:{name}@example.com" for name in "abc"
    ]
    body = SHARE.format("".join(f"<S:remove><D:href>mailto:{name}@example.com</D:href></S:remove>" for name in "abc"))
    assert dav("POST", "/c/", body, XML).status == 200
    same_before_and_after(api)


INVITE = "http://calendarserver.org/ns/"


@pytest.mark.parametrize(
    ("xml", "status"),
    [
        (f"<invite xmlns='{INVITE}'/>", 200),
        (f"<invite xmlns='{INVITE}'></invite>", 200),
        (f"<x:invite xmlns:x='{INVITE}' xmlns:y='DAV:'><x:user><y:href>mailto:a</y:href></x:user></x:invite>", 200),
        (f"<x:invite xmlns:x='{INVITE}'><x:user/></x:invite>", 422),
        (f"<x:invite xmlns:x='{INVITE}' xmlns:y='DAV:'>{'<x:user><y:href>a</y:href></x:user>' * 2}</x:invite>", 422),
        (f"<x:invite xmlns:x='{INVITE}'>&#x9; text <!-- c --><?p i?></x:invite>", 200),
    ],
)
def test_invitations_of_a_tree(api: Api, xml: str, status: int) -> None:
    """Whatever prefixes they use, each way out is well-formed, and an invitation can be added."""
    put = api("PUT", "spaces/x/tree", {"resources": {"/c/": {"properties": {f"{CS}invite": {"xml": xml}}}}})
    assert put.status == status
    same_before_and_after(api)
    if status == 200:
        assert api.dav("s/x/test/")("POST", "/c/", SHARE.format(INVITATION.format("z")), XML).status == 200
    check_ways_out(api)


BAD_UIDS = ["a\x01b", "a\x00b", "a\x0cb", "a\uffffb", "a\x7fb", "a\ufffeb", "a\x0bb", "a\x1bb"]


@pytest.mark.parametrize("uid", BAD_UIDS)
@pytest.mark.parametrize(
    ("media_type", "data"),
    [
        ("text/calendar", "BEGIN:VCALENDAR\r\nBEGIN:VEVENT\r\nUID:{}\r\nEND:VEVENT\r\nEND:VCALENDAR\r\n"),
        ("text/calendar", "BEGIN:VCALENDAR\r\nBEGIN:VEVENT\r\nUID:ok\r\nEND:VEV{}NT\r\nEND:VCALENDAR\r\n"),
        ("text/calendar", "BEGIN:VCALENDAR\r\nBEGIN:VEVENT\r\nUID:ok\r\nSUMMARY:{}\r\nEND:VEVENT\r\nEND:VCALENDAR\r\n"),
        ("text/vcard", "BEGIN:VCARD\r\nUID:{}\r\nFN:A\r\nEND:VCARD\r\n"),
    ],
)
def test_a_control_character_in_an_import_is_refused(api: Api, media_type: str, data: str, uid: str) -> None:
    """403 with the condition for invalid data; the answer itself is well-formed."""
    answer = api.dav("s/x/test/")("POST", "/c/", data.format(uid), {"Content-Type": media_type})
    assert answer.status == 403
    condition = "valid-calendar-data" if media_type == "text/calendar" else "valid-address-data"
    assert etree.fromstring(answer.body)[0].tag.endswith(condition)
    check_ways_out(api)


@pytest.mark.parametrize(
    ("resources", "pointer"),
    [
        ({"/c/": {"types": ["{u}a><evil/><b"]}}, "/resources/~1c~1/types/0"),
        ({"/c/": {"types": ["{u}ok", "{u}1a"]}}, "/resources/~1c~1/types/1"),
        ({"/c/": {"types": ["p:b"]}}, "/resources/~1c~1/types/0"),
        ({"/c/": {"types": ['{u"}b']}}, "/resources/~1c~1/types/0"),
        ({"/c/": {"types": ["{u v}b"]}}, "/resources/~1c~1/types/0"),
        ({"/c/": {"types": ["{http://[}b"]}}, "/resources/~1c~1/types/0"),
        ({"/c/": {"types": ["{http://www.w3.org/2000/xmlns/}b"]}}, "/resources/~1c~1/types/0"),
        ({"/c/": {"types": ["{u}\u2000"]}}, "/resources/~1c~1/types/0"),
        ({"/a": {"properties": {"{DAV:}getcontentlanguage": "en\r\nX-Evil: 1"}}},
         "/resources/~1a/properties/{DAV:}getcontentlanguage"),
        ({"/a": {"properties": {"{DAV:}getcontentlanguage": "\u2603"}}}, "/resources/~1a/properties/{DAV:}getcontentlanguage"),
        ({"/a": {"properties": {"{DAV:}getcontentlanguage": ""}}}, "/resources/~1a/properties/{DAV:}getcontentlanguage"),
        ({"/a": {"properties": {"{u}a": "\x01"}}}, "/resources/~1a/properties/{u}a"),
        ({"/a": {"properties": {"{u}a": "\uffff"}}}, "/resources/~1a/properties/{u}a"),
        ({"/a": {"properties": {"{u}a": {"xml": "<a xmlns='u'>" + "<b>" * 128 + "</b>" * 128 + "</a>"}}}},
         "/resources/~1a/properties/{u}a"),
        ({"/a": {"type": "text/\u2603"}}, "/resources/~1a/type"),
        ({"/a": {"type": "text/\x85"}}, "/resources/~1a/type"),
        ({"/a": {"etag": '"\u2603"'}}, "/resources/~1a/etag"),
        ({"/a": {"created": "9999-12-31T23:59:59-00:01"}}, "/resources/~1a/created"),
    ],
)  # fmt: skip
def test_a_tree_with_a_value_that_cant_be_written_is_refused(api: Api, resources: dict[str, Any], pointer: str) -> None:
    """422 with its place, and nothing changes."""
    before = api("GET", "spaces/x/tree").body
    put = api("PUT", "spaces/x/tree", {"resources": resources})
    assert (put.status, put.pointers) == (422, [pointer])
    assert api("GET", "spaces/x/tree").body == before
    check_ways_out(api)


@pytest.mark.parametrize(
    ("yaml", "place"),
    [
        ('title: "a\\x01b"', "1:8"),
        ('title: "a\\uFFFFb"', "1:8"),
        ('title: t\nteaches: "\\0"', "2:10"),
        ('title: t\nspec: ["\\e"]', "2:8"),
        ('title: t\ntree:\n  /a: {type: "text/\u2603"}', "3:14"),
        ('title: t\ntree:\n  /a: {type: "a/b\\r\\nX: y"}', "3:14"),
        ('title: t\ntree:\n  /a: {type: "a/b\\n"}', "3:14"),
        ('title: t\ntree:\n  /a: {properties: {"{DAV:}getcontentlanguage": "en\\r\\nX-Evil: 1"}}', "3:49"),
        ('title: t\ntree:\n  /a: {properties: {"{u}1a": x}}', "3:21"),
        ('title: t\ntree:\n  /a: {properties: {"p:b": x}}', "3:21"),
        ('title: t\ntree:\n  /a: {properties: {"{u}a": "\\x02"}}', "3:29"),
        ('title: t\ntree:\n  /a/: {ordering: "x:\u2603"}', "3:19"),
        ("title: t\ncauses:\n- {id: q, kind: quota, bytes: 0x" + "f" * 5000 + "}", "3:31"),
        ("title: t\ncauses:\n- {id: q, kind: quota, bytes: 0o" + "7" * 6000 + "}", "3:31"),
        ("title: t\ncauses:\n- {id: q, kind: quota, bytes: 9007199254740992}", "3:31"),
        ("title: t\ncauses:\n- {id: q, kind: quota, bytes: 1, nth: 99999999999999999999}", "3:39"),
        ("title: t\ncauses:\n- {id: q, kind: quota, bytes: 1, after: 99999999999999999999}", "3:41"),
        ('title: t\ncauses:\n- {id: p, kind: protected-property, property: "{u}a><b"}', "3:47"),
        ('title: t\ncauses:\n- {id: l, kind: lock, principal: "\\x01"}', "3:34"),
        ('title: t\nusers: {"a\\x01": b}', "2:9"),
        ('title: t\nrequests:\n- {name: n, method: GET, path: /, headers: {A: "b\\nC: d"}, expect: {status: 200}}', "3:48"),
        ('title: t\nrequests:\n- {name: n, method: GET, path: /, headers: {A: "\u2603"}, expect: {status: 200}}', "3:48"),
        ('title: t\nrequests:\n- {name: "\\x01", method: GET, path: /, expect: {status: 200}}', "3:10"),
        ("title: t\ntree: {/c/a: {}}\ncauses:\n- {id: k, kind: lock, path: /c/a}\n- {id: l, kind: lock, path: /c/a}", "5:29"),
        ("title: t\ntree: {/c/a: {}}\ncauses:\n- {id: k, kind: lock, path: /c/}\n- {id: l, kind: lock, path: /c/a, scope: shared}",
         "5:29"),
    ],
)  # fmt: skip
def test_a_file_with_a_value_that_cant_be_written_is_refused(yaml: str, place: str) -> None:
    """With its line and column."""
    with pytest.raises(ScenarioError) as raised:
        load(yaml, "t.yaml")
    assert [f"{problem.line}:{problem.column}" for problem in raised.value.problems] == [place], str(raised.value)


@pytest.mark.parametrize(
    "causes",
    [
        "{id: k, kind: lock, path: /c/a, scope: shared}, {id: l, kind: lock, path: /c/a, scope: shared}",
        "{id: k, kind: lock, path: /c/a, times: 1}, {id: l, kind: lock, path: /c/a, after: 1}",
        "{id: k, kind: lock, path: /c/, depth: '0'}, {id: l, kind: lock, path: /c/a}",
        "{id: k, kind: lock, path: /c/a}, {id: l, kind: lock, path: /c/b}",
    ],
)
def test_locks_that_can_stand_together(causes: str) -> None:
    """Shared ones, those that follow each other, and those of different resources."""
    load(f"title: t\ntree: {{/c/a: {{}}, /c/b: {{}}}}\ncauses: [{causes}]", "t.yaml")


def test_a_second_exclusive_lock_is_refused_by_the_api(api: Api) -> None:
    """422 with a pointer; the same cause can be replaced."""
    lock = {"kind": "lock", "path": "/a"}
    assert api("PUT", "spaces/x/causes/k", lock).status == 200
    assert api("PUT", "spaces/x/causes/k", {**lock, "scope": "shared"}).status == 200
    said = api("PUT", "spaces/x/causes/l", lock)
    assert (said.status, said.pointers) == (422, ["/path"])


TEXTS = st.text(st.characters(codec="utf-8"), max_size=12) | st.sampled_from(
    [
        *BAD_UIDS,
        "en",
        "de, en-GB",
        "en\r\nX: y",
        "☃",
        "",
        "\x85",
        "\r",
        '"',
        '"e"',
        '"é"',
        "&<>]]>",
        "a/b",
        "a/b; c=d",
        "\u2028",
    ]
)
MOMENTS = st.datetimes().map(lambda moment: moment.isoformat() + "Z") | st.sampled_from(
    [value for _, value, _ in DATES]
)
NAMES = st.sampled_from(
    [
        "{u}a",
        "{DAV:}getcontentlanguage",
        "{DAV:}displayname",
        f"{CS}invite",
        "a",
        "{u}é",
        "{u}1",
        "p:q",
        '{"}a',
        "{x y}a",
    ]
) | st.tuples(st.text(max_size=4), st.text(min_size=1, max_size=4)).map(lambda parts: f"{{{parts[0]}}}{parts[1]}")


@settings(max_examples=60)
@given(
    live=st.dictionaries(
        st.sampled_from([*PROTECTED, "getcontentlanguage", "displayname"]), TEXTS | MOMENTS, min_size=1
    ),
    headers=st.dictionaries(
        st.sampled_from(["Content-Type", "Content-Language", "Ordering-Type", "Position", "Slug", "If-Match"]),
        TEXTS.filter(lambda text: text.isprintable() and text.isascii()),
    ),
    uid=TEXTS,
)
def test_what_a_client_sends_can_be_answered(api: Api, live: dict[str, str], headers: dict[str, str], uid: str) -> None:
    """Properties, headers and UIDs: whatever is stored of them is well-formed everywhere."""
    unprotect(api)
    dav = api.dav("s/x/test/")
    for name, value in live.items():
        status = proppatch(dav, "/a", f"<D:{name}>{escape(value)}</D:{name}>")
        assert status < 500
    assert dav("PUT", "/c/n", "content", headers).status < 500
    data = f"BEGIN:VCALENDAR\r\nBEGIN:VEVENT\r\nUID:{uid}\r\nEND:VEVENT\r\nEND:VCALENDAR\r\n"
    answer = dav("POST", "/c/", data, {"Content-Type": "text/calendar"})
    assert answer.status in (207, 403)
    etree.fromstring(answer.body)
    same_before_and_after(api)


@settings(max_examples=100)
@given(
    document=st.fixed_dictionaries(
        {},
        optional={
            "type": TEXTS, "etag": TEXTS, "created": MOMENTS, "modified": MOMENTS, "content": TEXTS,
            "properties": st.dictionaries(NAMES, TEXTS, max_size=2),
            "locks": st.lists(st.fixed_dictionaries({"token": st.just("urn:t:1") | TEXTS, "principal": TEXTS}), max_size=1),
        },
    ),
    collection=st.fixed_dictionaries(
        {}, optional={"types": st.lists(NAMES, max_size=2), "ordering": st.just("DAV:custom") | TEXTS,
                      "order": st.lists(st.just("n") | TEXTS, max_size=2)}
    ),
)  # fmt: skip
def test_what_a_tree_holds_can_be_answered(api: Api, document: dict[str, Any], collection: dict[str, Any]) -> None:
    """A tree is refused with the place of each mistake, or it can be read in every way."""
    unprotect(api)
    put = api("PUT", "spaces/x/tree", {"resources": {"/c/": collection, "/c/n": document}})
    assert put.status in (200, 422), put.body
    if put.status == 422:
        assert put.pointers
    same_before_and_after(api)


@settings(max_examples=60)
@given(
    title=st.just("t") | TEXTS,
    entry=st.fixed_dictionaries({}, optional={"type": TEXTS, "properties": st.dictionaries(NAMES, TEXTS, max_size=2)}),
    ordering=st.just("DAV:custom") | TEXTS,
    principal=TEXTS,
    number=st.integers() | st.integers(2**52, 2**70),
)
def test_what_a_file_holds_can_be_answered(
    files: tuple[Api, dict[str, Any]],
    *,
    title: str,
    entry: dict[str, Any],
    ordering: str,
    principal: str,
    number: int,
) -> None:
    """A file has problems, or its scenario can be read in every way."""
    tree = {"/c/": {"ordering": ordering}, "/c/n": entry}
    causes = [{"id": "l", "kind": "lock", "path": "/c/", "principal": principal},
              {"id": "q", "kind": "quota", "bytes": number}]  # fmt: skip
    try:
        scenario = load(json.dumps({"title": title, "tree": tree, "causes": causes}), "t.yaml")
    except ScenarioError:
        return
    api, sources = files
    name = f"test{len(sources)}"
    sources[name] = lambda: scenario
    api("DELETE", "spaces/x")
    api("PUT", "spaces/x", {"scenario": name})
    assert api("GET", f"scenarios/{name}").status == api("GET", "spaces/x/causes").status == 200
    same_before_and_after(api, name)


@pytest.mark.parametrize("title", ["a&b", "<x>", "\u2028", "]]>", "\x7f\x85"])
def test_the_list_of_scenarios_holds_each_title(serve_alone: Callable[..., tuple[str, App]], title: str) -> None:
    """As it was written."""
    api = Api(*serve_alone({"test": lambda: load(json.dumps({"title": title}), "t.yaml")}))
    listed = etree.fromstring(api.dav("")("PROPFIND", "/", "", {"Depth": "1"}).body)
    assert title in [name.text for name in listed.iter("{DAV:}displayname")]


@pytest.mark.parametrize("zeros", [4299, 4301, 100_000])
def test_numbers_of_any_length_are_numbers(api: Api, zeros: int) -> None:
    """Leading zeros change nothing."""
    dav = api.dav("s/x/test/")
    digits = "0" * zeros
    assert dav("GET", "/a", headers={"Range": f"bytes={digits}-"}).status == 206
    assert dav("GET", "/a", headers={"Range": f"bytes=-{digits}1"}).status == 206
    assert dav("GET", "/a", headers={"Range": f"bytes={digits}-{'9' * zeros}"}).status == 206
    lock = '<D:lockinfo xmlns:D="DAV:"><D:lockscope><D:shared/></D:lockscope><D:locktype><D:write/></D:locktype></D:lockinfo>'
    for timeout in (f"Second-{digits}5", "Second-" + "9" * zeros):
        assert dav("LOCK", "/a", lock, {**XML, "Timeout": timeout}).status == 200
    for body in ('{"advance": 1' + digits + "}", '{"advance": 1e' + "9" * 5 + "}", '{"advance": "PT1' + digits + 'S"}'):
        assert api("POST", "spaces/x/clock", body.encode()).status in (400, 422)
    cause = '{"id": "q", "kind": "quota", "bytes": 1' + digits + "}"
    assert api("POST", "spaces/x/causes", cause.encode()).status in (400, 422)
    for path in (f"spaces/x/journal/{digits}1", f"spaces/x/journal?since={digits}1"):
        assert api("GET", path).status in (400, 404)
    check_ways_out(api)
