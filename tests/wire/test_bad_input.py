"""What no client should send, on a real socket: refused with the right status, and the server goes on."""

from __future__ import annotations

import logging
import socket
from collections.abc import Callable

import pytest

from dav424.methods import get, properties, put
from dav424.spine.exchange import OpenExchange
from tests.client import Client, statuses, told
from tests.conftest import Served
from tests.trees import lockinfo

XML = {"Content-Type": "application/xml"}
NAMESPACES = 'xmlns:D="DAV:" xmlns:u="urn:u"'
CLOSE = b"Host: x\r\nConnection: close\r\n"
NEXT = b"GET {base}/f HTTP/1.1\r\n" + CLOSE + b"\r\n"
CHUNKED = b"PUT {base}/new HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n"


@pytest.fixture
def f(dav: Client) -> Client:
    """A client of a world with a document at /f."""
    dav("PUT", "/f", "content")
    return dav


def patch(element: str) -> str:
    """Write a propertyupdate that sets one property."""
    return f"<D:propertyupdate {NAMESPACES}><D:set><D:prop>{element}</D:prop></D:set></D:propertyupdate>"


# Not well-formed ---------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "body",
    [
        b"<",
        b"hello",
        b"\x00",
        b"\xff\xfe",
        b"<D:propertyupdate/>",
        b"<a></b>",
        b"<a/><b/>",
        b"<a>&none;</a>",
        b"<a>\x01</a>",
        b"<a>&#1;</a>",
        b"<a>\xff</a>",
        b"<a x='1' x='2'/>",
        b'<?xml version="1.0" encoding="utf-16"?><a/>',
        patch("<u:a>").encode(),
        patch("<u:a/>").encode() + b"rest",
        patch("<u:a/>").encode()[:-1],
    ],
)
def test_what_is_not_well_formed_is_400(f: Client, body: bytes) -> None:
    """RFC 4918 8.2: the whole request, before anything is done, whatever the method."""
    sent = {"PROPPATCH": "/f", "PROPFIND": "/f", "LOCK": "/f", "MKCOL": "/new/", "MKCALENDAR": "/new/"}
    assert {method: f(method, path, body, XML).status for method, path in sent.items()} == dict.fromkeys(sent, 400)
    assert f("GET", "/new/").status == 404


@pytest.mark.parametrize(
    "element",
    [
        "<x:a/>",
        '<x:a xmlns:x=""/>',
        "<u:/>",
        "<:a/>",
        "<u:1/>",
        "<u:a:b/>",
        "<u:a b/>",
        "<xmlns:a/>",
        '<xml:a xmlns:xml="urn:u"/>',
        "<u:-a/>",
    ],
)
def test_a_bad_property_name_is_400(f: Client, element: str) -> None:
    """Names in XML: a prefix must be declared and not be empty, and a name must be one."""
    assert f("PROPPATCH", "/f", patch(element), XML).status == 400


# Document types and entities ---------------------------------------------------------------------

ENTITIES = {
    "bare": "<!DOCTYPE x>",
    "empty": "<!DOCTYPE x []>",
    "internal": '<!DOCTYPE x [<!ENTITY e "hello">]>',
    "external": '<!DOCTYPE x [<!ENTITY e SYSTEM "file:///etc/passwd">]>',
    "external by http": '<!DOCTYPE x [<!ENTITY e SYSTEM "http://127.0.0.1:9/e">]>',
    "external subset": '<!DOCTYPE x SYSTEM "file:///etc/passwd">',
    "parameter": '<!DOCTYPE x [<!ENTITY % p SYSTEM "file:///etc/passwd"> %p;]>',
    "bomb": "<!DOCTYPE x [<!ENTITY a0 'aaaaaaaaaa'>"
    + "".join(f"<!ENTITY a{n} '{f'&a{n - 1};' * 10}'>" for n in range(1, 12))
    + "<!ENTITY e '&a11;'>]>",
    "loop": "<!DOCTYPE x [<!ENTITY e '&f;'><!ENTITY f '&e;'>]>",
    "big": f"<!DOCTYPE x [<!ENTITY e '{'a' * 100_000}'>]>",
}


@pytest.mark.parametrize("element", ["<u:a>{e}</u:a>", "<u:a b='{e}'/>"], ids=["text", "attribute"])
@pytest.mark.parametrize("doctype", ENTITIES.values(), ids=ENTITIES)
def test_a_document_type_is_403(f: Client, doctype: str, element: str) -> None:
    """RFC 4918 16, 20.6: no-external-entities, in every encoding, used in text or attribute."""
    use = "&e;" * 10 if "ENTITY e" in doctype else "x"
    for encoding in ("utf-8", "utf-16"):
        body = f'<?xml version="1.0" encoding="{encoding}"?>{doctype}{patch(element.format(e=use))}'
        assert told(f("PROPPATCH", "/f", body.encode(encoding), XML)) == "403 no-external-entities"
    assert f.say("PROPFIND /f u:a") == "207  u:a 404"


def test_a_file_is_not_read(f: Client) -> None:
    """RFC 4918 20.6: nothing of the machine can be seen."""
    body = '<!DOCTYPE x [<!ENTITY e SYSTEM "file:///etc/passwd">]>' + patch("<u:a>&e;</u:a>")
    assert b"root:" not in f("PROPPATCH", "/f", body, XML).body


@pytest.mark.parametrize("path", ["/f", "/none"])
def test_a_lock_is_not_made_with_a_document_type(f: Client, path: str) -> None:
    """LOCK reads XML, too, and leaves nothing behind."""
    body = (
        "<!DOCTYPE x [<!ENTITY e 'e'>]><D:lockinfo xmlns:D='DAV:'><D:lockscope><D:exclusive/></D:lockscope>"
        "<D:locktype><D:write/></D:locktype><D:owner>&e;</D:owner></D:lockinfo>"
    )
    assert told(f("LOCK", path, body, XML)) == "403 no-external-entities"
    assert f("GET", "/none").status == 404


# Too much ----------------------------------------------------------------------------------------


def test_a_body_over_the_limit_is_413(serve: Callable[..., Served]) -> None:
    """RFC 9110 15.5.14: what fits is taken, one byte more is not."""
    client = serve(max_body=10).client
    assert client("PUT", "/f", "x" * 10).status == 201
    assert client("PUT", "/f", "x" * 11).status == 413
    assert client("GET", "/f").body == b"x" * 10


def test_a_chunked_body_over_the_limit_is_413(serve: Callable[..., Served]) -> None:
    """Its length isn't known beforehand; it is refused all the same."""
    client = serve(max_body=10).client
    assert statuses(client.raw(CHUNKED + b"6\r\nhello \r\n6\r\nworld!\r\n0\r\n\r\n")) == [413]
    assert client("GET", "/new").status == 404


def test_a_declared_length_over_the_limit_is_refused_at_once(serve: Callable[..., Served]) -> None:
    """The server does not wait for the body, which never comes: it would wait for longer than the client does."""
    client = serve(max_body=10).client
    head = f"PUT {client.base}/f HTTP/1.1\r\nContent-Length: 99999999999\r\n".encode() + CLOSE + b"\r\n"
    with socket.create_connection((client.host, client.port), timeout=20) as connection:
        connection.sendall(head)
        assert statuses(connection.recv(65536)) == [413]


def test_xml_that_is_too_large_is_413(f: Client) -> None:
    """More than 16 MiB of it."""
    assert f("PROPPATCH", "/f", patch(f"<u:a>{'x' * (1 << 24)}</u:a>"), XML).status == 413


def test_xml_with_too_many_elements_is_413(f: Client) -> None:
    """More than 250,000."""
    assert f("PROPPATCH", "/f", patch(f"<u:a>{'<b/>' * 250_001}</u:a>"), XML).status == 413


@pytest.mark.parametrize("depth", [300, 100_000])
def test_xml_that_is_too_deep_is_413(f: Client, depth: int) -> None:
    """No recursion of ours is tried by it."""
    assert f("PROPPATCH", "/f", patch("<u:a>" * depth + "</u:a>" * depth), XML).status == 413
    assert f("GET", "/f").status == 200


def test_a_path_that_is_too_long_is_414(f: Client) -> None:
    """RFC 9110 15.5.15."""
    assert f("GET", "/" + "x" * 70_000).status == 414


def test_a_path_that_is_very_deep_is_just_not_there(f: Client) -> None:
    """A thousand segments are a path as any other."""
    assert f("GET", "/x" * 1000).status == 404
    assert f("MKCOL", "/x" * 1000).status == 409


# Media types -------------------------------------------------------------------------------------


@pytest.mark.parametrize("method", ["PROPPATCH", "PROPFIND", "MKCOL", "MKCALENDAR", "LOCK"])
def test_another_media_type_is_415(f: Client, method: str) -> None:
    """RFC 9110 15.5.16: the body isn't looked at."""
    path = "/new/" if method.startswith("MK") else "/f"
    for media_type in ("text/html", "application/json", "multipart/form-data", "xml"):
        assert f(method, path, patch("<u:a/>"), {"Content-Type": media_type}).status == 415


UNCALLED = ["application/octet-stream", "application/x-www-form-urlencoded", "text/plain;charset=UTF-8"]


@pytest.mark.parametrize("media_type", UNCALLED)
@pytest.mark.parametrize(
    ("method", "body", "status"),
    [
        ("PROPPATCH", patch("<u:a/>"), 207),
        ("PROPFIND", f"<D:propfind {NAMESPACES}><D:allprop/></D:propfind>", 207),
        ("LOCK", lockinfo(), 200),
    ],
)
def test_what_libraries_call_any_body_is_read_as_xml(
    f: Client, media_type: str, method: str, body: str, status: int
) -> None:
    """Clients leave the name of the body to their HTTP library, and other servers take it; it still has to be XML."""
    assert f(method, "/f", "colour=green", {"Content-Type": media_type}).status == 400
    assert f(method, "/f", body, {"Content-Type": media_type}).status == status


@pytest.mark.parametrize("media_type", UNCALLED)
def test_mkcol_asks_what_a_body_is_called(f: Client, media_type: str) -> None:
    """RFC 4918 9.3: a body that isn't understood is 415, and none of these says that it is XML."""
    assert f("MKCOL", "/new/", patch("<u:a/>"), {"Content-Type": media_type}).status == 415


# Paths -------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "path",
    [
        "/a%00b",
        "/%0A",
        "/%0D%0ASet-Cookie:x",
        "/%7F",
        "/..",
        "/../test/f",
        "/.",
        "/./f",
        "/c/../f",
        "/%2e%2e/f",
        "/%2E%2e/f",
        "/.%2e/f",
        "/%2e",
        "/a%2Fb",
        "/a%2fb",
        "/..%2ff",
        "/%C0%AF",
        "/%C0%AE%C0%AE/f",
        "/%E0%80%AF",
        "/%FF",
        "/%C3",
        "/%ED%A0%80",
        "/%",
        "/%4",
        "/%zz",
        "/%u0041",
        "/100%",
    ],
)
def test_a_path_that_two_could_read_differently_is_400(f: Client, path: str) -> None:
    """NUL, dot segments, encoded slashes, overlong and other bad UTF-8, a % alone: reading and writing."""
    for method in ("GET", "PUT", "MKCOL"):
        sent = f"{method} {{base}}{path} HTTP/1.1\r\n".encode() + CLOSE + b"\r\n"
        assert statuses(f.raw(sent)) == [400]


@pytest.mark.parametrize("path", ["/%2e%2e/f", "/a%2Fb", "/%00", "/%C0%AF", "/%zz"])
def test_a_destination_is_read_as_strictly(f: Client, path: str) -> None:
    """The same rules for the path in a header."""
    assert f("COPY", "/f", headers={"Destination": "{base}" + path}).status == 400


def test_nothing_leaves_the_scenario(f: Client) -> None:
    """RFC 4918 9.8.5: a destination elsewhere is 502."""
    assert f("COPY", "/f", headers={"Destination": "/elsewhere/f"}).status == 502


@pytest.mark.parametrize(
    "line",
    [
        b"GET {base}/\xfc HTTP/1.1",
        b"GET test/f HTTP/1.1",
        b"GET {base}/f#x HTTP/1.1",
        b"GET {base}/a b HTTP/1.1",
        b"GET",
    ],
)
def test_a_bad_request_line_is_400(f: Client, line: bytes) -> None:
    """RFC 9112 3."""
    assert statuses(f.raw(line + b"\r\n" + CLOSE + b"\r\n")) == [400]


# Headers -----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("method", "name", "value"),
    [
        ("PROPFIND", "Depth", "2"),
        ("PROPFIND", "Depth", "infinitely"),
        ("LOCK", "Depth", "1"),
        ("DELETE", "Depth", "1"),
        ("COPY", "Depth", "1"),
        ("COPY", "Overwrite", "yes"),
        ("COPY", "Destination", ""),
        ("UNLOCK", "Lock-Token", "none"),
        ("GET", "If", "hello"),
        ("GET", "If", "()"),
        ("GET", "If", "(<"),
        ("GET", "If", "(<urn:x>"),
        ("GET", "If", ""),
        ("GET", "If-Match", "unquoted"),
        ("GET", "If-None-Match", '"open'),
    ],
)
def test_a_bad_header_is_400(serve: Callable[..., Served], method: str, name: str, value: str) -> None:
    """RFC 4918 10: named in the answer; Authorization alone is 401 (test_digest.py)."""
    client = serve("tree: {/f: {}, /c/: {}}").client
    needed = {"Destination": "{base}/g"} if method == "COPY" else {}
    body = (
        ""
        if method != "LOCK"
        else (
            "<D:lockinfo xmlns:D='DAV:'><D:lockscope><D:exclusive/></D:lockscope><D:locktype><D:write/></D:locktype>"
            "</D:lockinfo>"
        )
    )
    answer = client(method, "/c/", body, {**needed, name: value})
    assert answer.status == 400
    assert name in answer.body.decode()


def test_an_underscore_is_not_a_hyphen(f: Client) -> None:
    """RFC 9110 5.1: If_Match is another field than If-Match, and nobody knows it."""
    assert statuses(f.raw(b'GET {base}/f HTTP/1.1\r\nIf_Match: "none"\r\n' + CLOSE + b"\r\n")) == [200]


# The framing of bodies (RFC 9112 6, 7) -----------------------------------------------------------


@pytest.mark.parametrize(
    "body",
    [
        b"zz\r\nhello\r\n0\r\n\r\n",
        b"\r\n\r\n",
        b"-5\r\nhello\r\n0\r\n\r\n",
        b"+5\r\nhello\r\n0\r\n\r\n",
        b"0x5\r\nhello\r\n0\r\n\r\n",
        b"1_0\r\nhellohellohello!\r\n0\r\n\r\n",
        b" 5\r\nhello\r\n0\r\n\r\n",
        b"5\r\nhelloXX0\r\n\r\n",
        b"5\r\nhel",
        b"5\r\nhello\r\n",
        b"5\r\nhello",
        b"",
        b"%b\r\nhello\r\n0\r\n\r\n" % (b"f" * 15),
        b"%b\r\nhello\r\n0\r\n\r\n" % (b"f" * 30),
    ],
)
def test_chunks_that_are_malformed_are_400(f: Client, body: bytes) -> None:
    """RFC 9112 7.1: a chunk-size is 1*HEXDIG; what breaks off isn't stored. Of too large a size, 413."""
    assert statuses(f.raw(CHUNKED + body))[0] in (400, 413)
    assert f("GET", "/new").status == 404


def test_after_malformed_chunks_the_connection_is_closed(f: Client) -> None:
    """RFC 9112 9.6: after an answer with Connection: close no further request is read."""
    received = f.raw(CHUNKED + b"zz\r\n" + NEXT)
    assert b"\r\nConnection: close\r\n" in received
    assert statuses(received) == [400]


def test_after_an_unread_chunked_body_the_connection_is_closed(f: Client) -> None:
    """What belongs to a refused request isn't taken for the next one."""
    following = NEXT.replace(b"{base}", f.base.encode())
    sent = CHUNKED.replace(b"{base}/", b"/none/") + b"%x\r\n%b\r\n0\r\n\r\n" % (len(following), following)
    assert statuses(f.raw(sent)) == [404]


@pytest.mark.parametrize("length", [b"3", b"3000"])
def test_a_length_beside_chunks_is_not_trusted(f: Client, length: bytes) -> None:
    """RFC 9112 6.1, 6.3: the chunks count, or it is 400; and the connection is closed, lest the rest be a request."""
    received = f.raw(
        b"PUT {base}/new HTTP/1.1\r\nHost: x\r\nContent-Length: %b\r\nTransfer-Encoding: chunked\r\n\r\n" % length
        + b"5\r\nhello\r\n0\r\n\r\n"
        + NEXT
    )
    assert statuses(received) in ([201], [400])
    assert f("GET", "/new").body in (b"hello", b"There is nothing at /new.\n")


@pytest.mark.parametrize("length", [b"-1", b"+3", b"1_0", b"0x3", b"3.0", b"3, 5", b"three", b"", b"9" * 5000])
def test_a_length_that_is_no_number_is_400_and_the_end(f: Client, length: bytes) -> None:
    """RFC 9112 6.3: 400, and the connection is closed."""
    received = f.raw(b"PUT {base}/new HTTP/1.1\r\nHost: x\r\nContent-Length: %b\r\n\r\n" % length + NEXT)
    assert statuses(received) == [400]
    assert f("GET", "/new").status == 404


@pytest.mark.parametrize("method", [b"PUT", b"PROPPATCH", b"MKCOL"])
def test_a_body_that_is_cut_short_is_400(f: Client, method: bytes) -> None:
    """RFC 9112 8: incomplete, and so not stored."""
    received = f.raw(method + b" {base}/new HTTP/1.1\r\nHost: x\r\nContent-Length: 20\r\n\r\nhello")
    assert statuses(received) == [400]
    assert f("GET", "/new").status == 404


def test_another_transfer_coding_is_501(f: Client) -> None:
    """RFC 9112 6.1."""
    assert statuses(f.raw(b"PUT {base}/new HTTP/1.1\r\nTransfer-Encoding: gzip\r\n" + CLOSE + b"\r\n")) == [501]


# Methods -----------------------------------------------------------------------------------------


@pytest.mark.parametrize("method", ["BREW", "SEARCH", "REBIND", "X" * 200])
def test_an_unknown_method_is_501(f: Client, method: str) -> None:
    """RFC 9110 9.1: what is not implemented."""
    assert f(method, "/f").status == 501


@pytest.mark.parametrize("method", ["get", "Propfind"])
def test_methods_are_case_sensitive(f: Client, method: str) -> None:
    """RFC 9110 9.1: no other spelling of a method is that method."""
    assert f(method, "/f").status in (400, 501)


@pytest.mark.parametrize("method", ["POST", "PATCH", "TRACE"])
def test_a_method_that_cannot_be_used_is_405_with_what_is_allowed(f: Client, method: str) -> None:
    """RFC 9110 15.5.6: Allow MUST be sent."""
    answer = f(method, "/f", "" if method == "TRACE" else "x")
    assert answer.status == 405
    assert "PROPPATCH" in answer.headers["Allow"].split(", ")
    assert method not in answer.headers["Allow"].split(", ")


@pytest.mark.own_server
@pytest.mark.parametrize("method", ["PUT", "MKCOL", "DELETE", "PROPPATCH", "LOCK"])
def test_the_list_of_scenarios_cannot_be_changed(dav: Client, method: str) -> None:
    """403 for every method that writes."""
    assert Client(dav.url.removesuffix("test/"))(method, "/").status == 403


# Bugs of ours ------------------------------------------------------------------------------------


def bug(*_: object) -> None:
    """Fail in a way that nobody foresaw."""
    message = "a bug"
    raise RuntimeError(message)


@pytest.mark.bugs
@pytest.mark.parametrize("step", ["plan", "answer"])
@pytest.mark.parametrize("method", ["PROPPATCH", "PUT", "DELETE", "GET", "PROPFIND"])
def test_a_bug_is_500_and_nothing_is_changed(
    f: Client, monkeypatch: pytest.MonkeyPatch, method: str, step: str
) -> None:
    """Wherever it happens, all is as it was before the request, as the answer says."""
    body = {"PROPPATCH": patch("<u:a>1</u:a>"), "PUT": "new"}.get(method, "")
    before = f("PROPFIND", "/", "", {"Depth": "infinity"}).body
    with monkeypatch.context() as patched:
        patched.setattr(f"dav424.methods.{method.lower()}.{step}", bug)
        answer = f(method, "/f", body)
    assert answer.status == 500
    assert b"nothing was changed" in answer.body
    assert f("PROPFIND", "/", "", {"Depth": "infinity"}).body == before


@pytest.mark.bugs
def test_a_bug_within_an_action_takes_back_what_came_before(f: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    """The collection was made already when its property hits the bug."""
    monkeypatch.setattr(properties, "_set", bug)
    assert f.say("MKCOL /c/  set u:a=1") == "500"
    assert f("GET", "/c/").status == 404


@pytest.mark.bugs
def test_a_bug_is_logged_with_its_place(
    f: Client, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    """The log has the request and the traceback; the answer gives nothing of it away."""
    monkeypatch.setattr(put, "plan", bug)
    answer = f("PUT", "/f", "x")
    (record,) = [each for each in caplog.records if each.name == "dav424" and each.levelno >= logging.ERROR]
    assert f"PUT {f.base}/f" in record.getMessage()
    assert record.exc_info is not None
    assert record.exc_info[0] is RuntimeError
    assert b"RuntimeError" not in answer.body


@pytest.mark.bugs
@pytest.mark.parametrize(
    "error", [OSError("odd"), FileNotFoundError("gone"), ConnectionResetError("theirs"), TimeoutError()]
)
def test_an_error_of_the_system_is_no_broken_connection(
    f: Client, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture, error: OSError
) -> None:
    """It is answered and logged as any bug: a connection that ends without a word would tell nobody what happened."""

    def fail(_: OpenExchange) -> object:
        raise error

    monkeypatch.setattr(put, "plan", fail)
    answer = f("PUT", "/f", "x")
    assert answer.status == 500
    assert b"nothing was changed" in answer.body
    assert [type(error)] == [each.exc_info[0] for each in caplog.records if each.name == "dav424" and each.exc_info]


@pytest.mark.bugs
def test_after_many_bugs_the_server_goes_on(f: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    """More of them than it has threads, and the writers' turn is free again."""
    with monkeypatch.context() as patched:
        patched.setattr(put, "plan", bug)
        assert {f("PUT", "/f", "x").status for _ in range(25)} == {500}
    assert f("PUT", "/f", "x").status == 204


@pytest.mark.bugs
def test_a_bug_in_one_request_leaves_the_connection_usable(f: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    """The next request on the same connection is answered."""

    def once(exchange: OpenExchange) -> object:
        monkeypatch.undo()
        return bug(exchange)

    monkeypatch.setattr(get, "plan", once)
    assert statuses(f.raw(b"GET {base}/f HTTP/1.1\r\nHost: x\r\n\r\n" + NEXT)) == [500, 200]


@pytest.mark.parametrize(
    "content",
    [
        "<u:a>" + "v" * 11_000_000 + "</u:a>",
        '<u:a b="' + "v" * 11_000_000 + '"/>',
        "<u:a><!--" + "v" * 11_000_000 + "--></u:a>",
        "<u:a><?p " + "v" * 11_000_000 + "?></u:a>",
        "<u:a><![CDATA[" + "v" * 11_000_000 + "]]></u:a>",
        f"<u:{'n' * 60_000}/>",
        "<u:a>" * 129 + "</u:a>" * 129,
    ],
    ids=["text", "attribute", "comment", "instruction", "cdata", "name", "depth"],
)
def test_well_formed_xml_beyond_a_limit_is_413(f: Client, content: str) -> None:
    """RFC 9110 15.5.14: it is too much, and not malformed."""
    assert f("PROPPATCH", "/f", patch(content), XML).status == 413


@pytest.mark.parametrize("content", ["<u:a><!--", "<u:a><?p", "<u:a><![CDATA[", "<u:a></u:b>", "<u:a b=\"'/>"])
def test_unfinished_xml_is_400(f: Client, content: str) -> None:
    """However little it is."""
    assert f("PROPPATCH", "/f", patch(content), XML).status == 400


def test_too_many_trailers_are_431(f: Client) -> None:
    """RFC 6585 5."""
    head = b"PUT {base}/f HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n"
    assert statuses(f.raw(head + b"a: b\r\n" * 101 + b"\r\n")) == [431]
    assert statuses(f.raw(head + b"a: b\r\n" * 99 + b"\r\n")) == [204]
