"""The traits of hrefs and of the values of live properties, on a real socket."""

from __future__ import annotations

import re

import pytest

from tests.dialects.conftest import Compare, said

TREE = "tree: {'/d/a%20%5B1%5D%20%C3%BC+&~%25.txt': {content: A}, /d/e/: {}, /f: {content: B}}"
HELD = f"{TREE}\ncauses: [{{id: held, kind: lock, path: /f}}]"
NAMED = (
    '<D:propfind xmlns:D="DAV:"><D:prop><D:getetag/><D:getlastmodified/><D:creationdate/>'
    "<D:getcontentlength/><D:quota-available-bytes/></D:prop></D:propfind>"
)
UPDATE = '<D:propertyupdate xmlns:D="DAV:"><D:set><D:prop><a xmlns="urn:a">1</a></D:prop></D:set></D:propertyupdate>'
ONE, ZERO = {"Depth": "1"}, {"Depth": "0"}
HOST = {"Host": "files.example:8080"}
NAMED_ONE = "/d/a%20%5B1%5D%20%C3%BC+&amp;~%25.txt"


def hrefs(body: bytes) -> list[str]:
    """List all hrefs in their order, as they stand there."""
    return [href.decode() for href in re.findall(rb"<D:href>([^<]*)</D:href>", body)]


def value(body: bytes, name: str) -> str | None:
    """Give the text of the first property of a name; None if its element is empty."""
    found = re.search(rf"<D:{name}>([^<]*)</D:{name}>".encode(), body)
    return found[1].decode() if found else None


def without(body: bytes, *names: str) -> bytes:
    """Drop the contents of properties."""
    for name in names:
        body = re.sub(rf"<D:{name}>[^<]*</D:{name}>|<D:{name}/>".encode(), b"", body)
    return body


@pytest.mark.parametrize(
    ("form", "begin"),
    [
        ("url", "http://files.example:8080"),
        ("other-host", "http://internal.example"),
        ("other-scheme", "https://files.example:8080"),
        ("two-slashes", "/"),
    ],
)
def test_a_form_of_hrefs(compare: Compare, form: str, begin: str) -> None:
    """Each href begins otherwise, also that of a condition."""
    both = compare(f"href-form: {form}", HELD)
    spoken, plain = both("PROPFIND", "/d/", NAMED, {**ONE, **HOST})
    assert spoken.body == plain.body.replace(b"<D:href>", f"<D:href>{begin}".encode())
    spoken, plain = both("PUT", "/f", "C", HOST)
    assert spoken.body == plain.body.replace(b"<D:href>", f"<D:href>{begin}".encode())


def test_encoded_hrefs_of_updates(compare: Compare) -> None:
    """As Zope: only an answer to PROPPATCH has them."""
    both = compare("href-form: encoded-url-in-updates", TREE)
    spoken, plain = both("PROPPATCH", "/d/", UPDATE, HOST)
    begin = b"<D:href>http%3A//files.example%3A8080"
    assert spoken.body == plain.body.replace(b"<D:href>", begin)
    spoken, plain = both("PROPFIND", "/d/", NAMED, {**ONE, **HOST})
    assert spoken.body == plain.body


def test_urls_in_updates(compare: Compare) -> None:
    """As Xandikos: an answer to PROPPATCH has URLs whose paths are encoded twice, and so has one for what is not there."""
    both = compare("href-form: url-in-updates\nunmapped: response-as-sent", TREE)
    spoken, plain = both("PROPPATCH", "/d/", UPDATE, HOST)
    assert spoken.body == plain.body.replace(b"<D:href>", b"<D:href>http://files.example:8080")
    spoken, plain = both("PROPFIND", "/d/", NAMED, {**ONE, **HOST})
    assert spoken.body == plain.body
    for path in ("/%C3%A4", "/%C3%A4/"):
        spoken, plain = both("PROPFIND", path, NAMED, {**ONE, **HOST})
        assert (plain.status, spoken.status) == (404, 207)
        assert f"8080{path.replace('%', '%25')}</D:href>".encode() in spoken.body


@pytest.mark.parametrize(
    ("encoding", "expected"),
    [
        ("raw", "/d/a [1] ü+&amp;~%25.txt"),
        ("lower-case", "/d/a%20%5b1%5d%20%c3%bc+&amp;~%25.txt"),
        ("all-reserved", "/d/a%20%5B1%5D%20%C3%BC%2B%26~%25.txt"),
        ("twice", "/d/a%2520%255B1%255D%2520%25C3%25BC+&amp;~%2525.txt"),
    ],
)
def test_an_encoding_of_hrefs(compare: Compare, encoding: str, expected: str) -> None:
    """Nothing but the hrefs is another."""
    spoken, plain = compare(f"href-encoding: {encoding}", TREE)("PROPFIND", "/d/", NAMED, ONE)
    assert spoken.body == plain.body.replace(f"<D:href>{NAMED_ONE}<".encode(), f"<D:href>{expected}<".encode())
    assert NAMED_ONE in hrefs(plain.body)


@pytest.mark.parametrize(
    ("slash", "in_listing"), [("absent", ["/d/", "/d/e/"]), ("absent-in-listings", ["/d", "/d/e"])]
)
def test_the_slash_of_a_collection(compare: Compare, slash: str, in_listing: list[str]) -> None:
    """Apache and sabre/dav leave it out of the answer to PROPPATCH; others out of listings, too."""
    both = compare(f"href-slash: {slash}", TREE)
    update = '<D:propertyupdate xmlns:D="DAV:"><D:set><D:prop><a xmlns="urn:x"/></D:prop></D:set></D:propertyupdate>'
    assert hrefs(both("PROPPATCH", "/d/", update)[0].body) == ["/d"]
    assert [href for href in hrefs(both("PROPFIND", "/d/", NAMED, ONE)[0].body) if "txt" not in href] == in_listing


@pytest.mark.parametrize(("form", "expected"), [("relative", ["f"]), ("absent", [])])
def test_the_hrefs_of_conditions(compare: Compare, form: str, expected: list[str]) -> None:
    """sabre/dav has relative ones, nephele none; those of responses stay."""
    both = compare(f"condition-hrefs: {form}", HELD)
    found = hrefs(both("PUT", "/f", "C")[0].body)
    assert [href.rpartition("/")[2] for href in found] == expected
    assert all(not href.startswith("/") for href in found)
    assert hrefs(both("PROPFIND", "/f", NAMED, ZERO)[0].body) == ["/f"]


def test_weak_entity_tags(compare: Compare) -> None:
    """In headers, and in getetag."""
    both = compare("etags: weak", TREE)
    spoken, plain = both("GET", "/f")
    assert spoken.headers["ETag"] == f"W/{plain.headers['ETag']}"
    spoken, plain = both("PROPFIND", "/f", NAMED, ZERO)
    assert value(spoken.body, "getetag") == f"W/{value(plain.body, 'getetag')}"
    assert without(spoken.body, "getetag") == without(plain.body, "getetag")


def test_values_in_a_batch_of_listings(compare: Compare) -> None:
    """BPROPFIND lists values too, and what a resource does not have."""
    both = compare("etags: weak\nmodified-dates: iso\nmissing-properties: first", TREE)
    body = (
        '<D:propfind xmlns:D="DAV:"><D:target><D:href>f</D:href></D:target>'
        "<D:prop><D:getetag/><D:getlastmodified/><D:displayname/></D:prop></D:propfind>"
    )
    spoken, plain = both("BPROPFIND", "/", body)
    assert value(spoken.body, "getetag") == f"W/{value(plain.body, 'getetag')}"
    assert value(spoken.body, "getlastmodified") == "2023-11-14T22:13:20Z"
    assert [status for _, _, status in said(spoken)] == [404, 200, 200]


def test_entity_tags_without_quotes(compare: Compare) -> None:
    """go-webdav can't read them."""
    both = compare("etags: unquoted", TREE)
    spoken, plain = both("PUT", "/new", "C")
    assert spoken.headers["ETag"] == plain.headers["ETag"].strip('"')
    spoken, plain = both("PROPFIND", "/f", NAMED, ZERO)
    assert value(spoken.body, "getetag") == str(value(plain.body, "getetag")).strip('"')


def test_no_entity_tags(compare: Compare) -> None:
    """The property is missing where it is requested by its name."""
    both = compare("etags: absent", TREE)
    assert "ETag" not in both("GET", "/f")[0].headers
    spoken, plain = both("PROPFIND", "/f", NAMED, ZERO)
    assert ("/f", "{DAV:}getetag", 404) in said(spoken)
    assert [each for each in said(spoken) if "etag" not in str(each[1])] == [
        each for each in said(plain) if "etag" not in str(each[1])
    ]
    spoken, _ = both("PROPFIND", "/f", headers=ZERO)
    assert b"getetag" not in spoken.body


def test_names_of_properties_have_no_value(compare: Compare) -> None:
    """DAV:propname is answered with names alone."""
    body = '<D:propfind xmlns:D="DAV:"><D:propname/></D:propfind>'
    spoken, plain = compare("etags: weak\nmodified-dates: iso\ncreation-dates: http", TREE)(
        "PROPFIND", "/f", body, ZERO
    )
    assert spoken.body == plain.body


def test_the_entity_tag_of_head(compare: Compare) -> None:
    """A client that compares it with GET's reloads the document."""
    both = compare("head-etag: other", TREE)
    spoken, plain = both("HEAD", "/f")
    assert spoken.headers["ETag"] == plain.headers["ETag"][:-1] + '-head"'
    spoken, plain = both("GET", "/f")
    assert spoken.headers == plain.headers
    assert "ETag" not in compare("head-etag: absent", TREE)("HEAD", "/f")[0].headers


def test_the_entity_tag_of_put(compare: Compare) -> None:
    """A client has to ask for it, or gets a weak one."""
    assert "ETag" not in compare("put-etag: absent", TREE)("PUT", "/f", "C")[0].headers
    spoken, plain = compare("put-etag: weak", TREE)("PUT", "/f", "C")
    assert spoken.headers["ETag"] == f"W/{plain.headers['ETag']}"


@pytest.mark.parametrize(
    ("form", "expected"),
    [
        ("iso", "2023-11-14T22:13:20Z"),
        ("utc", "Tue, 14 Nov 2023 22:13:20 UTC"),
        ("offset", "Tue, 14 Nov 2023 22:13:20 +0000"),
    ],
)
def test_a_date_of_modification(compare: Compare, form: str, expected: str) -> None:
    """The header keeps the format of HTTP."""
    both = compare(f"modified-dates: {form}", TREE)
    spoken, plain = both("PROPFIND", "/f", NAMED, ZERO)
    assert value(plain.body, "getlastmodified") == "Tue, 14 Nov 2023 22:13:20 GMT"
    assert value(spoken.body, "getlastmodified") == expected
    assert without(spoken.body, "getlastmodified") == without(plain.body, "getlastmodified")
    spoken, plain = both("GET", "/f")
    assert spoken.headers == plain.headers


def test_no_date_of_modification(compare: Compare) -> None:
    """Neither the property nor the header."""
    both = compare("modified-dates: absent", TREE)
    assert ("/f", "{DAV:}getlastmodified", 404) in said(both("PROPFIND", "/f", NAMED, ZERO)[0])
    assert "Last-Modified" not in both("GET", "/f")[0].headers


@pytest.mark.parametrize(
    ("form", "expected"),
    [
        ("http", "Tue, 14 Nov 2023 22:13:20 GMT"),
        ("fraction", "2023-11-14T22:13:20.000Z"),
        ("offset", "2023-11-14T22:13:20+00:00"),
        ("absent", None),
    ],
)
def test_a_date_of_creation(compare: Compare, form: str, expected: str | None) -> None:
    """Nothing else is another, but that an absent one is missing."""
    spoken, plain = compare(f"creation-dates: {form}", TREE)("PROPFIND", "/f", NAMED, ZERO)
    assert value(plain.body, "creationdate") == "2023-11-14T22:13:20Z"
    assert value(spoken.body, "creationdate") == expected
    assert without(spoken.body, "creationdate") == without(plain.body, "creationdate")


@pytest.mark.parametrize(("form", "expected"), [("-1", "-1"), ("-2", "-2"), ("-3", "-3"), ("enormous", str(2**63 - 1))])
def test_a_quota_that_limits_nothing(compare: Compare, form: str, expected: str) -> None:
    """A real quota stays."""
    spoken, plain = compare(f"quota-unlimited: '{form}'", TREE)("PROPFIND", "/d/", NAMED, ZERO)
    assert ("/d/", "{DAV:}quota-available-bytes", 404) in said(plain)
    assert value(spoken.body, "quota-available-bytes") == expected
    limited = f"{TREE}\ncauses: [{{id: full, kind: quota, path: /, bytes: 100}}]"
    spoken, plain = compare(f"quota-unlimited: '{form}'", limited)("PROPFIND", "/d/", NAMED, ZERO)
    assert value(spoken.body, "quota-available-bytes") == value(plain.body, "quota-available-bytes") is not None


@pytest.mark.parametrize(
    ("form", "expected"), [("zero", b">0</D:getcontentlength>"), ("empty", b"<D:getcontentlength/>")]
)
def test_the_length_of_a_collection(compare: Compare, form: str, expected: bytes) -> None:
    """It has one, and a document has its own."""
    spoken, plain = compare(f"collection-length: {form}", TREE)("PROPFIND", "/d/", NAMED, ONE)
    assert [each for each in said(spoken) if each[2] == 404] == [
        each for each in said(plain) if each[2] == 404 and each[1] != "{DAV:}getcontentlength"
    ]
    assert expected in spoken.body
    assert b"<D:getcontentlength>1</D:getcontentlength>" in spoken.body


@pytest.mark.parametrize(("form", "expected"), [("text", b">collection</D:resourcetype>"), ("empty", b"/>")])
def test_a_malformed_type_of_a_collection(compare: Compare, form: str, expected: bytes) -> None:
    """Nothing else is another, and names of properties have no value."""
    both = compare(f"collection-type: {form}", TREE)
    body = '<D:propfind xmlns:D="DAV:"><D:prop><D:resourcetype/><D:getetag/></D:prop></D:propfind>'
    spoken, plain = both("PROPFIND", "/d/", body, ONE)
    usual = b"<D:resourcetype><D:collection/></D:resourcetype>"
    assert spoken.body == plain.body.replace(usual, b"<D:resourcetype" + expected)
    assert plain.body.count(usual) == 2
