"""Entity-tags, dates and ranges: the server reads every legal spelling, and ignores or refuses any other."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from dav424.dav.headers import http_date
from tests.client import Client, statuses
from tests.conftest import NOW, Served
from tests.trees import lockinfo

LATER = ["Sat, 01 Jan 2050 00:00:00 GMT", "Saturday, 01-Jan-50 00:00:00 GMT", "Sat Jan  1 00:00:00 2050"]
EARLIER = ["Sun, 06 Nov 1994 08:49:37 GMT", "Sunday, 06-Nov-94 08:49:37 GMT", "Sun Nov  6 08:49:37 1994"]
NO_DATES = [
    "Sun, 06 Nov 1994 08:49:37 EST",
    "Sun, 06 Nov 1994 08:49:37 +0000",
    "Sun, 06 Nov 1994 08:49:37 -0000",
    "Sun, 06 Nov 1994 08:49:37 UTC",
    "Sun, 06 Nov 1994 08:49:37 gmt",
    "Sun, 06 Nov 1994 08:49:37",
    "Sun, 6 Nov 1994 08:49:37 GMT",
    "Sun, 06 November 1994 08:49:37 GMT",
    "Sun, 06 Nov 94 08:49:37 GMT",
    "Sun, 31 Feb 1994 08:49:37 GMT",
    "Sun, 06 Nov 1994 24:00:00 GMT",
    "Sun, 06 Nov 1994 8:49:37 GMT",
    "06 Nov 1994 08:49:37 GMT",
    "Sun, 06-Nov-94 08:49:37 GMT",
    "Sunday, 06-Nov-1994 08:49:37 GMT",
    "Sun Nov 6 08:49:37 1994",
    "Sun Nov  6 08:49:37 GMT 1994",
    "1994-11-06T08:49:37Z",
    "784111777",
    "never",
    "",
]
TAGS = [
    '"a b"',
    '"I am an ETag"',
    '""',
    '"a,b"',
    '"a]b)"',
    '"<a>"',
    '"it\'s"',
    '"a\\"',
    '"\xe9\xff"',
    '"a\tb"',
    '"!#$%"',
]


@pytest.fixture
def f(serve: Callable[..., Served]) -> Client:
    """A client of a document with ten bytes, and an empty one."""
    return serve("tree: {/f: {content: '0123456789'}, /e: {content: ''}}").client


# Dates -------------------------------------------------------------------------------------------


@pytest.mark.parametrize("date", EARLIER)
def test_each_form_of_a_date_is_read(date: str) -> None:
    """RFC 9110 5.6.7: the three of its examples are one moment."""
    assert http_date(date, NOW) == 784111777


@pytest.mark.parametrize("date", NO_DATES)
def test_another_form_is_no_date(date: str) -> None:
    """Not even if it is one elsewhere."""
    assert http_date(date, NOW) is None


@pytest.mark.parametrize(("year", "read"), [("23", 2023), ("73", 2073), ("74", 1974), ("99", 1999), ("00", 2000)])
def test_a_year_of_two_digits_is_at_most_50_years_ahead(year: str, read: int) -> None:
    """RFC 9110 5.6.7: NOW is in 2023."""
    full = http_date(f"Sun, 06 Nov {read} 08:49:37 GMT", NOW)
    assert http_date(f"Sunday, 06-Nov-{year} 08:49:37 GMT", NOW) == full


def test_a_leap_second_is_a_date() -> None:
    """The grammar has it."""
    assert http_date("Sat, 31 Dec 2016 23:59:60 GMT", NOW) == http_date("Sat, 31 Dec 2016 23:59:59 GMT", NOW)


@pytest.mark.parametrize("date", LATER)
def test_a_later_date_is_obeyed(f: Client, date: str) -> None:
    """In each of the three forms."""
    assert f("GET", "/f", b"", {"If-Modified-Since": date}).status == 304
    assert f("PUT", "/f", b"x", {"If-Unmodified-Since": date}).status == 204


@pytest.mark.parametrize("date", EARLIER)
def test_an_earlier_date_is_obeyed(f: Client, date: str) -> None:
    """In each of the three forms."""
    assert f("GET", "/f", b"", {"If-Modified-Since": date}).status == 200
    assert [f(each, "/f", b"", {"If-Unmodified-Since": date}).status for each in ("DELETE", "PROPFIND")] == [412, 412]


@pytest.mark.parametrize("date", NO_DATES)
def test_what_is_no_date_is_ignored(f: Client, date: str) -> None:
    """RFC 9110 13.1.3, 13.1.4: MUST ignore; If-Range does not hold, and all of the document comes."""
    assert f("GET", "/f", b"", {"If-Modified-Since": date.replace("1994", "2050")}).status == 200
    assert f("GET", "/f", b"", {"If-Range": date, "Range": "bytes=0-4"}).status == 200
    assert f("DELETE", "/f", b"", {"If-Unmodified-Since": date}).status == 204


# Entity-tags -------------------------------------------------------------------------------------


@pytest.mark.parametrize("tag", TAGS)
def test_a_tag_of_any_legal_octets_is_read(f: Client, tag: str) -> None:
    """RFC 9110 8.8.3, and blanks as in the examples of RFC 4918 10.4: a tag that the document does not have."""
    assert f("GET", "/f", b"", {"If-None-Match": tag}).status == 200
    assert f("GET", "/f", b"", {"If-None-Match": f'"x", W/{tag}'}).status == 200
    assert f("GET", "/f", b"", {"If-Range": tag, "Range": "bytes=0-4"}).status == 200
    assert f("PUT", "/f", b"x", {"If-Match": tag}).status == 412
    assert f("PUT", "/f", b"x", {"If": f"([{tag}])"}).status == 412
    assert f("PUT", "/f", b"x", {"If": f"(Not [{tag}])"}).status == 204
    assert f("PUT", "/f", b"x", {"If": f"([W/{tag}]) (Not [W/{tag}])"}).status == 204


@pytest.mark.parametrize("tag", TAGS)
def test_a_tag_of_any_legal_octets_matches_itself(serve: Callable[..., Served], tag: str) -> None:
    """A client that set it gets it back, and it holds in each header."""
    served = serve("tree: {/f: {content: '0123456789'}}")
    served.world.change_causes({"rfc4918:getetag": None})
    client = served.client
    escaped = tag.replace("<", "&lt;").replace("\t", "&#9;")
    body = f'<D:propertyupdate xmlns:D="DAV:"><D:set><D:prop><D:getetag>{escaped}</D:getetag></D:prop></D:set></D:propertyupdate>'
    assert client("PROPPATCH", "/f", body).reported[0].status == 200
    assert client("GET", "/f").headers["ETag"] == tag
    assert client("GET", "/f", b"", {"If-None-Match": f'"x", {tag}'}).status == 304
    assert client("GET", "/f", b"", {"If-Range": tag, "Range": "bytes=0-4"}).status == 206
    assert client("PROPFIND", "/f", b"", {"If-Match": tag, "Depth": "0"}).status == 207
    assert client("PROPFIND", "/f", b"", {"If": f"([{tag}])", "Depth": "0"}).status == 207


@pytest.mark.parametrize("value", ["a", '"a', 'a"', '"a" "b"', '"a"b', "w/a", '*, "a"', 'W/ "a"'])
def test_what_is_no_list_of_tags_is_400(f: Client, value: str) -> None:
    """A tag stands in quotes, and commas stand between tags."""
    assert [f("GET", "/f", b"", {name: value}).status for name in ("If-Match", "If-None-Match")] == [400, 400]


# Ranges ------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("path", "value", "status", "content"),
    [
        ("/e", "bytes=-5", 200, b""),
        ("/e", "bytes=-" + "9" * 5000, 200, b""),
        ("/e", "bytes=-0", 416, None),
        ("/e", "bytes=0-", 416, None),
        ("/f", "bytes=-0", 416, None),
        ("/f", "bytes=-" + "0" * 5000, 416, None),
        ("/f", "bytes=-3", 206, b"789"),
        ("/f", "bytes=-" + "0" * 5000 + "3", 206, b"789"),
        ("/f", "bytes=-" + "9" * 5000, 206, b"0123456789"),
        ("/f", "bytes=" + "0" * 4301 + "-", 206, b"0123456789"),
        ("/f", "bytes=" + "0" * 4301 + "-" + "0" * 4301 + "2", 206, b"012"),
        ("/f", "bytes=7-" + "9" * 4301, 206, b"789"),
        ("/f", "bytes=" + "9" * 4301 + "-", 416, None),
        ("/f", "bytes=10-", 416, None),
        ("/f", "bytes=9-9", 206, b"9"),
        ("/f", "bytes=5-4", 200, b"0123456789"),
        ("/f", "bytes=" + "9" * 30 + "-" + "9" * 29, 200, b"0123456789"),
        ("/f", "bytes=" + "0" * 5 + "3-3", 206, b"3"),
        ("/f", "bytes=0-1,3-4", 200, b"0123456789"),
        ("/f", "bytes=-", 200, b"0123456789"),
        ("/f", "bytes=a-b", 200, b"0123456789"),
        ("/f", "lines=0-1", 200, b"0123456789"),
    ],
)
def test_a_range_is_answered(f: Client, path: str, value: str, status: int, content: bytes | None) -> None:
    """RFC 9110 14.1.2, 14.2: numbers of any length; the server ignores any other text."""
    answer = f("GET", path, b"", {"Range": value})
    assert answer.status == status
    if content is not None:
        assert answer.body == content


# Timeout -----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("value", "granted"),
    [
        ("Second-60", "Second-60"),
        ("second-60", "Second-60"),
        ("Infinite", "Infinite"),
        ("Extend, Second-60", "Second-60"),
        ("Extend-1, Second-5, Infinite", "Second-5"),
        ("Second-5, foo", "Second-5"),
        ("Second-4294967296", "Second-4294967295"),
        ("Second-99999999999999999999", "Second-4294967295"),
        ("Second-" + "9" * 5000, "Second-4294967295"),
        ("Second-" + "0" * 5000 + "7", "Second-7"),
        ("Second-0", "Second-1"),
        ("Second--5, Infinite", "Infinite"),
        ("Second-1.5", "Second-3600"),
        ("Second-\xb2", "Second-3600"),
        ("soon", "Second-3600"),
        ("", "Second-3600"),
        (",", "Second-3600"),
    ],
)
def test_no_timeout_refuses_a_lock(f: Client, value: str, granted: str) -> None:
    """RFC 4918 10.7: the first choice that the server understands counts, else its own."""
    answer = f("LOCK", "/f", lockinfo(), {"Timeout": value, "Depth": "0"})
    assert answer.status == 200
    assert f"<D:timeout>{granted}</D:timeout>".encode() in answer.body
    again = f("LOCK", "/f", b"", {"Timeout": value, "If": f"({answer.headers['Lock-Token']})"})
    assert f"<D:timeout>{granted}</D:timeout>".encode() in again.body


def test_two_timeouts_are_one_list(f: Client) -> None:
    """RFC 9110 5.3: the header is a list."""
    body = lockinfo().encode()
    head = b"LOCK {base}/f HTTP/1.1\r\nHost: x\r\nDepth: 0\r\nTimeout: Extend\r\nTimeout: Second-9\r\nContent-Length: %d\r\n\r\n"
    received = f.raw(head % len(body) + body)
    assert statuses(received) == [200]
    assert b"<D:timeout>Second-9</D:timeout>" in received
