"""Last-Modified of a collection on a real socket: it follows its listing (RFC 4918 8.8, RFC 9110 8.8.2)."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from tests.client import Client
from tests.conftest import Served
from tests.trees import XML, lock

TREE = """
tree:
  /c/x.txt: {content: x}
  /c/sub/y.txt: {content: y}
  /d/z.txt: {content: z}
  /o/a.txt: {content: a}
  /o/b.txt: {content: b}
  /o/:
    ordering: DAV:custom
  /f.txt: {content: f}
  /e/: {}
"""
FIRST = "<D:position><D:first/></D:position>"
ORDERPATCH = (
    '<D:orderpatch xmlns:D="DAV:"><D:order-member><D:segment>b.txt</D:segment>'
    + FIRST
    + "</D:order-member></D:orderpatch>"
)
ORDERING = (
    '<D:orderpatch xmlns:D="DAV:"><D:ordering-type><D:href>DAV:unordered</D:href></D:ordering-type></D:orderpatch>'
)
PROPPATCH = '<D:propertyupdate xmlns:D="DAV:"><D:set><D:prop><a xmlns="u:">1</a></D:prop></D:set></D:propertyupdate>'


@pytest.fixture
def later(serve: Callable[..., Served]) -> Client:
    """Serve the tree, one minute after it was made."""
    served = serve(TREE)
    served.space.clock.advance(60)
    return served.client


def followed(client: Client, collection: str, *sent: tuple[str, str, str, dict[str, str]]) -> bool:
    """Send requests, and say whether a GET with the Last-Modified of before gets the listing again."""
    before = client("GET", collection)
    for method, path, body, headers in sent:
        assert client(method, path, body, headers).status in (200, 201, 204, 207)
    after = client("GET", collection, headers={"If-Modified-Since": before.headers["Last-Modified"]})
    assert after.status in (200, 304)
    return after.status == 200


@pytest.mark.parametrize("method", ["COPY", "MOVE"])
@pytest.mark.parametrize(
    ("source", "target"),
    [
        ("/d/", "/c/x.txt"),
        ("/f.txt", "/c/sub"),
        ("/f.txt", "/c/x.txt"),
        ("/d/", "/c/sub/"),
        ("/d/", "/c/new/"),
        ("/f.txt", "/c/new"),
    ],
)
def test_a_member_that_arrives_changes_it(later: Client, method: str, source: str, target: str) -> None:
    """Whatever was there before: a document, a collection or nothing."""
    assert followed(later, "/c/", (method, source, "", {"Destination": "{base}" + target}))


@pytest.mark.parametrize("path", ["/c/x.txt", "/c/sub/"])
@pytest.mark.parametrize("method", ["DELETE", "MOVE"])
def test_a_member_that_leaves_changes_it(later: Client, method: str, path: str) -> None:
    """By DELETE and by MOVE."""
    assert followed(later, "/c/", (method, path, "", {"Destination": "{base}/e/new"} if method == "MOVE" else {}))


def test_a_new_member_changes_it(later: Client) -> None:
    """By PUT, by MKCOL, and by LOCK of an unmapped URL."""
    assert followed(later, "/c/", ("PUT", "/c/new", "x", {}))
    assert followed(later, "/d/", ("MKCOL", "/d/new/", "", {}))
    token = lock(later, "/e/new").headers["Lock-Token"]
    assert later("GET", "/e/").headers["Last-Modified"] == later("GET", "/c/").headers["Last-Modified"]
    assert token


@pytest.mark.parametrize(
    ("method", "path", "body", "headers"),
    [
        ("ORDERPATCH", "/o/", ORDERPATCH, XML),
        ("ORDERPATCH", "/o/", ORDERING, XML),
        ("PUT", "/o/b.txt", "x", {"Position": "first"}),
    ],
)
def test_another_order_changes_it(later: Client, method: str, path: str, body: str, headers: dict[str, str]) -> None:
    """The listing has the members in their order (RFC 3648 2)."""
    assert followed(later, "/o/", (method, path, body, headers))


@pytest.mark.parametrize(
    ("method", "path", "body", "headers"),
    [
        ("PUT", "/c/x.txt", "other", {}),
        ("PROPPATCH", "/c/x.txt", PROPPATCH, XML),
        ("PROPPATCH", "/c/", PROPPATCH, XML),
        ("DELETE", "/c/sub/y.txt", "", {}),
    ],
)
def test_the_same_listing_keeps_it(later: Client, method: str, path: str, body: str, headers: dict[str, str]) -> None:
    """New content, a property or a change further down is no change of the listing."""
    assert not followed(later, "/c/", (method, path, body, headers))


def test_a_move_that_succeeds_in_part_changes_it(serve: Callable[..., Served]) -> None:
    """RFC 4918 9.9.3: the members that left are not in the listing of the source any more."""
    served = serve(TREE + "\ncauses: [{id: stays, kind: read-only, path: /c/x.txt}]")
    served.space.clock.advance(60)
    assert followed(served.client, "/c/", ("MOVE", "/c/", "", {"Destination": "{base}/new/"}))


def test_a_delete_that_succeeds_in_part_changes_it(serve: Callable[..., Served]) -> None:
    """RFC 4918 9.6.1: the members that are gone are not in the listing any more."""
    served = serve(TREE + "\ncauses: [{id: stays, kind: read-only, path: /c/x.txt}]")
    served.space.clock.advance(60)
    assert followed(served.client, "/c/", ("DELETE", "/c/", "", {}))


def test_an_operation_that_fails_keeps_it(serve: Callable[..., Served]) -> None:
    """An undone change leaves the date unchanged."""
    served = serve(TREE + "\ncauses: [{id: stays, kind: read-only, path: /c/x.txt}]")
    served.space.clock.advance(60)
    before = served.client("GET", "/c/").headers["Last-Modified"]
    assert served.client("COPY", "/f.txt", headers={"Destination": "{base}/c/x.txt"}).status == 403
    assert served.client("GET", "/c/").headers["Last-Modified"] == before
