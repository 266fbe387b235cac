"""Spellings of URLs: what a response writes is the same resource as before, and begins as the request did."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dav424.core.hrefs import Base, spellings
from dav424.core.paths import href, split

PIECES = st.sampled_from(["a", "%40", "@", "%2e", "%c3%a9", "%C3%A9", "%20", "~", "b"])
SEGMENTS = st.lists(st.lists(PIECES, min_size=1, max_size=3).map("".join), max_size=4)
SLASHES = st.sampled_from(["/", "//"])


@st.composite
def sent_paths(draw: st.DrawFn) -> str:
    """Draw a path as a client could send it."""
    names = [name for name in draw(SEGMENTS) if name not in ("%2e", "%2e%2e")]
    return "".join(draw(SLASHES) + name for name in names) + draw(st.sampled_from(["", "/", "//"])) or "/"


@given(sent=sent_paths(), destination=st.none() | sent_paths(), below=SEGMENTS)
def test_a_spelled_url_is_the_same_resource(sent: str, destination: str | None, below: list[str]) -> None:
    """RFC 4918 8.3: at, above and below the Request-URI; never with a host, and with the slash of a collection."""
    segments, _ = split(sent)
    base = Base("", spellings(sent, segments, destination))
    for path in (segments, segments[:1], segments[:-1], (*segments, *below)):
        url = base.url(href(path, collection=True))
        assert split(url) == (path, True)
        assert not url.startswith("//")
        assert split(base.url(href(path)))[0] == path


@given(sent=sent_paths())
def test_a_url_begins_as_the_request_uri(sent: str) -> None:
    """Only two slashes at the beginning become one."""
    segments, _ = split(sent)
    begin = "/" + sent.lstrip("/").rstrip("/")
    assert Base("", spellings(sent, segments)).url(href((*segments, "x"))).startswith(begin)


@pytest.mark.parametrize("sent", ["/", "/a", "/a/", "/a@b/c%20d", "/%C3%A9/"])
def test_the_servers_own_spelling_costs_nothing(sent: str) -> None:
    """Most requests have no other."""
    assert spellings(sent, split(sent)[0]) == ()


@pytest.mark.parametrize("destination", ["bad", "/%zz", "http://[x/", "", "urn:x"])
def test_a_malformed_destination_has_no_spelling(destination: str) -> None:
    """The method refuses it later."""
    assert spellings("/a", ("a",), destination) == ()
