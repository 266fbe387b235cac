"""Hrefs on a real socket (RFC 4918 8.3): whatever a name is made of, a client uses what comes back as it is."""

from __future__ import annotations

import re
import string
from collections.abc import Callable
from urllib.parse import quote, unquote, urlsplit

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from lxml import etree

from tests.client import Client
from tests.conftest import Served
from tests.trees import XML, lock

RESERVED = [
    character
    for character in string.printable
    if character.isprintable() and character not in "/" + string.ascii_letters + string.digits
]
NAMES = [
    *(f"a{character}b" for character in RESERVED),
    *(character for character in RESERVED if character != "."),
    "...",
    ".hidden",
    "trailing.",
    " leading",
    "trailing ",
    "two  spaces",
    "%41",
    "%2F",
    "%25",
    "100%",
    "a+b c",
    "http:",
    "c:",
    "http:?x#y",
    "&amp;",
    "<!-- -->",
    "]]>",
    "é",
    "e\u0301",
    "ÅÅ",
    "日本語",
    "🏳️‍🌈",
    "שלום",
    "\u202eright",
    "\ufeffbom",
    "\u2028",
    "\u0085",
    "\u00a0",
    "\ufffd",
    "\ufffe",
    "\U0010ffff",
    "x" * 1000,
]
HREF = re.compile(r"(?:/(?:[A-Za-z0-9._~!$&'()*+,;=:@-]|%[0-9A-F]{2})*)+")


def escaped(name: str) -> str:
    """Escape a name completely, which any client may do."""
    return "".join(f"%{byte:02X}" for byte in name.encode())


def hrefs(client: Client, body: bytes) -> list[str]:
    """List the hrefs in a body, as they are, and see that each is a path that needs no further encoding."""
    found = [href.text or "" for href in etree.fromstring(body).iter("{DAV:}href")]
    paths = [href for href in found if not href.startswith("urn:")]
    assert all(HREF.fullmatch(path) and path.startswith(client.base) for path in paths)
    return paths


def use(client: Client, href: str, method: str, headers: dict[str, str] | None = None, body: str = "") -> int:
    """Send a request to an href as it came."""
    return client(method, href.removeprefix(client.base), body, headers).status


def listed(client: Client, path: str) -> list[str]:
    """List the hrefs of a PROPFIND of depth 1, without the collection's own."""
    return hrefs(client, client("PROPFIND", path, headers={"Depth": "1"}).body)[1:]


def round_trip(client: Client, name: str, sent: str) -> None:
    """Make a document of that name, and do everything that can be done by the href that comes back."""
    client("MKCOL", "/c/")
    assert client("PUT", f"/c/{sent}", name).status == 201
    (href,) = listed(client, "/c/")
    assert client("GET", href.removeprefix(client.base)).body.decode() == name
    assert use(client, href, "COPY", {"Destination": href + ".copy"}) == 201
    assert use(client, href + ".copy", "MOVE", {"Destination": f"http://{client.host}:{client.port}{href}"}) == 204
    assert use(client, href, "GET", {"If": f"<{href}> (Not <urn:x>)"}) == 200
    assert listed(client, "/c/") == [href]
    assert use(client, href, "DELETE") == 204
    assert use(client, f"{client.base}/c/", "DELETE") == 204


# PROPFIND ----------------------------------------------------------------------------------------


@pytest.mark.parametrize("spelling", [escaped, quote], ids=["all escaped", "quoted"])
def test_every_name_comes_back_as_it_can_be_used(dav: Client, spelling: Callable[[str], str]) -> None:
    """RFC 4918 8.3: PUT, PROPFIND, and then GET, COPY, MOVE, If and DELETE with the href as it is."""
    for name in NAMES:
        round_trip(dav, name, spelling(name).replace("/", "%2F") if name != "%2F" else "%252F")


@settings(max_examples=60)
@given(
    name=st.text(
        st.characters(codec="utf-8", exclude_characters="/", exclude_categories=["Cs", "Cc"]), min_size=1, max_size=20
    ).filter(lambda name: name not in (".", ".."))
)
def test_any_name_comes_back_as_it_can_be_used(dav: Client, name: str) -> None:
    """RFC 4918 8.3: of all the characters there are."""
    round_trip(dav, name, escaped(name))


def test_different_names_are_different_resources(dav: Client) -> None:
    """RFC 3986 6: no case is folded, no Unicode normalized, no escape decoded twice."""
    names = ["é", "e\u0301", "E", "e", "%65", "%2565", " e", "e ", "e.", "+", " "]
    for name in names:
        assert dav("PUT", f"/{escaped(name)}", name).status == 201
    assert len(set(listed(dav, "/"))) == len(names)
    assert [dav("GET", f"/{escaped(name)}").body.decode() for name in names] == names


@pytest.mark.parametrize("path", ["/%61", "/a", "//a", "/%61?x"])
def test_one_name_in_several_spellings_is_one_resource(dav: Client, path: str) -> None:
    """RFC 3986 6.2.2: an escape of an unreserved character is that character."""
    dav("PUT", "/a", "x")
    assert dav("GET", path).body == b"x"


def test_collections_end_in_a_slash(dav: Client) -> None:
    """RFC 4918 5.2: and so their members' hrefs begin with theirs."""
    for name in NAMES:
        dav("MKCOL", f"/{escaped(name)}")
        dav("PUT", f"/{escaped(name)}/{escaped(name)}", "x")
    for collection in listed(dav, "/"):
        assert collection.endswith("/")
        (member,) = listed(dav, collection.removeprefix(dav.base))
        assert member == collection + collection.removeprefix(f"{dav.base}/").rstrip("/")
        assert use(dav, collection, "DELETE") == 204


# Everywhere else ---------------------------------------------------------------------------------


def test_a_location_can_be_used(dav: Client) -> None:
    """RFC 9110 10.2.2: what MKCOL says it has made."""
    for name in NAMES:
        location = dav("MKCOL", f"/{escaped(name)}/").headers["Location"]
        assert HREF.fullmatch(urlsplit(location).path)
        assert use(dav, location, "PROPFIND", {"Depth": "0"}) == 207
        assert use(dav, location, "DELETE") == 204


def test_a_lock_root_can_be_used(dav: Client) -> None:
    """RFC 4918 14.12: and the href of no-conflicting-lock, to UNLOCK what is in the way."""
    for name in NAMES:
        answer = lock(dav, f"/{escaped(name)}")
        (root,) = hrefs(dav, answer.body)
        assert hrefs(dav, lock(dav, f"/{escaped(name)}").body) == [root]
        assert use(dav, root, "UNLOCK", {"Lock-Token": answer.headers["Lock-Token"]}) == 204
        assert use(dav, root, "DELETE") == 204


def test_a_culprit_can_be_unlocked_by_its_href(dav: Client) -> None:
    """RFC 4918 14.7, 16: from the 207 of DELETE, COPY, MOVE and LOCK, and from lock-token-submitted in it."""
    for name in NAMES:
        dav("MKCOL", "/c/")
        dav("MKCOL", "/d/")
        dav("PUT", f"/d/{escaped(name)}", "old")
        held = lock(dav, f"/c/{escaped(name)}").headers["Lock-Token"]
        wholes = [
            dav("MOVE", "/c/", headers={"Destination": "{base}/e/"}),
            dav("COPY", "/d/", headers={"Destination": "{base}/c/"}),
            lock(dav, "/c/"),
            dav("DELETE", "/c/"),
        ]
        assert [answer.status for answer in wholes] == [207] * 4
        culprits = {href for answer in wholes for href in hrefs(dav, answer.body)} - {f"{dav.base}/c/"}
        (culprit,) = culprits
        assert use(dav, culprit, "UNLOCK", {"Lock-Token": held}) == 204
        for path in ("/c/", "/d/", "/e/"):
            assert use(dav, f"{dav.base}{path}", "DELETE") == 204


def test_a_lock_in_the_way_is_named_so_that_its_token_can_be_tagged(dav: Client) -> None:
    """RFC 4918 10.4.2: the href of lock-token-submitted stands in a tagged list as it is."""
    for name in NAMES:
        path = f"/{escaped(name)}"
        held = lock(dav, path).headers["Lock-Token"]
        (root,) = hrefs(dav, dav("PUT", path, "x").body)
        assert use(dav, root, "PUT", {"If": f"<{root}> ({held})"}, "x") == 204
        assert use(dav, root, "DELETE", {"If": f"<{root}> ({held})"}) == 204


def test_a_denied_resource_is_named(serve: Callable[..., Served]) -> None:
    """RFC 3744 7.1.1: in need-privileges."""
    client = serve("causes: [{id: d, kind: denied, methods: [MKCOL]}]").client
    for name in NAMES:
        (href,) = hrefs(client, client("MKCOL", f"/{escaped(name)}").body)
        assert use(client, href, "PUT", body="x") == 201
        assert use(client, href, "DELETE") == 204


def test_a_page_links_to_every_name(dav: Client) -> None:
    """RFC 4918 9.4: in a listing by GET as well."""
    for name in NAMES:
        dav("PUT", f"/{escaped(name)}", "x")
    page = etree.HTML(dav("GET", "/").body)
    links = [link for link in page.xpath("//a/@href") if link != f"{dav.base}/../"]
    assert len(links) == len(NAMES)
    assert {use(dav, link, "GET") for link in links} == {200}


def test_a_property_of_an_odd_name_is_found(dav: Client) -> None:
    """RFC 4918 9.2, 8.3: the href of a PROPPATCH's 207 is spelled as the Request-URI, and names the resource."""
    body = '<D:propertyupdate xmlns:D="DAV:"><D:set><D:prop><a/></D:prop></D:set></D:propertyupdate>'
    for name in NAMES:
        dav("PUT", f"/{escaped(name)}", "x")
        (href,) = hrefs(dav, dav("PROPPATCH", f"/{escaped(name)}", body, XML).body)
        assert href == f"{dav.base}/{escaped(name)}"
        assert [unquote(each) for each in listed(dav, "/")] == [unquote(href)]
        assert use(dav, href, "DELETE") == 204
