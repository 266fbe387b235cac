"""The encoding of a body on a real socket (RFC 7303 3.2): byte order mark, then ``charset``, then XML declaration."""

from __future__ import annotations

import codecs
import json

import pytest

from dav424.dav import charset
from tests.client import Client
from tests.methods.apple.test_bulk import calendar, event

UPDATE = '<D:propertyupdate xmlns:D="DAV:" xmlns:u="urn:u"><D:set><D:prop><u:a>Größe</u:a></D:prop></D:set></D:propertyupdate>'
ASK = '<D:propfind xmlns:D="DAV:" xmlns:u="urn:u"><D:prop><u:a/></D:prop></D:propfind>'


def declaring(encoding: str, xml: str = UPDATE) -> str:
    """Write an XML declaration before a document."""
    return f'<?xml version="1.0" encoding="{encoding}"?>{xml}'


def stored(client: Client, path: str = "/f") -> str:
    """Read the property back."""
    body = client("PROPFIND", path, ASK, {"Depth": "0"}).body.decode()
    return body.partition(">Gr")[2].partition("</u:a>")[0]


ENCODED = {
    "charset before declaration": (declaring("iso-8859-1").encode(), "utf-8"),
    "quoted": (declaring("iso-8859-1").encode(), '"UTF-8"'),
    "by another name": (declaring("iso-8859-1").encode(), "utf8"),
    "charset without declaration": (UPDATE.encode("latin-1"), "iso-8859-1"),
    "charset before UTF-8": (declaring("utf-8").encode("latin-1"), "ISO-8859-1"),
    "of Windows": (UPDATE.encode("cp1252"), "windows-1252"),
    "declaration alone": (declaring("iso-8859-1").encode("latin-1"), ""),
    "neither": (UPDATE.encode(), ""),
    "mark before charset": (codecs.BOM_UTF8 + UPDATE.encode(), "iso-8859-1"),
    "mark before declaration": (codecs.BOM_UTF8 + declaring("iso-8859-1").encode(), ""),
    "mark before both": (codecs.BOM_UTF8 + declaring("iso-8859-1").encode(), "iso-8859-15"),
    "mark of UTF-16": (UPDATE.encode("utf-16"), "utf-8"),
    "mark of UTF-16, the other order": (codecs.BOM_UTF16_BE + UPDATE.encode("utf-16-be"), "utf-16"),
    "UTF-16 without its mark": (declaring("utf-8").encode("utf-16-be"), "utf-16"),
    "UTF-16 in one order": (declaring("utf-8").encode("utf-16-le"), "utf-16le"),
}


@pytest.mark.parametrize("case", ENCODED)
@pytest.mark.parametrize("media_type", ["text/xml", "application/xml", "application/dav+xml", "text/plain"])
def test_a_property_is_read_in_its_encoding(dav: Client, case: str, media_type: str) -> None:
    """Of PROPPATCH, whatever the type."""
    body, sent = ENCODED[case]
    dav("PUT", "/f", "x")
    content_type = f"{media_type}; charset={sent}" if sent else media_type
    assert dav("PROPPATCH", "/f", body, {"Content-Type": content_type}).status == 207
    assert stored(dav) == "öße"


OTHER_BODIES = {
    "PROPFIND": ASK,
    "LOCK": (
        '<D:lockinfo xmlns:D="DAV:"><D:lockscope><D:exclusive/></D:lockscope><D:locktype><D:write/></D:locktype>'
        "<D:owner>Jörg</D:owner></D:lockinfo>"
    ),
    "MKCOL": '<D:mkcol xmlns:D="DAV:"><D:set><D:prop><D:displayname>Größe</D:displayname></D:prop></D:set></D:mkcol>',
    "MKCALENDAR": (
        '<C:mkcalendar xmlns:C="urn:ietf:params:xml:ns:caldav" xmlns:D="DAV:"><D:set><D:prop>'
        "<D:displayname>Größe</D:displayname></D:prop></D:set></C:mkcalendar>"
    ),
}


@pytest.mark.parametrize("method", OTHER_BODIES)
def test_the_bodies_of_all_methods_have_a_charset(dav: Client, method: str) -> None:
    """RFC 4918 8.2: each XML body."""
    body = OTHER_BODIES[method].encode("latin-1")
    path = "/" if method == "PROPFIND" else "/new"
    sent = {"Content-Type": "application/xml; charset=iso-8859-1", "Depth": "0"}
    assert dav(method, path, body, sent).status in (200, 201, 207)


def test_the_owner_of_a_lock_is_read_in_its_encoding(dav: Client) -> None:
    """RFC 4918 14.17: and comes back in lockdiscovery."""
    body = OTHER_BODIES["LOCK"].encode("latin-1")
    answer = dav("LOCK", "/f", body, {"Content-Type": "text/xml; charset=iso-8859-1"})
    assert ">Jörg</D:owner>" in answer.body.decode()


@pytest.mark.parametrize("sent", ["bogus", "x-none", "idna", "a\xe9"])
def test_an_unknown_charset_is_415(dav: Client, sent: str) -> None:
    """RFC 9110 15.5.16: the server can't read the body."""
    dav("PUT", "/f", "x")
    answer = dav("PROPPATCH", "/f", UPDATE, {"Content-Type": f"text/xml; charset={sent}"})
    assert answer.status == 415
    assert b"send UTF-8" in answer.body


@pytest.mark.parametrize("encoding", ["klingon", "x-none", "UTF-7000"])
def test_an_unknown_declared_encoding_is_415(dav: Client, encoding: str) -> None:
    """The declaration counts as ``charset`` does; a BPROPPATCH and a PROPFIND are read alike."""
    body = f'<?xml version="1.0" encoding="{encoding}"?><D:propfind xmlns:D="DAV:"><D:allprop/></D:propfind>'
    for method in ("PROPFIND", "PROPPATCH", "LOCK", "BPROPPATCH"):
        answer = dav(method, "/", body, {"Content-Type": "application/xml", "Depth": "0"})
        assert (answer.status, b"send UTF-8" in answer.body) == (415, True)


def test_the_place_of_a_mistake_is_named_once(dav: Client) -> None:
    """libxml2 and lxml both name the line."""
    answer = dav("PROPFIND", "/", "<a", {"Content-Type": "application/xml", "Depth": "0"})
    assert answer.body.decode().count("line 1") == 1


@pytest.mark.parametrize(("sent", "written"), [("utf-8", "latin-1"), ("us-ascii", "utf-8"), ("utf-16", "utf-8")])
def test_a_body_in_another_encoding_than_its_charset_is_400(dav: Client, sent: str, written: str) -> None:
    """RFC 4918 8.2: it is not well-formed."""
    dav("PUT", "/f", "x")
    content_type = f"text/xml; charset={sent}"
    assert dav("PROPPATCH", "/f", UPDATE.encode(written), {"Content-Type": content_type}).status == 400


def test_a_document_type_is_refused_in_any_encoding(dav: Client) -> None:
    """RFC 4918 20.6."""
    body = f'<!DOCTYPE a [<!ENTITY b "c">]>{ASK}'.encode("utf-16-le")
    answer = dav("PROPFIND", "/", body, {"Content-Type": "text/xml; charset=utf-16le", "Depth": "0"})
    assert (answer.status, answer.condition) == (403, "{DAV:}no-external-entities")


def test_the_levels_of_elements_are_counted_in_any_encoding(dav: Client) -> None:
    """UTF-7 can write each < as other bytes, which changes no limit."""
    deep = "<a>" * 200 + "</a>" * 200
    body = f'<D:propfind xmlns:D="DAV:"><D:prop>{deep}</D:prop></D:propfind>'.encode("utf-7")
    assert dav("PROPFIND", "/", body, {"Content-Type": "text/xml; charset=utf-7", "Depth": "0"}).status == 413


def test_a_language_in_scope_is_kept_in_any_encoding(dav: Client) -> None:
    """RFC 4918 4.3: in one in which xml:lang has other bytes."""
    body = UPDATE.replace("<D:propertyupdate", '<D:propertyupdate xml:lang="de"').encode("utf-16-le")
    dav("PUT", "/f", "x")
    dav("PROPPATCH", "/f", body, {"Content-Type": "text/xml; charset=utf-16le"})
    assert b'xml:lang="de"' in dav("PROPFIND", "/f", ASK, {"Depth": "0"}).body


# Batches -----------------------------------------------------------------------------------------


def batch(client: Client, content_type: str, body: str, method: str = "PROPPATCH") -> list[int]:
    """Send one request in a JSON batch, and give its status."""
    entry = {"id": "1", "method": method, "url": "f", "headers": {"content-type": content_type}, "body": body}
    answer = client("POST", "/$batch", json.dumps({"requests": [entry]}), {"Content-Type": "application/json"})
    assert answer.status == 200, answer.body
    return [each["status"] for each in json.loads(answer.body)["responses"]]


@pytest.mark.parametrize("sent", ["text/xml", "text/xml; charset=utf-8", "text/xml; charset=iso-8859-1"])
@pytest.mark.parametrize("body", [UPDATE, declaring("iso-8859-1"), declaring("utf-8")])
def test_text_of_a_json_batch_is_read_as_it_is(dav: Client, sent: str, body: str) -> None:
    """A JSON string has characters, whatever encoding its XML declares."""
    dav("PUT", "/f", "x")
    assert batch(dav, sent, body) == [207]
    assert stored(dav) == "öße"


def test_a_document_of_a_json_batch_is_stored_in_its_charset(dav: Client) -> None:
    """What a GET gives has the encoding that its Content-Type or its declaration tells."""
    assert batch(dav, "text/plain; charset=iso-8859-1", "Größe", "PUT") == [201]
    assert dav("GET", "/f").body == "Größe".encode("latin-1")
    assert batch(dav, "text/xml", declaring("iso-8859-1"), "PUT") == [204]
    assert dav("GET", "/f").body == declaring("iso-8859-1").encode("latin-1")


@pytest.mark.parametrize(
    ("content_type", "content"),
    [
        ("text/xml", declaring("iso-8859-1").encode("latin-1")),
        ("text/xml; charset=utf-8", declaring("iso-8859-1").encode()),
        ("text/plain; charset=iso-8859-1", UPDATE.encode("latin-1")),
    ],
)
def test_a_document_is_text_in_the_answer_of_a_json_batch(dav: Client, content_type: str, content: bytes) -> None:
    """It is decoded as its Content-Type or its declaration says."""
    dav("PUT", "/f", content, {"Content-Type": content_type})
    request = {"id": "1", "method": "GET", "url": "f"}
    answer = dav("POST", "/$batch", json.dumps({"requests": [request]}), {"Content-Type": "application/json"})
    assert json.loads(answer.body)["responses"][0]["body"] == content.decode(
        "latin-1" if content_type != "text/xml; charset=utf-8" else "utf-8"
    )


def test_a_part_of_a_multipart_batch_has_its_own_charset(dav: Client) -> None:
    """Each part has a Content-Type."""
    dav("PUT", "/f", "x")
    part = b"PROPPATCH f HTTP/1.1\r\nContent-Type: text/xml; charset=iso-8859-1\r\n\r\n" + UPDATE.encode("latin-1")
    body = b"--b\r\nContent-Type: application/http\r\n\r\n" + part + b"\r\n--b--\r\n"
    assert dav("POST", "/$batch", body, {"Content-Type": "multipart/mixed; boundary=b"}).status == 200
    assert stored(dav) == "öße"


@pytest.mark.parametrize(
    ("sent", "body"),
    [
        ("text/calendar; charset=iso-8859-1", calendar(event("1", "Größe")).encode("latin-1")),
        ("text/calendar; charset=utf-8", calendar(event("1", "Größe")).encode()),
        ("text/calendar", codecs.BOM_UTF8 + calendar(event("1", "Größe")).encode()),
    ],
)
def test_an_import_is_read_in_its_charset(dav: Client, sent: str, body: bytes) -> None:
    """And stored in UTF-8, as its Content-Type then says."""
    dav("MKCOL", "/c/")
    assert dav("POST", "/c/", body, {"Content-Type": sent}).status == 207
    assert "Größe" in dav("GET", "/c/1.ics").body.decode()
    assert dav("GET", "/c/1.ics").headers["Content-Type"] == "text/calendar; charset=utf-8"


def test_an_import_in_an_unknown_charset_is_415(dav: Client) -> None:
    """RFC 9110 15.5.16."""
    dav("MKCOL", "/c/")
    body = calendar(event("1", "a"))
    assert dav("POST", "/c/", body, {"Content-Type": "text/calendar; charset=bogus"}).status == 415


# The parameter -----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("content_type", "expected"),
    [
        ("text/xml", ""),
        ("text/xml; charset=", ""),
        ("text/xml ; CHARSET=UTF-8 ; x=y", "utf-8"),
        ("text/xml; charset='utf-8'", "utf-8"),
        ('text/xml; x="charset=utf-16"', ""),
        ('text/xml; x="a;b"; charset="latin1"', "latin1"),
    ],
)
def test_the_parameter_is_read(content_type: str, expected: str) -> None:
    """RFC 9110 8.3.1: in any case, quoted or not."""
    assert charset.charset(content_type) == expected


@pytest.mark.parametrize(
    ("content_type", "found"),
    [
        ('text/xml; a="b;charset=x"; charset=utf-8', "utf-8"),
        ('text/xml;;; charset = "UTF-8" ; q=1', "utf-8"),
        ("text/xml; charset*=us-ascii'en'utf-16", "utf-16"),
        ("text/xml; charset=a; charset=b", "a"),
        ('text/xml; charset="a\\"b"', 'a"b'),
        ('text/xml; charset="utf-8', '"utf-8'),
        ("text/xml; charset", ""),
        ("text/xml; charset=\u00e9", "?"),
        ("text/xml" + ";" * 500_000 + "charset=utf-8", "utf-8"),
        ('text/xml; charset="' + '\\"' * 300_000, '"' + '\\"' * 300_000),
    ],
)  # fmt: skip
def test_a_charset_is_found_among_the_parameters(content_type: str, found: str) -> None:
    """RFC 9110 8.3.1, RFC 8187 3.2: the first one counts; a malformed one is a charset that nobody knows."""
    assert charset.charset(content_type) == found


def test_a_long_charset_is_unknown() -> None:
    """A name of any length is looked up once, and not remembered."""
    with pytest.raises(LookupError):
        charset.codec("x" * 100_000)
