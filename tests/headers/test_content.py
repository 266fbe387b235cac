"""The content of a request that the server could only ignore: a body without a use, a content coding, a language."""

from __future__ import annotations

import gzip
from collections.abc import Callable

import pytest

from tests.batches.batches import ask, do, put, responses, send
from tests.client import Client, statuses
from tests.conftest import Served
from tests.trees import lockinfo

JSON = {"Content-Type": "application/json"}
BODIES = [
    ("PUT", "/f", b"Bread"),
    ("PROPFIND", "/f", b'<D:propfind xmlns:D="DAV:"><D:allprop/></D:propfind>'),
    (
        "PROPPATCH",
        "/f",
        b"<D:propertyupdate xmlns:D='DAV:'><D:set><D:prop><D:displayname/></D:prop></D:set></D:propertyupdate>",
    ),
    ("MKCOL", "/new", b'<D:mkcol xmlns:D="DAV:"/>'),
    ("MKCALENDAR", "/new", b""),
    ("LOCK", "/f", lockinfo().encode()),
    ("ORDERPATCH", "/c/", b"<x/>"),
    ("BDELETE", "/c/", b"<x/>"),
    ("POST", "/c/", b"BEGIN:VCALENDAR"),
    ("POST", "/$batch", b'{"requests":[]}'),
    ("GET", "/f", b""),
    ("DELETE", "/f", b""),
    ("OPTIONS", "/f", b""),
]


@pytest.fixture
def f(serve: Callable[..., Served]) -> Client:
    """A client of a tree with a document and a collection."""
    return serve("tree: {/f: {content: Milk}, /c/: {}}").client


# A body that the method would ignore -------------------------------------------------------------


@pytest.mark.parametrize("body", [b"x", b" ", b"<D:propertybehavior xmlns:D='DAV:'/>"])
@pytest.mark.parametrize("method", ["OPTIONS", "GET", "HEAD", "DELETE", "COPY", "MOVE", "UNLOCK"])
def test_a_body_without_a_use_is_415(f: Client, method: str, body: bytes) -> None:
    """RFC 4918 8.4: one octet is enough, nothing is done, and the 415 names no coding (RFC 9110 12.5.3)."""
    answer = f(method, "/f", body, {"Destination": "{base}/g", "Lock-Token": "<urn:x>"})
    assert answer.status == 415
    assert "Accept-Encoding" not in answer.headers
    assert [f("GET", path).status for path in ("/f", "/g")] == [200, 404]


@pytest.mark.parametrize("method", ["OPTIONS", "GET", "DELETE"])
def test_a_chunk_without_a_use_is_415(f: Client, method: str) -> None:
    """So is a chunked body, unless it is empty."""
    head = b"%b {base}/f HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n" % method.encode()
    assert statuses(f.raw(head + b"1\r\nx\r\n0\r\n\r\n")) == [415]
    assert statuses(f.raw(head + b"0\r\n\r\n"))[0] in (200, 204)


@pytest.mark.parametrize("target", [b"*", b"/"])
def test_a_body_of_an_options_about_the_server_is_415(f: Client, target: bytes) -> None:
    """OPTIONS * and OPTIONS / are about no scenario."""
    head = b"OPTIONS " + target + b" HTTP/1.1\r\nHost: x\r\nContent-Length: "
    assert [statuses(f.raw(head + rest))[0] for rest in (b"0\r\n\r\n", b"1\r\n\r\nx")] == [200, 415]


def test_a_body_without_a_use_is_415_in_a_batch(f: Client) -> None:
    """The request is refused as it would be alone."""
    move = ask("1", "move", "f", {"destination": f"{f.base}/g", "content-type": "text/plain"}, body="x")
    assert do(f, move, ask("2", "get", "f")) == "1 415, 2 200"


# Content codings ---------------------------------------------------------------------------------


@pytest.mark.parametrize("coding", ["gzip", "br", "x-foo", "identity, gzip", "GZIP"])
@pytest.mark.parametrize(("method", "path", "body"), BODIES)
def test_a_content_coding_is_415(f: Client, method: str, path: str, body: bytes, coding: str) -> None:
    """RFC 9110 15.5.16, 12.5.3: with the one that is accepted, and nothing is done."""
    answer = f(method, path, gzip.compress(body) if body else b"", {**JSON, "Content-Encoding": coding, "Depth": "0"})
    assert (answer.status, answer.headers["Accept-Encoding"]) == (415, "identity")
    assert f("GET", "/f").body == b"Milk"


@pytest.mark.parametrize("coding", ["identity", "Identity", "", "identity, identity"])
def test_identity_is_no_coding(f: Client, coding: str) -> None:
    """RFC 9110 12.5.3."""
    assert f("PUT", "/f", b"Bread", {"Content-Encoding": coding}).status == 204
    assert f("GET", "/f").body == b"Bread"


@pytest.mark.parametrize("path", ["/-/spaces/coded", "/", "*"])
def test_the_server_itself_takes_no_coding(f: Client, path: str) -> None:
    """The admin API and OPTIONS of the server say the same."""
    method = "PUT" if path.startswith("/-/") else "OPTIONS"
    head = f"{method} {path} HTTP/1.1\r\nHost: x\r\nContent-Encoding: gzip\r\nConnection: close\r\n\r\n"
    received = f.raw(head.encode())
    assert statuses(received) == [415]
    assert b"\r\nAccept-Encoding: identity\r\n" in received


def test_a_coding_is_415_in_a_json_batch(f: Client) -> None:
    """For that request alone."""
    found = responses(send(f, put("1", "f", headers={"content-encoding": "gzip"}), ask("2", "get", "f")))
    assert [found[name]["status"] for name in ("1", "2")] == [415, 200]
    assert {name.lower(): value for name, value in found["1"]["headers"].items()}["accept-encoding"] == "identity"


def test_a_coding_is_415_in_a_multipart_batch(f: Client) -> None:
    """There, too."""
    part = b"PUT f HTTP/1.1\r\nContent-Encoding: gzip\r\nContent-Length: 1\r\n\r\nx"
    body = b"--b\r\nContent-Type: application/http\r\nContent-ID: 1\r\n\r\n" + part + b"\r\n--b--\r\n"
    answer = f("POST", "/$batch", body, {"Content-Type": "multipart/mixed; boundary=b"})
    assert b"HTTP/1.1 415 " in answer.body
    assert b"Accept-Encoding: identity" in answer.body


# Content-Language --------------------------------------------------------------------------------


@pytest.mark.parametrize(("sent", "kept"), [("fr", "fr"), ("de-CH, en", "de-CH, en"), (",de ,, en", "de, en")])
def test_the_language_of_a_put_is_kept(f: Client, sent: str, kept: str) -> None:
    """RFC 9110 8.5, RFC 4918 15.3: GET and HEAD say it, and the property has it."""
    assert f("PUT", "/f", b"Pain", {"Content-Language": sent}).status == 204
    assert [f(method, "/f").headers["Content-Language"] for method in ("GET", "HEAD")] == [kept, kept]
    assert f.say("PROPFIND /f D:getcontentlanguage") == "207  D:getcontentlanguage 200"
    assert kept.encode() in f("PROPFIND", "/f", b"", {"Depth": "0"}).body


def test_a_new_document_has_its_language(f: Client) -> None:
    """And a COPY of it has the same."""
    f("PUT", "/new", b"Pain", {"Content-Language": "fr"})
    f("COPY", "/new", b"", {"Destination": "{base}/copy"})
    assert f("GET", "/copy").headers["Content-Language"] == "fr"


def test_a_put_without_a_language_keeps_it(f: Client) -> None:
    """As it keeps all other properties."""
    f("PUT", "/f", b"Pain", {"Content-Language": "fr"})
    f("PUT", "/f", b"Lait")
    assert f("GET", "/f").headers["Content-Language"] == "fr"


@pytest.mark.parametrize("sent", ["?!", "de en", "languages-1"])
def test_a_malformed_language_is_400(f: Client, sent: str) -> None:
    """RFC 9110 8.5.1; nothing is stored."""
    assert f("PUT", "/f", b"Pain", {"Content-Language": sent}).status == 400
    assert f("GET", "/f").body == b"Milk"


def test_a_language_over_quota_is_undone_with_its_put(serve: Callable[..., Served]) -> None:
    """The content and its language are stored together or not at all."""
    client = serve("tree: {/f: {content: Milk}}\ncauses: [{id: small, kind: quota, path: /, bytes: 40}]").client
    assert client("PUT", "/f", b"Pain", {"Content-Language": "fr"}).status == 507
    assert client("GET", "/f").body == b"Milk"
