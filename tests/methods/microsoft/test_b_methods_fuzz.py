"""Batches against the plain methods: a target is what the method alone would do there, one after the other.

The same world is served twice. In one a batch is sent, in the other the plain requests; both must end alike,
and what failed in one must have failed in the other, for the same reasons.
"""

from __future__ import annotations

import os
import re
from collections.abc import Callable

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from lxml import etree

from tests.client import Client
from tests.conftest import Served
from tests.trees import XML, scenario, tree

TREE = "/c/a=1 /c/b=22 /c/d/x=3 /c/d/y=4 /c/d/e/z=5 /c/g/ /o/a=9 /o/d/x=9 /o/k=9"
NAMES = ("a", "b", "d", "d/x", "d/e", "d/e/z", "g", "no", "no/x")
CAUSES = (
    "{id: x, kind: lock, path: /c/d/x}",
    "{id: x, kind: lock, path: /c/d, depth: '0'}",
    "{id: x, kind: lock, path: /o/d/x}",
    "{id: x, kind: read-only, path: /c/d/e}",
    "{id: x, kind: denied, path: /c/d}",
    "{id: x, kind: denied, methods: [PROPPATCH, DELETE], path: /c/a}",
    "{id: x, kind: store-fails, nth: 2}",
    "{id: x, kind: store-fails, after: 1, times: 2, path: /c}",
    "{id: x, kind: store-fails, at: commit, nth: 2}",
    "{id: x, kind: quota, path: /o/, bytes: 9}",
    "{id: x, kind: protected-property, property: '{urn:u}q', path: /c/a}",
    "{id: x, kind: quota, properties: 1}",
)
SOAK = int(os.environ.get("DAV424_SOAK", "1"))
FUZZ = settings(max_examples=40 * SOAK)
TARGETS = st.lists(st.sampled_from(NAMES), min_size=1, max_size=4, unique=True)
SET = '<D:set xmlns:u="urn:u"><D:prop><u:p>1</u:p><u:q>1</u:q></D:prop></D:set>'
PROPS = '<D:propfind xmlns:D="DAV:" xmlns:u="urn:u"><D:prop><u:p/><u:q/></D:prop></D:propfind>'


def send_batch(client: Client, method: str, names: list[str], headers: dict[str, str]) -> set[tuple[str, int]]:
    root, inside = ("propertyupdate", SET) if method == "PROPPATCH" else (method.lower(), "")
    found = "".join(f"<D:target><D:href>{name}</D:href></D:target>" for name in names)
    answer = client(f"B{method}", "/c/", f'<D:{root} xmlns:D="DAV:">{found}{inside}</D:{root}>', {**XML, **headers})
    assert answer.status < 300, answer
    return {(each.href, each.status) for each in answer.failures}


def send_each(client: Client, method: str, names: list[str], headers: dict[str, str]) -> set[tuple[str, int]]:
    body = f'<D:propertyupdate xmlns:D="DAV:">{SET}</D:propertyupdate>' if method == "PROPPATCH" else ""
    failures = set()
    for name in names:
        sent = dict(headers)
        if "Destination" in sent:
            sent["Destination"] += name.rpartition("/")[2]
        answer = client(method, f"/c/{name}", body, {**XML, **sent})
        if answer.status >= 400:
            failures.add((f"/c/{name}", answer.status))
        failures |= {(each.href, each.status) for each in answer.failures}
    return failures


def seen(client: Client) -> tuple[str, list[str]]:
    """Read the tree, and the properties that could be set."""
    found = client("PROPFIND", "/", PROPS, {**XML, "Depth": "infinity"}).reported
    return tree(client).replace(client.base, "{base}"), [str(each) for each in found]


def bare(failures: set[tuple[str, int]]) -> set[tuple[str, int]]:
    """Leave out the slash of a collection: a request for it may come without."""
    return {(href.rstrip("/"), status) for href, status in failures}


@FUZZ
@pytest.mark.parametrize("method", ["PROPPATCH", "DELETE", "COPY", "MOVE"])
@given(names=TARGETS, cause=st.sampled_from(CAUSES), overwrite=st.sampled_from("TF"))
def test_a_batch_ends_as_the_plain_requests_do(
    serve: Callable[[str], Served], method: str, names: list[str], cause: str, overwrite: str
) -> None:
    headers = {"Destination": "{base}/o/", "Overwrite": overwrite} if method in ("COPY", "MOVE") else {}
    if headers and len({name.rpartition("/")[2] for name in names}) < len(names):
        return  # two that go to the same place are refused as a whole
    one, other = serve(scenario(TREE, cause)), serve(scenario(TREE, cause))
    failed = send_batch(one.client, method, names, headers)
    expected = send_each(other.client, method, names, headers)
    assert bare(failed) == bare(expected)
    # Entity-tags and times apart, which the tree doesn't show, both are alike to the byte.
    assert seen(one.client) == seen(other.client)


PIECES = (
    "<M:resource>", "</M:resource>", "<D:href>a.ics</D:href>", "<D:href>new.ics</D:href>", "<D:href/>", "<M:delete/>",
    '<M:if-match><D:getetag>"x"</D:getetag></M:if-match>', "<D:set><D:prop><u:p/></D:prop></D:set>",
    "<D:remove><D:prop><u:p/></D:prop></D:remove>", "<D:set><D:prop><D:getetag/></D:prop></D:set>",
    "<D:set><D:prop><C:calendar-data>BEGIN:VCALENDAR\nBEGIN:VEVENT\nUID:u\nEND:VEVENT\nEND:VCALENDAR</C:calendar-data></D:prop></D:set>",
    "<D:target><D:href>a</D:href></D:target>", "<D:target/>", "<D:dest>b</D:dest>", "<D:allprop/>",
    "<D:ordering-type><D:href>urn:x</D:href></D:ordering-type>", "<D:segment>a</D:segment>", "<S:read/>",
    "<D:order-member><D:segment>a</D:segment><D:position><D:first/></D:position></D:order-member>",
    "<D:order-member><D:segment>b</D:segment><D:position><D:after><D:segment>a</D:segment></D:after></D:position></D:order-member>",
    "<S:set><D:href>mailto:a@b</D:href><S:read/></S:set>", "<S:remove><D:href>mailto:a@b</D:href></S:remove>", "text", "<!-- -->",
)  # fmt: skip
ROOTS = ("M:multiput", "S:share", "D:orderpatch", "D:propertyupdate", "D:propfind", "D:delete", "D:copy", "D:move")
HEADERS = st.fixed_dictionaries(
    {},
    optional={
        "Destination": st.sampled_from(["{base}/o/", "{base}/c/a", "x", "/"]),
        "Position": st.sampled_from(["first", "before a", "after %zz", "last x", ""]),
        "Transaction": st.sampled_from(["<urn:x>", "x", ""]),
        "Brief": st.sampled_from(["t", "f", "x"]),
        "If": st.sampled_from(
            ["(<http://me.com/_namespace/ctag/x>)", "(Not <urn:x>)", "<{base}/c/> (Not <urn:x>)", "("]
        ),
        "Depth": st.sampled_from(["0", "1", "infinity", "x"]),
        "X-MSDAVEXT": st.just("PROPPATCH"),
        "Content-Type": st.sampled_from(["text/calendar", "text/vcard", "multipart/MSDAVEXTPrefixEncoded"]),
    },
)
METHODS = st.sampled_from(
    ["POST", "ORDERPATCH", "BPROPPATCH", "BPROPFIND", "BDELETE", "BCOPY", "BMOVE", "PUT", "MKCOL"]
)


@settings(FUZZ, max_examples=150 * SOAK)
@given(
    line=st.tuples(METHODS, st.sampled_from(["/c/", "/c/", "/c/a", "/", "/n"])),
    root=st.sampled_from(ROOTS),
    pieces=st.lists(st.sampled_from(PIECES), max_size=6),
    headers=HEADERS,
)
def test_whatever_is_sent_has_an_answer_and_what_is_refused_changes_nothing(
    serve: Callable[[str], Served],
    line: tuple[str, str],
    root: str,
    pieces: list[str],
    headers: dict[str, str],
) -> None:
    """No bug, no 424 without a cause in the same answer, and nothing half done."""
    method, path = line
    client = serve(scenario("/c/a=1 /c/a.ics=2 /o/b=3")).client
    before = seen(client)
    spaces = 'xmlns:D="DAV:" xmlns:u="urn:u" xmlns:M="http://me.com/_namespace/" '
    spaces += 'xmlns:S="http://calendarserver.org/ns/" xmlns:C="urn:ietf:params:xml:ns:caldav"'
    answer = client(method, path, f"<{root} {spaces}>{''.join(pieces)}</{root}>", {**XML, **headers})
    assert answer.status != 500, answer
    if answer.status >= 400:
        assert seen(client) == before
    if answer.status == 207:
        for response in etree.fromstring(answer.body).iterfind("{DAV:}response"):
            codes = re.findall(r"HTTP/1.1 (\d+)", etree.tostring(response, encoding="unicode"))
            assert "424" not in codes or len({*codes}) > 1 or root == "S:share"
