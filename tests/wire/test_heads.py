"""The heads of requests, byte by byte on a real socket: what RFC 9112 2 to 6 demands of one, and what is refused."""

from __future__ import annotations

import socket
import time
from contextlib import closing

import pytest

from dav424.wire.connection import LONGEST_HEAD
from dav424.wire.head import MOST_FIELDS
from tests.client import Client, statuses

pytestmark = pytest.mark.own_server  # the bytes below name the path of the default space
NEXT = b"GET /test/f HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n"


@pytest.fixture
def f(dav: Client) -> Client:
    """A client of a world with a document at /f, which ends in a line end: ``statuses`` looks for lines."""
    dav("PUT", "/f", "content\n")
    return dav


def get(*headers: bytes, line: bytes = b"GET /test/f HTTP/1.1", host: bytes = b"Host: x") -> bytes:
    """Spell a GET, with headers behind its host."""
    return b"".join(each + b"\r\n" for each in (line, host, *headers, b"") if each or each is not host)


def bodies(received: bytes) -> bytes:
    """Give what comes behind the last head."""
    return received.rpartition(b"\r\n\r\n")[2]


# The request line (RFC 9112 3) -------------------------------------------------------------------


@pytest.mark.parametrize(
    ("line", "status"),
    [
        (b"", 400),
        (b"GET", 400),
        (b"GET /test/f", 400),
        (b"GET  /test/f HTTP/1.1", 400),
        (b"GET /test/f  HTTP/1.1", 400),
        (b"GET\t/test/f HTTP/1.1", 400),
        (b" GET /test/f HTTP/1.1", 400),
        (b"GET /test/f HTTP/1.1 ", 400),
        (b"GET /test/f HTTP/1.1 x", 400),
        (b"GET /test/ f HTTP/1.1", 400),
        (b"G(T /test/f HTTP/1.1", 400),
        (b"G\xc3\x8bT /test/f HTTP/1.1", 400),
        (b"GET /test/\xc3\xbc HTTP/1.1", 400),
        (b"GET /test/f#here HTTP/1.1", 400),
        (b"GET /test/\x7f HTTP/1.1", 400),
        (b"GET /test/f\x00 HTTP/1.1", 400),
        (b"GET /test/f\x0b HTTP/1.1", 400),
        (b"GET test/f HTTP/1.1", 400),
        (b"GET * HTTP/1.1", 400),
        (b"GET /test/f http/1.1", 400),
        (b"GET /test/f HTTP/1", 400),
        (b"GET /test/f HTTP/1.", 400),
        (b"GET /test/f HTTP/11", 400),
        (b"GET /test/f HTTP/1.10", 400),
        (b"GET /test/f HTTP/+1.1", 400),
        (b"GET /test/f HTTP/x.y", 400),
        (b"GET /test/f FTP/1.1", 400),
        (b"GET /test/f HTTP/\xb2.0", 400),
        (b"GET /test/f HTTP/0.9", 505),
        (b"GET /test/f HTTP/2.0", 505),
        (b"PRI * HTTP/2.0", 505),
        (b"get /test/f HTTP/1.1", 501),
        (b"Get /test/f HTTP/1.1", 501),
    ],
)
def test_a_request_line_that_is_none_is_refused_and_ends_the_connection(f: Client, line: bytes, status: int) -> None:
    """RFC 9112 3: one method, one target and one version, with one space between them; what follows isn't read."""
    received = f.raw(get(line=line) + NEXT)
    assert statuses(received)[0] == status
    if status != 501 and b"* HTTP/1.1" not in line and b" test" not in line:
        assert (len(statuses(received)), b"\r\nConnection: close\r\n" in received) == (1, True)


@pytest.mark.parametrize("version", [b"HTTP/1.1", b"HTTP/1.2", b"HTTP/1.9"])
def test_a_later_minor_version_is_read_as_1_1(f: Client, version: bytes) -> None:
    """RFC 9110 2.5: as the highest one of that major version that is known here."""
    assert statuses(f.raw(get(line=b"GET /test/f " + version) + NEXT)) == [200, 200]


@pytest.mark.parametrize(
    "target", [b"/test/f", b"//test//f", b"/test/f?q=1&r", b"http://x/test/f", b"HTTPS://x:1/test/f?q", b"/test/%66"]
)
def test_a_target_in_origin_or_absolute_form_is_understood(f: Client, target: bytes) -> None:
    """RFC 9112 3.2."""
    assert bodies(f.raw(get(b"Connection: close", line=b"GET " + target + b" HTTP/1.1"))) == b"content\n"


def test_one_empty_line_before_a_request_is_passed_over(f: Client) -> None:
    """RFC 9112 2.2: some clients send one after a body; two of them are no request."""
    assert statuses(f.raw(get() + b"\r\n" + NEXT)) == [200, 200]
    assert statuses(f.raw(get() + b"\r\n\r\n" + NEXT)) == [200, 400]


# The headers (RFC 9112 5) ------------------------------------------------------------------------


@pytest.mark.parametrize(
    "header",
    [
        b"Depth : 0",
        b"Depth\t: 0",
        b" Depth: 0",
        b"\tDepth: 0",
        b": 0",
        b"Depth",
        b"De pth: 0",
        b"De(pth: 0",
        b"D\xc3\xa9pth: 0",
        b"Depth\x00: 0",
        b"Depth: \x00",
        b"Depth: 0\x01",
        b"Depth: 0\x0b",
        b"Depth: 0\x0c",
        b"Depth: 0\x7f",
        b"Depth: 0\rX: y",
        b"Depth: 0\nX: y",
        b"Depth: 0\r\r",
        b"X: y\r\n folded",
        b"X: y\r\n\tfolded",
        b"X: y\r\n \r\nZ: z",
        b"Host: y",
        b"Host: x",
        b"Content-Length: 0\r\nContent-Length: 7",
        b"Content-Length: 0, 0",
        b"Content-Length: ",
        b"Content-Length: \xb2",
        b"Content-Length: 0\r\nTransfer-Encoding: chunked",
        b"Transfer-Encoding: chunked, chunked",
        b"Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked",
        b"Depth: 0\r\nDepth: 1",
        b"If-Modified-Since: Tue, 14 Nov 2023 22:13:20 GMT\r\nIf-Modified-Since: Tue, 14 Nov 2023 22:13:21 GMT",
    ],
)
def test_a_header_that_two_could_read_differently_is_400_and_ends_the_connection(f: Client, header: bytes) -> None:
    """RFC 9112 5, 6.3, RFC 9110 5.5: nothing of the request is carried out, and what follows isn't read."""
    sent = get(header, line=b"DELETE /test/f HTTP/1.1")
    received = f.raw(sent + NEXT)
    assert statuses(received) == [400]
    assert b"\r\nConnection: close\r\n" in received
    assert f("GET", "/f").status == 200


@pytest.mark.parametrize("coding", [b"gzip", b"gzip, chunked", b"chunked, gzip", b"identity", b"xchunked", b"", b","])
def test_a_transfer_coding_but_chunked_is_501_and_ends_the_connection(f: Client, coding: bytes) -> None:
    """RFC 9112 6.1: what can't be decoded has an end that nobody here can find."""
    received = f.raw(get(b"Transfer-Encoding: " + coding, line=b"DELETE /test/f HTTP/1.1") + NEXT)
    assert statuses(received) == [501]
    assert f("GET", "/f").status == 200


@pytest.mark.parametrize("coding", [b"chunked", b"CHUNKED", b"chunked ,", b", chunked"])
def test_chunks_are_chunks_however_they_are_spelled(f: Client, coding: bytes) -> None:
    """RFC 9112 7, RFC 9110 5.6.1: without regard to case, and with empty elements of the list."""
    sent = get(b"Transfer-Encoding: " + coding, line=b"PUT /test/new HTTP/1.1") + b"3\r\nnew\r\n0\r\n\r\n"
    assert statuses(f.raw(sent + NEXT)) == [201, 200]
    assert f("GET", "/new").body == b"new"


@pytest.mark.parametrize(
    "host", [b"", b"Host: a b", b"Host: a/b", b"Host: a@b", b"Host: a:b", b"Host: [::1", b"Host: a, b"]
)
def test_a_host_that_is_none_is_400(f: Client, host: bytes) -> None:
    """RFC 9112 3.2: HTTP/1.1 has to name one host."""
    assert statuses(f.raw(get(host=host) + NEXT)) == [400]


@pytest.mark.parametrize(
    "host", [b"x", b"x:80", b"127.0.0.1:1", b"[::1]:8080", b"[fe80::1%25eth0]", b"", b"a_b.c", b"x:"]
)
def test_a_host_in_any_form_is_taken(f: Client, host: bytes) -> None:
    """RFC 3986 3.2.2: which one it is makes no difference here."""
    assert statuses(f.raw(get(host=b"hOsT:" + host) + NEXT)) == [200, 200]


@pytest.mark.parametrize("field", [b"If-Match:*", b"if-match: \t * \t ", b"IF-MATCH: *", b"If-Match: *\r\nX-Empty:"])
def test_names_have_no_case_and_values_no_space_around(f: Client, field: bytes) -> None:
    """RFC 9112 5.1."""
    assert statuses(f.raw(get(field, line=b"GET /test/none HTTP/1.1") + NEXT)) == [404, 200]
    assert statuses(f.raw(get(field) + NEXT)) == [200, 200]


def test_headers_of_one_name_are_one_list(f: Client) -> None:
    """RFC 9110 5.3: in the order in which they came."""
    etag = f("GET", "/f").headers["ETag"].encode()
    assert statuses(f.raw(get(b'If-Match: "no"', b"If-Match: " + etag) + NEXT)) == [200, 200]
    assert statuses(f.raw(get(b'If-Match: "no"', b'If-Match: "nor"') + NEXT)) == [412, 200]


def test_a_length_said_twice_alike_counts_once(f: Client) -> None:
    """RFC 9110 8.6."""
    sent = get(b"Content-Length: 3", b"Content-Length: 3", line=b"PUT /test/f HTTP/1.1") + b"new"
    assert statuses(f.raw(sent + NEXT)) == [204, 200]


@pytest.mark.parametrize("name", [b"Content_Length", b"Transfer_Encoding"])
def test_an_underscore_frames_nothing(f: Client, name: bytes) -> None:
    """RFC 9110 5.1: the body isn't there, and the next request is where it would be."""
    value = b"%d" % len(NEXT) if b"L" in name else b"chunked"
    assert statuses(f.raw(get(name + b": " + value) + NEXT)) == [200, 200]


# Too much ----------------------------------------------------------------------------------------


def test_a_request_line_without_an_end_is_414(f: Client) -> None:
    """RFC 9110 15.5.15: it isn't read to its end."""
    received = f.raw(b"GET /" + b"x" * (LONGEST_HEAD + 10))
    assert statuses(received) in ([414], [])  # the client may be still sending when the connection ends
    assert f("GET", "/f").status == 200


def test_headers_without_an_end_are_431(f: Client) -> None:
    """RFC 6585 5."""
    with closing(socket.create_connection((f.host, f.port), timeout=30)) as connection:
        connection.sendall(get()[:-2] + b"X: " + b"y" * (LONGEST_HEAD - len(get())))
        connection.sendall(b"yyy")
        assert statuses(connection.recv(1000)) == [431]


def test_as_much_as_is_allowed_is_read(f: Client) -> None:
    """One byte of the limit is left."""
    head = get(b"X: ")
    padded = head.replace(b"X: ", b"X: " + b"y" * (LONGEST_HEAD - len(head)))
    assert statuses(f.raw(padded + NEXT)) == [200, 200]


@pytest.mark.parametrize(("count", "status"), [(MOST_FIELDS - 1, 200), (MOST_FIELDS, 431)])
def test_too_many_headers_are_431(f: Client, count: int, status: int) -> None:
    """RFC 6585 5; the host is one of them."""
    assert statuses(f.raw(get(*[b"X: y"] * count)))[0] == status


# In pieces, and with no end ----------------------------------------------------------------------


def test_a_head_that_comes_byte_by_byte_is_read(f: Client) -> None:
    """However it is cut, also within the line ends."""
    with closing(socket.create_connection((f.host, f.port), timeout=30)) as connection:
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        for byte in b"\r\n" + NEXT:
            connection.sendall(bytes([byte]))
            time.sleep(0.0005)
        assert statuses(connection.recv(1000)) == [200]


@pytest.mark.parametrize(
    "sent",
    [b"GET /test/f HTTP/1.1\n", b"GET /test/f HTTP/1.1\r\nHost: x\n\n", b"\n", b"GET /test/f HTTP/1.1\r\nX\r\nY\n"],
)
def test_a_line_that_ends_in_lf_alone_is_refused_at_once(f: Client, sent: bytes) -> None:
    """RFC 9112 2.2: nobody waits for an empty line that will never come."""
    with closing(socket.create_connection((f.host, f.port), timeout=5)) as connection:
        connection.sendall(sent)
        assert statuses(connection.recv(1000)) == [400]


@pytest.mark.parametrize("sent", [b"G", b"GET /test/f HTTP/1.1", b"GET /test/f HTTP/1.1\r\n", get()[:-2], get()[:-1]])
def test_a_head_that_breaks_off_is_400(f: Client, sent: bytes) -> None:
    """RFC 9112 8: it is no request."""
    assert statuses(f.raw(sent)) == [400]


@pytest.mark.parametrize("sent", [b"", b"\r\n"])
def test_nothing_is_answered_with_nothing(f: Client, sent: bytes) -> None:
    """Who only connects, or ends a connection that was kept, hears no complaint."""
    assert f.raw(sent) == b""
    assert statuses(f.raw(get() + sent)) == [200]


# What becomes of the connection (RFC 9112 9) -----------------------------------------------------


@pytest.mark.parametrize("option", [b"close", b"Close", b"CLOSE", b"x, close", b"close,x", b" keep-alive , close"])
def test_who_asks_to_close_gets_no_second_answer(f: Client, option: bytes) -> None:
    """RFC 9112 9.6: an option of the connection, in any case and among others."""
    received = f.raw(get(b"Connection: " + option) + NEXT)
    assert statuses(received) == [200]
    assert b"\r\nConnection: close\r\n" in received


@pytest.mark.parametrize("option", [b"keep-alive", b"closed", b"TE", b""])
def test_http_1_1_keeps_the_connection(f: Client, option: bytes) -> None:
    """RFC 9112 9.3."""
    assert statuses(f.raw(get(b"Connection: " + option) + NEXT)) == [200, 200]


@pytest.mark.parametrize(
    ("option", "found"), [(b"Keep-Alive", [200, 200]), (b"keep-alive, x", [200, 200]), (b"x", [200]), (b"close", [200])]
)
def test_http_1_0_keeps_it_if_asked(f: Client, option: bytes, found: list[int]) -> None:
    """RFC 9112 9.3, C.2.2: and says so; no Host is needed."""
    received = f.raw(get(b"Connection: " + option, line=b"GET /test/f HTTP/1.0", host=b"X: y") + NEXT)
    assert statuses(received) == found
    assert (b"\r\nConnection: Keep-Alive\r\n" in received) is (len(found) == 2)


def test_http_1_0_knows_no_chunks(f: Client) -> None:
    """RFC 9112 6.1: with them the framing is faulty."""
    sent = get(b"Connection: keep-alive", b"Transfer-Encoding: chunked", line=b"PUT /test/new HTTP/1.0")
    assert statuses(f.raw(sent + b"3\r\nnew\r\n0\r\n\r\n" + NEXT)) == [400]
    assert f("GET", "/new").status == 404


@pytest.mark.parametrize("expect", [b"100-continue", b"100-Continue"])
def test_http_1_1_is_told_to_continue_and_1_0_is_not(f: Client, expect: bytes) -> None:
    """RFC 9110 10.1.1."""
    headers = (b"Expect: " + expect, b"Content-Length: 3")
    assert statuses(f.raw(get(*headers, line=b"PUT /test/f HTTP/1.1") + b"new")) == [100, 204]
    assert statuses(f.raw(get(*headers, line=b"PUT /test/f HTTP/1.0") + b"new")) == [204]


def test_requests_sent_ahead_are_answered_in_order(f: Client) -> None:
    """RFC 9112 9.3.2: also behind bodies, read or not."""
    put = get(b"Content-Length: 3", line=b"PUT /test/f HTTP/1.1") + b"new"
    lost = get(b"Content-Length: 3", line=b"PUT /none/f HTTP/1.1") + b"new"
    assert statuses(f.raw(get() + put + lost + get(line=b"HEAD /test/f HTTP/1.1") + NEXT)) == [200, 204, 404, 200, 200]


# Headers that were read before -------------------------------------------------------------------


def test_known_headers_say_the_same_of_another_request(f: Client) -> None:
    """The server remembers headers by their bytes; the request line is read each time."""
    received = f.raw(get() + get(line=b"HEAD /test/f HTTP/1.1") + get(line=b"GET /test/none HTTP/1.1") + NEXT)
    assert statuses(received) == [200, 200, 404, 200]


@pytest.mark.parametrize("line", [b"GET /test/f", b"GET  /test/f HTTP/1.1", b"G\x01T /test/f HTTP/1.1"])
def test_known_headers_make_no_request_line_valid(f: Client, line: bytes) -> None:
    """Nor do they hide a control character in it."""
    assert statuses(f.raw(get() + get(line=line))) == [200, 400]


def test_known_headers_make_no_older_client_persistent(f: Client) -> None:
    """HTTP/1.0 ends the connection after the response, unless the client asks to keep it."""
    assert statuses(f.raw(get() + get(line=b"GET /test/f HTTP/1.0") + NEXT)) == [200, 200]


def test_known_headers_with_a_length_have_a_body_each_time(f: Client) -> None:
    """The length is that of each request, and its bytes are not the next request."""
    put = get(b"Content-Length: 3", line=b"PUT /test/g HTTP/1.1") + b"abc"
    assert statuses(f.raw(put + put + NEXT)) == [201, 204, 200]
