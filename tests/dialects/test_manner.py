"""The traits of the manner in which XML is written, on a real socket."""

from __future__ import annotations

import pytest

from tests.dialects.conftest import Compare, Speak, said

TREE = """
tree:
  /d/:
    properties:
      "{urn:x}a": one
  /d/f.txt:
    content: Milk
    properties:
      "{urn:x}a": two
      "{urn:y}b": three
"""
NAMED = (
    '<D:propfind xmlns:D="DAV:" xmlns:X="urn:x"><D:prop><D:getetag/><X:a/><Y:b xmlns:Y="urn:y"/></D:prop></D:propfind>'
)
UPDATE = (
    '<D:propertyupdate xmlns:D="DAV:" xmlns:X="urn:x"><D:set><D:prop><X:a>1</X:a></D:prop></D:set>'
    "<D:set><D:prop><D:getcontentlength>1</D:getcontentlength></D:prop></D:set></D:propertyupdate>"
)
DEPTH = {"Depth": "1"}


@pytest.mark.parametrize("prefix", ["d", "lp1", "ns0"])
def test_a_dav_prefix(compare: Compare, prefix: str) -> None:
    """Nothing but the prefix is another."""
    spoken, plain = compare(f"dav-prefix: {prefix}", TREE)("PROPFIND", "/d/f.txt", NAMED, {"Depth": "0"})
    expected = plain.body.replace(b"<D:", f"<{prefix}:".encode()).replace(b"</D:", f"</{prefix}:".encode())
    assert spoken.body == expected.replace(b"xmlns:D=", f"xmlns:{prefix}=".encode())


def test_the_default_namespace(compare: Compare) -> None:
    """An empty prefix: elements of WebDAV have none, and a property without a namespace says so."""
    both = compare("dav-prefix: ''", 'tree: {/f: {content: A, properties: {"plain": one}}}')
    body = '<propfind xmlns="DAV:"><prop><plain xmlns=""/><getetag/></prop></propfind>'
    spoken, plain = both("PROPFIND", "/f", body, {"Depth": "0"})
    assert spoken.body.startswith(b'<?xml version="1.0" encoding="utf-8"?>\n<multistatus xmlns="DAV:">\n <response>')
    assert b'<plain xmlns="">one</plain>' in spoken.body
    assert said(spoken) == said(plain)


def test_properties_of_webdav_have_another_prefix(compare: Compare) -> None:
    """As Apache: ``lp1``, declared on each response."""
    both = compare("dav-property-prefix: lp1\ndeclarations: response", TREE)
    spoken, plain = both("PROPFIND", "/d/", NAMED, DEPTH)
    assert spoken.body.count(b'<D:response xmlns:lp1="DAV:">') == 2
    assert spoken.body.count(b"<lp1:getetag") == plain.body.count(b"<D:getetag")
    assert b"<D:getetag" not in spoken.body


@pytest.mark.parametrize(
    ("declared", "expected"),
    [
        ("property", [b'<x1:a xmlns:x1="urn:x">two</x1:a>', b'<x2:b xmlns:x2="urn:y">three</x2:b>']),
        ("propstat", [b'<D:propstat xmlns:x1="urn:x" xmlns:x2="urn:y">', b"<x1:a>two</x1:a>"]),
        ("response", [b'<D:response xmlns:x1="urn:x" xmlns:x2="urn:y">', b"<x2:b>three</x2:b>"]),
        ("multistatus", [b'<D:multistatus xmlns:D="DAV:" xmlns:x1="urn:x" xmlns:x2="urn:y">', b"<x1:a>one</x1:a>"]),
    ],
)
def test_counted_prefixes(compare: Compare, declared: str, expected: list[bytes]) -> None:
    """A number is counted up for each namespace of the document, where the element says that declares them."""
    spoken, plain = compare(f"property-prefixes: x1\ndeclarations: {declared}", TREE)("PROPFIND", "/d/", NAMED, DEPTH)
    assert [each for each in expected if each not in spoken.body] == []
    assert said(spoken) == said(plain)


def test_one_prefix_for_each_propstat(compare: Compare) -> None:
    """As Zope: ``n`` for whichever namespace the propstat has; a second one of the same propstat is told apart."""
    both = compare("property-prefixes: n\ndeclarations: propstat\npropstats: each", TREE)
    spoken, _ = both("PROPFIND", "/d/f.txt", NAMED, {"Depth": "0"})
    assert b'<D:propstat xmlns:n="urn:x">' in spoken.body
    assert b'<D:propstat xmlns:n="urn:y">' in spoken.body
    together, _ = compare("property-prefixes: n\ndeclarations: propstat", TREE)("PROPFIND", "/d/f.txt", NAMED, DEPTH)
    assert b'<D:propstat xmlns:n="urn:x" xmlns:n2="urn:y">' in together.body


def test_the_default_namespace_of_a_property(compare: Compare) -> None:
    """As x/net/webdav: each property declares its namespace as the default one."""
    spoken, _ = compare("property-prefixes: ''", TREE)("PROPFIND", "/d/f.txt", NAMED, {"Depth": "0"})
    assert b'<a xmlns="urn:x">two</a><b xmlns="urn:y">three</b>' in spoken.body


def test_the_prefixes_of_the_request(compare: Compare) -> None:
    """As Cyrus and nephele: the document element declares them, and the properties have them."""
    spoken, _ = compare("{property-prefixes: ~request, declarations: multistatus}", TREE)(
        "PROPFIND", "/d/f.txt", NAMED, {"Depth": "0"}
    )
    assert b'<D:multistatus xmlns:D="DAV:" xmlns:X="urn:x" xmlns:Y="urn:y">' in spoken.body
    assert b"<X:a>two</X:a><Y:b>three</Y:b>" in spoken.body


def test_a_prefix_in_a_value_stays_declared(compare: Compare) -> None:
    """RFC 4918 4.3: the client's prefix, which a value uses, is declared beside the new one."""
    both = compare("property-prefixes: ns1", "tree: {/f: {content: A}}")
    update = '<D:propertyupdate xmlns:D="DAV:"><D:set><D:prop><X:a xmlns:X="urn:x">X:date</X:a></D:prop></D:set></D:propertyupdate>'
    both("PROPPATCH", "/f", update)
    spoken, _ = both("PROPFIND", "/f", NAMED, {"Depth": "0"})
    assert b'<ns1:a xmlns:X="urn:x"' in spoken.body
    assert b">X:date</ns1:a>" in spoken.body


@pytest.mark.parametrize(
    ("white_space", "expected"),
    [
        ("none", b'<D:multistatus xmlns:D="DAV:"><D:response><D:href>/d/f.txt</D:href><D:propstat><D:prop><D:getetag>'),
        (
            "lines",
            b'<D:multistatus xmlns:D="DAV:">\n<D:response>\n<D:href>/d/f.txt</D:href>\n<D:propstat>\n<D:prop>\n<',
        ),
        (
            "indented",
            b"\n  <D:response>\n    <D:href>/d/f.txt</D:href>\n    <D:propstat>\n      <D:prop>\n        <D:getetag>",
        ),
    ],
)
def test_white_space(compare: Compare, white_space: str, expected: bytes) -> None:
    """White space alone is another."""
    names = '<D:propfind xmlns:D="DAV:"><D:prop><D:getetag/></D:prop></D:propfind>'
    both = compare(f"white-space: {white_space}", TREE)
    spoken, plain = both("PROPFIND", "/d/f.txt", names, {"Depth": "0"})
    assert expected in spoken.body
    assert b"".join(spoken.body.split()) == b"".join(plain.body.split())


def test_white_space_of_an_error(compare: Compare) -> None:
    """A condition code and its hrefs stand on lines of their own, too."""
    both = compare("white-space: indented", "tree: {/f: {content: A}}\ncauses: [{id: held, kind: lock, path: /f}]")
    spoken, _ = both("PUT", "/f", "B")
    assert b"\n  <D:lock-token-submitted>\n    <D:href>/f</D:href>\n  </D:lock-token-submitted>\n" in spoken.body


@pytest.mark.parametrize(
    ("value", "expected"),
    [("one-tag-with-space", b"<D:displayname />"), ("two-tags", b"<D:displayname></D:displayname>")],
)
def test_empty_elements(compare: Compare, value: str, expected: bytes) -> None:
    """Each element without content ends in the same way."""
    names = '<D:propfind xmlns:D="DAV:"><D:prop><D:displayname/></D:prop></D:propfind>'
    spoken, plain = compare(f"empty-elements: {value}", TREE)("PROPFIND", "/d/f.txt", names, {"Depth": "0"})
    assert spoken.body == plain.body.replace(b"<D:displayname/>", expected)


@pytest.mark.parametrize("declaration", ["<?xml version='1.0' encoding='UTF-8'?>", '<?xml version="1.0"?>', ""])
def test_an_xml_declaration(compare: Compare, declaration: str) -> None:
    """The first line is another, or there is none."""
    quoted = declaration.replace("'", "''")
    spoken, plain = compare(f"xml-declaration: '{quoted}'", TREE)("PROPFIND", "/d/", NAMED, DEPTH)
    first, _, rest = plain.body.partition(b"\n")
    assert first == b'<?xml version="1.0" encoding="utf-8"?>'
    assert spoken.body == (f"{declaration}\n".encode() if declaration else b"") + rest


@pytest.mark.parametrize(
    ("value", "expected"),
    [("absent", "403"), ("blank", "403 "), ("made-up", "403 (status)"), ("made-up-in-failures", "403 (status)")],
)
def test_reason_phrases(compare: Compare, value: str, expected: str) -> None:
    """The codes stay."""
    spoken, plain = compare(f"reason-phrases: {value}", TREE)("PROPPATCH", "/d/f.txt", UPDATE)
    assert f"<D:status>HTTP/1.1 {expected}</D:status>".encode() in spoken.body
    assert said(spoken) == said(plain)


def test_phrases_are_made_up_in_updates_alone(compare: Compare) -> None:
    """As Apache: a listing has the registered ones."""
    spoken, plain = compare("reason-phrases: made-up-in-failures", TREE)("PROPFIND", "/d/", NAMED, DEPTH)
    assert spoken.body == plain.body


@pytest.mark.parametrize("protocol", ["HTTP/2", "HTTP/1.0"])
def test_a_status_protocol(compare: Compare, protocol: str) -> None:
    """Nothing but the protocol is another."""
    spoken, plain = compare(f"status-protocol: {protocol}", TREE)("PROPFIND", "/d/", NAMED, DEPTH)
    assert spoken.body == plain.body.replace(b"HTTP/1.1", protocol.encode())


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ("error-before-status", ["prop", "error", "status", "responsedescription"]),
        ("status-first", ["status", "responsedescription", "prop", "error"]),
        ("description-first", ["responsedescription", "status", "prop", "error"]),
    ],
)
def test_an_order_of_children(compare: Compare, value: str, expected: list[str]) -> None:
    """Each propstat has the same elements in that order."""
    spoken, plain = compare(f"child-order: {value}", TREE)("PROPPATCH", "/d/f.txt", UPDATE)
    assert sorted(spoken.body.split()) == sorted(plain.body.split())
    failed = next(each for each in spoken.body.split(b"<D:propstat>") if b"<D:getcontentlength" in each)
    found = sorted(expected, key=lambda name: failed.index(f"<D:{name}>".encode()))
    assert found == expected


@pytest.mark.parametrize(("value", "expected"), [("absent", ""), ("Multi-status", "Multi-status")])
def test_the_status_line(compare: Compare, value: str, expected: str) -> None:
    """As Tomcat and lighttpd; the phrases in the body stay."""
    both = compare(f"status-line: {value}", TREE)
    spoken, plain = both("PROPFIND", "/d/", NAMED, DEPTH)
    assert (spoken.status, spoken.reason, spoken.body) == (207, expected, plain.body)
    assert both("GET", "/d/f.txt")[0].reason == ("" if value == "absent" else "OK")


def test_the_status_line_has_one_space(speak: Speak) -> None:
    """RFC 9112 4: the space before the phrase is there, also without a phrase."""
    received = speak("status-line: absent", TREE).client.raw(
        b"GET {base}/d/f.txt HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n"
    )
    assert received.startswith(b"HTTP/1.1 200 \r\n")


def test_white_space_is_not_added_to_an_owner(compare: Compare) -> None:
    """RFC 4918 14.17: the owner of a lock is what the client has sent."""
    owner = "<D:owner>Ada<D:href>http://a.example/</D:href></D:owner>"
    lock = '<D:lockinfo xmlns:D="DAV:"><D:lockscope><D:exclusive/></D:lockscope><D:locktype><D:write/></D:locktype>'
    both = compare("white-space: indented\nproperty-prefixes: x1", TREE)
    spoken, plain = both("LOCK", "/d/f.txt", f"{lock}{owner}</D:lockinfo>")
    kept = owner.removeprefix("<D:owner").encode()
    assert kept in plain.body
    assert kept in spoken.body


def test_a_deep_property_is_written(compare: Compare) -> None:
    """As deep as a client can store one."""
    value = "<X:a>" * 120 + "</X:a>" * 120
    update = (
        f'<D:propertyupdate xmlns:D="DAV:" xmlns:X="urn:x"><D:set><D:prop>{value}</D:prop></D:set></D:propertyupdate>'
    )
    both = compare("property-prefixes: x1\ndav-prefix: d", TREE)
    both("PROPPATCH", "/d/f.txt", update)
    spoken, plain = both("PROPFIND", "/d/f.txt", NAMED, {"Depth": "0"})
    assert spoken.body.count(b"<X:a") + spoken.body.count(b"<x1:a") == plain.body.count(b"<X:a") == 120
