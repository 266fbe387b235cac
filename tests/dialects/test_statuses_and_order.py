"""The traits of the statuses in a multistatus and of its order, on a real socket."""

from __future__ import annotations

import re

import pytest

from tests.dialects.conftest import Compare, said

LENGTH, TYPE = "{DAV:}getcontentlength", "{DAV:}resourcetype"
TREE = """
tree:
  /d/:
    properties: {"{urn:x}a": one}
  /d/e/f.txt: {content: Milk}
  /d/g.txt: {content: Eggs}
causes:
  - {id: mine, kind: lock, path: /d/e/f.txt}
  - {id: yours, kind: lock, path: /d/g.txt}
"""
FREE = "tree: {/f: {content: A}, /d/: {}, /d/g: {content: B}}"
UPDATE = (
    '<D:propertyupdate xmlns:D="DAV:" xmlns:X="urn:x"><D:set><D:prop><X:a>1</X:a></D:prop></D:set>'
    "<D:set><D:prop><D:getcontentlength>1</D:getcontentlength></D:prop></D:set>"
    "<D:set><D:prop><X:b>1</X:b></D:prop></D:set></D:propertyupdate>"
)
NAMED = '<D:propfind xmlns:D="DAV:" xmlns:X="urn:x"><D:prop><X:a/><D:resourcetype/><X:b/></D:prop></D:propfind>'
LOCK = '<D:lockinfo xmlns:D="DAV:"><D:lockscope><D:exclusive/></D:lockscope><D:locktype><D:write/></D:locktype></D:lockinfo>'
ALL, ONE = {"Depth": "infinity"}, {"Depth": "1"}


def codes(body: bytes) -> list[int]:
    """List the codes of all ``DAV:status`` in their order."""
    return [int(code) for code in re.findall(rb"<D:status>HTTP/1.1 ([0-9]+)", body)]


def hrefs(body: bytes) -> list[str]:
    """List all hrefs in their order."""
    return [href.decode() for href in re.findall(rb"<D:href>([^<]*)</D:href>", body)]


def properties(body: bytes) -> list[list[str]]:
    """List the local names of the properties of each propstat."""
    props = re.findall(rb"<D:prop>(.*?)</D:prop>", body)
    return [[name.decode() for name in re.findall(rb"<\w+:(\w+)[ />]", prop)] for prop in props]


def test_each_property_has_a_propstat(compare: Compare) -> None:
    """As Apache's PROPPATCH; the statuses are the same."""
    spoken, plain = compare("propstats: each", FREE)("PROPPATCH", "/f", UPDATE)
    assert properties(plain.body) == [["a", "b"], ["getcontentlength"]]
    assert properties(spoken.body) == [["a"], ["b"], ["getcontentlength"]]
    assert said(spoken) == said(plain)


def test_each_property_of_an_update_has_a_propstat(compare: Compare) -> None:
    """A listing has one for each status."""
    both = compare("propstats: each-in-failures", FREE)
    assert len(properties(both("PROPPATCH", "/f", UPDATE)[0].body)) == 3
    spoken, plain = both("PROPFIND", "/f", NAMED, ONE)
    assert spoken.body == plain.body


def test_two_propstats_have_one_status(compare: Compare) -> None:
    """Properties of WebDAV stand apart from all others."""
    spoken, plain = compare("propstats: split", TREE)("PROPFIND", "/d/", NAMED, {"Depth": "0"})
    assert properties(plain.body) == [["a", "resourcetype", "collection"], ["b"]]
    assert properties(spoken.body) == [["resourcetype", "collection"], ["a"], ["b"]]
    assert said(spoken) == said(plain)


def test_one_propstat_for_each_status(compare: Compare) -> None:
    """Two properties that failed with 403 for two reasons stand together."""
    body = UPDATE.replace("<X:b>1</X:b>", "<D:resourcetype/>")
    causes = "\ncauses: [{id: fixed, kind: protected-property, path: /f, property: '{urn:x}a'}]"
    spoken, plain = compare("propstats: merged", FREE + causes)("PROPPATCH", "/f", body)
    assert len(properties(plain.body)) > len(properties(spoken.body)) == 1
    assert said(spoken) == said(plain)


@pytest.mark.parametrize(
    ("order", "expected"),
    [
        ("request", [["a"], ["getcontentlength"], ["b"]]),
        ("causes-first", [["getcontentlength"], ["a"], ["b"]]),
        ("dependents-first", [["a"], ["b"], ["getcontentlength"]]),
    ],
)
def test_an_order_of_propstats(compare: Compare, order: str, expected: list[list[str]]) -> None:
    """Here each property has a propstat."""
    spoken, plain = compare(f"propstats: each\npropstat-order: {order}", FREE)("PROPPATCH", "/f", UPDATE)
    assert properties(spoken.body) == expected
    assert said(spoken) == said(plain)


def test_missing_properties_come_first(compare: Compare) -> None:
    """Rclone 1.60 read the first propstat alone."""
    spoken, plain = compare("missing-properties: first", TREE)("PROPFIND", "/d/", NAMED, ONE)
    assert codes(plain.body)[:2] == [200, 404]
    assert codes(spoken.body)[:2] == [404, 200]
    assert said(spoken) == said(plain)


def test_missing_properties_are_left_out(compare: Compare) -> None:
    """A resource of which nothing else is left has an empty propstat of 200."""
    both = compare("missing-properties: left-out", TREE)
    spoken, plain = both("PROPFIND", "/d/", NAMED, ONE)
    assert said(spoken) == [each for each in said(plain) if each[2] != 404]
    nothing = '<D:propfind xmlns:D="DAV:"><D:prop><b xmlns="urn:x"/></D:prop></D:propfind>'
    empty, _ = both("PROPFIND", "/d/", nothing, {"Depth": "0"})
    assert (codes(empty.body), properties(empty.body)) == ([200], [])


@pytest.mark.parametrize(
    ("place", "expected"), [("last", ["/d/e/", "/d/g.txt", "/d/"]), ("absent", ["/d/e/", "/d/g.txt"])]
)
def test_self(compare: Compare, place: str, expected: list[str]) -> None:
    """The members keep their order."""
    both = compare(f"self: {place}", TREE)
    assert hrefs(both("PROPFIND", "/d/", NAMED, ONE)[0].body) == expected
    assert hrefs(both("PROPFIND", "/d/", NAMED, {"Depth": "0"})[0].body) == ["/d/"]
    assert hrefs(both("PROPFIND", "/d/g.txt", NAMED, ONE)[0].body) == ["/d/g.txt"]


def test_responses_are_reversed(compare: Compare) -> None:
    """All of them."""
    spoken, plain = compare("responses-reversed: true", TREE)("PROPFIND", "/d/", NAMED, ALL)
    assert hrefs(spoken.body) == hrefs(plain.body)[::-1]
    assert said(spoken) == said(plain)


def test_hrefs_stand_together(compare: Compare) -> None:
    """RFC 4918 14.24: one response with a status and several hrefs."""
    spoken, plain = compare("hrefs-together: true", TREE)("DELETE", "/d/")
    assert codes(plain.body) == [423, 423]
    assert codes(spoken.body) == [423]
    assert spoken.body.startswith(
        b'<?xml version="1.0" encoding="utf-8"?>\n<D:multistatus xmlns:D="DAV:">\n <D:response>\n'
        b"  <D:href>/d/e/f.txt</D:href>\n  <D:href>/d/g.txt</D:href>\n"
    )


def test_conditions_are_left_out(compare: Compare) -> None:
    """Statuses and descriptions stay."""
    both = compare("conditions: absent", TREE)
    spoken, plain = both("DELETE", "/d/")
    assert spoken.body == re.sub(rb"\n *<D:error>.*</D:error>", b"", plain.body)
    spoken, plain = both("PROPPATCH", "/d/", UPDATE)
    assert spoken.body == re.sub(rb"\n *<D:error>.*</D:error>", b"", plain.body)
    assert b"<D:error>" in plain.body


def test_conditions_of_resources_are_left_out(compare: Compare) -> None:
    """Those of properties stay."""
    both = compare("conditions: of-properties", TREE)
    spoken, plain = both("DELETE", "/d/")
    assert spoken.body == re.sub(rb"\n *<D:error>.*</D:error>", b"", plain.body)
    spoken, plain = both("PROPPATCH", "/d/", UPDATE)
    assert spoken.body == plain.body


def test_descriptions_are_left_out(compare: Compare) -> None:
    """Conditions stay."""
    both = compare("descriptions: absent", TREE)
    for method, path, body in (("DELETE", "/d/", ""), ("PROPPATCH", "/d/", UPDATE)):
        spoken, plain = both(method, path, body)
        removed = rb"\n *<D:responsedescription>[^<]*</D:responsedescription>"
        assert spoken.body == re.sub(removed, b"", plain.body) != plain.body


@pytest.mark.parametrize(
    ("server", "expected"),
    [
        (
            "apache",
            ["Attempted DAV:set operation could not be completed due to other errors.", "Property is read-only."],
        ),
        ("nephele", ["getcontentlength is a protected property."]),
        ("wsgidav", ["403 Forbidden: Access denied to the specified resource"]),
        ("zope", ["getcontentlength cannot be set."]),
    ],
)
def test_descriptions_of_a_server(compare: Compare, server: str, expected: list[str]) -> None:
    """Each has its sentences in its places."""
    spoken, plain = compare(f"descriptions: {server}", FREE)("PROPPATCH", "/f", UPDATE)
    found = re.findall(rb"<D:responsedescription>([^<]*)</D:responsedescription>", spoken.body)
    assert [each.decode().strip() for each in found] == expected
    assert said(spoken) == said(plain)


def test_a_lock_is_described_as_by_nephele(compare: Compare) -> None:
    """The locked member has a sentence, the Request-URI has none."""
    spoken, _ = compare("descriptions: nephele", TREE)("LOCK", "/d/", LOCK, ALL)
    assert spoken.body.count(b"<D:responsedescription>Cannot create a conflicting lock.<") == 2
    assert spoken.body.count(b"<D:responsedescription>") == 2


def test_unknown_codes(compare: Compare) -> None:
    """Failures have codes that no registry has; a dependency and a missing property keep theirs."""
    both = compare("registered-codes: false", TREE)
    spoken, plain = both("PROPPATCH", "/d/", UPDATE)
    assert codes(spoken.body) == [499 if code == 403 else code for code in codes(plain.body)]
    assert codes(both("DELETE", "/d/")[0].body) == [499, 499]
    assert codes(both("PROPFIND", "/d/", NAMED, {"Depth": "0"})[0].body) == [200, 404]


def test_a_protected_property_is_a_conflict(compare: Compare) -> None:
    """As Apache and Zope: 409 for a protected property, and for no other failure."""
    spoken, plain = compare("protected-status: 409", FREE)("PROPPATCH", "/f", UPDATE)
    assert spoken.body == plain.body.replace(b"403 Forbidden<", b"409 Conflict<")
    assert b"409" in spoken.body


def test_dependents_are_left_out(compare: Compare) -> None:
    """As lighttpd: the causes alone."""
    both = compare("dependents: left-out", TREE)
    assert properties(both("PROPPATCH", "/d/", UPDATE)[0].body) == [["getcontentlength"]]
    spoken, plain = both("LOCK", "/d/", LOCK, ALL)
    assert hrefs(plain.body).count("/d/") == 1
    assert codes(spoken.body) == [423, 423]


def test_dependents_have_the_status_of_the_cause(compare: Compare) -> None:
    """As Xandikos, whose answer does not tell which property was the cause."""
    both = compare("dependents: as-cause\npropstats: merged\npropstat-order: request", TREE)
    spoken, _ = both("PROPPATCH", "/d/", UPDATE)
    assert (codes(spoken.body), properties(spoken.body)) == ([403], [["a", "getcontentlength", "b"]])
    assert codes(both("LOCK", "/d/", LOCK, ALL)[0].body) == [423, 423, 423]


def test_dependents_in_full(compare: Compare) -> None:
    """The ancestors of members that DELETE could not delete are listed, with the status of their outcome."""
    spoken, plain = compare("dependents: in-full", TREE)("DELETE", "/d/")
    own = [code for code in codes(spoken.body) if code not in codes(plain.body)]
    assert hrefs(spoken.body)[-2:] == ["/d/e/", "/d/"]
    assert len(set(own)) == 1
    assert len(own) == 2
    assert b"Not done, because this failed: delete /d/e/f.txt (423 Locked)" in spoken.body
