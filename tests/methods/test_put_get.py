"""PUT, GET, HEAD and OPTIONS on a real socket (RFC 9110, RFC 4918 9.4, 9.7, 10.1)."""

from __future__ import annotations

import re
import time
from collections.abc import Callable, Iterator

import pytest

from tests.client import Client, lasting, statuses, told
from tests.conftest import Served

MODIFIED = "Tue, 14 Nov 2023 22:13:20 GMT"
EARLIER = "Tue, 14 Nov 2023 22:13:19 GMT"
LATER = "Tue, 14 Nov 2023 22:13:21 GMT"
CLOSE = b"Host: x\r\nConnection: close\r\n"


@pytest.fixture
def f(serve: Callable[..., Served]) -> Client:
    """A client of a world with a document of ten bytes at /f and a collection at /c/."""
    return serve("tree: {/f: {content: '0123456789', type: text/plain}, /c/: {}}").client


@pytest.fixture
def etag(f: Client) -> str:
    """The entity-tag of /f."""
    return f("GET", "/f").headers["ETag"]


# PUT ---------------------------------------------------------------------------------------------


def test_a_new_document_is_201(dav: Client) -> None:
    """RFC 9110 9.3.4, with its entity-tag."""
    answer = dav("PUT", "/f", "content")
    assert answer.status == 201
    assert dav("GET", "/f").headers["ETag"] == answer.headers["ETag"]


def test_a_replaced_document_is_204(f: Client) -> None:
    """RFC 9110 9.3.4: new content, new entity-tag."""
    before = f("GET", "/f").headers["ETag"]
    answer = f("PUT", "/f", "other")
    assert (answer.status, answer.headers["ETag"] != before) == (204, True)
    assert f("GET", "/f").body == b"other"


def test_an_entity_tag_is_quoted_and_strong(f: Client) -> None:
    """RFC 9110 8.8.3."""
    assert re.fullmatch(r'"[^"]+"', f("PUT", "/f", "x").headers["ETag"])


def test_the_same_content_put_again_has_another_entity_tag(f: Client) -> None:
    """A strong entity-tag changes with the representation's history, at the least with its content."""
    first, second = f("PUT", "/f", "a").headers["ETag"], f("PUT", "/f", "b").headers["ETag"]
    assert first != second


def test_any_bytes_come_back(dav: Client) -> None:
    """All 256 of them, and an empty document."""
    dav("PUT", "/f", bytes(range(256)))
    dav("PUT", "/empty")
    assert dav("GET", "/f").body == bytes(range(256))
    assert (dav("GET", "/empty").body, dav("GET", "/empty").headers["Content-Length"]) == (b"", "0")


def test_the_media_type_is_kept(dav: Client) -> None:
    """As it was sent."""
    dav("PUT", "/f", "x", {"Content-Type": "text/x-test; charset=utf-8"})
    assert dav("GET", "/f").headers["Content-Type"] == "text/x-test; charset=utf-8"


@pytest.mark.parametrize(
    ("path", "expected"),
    [
        ("/f.html", "text/html"),
        ("/f", "application/octet-stream"),
        ("/F.TXT", "text/plain"),
        ("/.txt", "application/octet-stream"),
        ("/a.js", "text/javascript"),
        ("/a.xml", "application/xml"),
        ("/a.vcf", "text/vcard"),
        ("/a.docx", "application/vnd.openxmlformats-officedocument.wordprocessingml.document"),
        ("/a.tar.gz", "application/gzip"),
        ("/a.csv.gz", "application/gzip"),
        ("/a.svgz", "application/gzip"),
    ],
)
def test_a_media_type_that_is_not_sent_is_guessed(dav: Client, path: str, expected: str) -> None:
    """By the suffix of its name, from a table that is the same on every machine."""
    dav("PUT", path, "x")
    assert dav("HEAD", path).headers["Content-Type"] == expected


def test_dead_properties_stay(f: Client) -> None:
    """RFC 4918 9.7.1: replacing the content leaves the properties alone."""
    f.say("PROPPATCH /f  set u:a=1")
    f("PUT", "/f", "other")
    assert f.say("PROPFIND /f u:a") == "207  u:a 200"


def test_no_parent_is_409(f: Client) -> None:
    """RFC 4918 9.7.1: collections are not made on the way; a document is no parent."""
    assert f("PUT", "/none/g", "x").status == 409
    assert f("PUT", "/f/g", "x").status == 409


@pytest.mark.parametrize("path", ["/c/", "/c", "/"])
def test_a_collection_is_405_with_what_is_allowed(f: Client, path: str) -> None:
    """RFC 4918 9.7.2, RFC 9110 15.5.6."""
    answer = f("PUT", path, "x")
    assert answer.status == 405
    assert "PUT" not in answer.headers["Allow"].split(", ")


def test_a_405_does_not_allow_what_it_refuses(f: Client) -> None:
    """RFC 9110 15.5.6: Allow lists what the target supports, and PUT was just refused."""
    answer = f("PUT", "/new/", "x")
    assert answer.status != 405 or "PUT" not in answer.headers["Allow"].split(", ")


def test_a_part_is_400(f: Client) -> None:
    """RFC 9110 14.4: a PUT with Content-Range that isn't understood as such MUST be refused."""
    assert f("PUT", "/f", "x", {"Content-Range": "bytes 0-0/10"}).status == 400
    assert f("GET", "/f").body == b"0123456789"


def test_a_locked_document_is_423(serve: Callable[..., Served]) -> None:
    """RFC 4918 7."""
    client = serve("tree: {/f: {}}\ncauses:\n- {id: l, kind: lock, path: /f}").client
    assert told(client("PUT", "/f", "x")) == "423 lock-token-submitted"


def test_a_locked_collection_takes_no_new_member(serve: Callable[..., Served]) -> None:
    """RFC 4918 7.4: but what is in it already can be replaced, if the lock has depth 0."""
    client = serve("tree: {/c/: {}, /c/f: {}}\ncauses:\n- {id: l, kind: lock, path: /c/, depth: '0'}").client
    assert told(client("PUT", "/c/new", "x")) == "423 lock-token-submitted"
    assert client("PUT", "/c/f", "x").status == 204


def test_a_full_quota_is_507_and_keeps_the_old_content(serve: Callable[..., Served]) -> None:
    """RFC 4331 6."""
    client = serve("tree: {/c/: {}, /c/f: {content: old}}\ncauses:\n- {id: q, kind: quota, path: /c/, bytes: 5}").client
    assert told(client("PUT", "/c/f", "too long")) == "507 quota-not-exceeded"
    assert told(client("PUT", "/c/g", "too long")) == "507 quota-not-exceeded"
    assert client("GET", "/c/f").body == b"old"
    assert client("GET", "/c/g").status == 404


@pytest.mark.parametrize("at", ["write", "commit"])
def test_a_store_that_fails_keeps_the_old_content(serve: Callable[..., Served], at: str) -> None:
    """Whenever it fails."""
    client = serve(f"tree: {{/f: {{content: old}}}}\ncauses:\n- {{id: s, kind: store-fails, at: {at}}}").client
    etag = client("GET", "/f").headers["ETag"]
    assert told(client("PUT", "/f", "new")) == "507 sufficient-disk-space"
    assert (client("GET", "/f").body, client("GET", "/f").headers["ETag"]) == (b"old", etag)


# Chunked bodies ----------------------------------------------------------------------------------


def test_a_chunked_body_is_put_together(dav: Client) -> None:
    """RFC 9112 7.1: of any number of chunks, and the connection can be used for the next request."""
    received = dav.raw(
        b"PUT {base}/f HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n"
        b"5\r\nhello\r\n1\r\n \r\n00A\r\nworld56789\r\n0\r\n\r\n"
        b"GET {base}/f HTTP/1.1\r\n" + CLOSE + b"\r\n"
    )
    assert statuses(received) == [201, 200]
    assert received.endswith(b"\r\n\r\nhello world56789")


def test_an_empty_chunked_body_is_an_empty_document(dav: Client) -> None:
    """A single last chunk."""
    received = dav.raw(b"PUT {base}/f HTTP/1.1\r\nTransfer-Encoding: chunked\r\n" + CLOSE + b"\r\n0\r\n\r\n")
    assert statuses(received) == [201]
    assert dav("GET", "/f").body == b""


def test_chunk_extensions_are_ignored(dav: Client) -> None:
    """RFC 9112 7.1.1: a recipient MUST ignore those it doesn't know."""
    dav.raw(
        b"PUT {base}/f HTTP/1.1\r\nTransfer-Encoding: chunked\r\n" + CLOSE + b'\r\n5;a=b;c="d"\r\nhello\r\n0\r\n\r\n'
    )
    assert dav("GET", "/f").body == b"hello"


def test_trailers_belong_to_their_request(dav: Client) -> None:
    """RFC 9112 7.1.2: trailer fields end the chunked body, and don't begin the next request."""
    received = dav.raw(
        b"PUT {base}/f HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\nX-Sum: 1\r\n\r\n"
        b"GET {base}/f HTTP/1.1\r\n" + CLOSE + b"\r\n"
    )
    assert statuses(received) == [201, 200]


def test_a_chunked_propfind(dav: Client) -> None:
    """Not only a PUT can be chunked."""
    body = b'<D:propfind xmlns:D="DAV:"><D:prop><D:getetag/></D:prop></D:propfind>'
    received = dav.raw(
        b"PROPFIND {base}/ HTTP/1.1\r\nTransfer-Encoding: chunked\r\nDepth: 0\r\n"
        + CLOSE
        + b"\r\n%x\r\n%b\r\n0\r\n\r\n" % (len(body), body)
    )
    assert statuses(received) == [207]
    assert b"<D:getetag/>" in received


def test_a_client_that_waits_is_told_to_continue(dav: Client) -> None:
    """RFC 9110 10.1.1."""
    received = dav.raw(b"PUT {base}/f HTTP/1.1\r\nExpect: 100-continue\r\nContent-Length: 5\r\n" + CLOSE + b"\r\nhello")
    assert statuses(received) == [100, 201]


# GET and HEAD ------------------------------------------------------------------------------------


def test_a_document_comes_with_what_is_known_of_it(f: Client) -> None:
    """RFC 9110 8: type, length, entity-tag, date of modification, and that ranges can be had."""
    headers = f("GET", "/f").headers
    assert (headers["Content-Type"], headers["Content-Length"]) == ("text/plain", "10")
    assert (headers["Last-Modified"], headers["Accept-Ranges"]) == (MODIFIED, "bytes")
    assert headers["ETag"].startswith('"')


@pytest.mark.parametrize("path", ["/f", "/c/", "/none"])
def test_head_is_get_without_a_body(f: Client, path: str) -> None:
    """RFC 9110 9.3.2: the same status and the same headers."""
    get, head = f("GET", path), f("HEAD", path)
    assert (head.status, lasting(head), head.body) == (get.status, lasting(get), b"")


def test_nothing_there_is_404(f: Client) -> None:
    """Nor is there anything below a document, nor at a document with a slash."""
    assert [f("GET", path).status for path in ("/none", "/f/g", "/f/")] == [404, 404, 404]


@pytest.mark.own_server
def test_an_unknown_scenario_is_404_with_a_hint(dav: Client) -> None:
    """It says which one was probably meant."""
    answer = Client(dav.url.replace("/test/", "/tset/"))("GET", "/")
    assert answer.status == 404
    assert b"Did you mean /test/?" in answer.body


def test_the_language_is_the_property(f: Client) -> None:
    """RFC 4918 15.3: getcontentlanguage is what GET says in Content-Language."""
    f.say("PROPPATCH /f  set D:getcontentlanguage=de,en")
    assert f("GET", "/f").headers["Content-Language"] == "de,en"


def test_without_the_property_there_is_no_language(f: Client) -> None:
    """And none again when it was removed."""
    f.say("PROPPATCH /f  set D:getcontentlanguage=de")
    f.say("PROPPATCH /f  remove D:getcontentlanguage")
    assert "Content-Language" not in f("GET", "/f").headers


def test_a_language_cannot_split_the_answer(f: Client) -> None:
    """RFC 9110 5.5: a property with line breaks must not become several header lines."""
    body = (
        '<D:propertyupdate xmlns:D="DAV:"><D:set><D:prop>'
        "<D:getcontentlanguage>de,&#13;&#10;&#13;&#10;en</D:getcontentlanguage>"
        "</D:prop></D:set></D:propertyupdate>"
    )
    f("PROPPATCH", "/f", body)
    head, _, rest = f.raw(b"GET {base}/f HTTP/1.1\r\n" + CLOSE + b"\r\n").partition(b"\r\n\r\n")
    assert b"\r\nConnection: close" in head
    assert rest == b"0123456789"


def test_a_media_type_cannot_break_a_multistatus(f: Client) -> None:
    """RFC 4918 8.2: what a PROPFIND answers is well-formed, whatever was sent as Content-Type."""
    f("PUT", "/f", "x", {"Content-Type": "text/\x01plain"})
    assert f("PROPFIND", "/f", headers={"Depth": "0"}).status == 207


def test_repeated_slashes_count_as_one(f: Client) -> None:
    """Within the path."""
    assert f("GET", "//f").body == b"0123456789"


def test_an_absolute_target_is_understood(f: Client) -> None:
    """RFC 9112 3.2.2: a server MUST accept the absolute form, though only proxies are sent it."""
    assert statuses(f.raw(b"GET http://x{base}/f HTTP/1.1\r\n" + CLOSE + b"\r\n")) == [200]


def test_a_query_is_not_part_of_the_path(f: Client) -> None:
    """It is passed over."""
    assert f("GET", "/f?x=/../%00").body == b"0123456789"


# Listings ----------------------------------------------------------------------------------------


def test_a_collection_is_a_page_that_links_to_its_members(serve: Callable[..., Served]) -> None:
    """RFC 4918 9.4: whatever is useful; collections with their slash."""
    client = serve("tree: {/b: {}, /a/: {}}").client
    answer = client("GET", "/")
    assert answer.headers["Content-Type"] == "text/html; charset=utf-8"
    assert re.findall(r'<a href="([^"]*)">([^<]*)</a>', answer.body.decode()) == [
        (f"{client.base}/../", ".."),
        (f"{client.base}/a/", "a/"),
        (f"{client.base}/b", "b"),
    ]


def test_names_are_escaped(dav: Client) -> None:
    """A name cannot become markup, neither as text nor as an address."""
    dav("PUT", "/%3Cscript%3E&%22'%C3%BC", "x")
    page = dav("GET", "/").body.decode()
    assert "<script" not in page
    assert f'<a href="{dav.base}/%3Cscript%3E&amp;%22&#x27;%C3%BC">&lt;script&gt;&amp;&quot;&#x27;ü</a>' in page


def test_the_name_of_the_collection_itself_is_escaped(dav: Client) -> None:
    """It stands in the title."""
    dav("MKCOL", "/%3Cscript%3E/")
    assert b"<script" not in dav("GET", "/%3Cscript%3E/").body


@pytest.mark.own_server
def test_the_scenarios_are_listed(dav: Client) -> None:
    """Above all of them."""
    assert b'<a href="/test/">' in Client(dav.url.removesuffix("test/"))("GET", "/").body


# Ranges (RFC 9110 14) ----------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("asked", "part", "content_range"),
    [
        ("bytes=0-3", b"0123", "bytes 0-3/10"),
        ("bytes=4-", b"456789", "bytes 4-9/10"),
        ("bytes=-3", b"789", "bytes 7-9/10"),
        ("bytes=9-9", b"9", "bytes 9-9/10"),
        ("bytes=5-99", b"56789", "bytes 5-9/10"),
        ("bytes=-99", b"0123456789", "bytes 0-9/10"),
        ("Bytes=0-0", b"0", "bytes 0-0/10"),
    ],
)
def test_a_range_is_206(f: Client, asked: str, part: bytes, content_range: str) -> None:
    """RFC 9110 14.1.2, 15.3.7."""
    answer = f("GET", "/f", headers={"Range": asked})
    assert (answer.status, answer.body, answer.headers["Content-Range"]) == (206, part, content_range)


@pytest.mark.parametrize("asked", ["bytes=10-", "bytes=99-100", "bytes=-0"])
def test_a_range_outside_is_416(f: Client, asked: str) -> None:
    """RFC 9110 15.5.17: with the length there is."""
    answer = f("GET", "/f", headers={"Range": asked})
    assert (answer.status, answer.headers["Content-Range"]) == (416, "bytes */10")


@pytest.mark.parametrize("asked", ["bytes=3-1", "bytes=", "bytes=-", "bytes=a-b", "lines=0-1", "0-3", "bytes=0-1,4-5"])
def test_what_is_no_single_range_is_ignored(f: Client, asked: str) -> None:
    """RFC 9110 14.2: a server MAY ignore Range, and MUST where it is malformed or of an unknown unit."""
    answer = f("GET", "/f", headers={"Range": asked})
    assert (answer.status, answer.body) == (200, b"0123456789")


@pytest.mark.parametrize("asked", ["bytes=0-{}", "bytes=-{}", "bytes={}-"])
def test_a_range_of_any_number_of_digits_is_no_bug(f: Client, asked: str) -> None:
    """RFC 9110 14.1.1: anticipate large numbers."""
    answer = f("GET", "/f", headers={"Range": asked.format("9" * 5000)})
    assert answer.status in (200, 206, 400, 416)


def test_head_knows_no_ranges(f: Client) -> None:
    """RFC 9110 14.2: Range is defined for GET alone."""
    answer = f("HEAD", "/f", headers={"Range": "bytes=0-3"})
    assert (answer.status, answer.headers["Content-Length"]) == (200, "10")


def test_a_collection_has_no_ranges(f: Client) -> None:
    """It is answered in full."""
    assert f("GET", "/c/", headers={"Range": "bytes=0-3"}).status == 200


# Conditional requests (RFC 9110 13) --------------------------------------------------------------


@pytest.mark.parametrize(
    ("header", "expected"),
    [
        ("*", 200),
        ("{etag}", 200),
        ('"a", {etag}', 200),
        ('"a",{etag} , "b"', 200),
        ('"a"', 412),
        ("W/{etag}", 412),
        ("etag", 400),
        ("", 400),
    ],
)
def test_if_match(f: Client, etag: str, header: str, expected: int) -> None:
    """RFC 9110 13.1.1: strong comparison; what isn't its grammar is 400."""
    assert f("GET", "/f", headers={"If-Match": header.format(etag=etag)}).status == expected


def test_if_match_any_on_nothing_is_412(f: Client) -> None:
    """RFC 9110 13.1.1: there is no current representation, so nothing is made."""
    assert f("PUT", "/new", "x", {"If-Match": "*"}).status == 412
    assert f("GET", "/new").status == 404


def test_a_lost_update_is_refused(f: Client, etag: str) -> None:
    """Two clients edit what they read; the second one's PUT is 412."""
    assert f("PUT", "/f", "first", {"If-Match": etag}).status == 204
    assert f("PUT", "/f", "second", {"If-Match": etag}).status == 412
    assert f("GET", "/f").body == b"first"


@pytest.mark.parametrize(
    ("header", "expected"),
    [("*", 304), ("{etag}", 304), ("W/{etag}", 304), ('"a", {etag}', 304), ('"a"', 200), ("{etag}x", 400)],
)
def test_if_none_match(f: Client, etag: str, header: str, expected: int) -> None:
    """RFC 9110 13.1.2: weak comparison; 304 for a GET."""
    assert f("GET", "/f", headers={"If-None-Match": header.format(etag=etag)}).status == expected


def test_empty_members_of_a_list_are_ignored(f: Client, etag: str) -> None:
    """RFC 9110 5.6.1.2: a recipient MUST parse and ignore a reasonable number of them."""
    assert f("GET", "/f", headers={"If-None-Match": f'"a", , {etag},'}).status == 304


def test_a_list_may_be_sent_in_several_headers(f: Client, etag: str) -> None:
    """RFC 9110 5.3: they are one list."""
    received = f.raw(
        b'GET {base}/f HTTP/1.1\r\nIf-None-Match: %b\r\nIf-None-Match: "z"\r\n' % etag.encode() + CLOSE + b"\r\n"
    )
    assert statuses(received) == [304]


def test_a_304_has_no_body_and_says_of_what(f: Client, etag: str) -> None:
    """RFC 9110 15.4.5: with the ETag that the 200 would have."""
    answer = f("GET", "/f", headers={"If-None-Match": etag})
    assert (answer.status, answer.body, answer.headers["ETag"]) == (304, b"", etag)


def test_if_none_match_any_makes_only_what_is_new(f: Client) -> None:
    """RFC 9110 13.1.2: 412 if there is something, for a PUT."""
    assert f("PUT", "/new", "x", {"If-None-Match": "*"}).status == 201
    assert f("PUT", "/new", "y", {"If-None-Match": "*"}).status == 412
    assert f("GET", "/new").body == b"x"


@pytest.mark.parametrize(("since", "expected"), [(EARLIER, 200), (MODIFIED, 304), (LATER, 304), ("yesterday", 200)])
def test_if_modified_since(f: Client, since: str, expected: int) -> None:
    """RFC 9110 13.1.3: what isn't a date is ignored."""
    assert f("GET", "/f", headers={"If-Modified-Since": since}).status == expected


@pytest.mark.parametrize(("since", "expected"), [(EARLIER, 412), (MODIFIED, 200), (LATER, 200), ("yesterday", 200)])
def test_if_unmodified_since(f: Client, since: str, expected: int) -> None:
    """RFC 9110 13.1.4."""
    assert f("GET", "/f", headers={"If-Unmodified-Since": since}).status == expected


@pytest.fixture
def far_west(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """A server in a time zone nine hours behind."""
    monkeypatch.setenv("TZ", "UTC+9")
    time.tzset()
    yield
    monkeypatch.undo()
    time.tzset()


@pytest.mark.usefixtures("far_west")
@pytest.mark.parametrize("since", ["Tuesday, 14-Nov-23 22:13:19 GMT", "Tue Nov 14 22:13:19 2023"])
def test_the_obsolete_dates_are_read_in_gmt(f: Client, since: str) -> None:
    """RFC 9110 5.6.7: all three forms MUST be accepted, and all are in UTC wherever the server is."""
    assert f("GET", "/f", headers={"If-Modified-Since": since}).status == 200


def test_an_entity_tag_is_asked_before_a_date(f: Client, etag: str) -> None:
    """RFC 9110 13.2.2: If-Modified-Since is ignored beside If-None-Match, and If-Unmodified-Since beside If-Match."""
    assert f("GET", "/f", headers={"If-None-Match": '"a"', "If-Modified-Since": LATER}).status == 200
    assert f("GET", "/f", headers={"If-Match": etag, "If-Unmodified-Since": EARLIER}).status == 200


def test_a_condition_on_nothing_is_404(f: Client) -> None:
    """RFC 9110 13.2.1: where the request would fail anyway, conditions are not evaluated."""
    assert f("GET", "/none", headers={"If-Match": "*"}).status == 404


def test_a_date_is_no_condition_of_a_put(f: Client) -> None:
    """RFC 9110 13.1.3: If-Modified-Since is ignored if the method is neither GET nor HEAD."""
    assert f("PUT", "/f", "x", {"If-Modified-Since": LATER}).status == 204


@pytest.mark.parametrize(
    ("header", "expected"),
    [
        ("{etag}", 206),
        (MODIFIED, 206),
        ('"a"', 200),
        ("W/{etag}", 200),
        (EARLIER, 200),
        (LATER, 200),
        ("yesterday", 200),
    ],
)
def test_if_range(f: Client, etag: str, header: str, expected: int) -> None:
    """RFC 9110 13.1.5: a strong entity-tag or the exact date; else all of it."""
    answer = f("GET", "/f", headers={"Range": "bytes=0-3", "If-Range": header.format(etag=etag)})
    assert answer.status == expected


def test_a_condition_is_looked_at_before_the_range(f: Client, etag: str) -> None:
    """RFC 9110 13.2.2: 304 and 412 win over 206 and 416."""
    assert f("GET", "/f", headers={"Range": "bytes=99-", "If-None-Match": etag}).status == 304
    assert f("GET", "/f", headers={"Range": "bytes=0-3", "If-Match": '"a"'}).status == 412


# OPTIONS -----------------------------------------------------------------------------------------


def test_the_compliance_classes(f: Client) -> None:
    """RFC 4918 10.1, 18: 1, 2 and 3."""
    assert f("OPTIONS", "/f").headers["DAV"].split(", ")[:3] == ["1", "2", "3"]


@pytest.mark.parametrize(
    ("path", "can", "cannot"),
    [
        ("/f", {"GET", "PUT", "PROPPATCH", "LOCK"}, {"MKCOL", "MKCALENDAR"}),
        ("/c/", {"GET", "PROPFIND", "COPY", "MOVE"}, {"PUT", "MKCOL"}),
        ("/none", {"PUT", "MKCOL", "LOCK"}, {"GET", "DELETE", "PROPFIND"}),
    ],
)
def test_what_can_be_done_depends_on_what_is_there(f: Client, path: str, can: set[str], cannot: set[str]) -> None:
    """RFC 9110 10.2.1."""
    answer = f("OPTIONS", path)
    allowed = set(answer.headers["Allow"].split(", "))
    assert answer.status == 200
    assert can <= allowed
    assert not cannot & allowed


def test_options_of_the_server(f: Client) -> None:
    """RFC 9110 9.3.7: the asterisk."""
    received = f.raw(b"OPTIONS * HTTP/1.1\r\n" + CLOSE + b"\r\n")
    assert statuses(received) == [200]
    assert b"\r\nDAV: 1, 2, 3" in received
