"""A PUT that brings properties along (MS-WDV) on a real socket: all of it is stored, or nothing is."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from tests.client import Client, lasting, told
from tests.conftest import Served
from tests.trees import holding, scenario, token, tree

COMBINED = {"X-MSDAVEXT": "PROPPATCH", "Content-Type": "multipart/MSDAVEXTPrefixEncoded"}
NO = "{id: no, kind: protected-property, property: '{urn:u}no'}"


def update(*names: str) -> str:
    """Write the properties."""
    sets = "".join(f"<D:set><D:prop><{name}>1</{name}></D:prop></D:set>" for name in names)
    return f'<D:propertyupdate xmlns:D="DAV:" xmlns:u="urn:u">{sets}</D:propertyupdate>'


def encoded(properties: str, content: str) -> str:
    """Put both behind their sizes."""
    return f"{len(properties):016x}{properties}{len(content):016X}{content}"


def put(client: Client, path: str, *names: str, content: str = "new", headers: dict[str, str] | None = None) -> str:
    return told(client("PUT", path, encoded(update(*names), content), {**COMBINED, **(headers or {})}))


@pytest.fixture
def client(serve: Callable[[str], Served]) -> Client:
    """A document, and a property that nobody may set."""
    return serve(scenario("/f.txt=old", NO)).client


def test_a_new_document_gets_its_properties(client: Client) -> None:
    assert put(client, "/n.txt", "u:a", "u:b") == "201"
    assert client("GET", "/n.txt").body == b"new"
    assert client.say("PROPFIND /n.txt u:a u:b") == "207  u:a 200, u:b 200"


def test_a_document_is_replaced_and_typed_by_its_name(client: Client) -> None:
    """The media type of the request is that of the encoding."""
    answer = client("PUT", "/f.txt", encoded(update("u:a"), "new"), COMBINED)
    got = client("GET", "/f.txt")
    assert (answer.status, answer.headers["ETag"]) == (204, got.headers["ETag"])
    assert (got.body, got.headers["Content-Type"]) == (b"new", "text/plain")


def test_an_empty_content_is_one(client: Client) -> None:
    assert put(client, "/f.txt", "u:a", content="") == "204"
    assert client("GET", "/f.txt").body == b""


def test_a_failing_property_takes_the_content_with_it(client: Client) -> None:
    """The status is the cause's: a client that reads no body must not take it for a success."""
    answer = client("PUT", "/f.txt", encoded(update("u:a", "u:no"), "new"), COMBINED)
    assert told(answer) == "403  u:a 424, u:no 403 cannot-modify-protected-property"
    because = "Not done, because this failed: set {urn:u}no (403 Forbidden)."
    assert f"<D:responsedescription>The content: 424. {because}".encode() in answer.body
    assert client("GET", "/f.txt").body == b"old"
    assert client.say("PROPFIND /f.txt u:a") == "207  u:a 404"


def test_a_new_document_is_not_left_behind(client: Client) -> None:
    assert put(client, "/n.txt", "u:no") == "403  u:no 403 cannot-modify-protected-property"
    assert tree(client) == "/f.txt=old"


@pytest.mark.parametrize(
    ("cause", "expected"),
    [
        ("{id: q, kind: quota, path: /, bytes: 200}", "507 quota-not-exceeded"),
        ("{id: q, kind: quota, path: /, properties: 1}", "507  u:a 424, u:b 507 quota-not-exceeded"),
        ("{id: s, kind: store-fails, nth: 1}", "507 sufficient-disk-space"),
        ("{id: s, kind: store-fails, nth: 3}", "507  u:a 424, u:b 507 sufficient-disk-space"),
        ("{id: s, kind: store-fails, at: commit}", "507 sufficient-disk-space"),
        ("{id: r, kind: read-only, path: /f.txt}", "403"),
        ("{id: d, kind: denied, methods: [PUT]}", "403 need-privileges"),
        ("{id: d, kind: denied, property: '{urn:u}a', methods: [PUT]}", "403  u:a 403 need-privileges, u:b 424"),
        ("{id: l, kind: lock, path: /f.txt}", "423 lock-token-submitted"),
        ("{id: v, kind: value-rule, property: '{urn:u}b', type: date}", "409  u:a 424, u:b 409"),
    ],
)
def test_a_cause_leaves_everything_as_it_was(serve: Callable[[str], Served], cause: str, expected: str) -> None:
    client = serve(scenario("/f.txt=old", cause)).client
    content = "x" * 300 if "bytes" in cause else "new"
    assert put(client, "/f.txt", "u:a", "u:b", content=content) == expected
    assert client("GET", "/f.txt").body == b"old"
    assert client.say("PROPFIND /f.txt u:a u:b") == "207  u:a 404, u:b 404"


def test_conditions_and_tokens_count_as_for_put(client: Client) -> None:
    held = token(client, "/f.txt")
    assert put(client, "/f.txt", "u:a", headers={"If-Match": '"no"'}) == "412"
    assert put(client, "/f.txt", "u:a", headers=holding("/f.txt", held)) == "204"


@pytest.mark.parametrize(
    ("body", "status", "words"),
    [
        ("", 400, "size of the properties"),
        ("12", 400, "size of the properties"),
        ("00000000000000zz", 400, "size of the properties"),
        ("0x0000000000001f" + "x" * 31, 400, "size of the properties"),
        ("+000000000000001" + "x", 400, "size of the properties"),
        ("ffffffffffffffff" + "x", 400, "is 18446744073709551615 bytes, and only 1 follow"),
        (f"{len(update('u:a')):016x}{update('u:a')}", 400, "size of the content"),
        (encoded(update("u:a"), "new") + "er", 400, "2 more follow"),
        (encoded(update("u:a"), "new")[:-1], 400, "content is 3 bytes"),
        (encoded("", "new"), 400, "not well-formed"),
        (encoded("<a", "new"), 400, "not well-formed"),
        (encoded("<a/>", "new"), 400, "DAV:"),
        (encoded(update(), "new"), 400, "names no property"),
        (encoded("<!DOCTYPE a><a/>", "new"), 403, "document type"),
    ],
)
def test_a_bad_body_stores_nothing(client: Client, body: str, status: int, words: str) -> None:
    """What was wrong is said."""
    answer = client("PUT", "/f.txt", body, COMBINED)
    assert answer.status == status
    assert words in answer.body.decode()
    assert client("GET", "/f.txt").body == b"old"


@pytest.mark.parametrize("media_type", ["text/plain", "application/xml", ""])
def test_another_media_type_is_415(client: Client, media_type: str) -> None:
    """MS-WDV 3.1.5.1.2: the header MUST come with it."""
    headers = {"X-MSDAVEXT": "PROPPATCH", **({"Content-Type": media_type} if media_type else {})}
    assert told(client("PUT", "/f.txt", encoded(update("u:a"), "new"), headers)) == "415"


@pytest.mark.parametrize("value", ["1", "PROPFIND", "other"])
def test_other_values_of_the_header_are_ignored(client: Client, value: str) -> None:
    """MS-WDV 2.2.1."""
    assert told(client("PUT", "/f.txt", "plain", {"X-MSDAVEXT": value, "Content-Type": "text/plain"})) == "204"
    assert client("GET", "/f.txt").body == b"plain"


# What the server announces, and GET with properties ----------------------------------------------------


PROPFIND = {"X-MSDAVEXT": "PROPFIND"}


def taken_apart(body: bytes) -> tuple[bytes, bytes]:
    """Give the properties and the content of a response, each of the size that stands before it."""
    size = int(body[:16], 16)
    properties, rest = body[16 : 16 + size], body[16 + size :]
    assert int(rest[:16], 16) == len(rest) - 16
    return properties, rest[16:]


@pytest.mark.parametrize("path", ["/", "/f.txt", "/none"])
def test_options_announces_the_extensions(client: Client, path: str) -> None:
    """MS-WDV 3.1.5: without it a client must not send them. It is in no other response (2.2.1)."""
    assert client("OPTIONS", path).headers["X-MSDAVEXT"] == "1"
    assert "X-MSDAVEXT" not in client("GET", path).headers


def test_a_get_has_the_properties_before_the_content(client: Client) -> None:
    """2.2.5: what a PROPFIND of all properties answers, and what a GET answers."""
    assert client.say("PROPPATCH /f.txt set u:a=1") == "207  u:a 200"
    answer, alone = client("GET", "/f.txt", headers=PROPFIND), client("GET", "/f.txt")
    properties, content = taken_apart(answer.body)
    assert (answer.status, answer.headers["Content-Type"]) == (200, "multipart/MSDAVEXTPrefixEncoded")
    assert answer.headers["Content-Length"] == str(len(answer.body))
    assert (answer.headers["ETag"], answer.headers["Last-Modified"]) == (
        alone.headers["ETag"],
        alone.headers["Last-Modified"],
    )
    assert "Accept-Ranges" not in answer.headers
    assert (properties, content) == (client("PROPFIND", "/f.txt", headers={"Depth": "0"}).body, alone.body)
    assert b">1</" in properties


@pytest.mark.parametrize("value", ["PROPFIND", " propfind "])
def test_a_head_has_the_headers_of_that_get(client: Client, value: str) -> None:
    """2.2.1."""
    got, head = client("GET", "/f.txt", headers={"X-MSDAVEXT": value}), client("HEAD", "/f.txt", headers=PROPFIND)
    assert (head.status, head.body, lasting(head)) == (200, b"", lasting(got))


@pytest.mark.parametrize("value", ["1", "PROPPATCH", "", "PROPFIND, PROPPATCH"])
def test_other_values_are_ignored_by_a_get(client: Client, value: str) -> None:
    """2.2.1."""
    answer = client("GET", "/f.txt", headers={"X-MSDAVEXT": value})
    assert (answer.body, answer.headers["Content-Type"]) == (b"old", "text/plain")


def test_a_get_of_a_collection_has_its_properties_too(client: Client) -> None:
    properties, content = taken_apart(client("GET", "/", headers=PROPFIND).body)
    assert b"<D:collection/>" in properties
    assert content == client("GET", "/").body


def test_a_range_is_ignored_beside_the_properties(client: Client) -> None:
    """RFC 9110 14.2 allows it: the client reads sizes."""
    answer = client("GET", "/f.txt", headers={**PROPFIND, "Range": "bytes=0-0"})
    assert (answer.status, taken_apart(answer.body)[1]) == (200, b"old")


def test_a_get_that_fails_is_answered_as_without_the_properties(client: Client) -> None:
    """404, 304 and 412 have no content to put them before."""
    etag = client("GET", "/f.txt").headers["ETag"]
    assert client("GET", "/none", headers=PROPFIND).status == 404
    assert client("GET", "/f.txt", headers={**PROPFIND, "If-None-Match": etag}).status == 304
    assert client("GET", "/f.txt", headers={**PROPFIND, "If-Match": '"x"'}).status == 412


def test_a_document_that_cannot_be_made_is_424_beside_its_properties(serve: Callable[[str], Served]) -> None:
    """And one that can be made has the properties of what was made."""
    client = serve("tree: {/a: {content: A}, /d: {from: [a, b]}, /e: {from: [a]}}\nmissing: [/b]").client
    assert client("GET", "/d", headers=PROPFIND).status == 424
    properties, content = taken_apart(client("GET", "/e", headers=PROPFIND).body)
    assert (b"<D:getcontentlength>1</D:getcontentlength>" in properties, content) == (True, b"A")


@pytest.mark.parametrize("timeout", ["Second-60", "Infinite", "Second-0"])
@pytest.mark.parametrize("method", ["GET", "HEAD", "PUT"])
def test_a_lock_beside_another_request_is_501(client: Client, method: str, timeout: str) -> None:
    """2.2.4: the server does not have it, and a client must not believe that it holds a lock."""
    answer = client(method, "/f.txt", "new" if method == "PUT" else "", {"X-MSDAVEXTLockTimeout": timeout})
    assert (answer.status, client("GET", "/f.txt").body) == (501, b"old")
