"""A 412 for an ``If`` header on a real socket: it says which list would have held (RFC 4918 10.4.4, 12.1)."""

from __future__ import annotations

import html
import re
from collections.abc import Callable

import pytest

from tests.client import Client
from tests.conftest import Served
from tests.trees import XML, lock

TREE = """
tree:
  /c/a.txt: {content: a}
  /c/sub/b.txt: {content: b}
  /me@x.org/a.txt: {content: a}
  /f.txt: {content: f}
"""


@pytest.fixture
def c(serve: Callable[..., Served]) -> Client:
    """Serve a collection and a document."""
    return serve(TREE).client


def held(client: Client, path: str, depth: str = "infinity") -> str:
    """Lock a resource, and give the token in angle brackets."""
    return str(lock(client, path, {"Depth": depth}).headers["Lock-Token"])


def suggested(body: bytes) -> str:
    """Read the list that would hold."""
    match = re.search(r"This list would hold: (<.*\))\.", html.unescape(body.decode()))
    assert match is not None, body
    return match[1]


NEW_MEMBERS = {
    "PUT": ("/c/new", {}),
    "MKCOL": ("/c/new/", {}),
    "LOCK": ("/c/new", {}),
    "COPY": ("/f.txt", {"Destination": "{base}/c/new"}),
    "MOVE": ("/f.txt", {"Destination": "{base}/c/new"}),
}


@pytest.mark.parametrize("method", NEW_MEMBERS)
def test_the_untagged_token_of_a_locked_collection_is_412_for_a_new_member(c: Client, method: str) -> None:
    """RFC 4918 10.4.4: an unmapped URL, or the source, does not have that lock; the list names the collection."""
    path, headers = NEW_MEMBERS[method]
    token = held(c, "/c/")
    body = "" if method != "LOCK" else LOCKINFO
    refused = c(method, path, body, {**XML, **headers, "If": f"({token})"})
    assert refused.status == 412
    assert suggested(refused.body) == f"<{c.base}/c/> ({token})"


@pytest.mark.parametrize("method", [method for method in NEW_MEMBERS if method != "LOCK"])
def test_the_suggested_list_holds(c: Client, method: str) -> None:
    """A client sends it as the response has it."""
    path, headers = NEW_MEMBERS[method]
    token = held(c, "/c/")
    refused = c(method, path, "", {**headers, "If": f"({token})"})
    assert c(method, path, "", {**headers, "If": suggested(refused.body)}).status == 201


LOCKINFO = (
    '<D:lockinfo xmlns:D="DAV:"><D:lockscope><D:shared/></D:lockscope><D:locktype><D:write/></D:locktype></D:lockinfo>'
)


@pytest.mark.parametrize(
    ("method", "headers"),
    [("DELETE", {}), ("MOVE", {"Destination": "{base}/n/"}), ("COPY", {"Destination": "{base}/n/"})],
)
def test_the_untagged_token_of_a_lock_of_depth_0_does_not_hold_for_members(
    c: Client, method: str, headers: dict[str, str]
) -> None:
    """RFC 4918 9.6.1, 9.8.3, 9.9.2: the header applies to every member; 207, each with the list that would hold."""
    token = held(c, "/c/", "0")
    answer = c(method, "/c/", headers={**headers, "If": f"({token})"})
    assert answer.status == 207
    assert {each.status for each in answer.reported} == {412}
    assert suggested(answer.body) == f"<{c.base}/c/> ({token})"
    assert c("GET", "/c/a.txt").status == 200
    assert c(method, "/c/", headers={**headers, "If": suggested(answer.body)}).status in (201, 204)


def test_a_token_of_another_resource_names_that(c: Client) -> None:
    """Wherever its lock is."""
    token = held(c, "/c/sub/b.txt", "0")
    refused = c("PUT", "/f.txt", "x", {"If": f"({token})"})
    assert (refused.status, suggested(refused.body)) == (412, f"<{c.base}/c/sub/b.txt> ({token})")


def test_a_list_with_the_wrong_tag_names_the_right_one(c: Client) -> None:
    """RFC 4918 10.4.2: a tagged list is about one resource."""
    token = held(c, "/f.txt", "0")
    refused = c("PUT", "/f.txt", "x", {"If": f"<{c.base}/c/> ({token})"})
    assert (refused.status, suggested(refused.body)) == (412, f"<{c.base}/f.txt> ({token})")


def test_an_old_entity_tag_gets_the_current_one(c: Client) -> None:
    """RFC 4918 10.4.1: the state that the resource has."""
    etag = c("GET", "/f.txt").headers["ETag"]
    refused = c("PUT", "/f.txt", "x", {"If": '(["old"])'})
    assert (refused.status, suggested(refused.body)) == (412, f"<{c.base}/f.txt> ([{etag}])")


def test_an_unknown_token_gets_the_current_state(c: Client) -> None:
    """Its locks, and its entity-tag."""
    token = held(c, "/f.txt", "0")
    etag = c("GET", "/f.txt").headers["ETag"]
    refused = c("PUT", "/f.txt", "x", {"If": "(<urn:x>)"})
    assert suggested(refused.body) == f"<{c.base}/f.txt> ({token} [{etag}])"
    assert c("PUT", "/f.txt", "x", {"If": suggested(refused.body)}).status == 204


@pytest.mark.parametrize("path", ["/new", "/c/"])
def test_a_resource_without_a_state_has_a_list_too(c: Client, path: str) -> None:
    """RFC 4918 10.4.8: no resource has DAV:no-lock."""
    refused = c("PROPPATCH" if path == "/c/" else "PUT", path, UPDATE, {**XML, "If": "(<urn:x>)"})
    assert (refused.status, suggested(refused.body)) == (412, f"<{c.base}{path}> (Not <DAV:no-lock>)")


UPDATE = '<D:propertyupdate xmlns:D="DAV:"><D:set><D:prop><a xmlns="u:">1</a></D:prop></D:set></D:propertyupdate>'


def test_the_suggested_list_is_spelled_as_the_request_uri_was(c: Client) -> None:
    """RFC 4918 8.3."""
    token = held(c, "/me@x.org/")
    refused = c("PUT", "/me%40x.org/new", "x", {"If": f"({token})"})
    assert suggested(refused.body) == f"<{c.base}/me%40x.org/> ({token})"


def test_a_tag_outside_of_the_scenario_gets_a_list_for_the_request_uri(c: Client) -> None:
    """No resource there has a state."""
    etag = c("GET", "/f.txt").headers["ETag"]
    refused = c("PUT", "/f.txt", "x", {"If": "<http://x.test/other> (<urn:x>)"})
    assert suggested(refused.body) == f"<{c.base}/f.txt> ([{etag}])"


def test_a_b_method_names_a_list_too(c: Client) -> None:
    """Tagged lists, evaluated once for all targets."""
    token = held(c, "/c/")
    body = '<D:delete xmlns:D="DAV:"><D:target><D:href>a.txt</D:href></D:target></D:delete>'
    refused = c("BDELETE", "/c/", body, {**XML, "If": f"<{c.base}/f.txt> ({token})"})
    assert (refused.status, suggested(refused.body)) == (412, f"<{c.base}/c/> ({token})")


# Refresh -----------------------------------------------------------------------------------------


def two_locks(client: Client) -> tuple[str, str]:
    """Lock a document twice, and give both tokens."""
    first, second = (client("LOCK", "/f.txt", LOCKINFO, {**XML, "Depth": "0"}) for _ in range(2))
    return first.headers["Lock-Token"], second.headers["Lock-Token"]


@pytest.mark.parametrize("written", ["({0}) ({1})", "({0} {1})", "<{base}/f.txt> ({0}) ({1})", "({0}) (<urn:x>)"])
def test_a_refresh_with_two_tokens_is_400(c: Client, written: str) -> None:
    """RFC 4918 9.10.2: a single lock token, since only one lock is refreshed at a time."""
    first, second = two_locks(c)
    answer = c("LOCK", "/f.txt", headers={"If": written.format(first, second, base=c.base)})
    assert answer.status == 400
    assert first.encode() in answer.body


@pytest.mark.parametrize("written", ["({0}) ({0})", "({0}) (Not <DAV:no-lock>)", "({0} Not <urn:x>)", "({0} [{etag}])"])
def test_a_refresh_with_one_token_may_have_other_conditions(c: Client, written: str) -> None:
    """RFC 4918 10.4: a token twice, a negated one, and entity-tags."""
    first, _ = two_locks(c)
    etag = c("GET", "/f.txt").headers["ETag"]
    assert c("LOCK", "/f.txt", headers={"If": written.format(first, etag=etag)}).status == 200


# A slash at the end of an unmapped URL -----------------------------------------------------------


@pytest.mark.parametrize("method", ["PUT", "LOCK"])
def test_a_document_is_not_made_at_a_url_of_a_collection(c: Client, method: str) -> None:
    """RFC 4918 5.2: 409, which names the remedy; nothing is made."""
    answer = c(method, "/new/", LOCKINFO if method == "LOCK" else "x", XML)
    assert answer.status == 409
    assert b"MKCOL" in answer.body
    assert c("GET", "/new").status == 404


@pytest.mark.parametrize("method", ["COPY", "MOVE"])
def test_nor_by_a_destination_with_a_slash(c: Client, method: str) -> None:
    """RFC 4918 5.2: the same for the Destination of a document."""
    answer = c(method, "/f.txt", headers={"Destination": "{base}/new/"})
    assert answer.status == 409
    assert c("GET", "/f.txt").status == 200
