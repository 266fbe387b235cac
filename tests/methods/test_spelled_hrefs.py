"""Hrefs on a real socket begin as the Request-URI was spelled (RFC 4918 8.3), and those of collections end in a slash."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from urllib.parse import unquote

import pytest
from lxml import etree

from tests.batches.batches import ask, responses, send
from tests.client import Client
from tests.conftest import Served
from tests.trees import XML, lock

SPELLINGS = [
    "/me%40x.org/",
    "/me@x.org/",
    "/%6De%40x.org/",
    "/me%40x%2Eorg/",
    "/me%40x.org",
    "//me%40x.org/",
    "/me%40x.org//",
]
TREE = """
tree:
  /me@x.org/a.txt: {content: a}
  /me@x.org/sub/b.txt: {content: b}
  /c%20d/%C3%BC+e.txt: {content: c}
  /f.txt: {content: f}
"""
STAYS = TREE + "\ncauses: [{id: stays, kind: read-only, path: /me@x.org/sub/b.txt}]"
PROPPATCH = '<D:propertyupdate xmlns:D="DAV:"><D:set><D:prop><a xmlns="u:">1</a></D:prop></D:set></D:propertyupdate>'


@pytest.fixture
def me(serve: Callable[..., Served]) -> Client:
    """Serve a home collection whose name has a reserved character."""
    return serve(TREE).client


def hrefs(body: bytes) -> list[str]:
    """List the hrefs in a body, without those of lock tokens."""
    found = [href.text or "" for href in etree.fromstring(body).iter("{DAV:}href")]
    return [href for href in found if not href.startswith("urn:")]


def with_slash(spelled: str) -> str:
    """Write the URL of a collection."""
    return spelled if spelled.endswith("/") else spelled + "/"


# Multistatus -------------------------------------------------------------------------------------


@pytest.mark.parametrize("spelled", SPELLINGS)
def test_propfind_names_the_collection_and_its_members(me: Client, spelled: str) -> None:
    """The beginning is as it was sent, and the members are in the server's spelling."""
    answer = me("PROPFIND", spelled, headers={"Depth": "infinity"})
    own = me.base + with_slash(spelled)
    assert hrefs(answer.body) == [own, own + "a.txt", own + "sub/", own + "sub/b.txt"]


@pytest.mark.parametrize(
    ("sent", "answered"),
    [
        ("/c%20d/%C3%BC%2Be.txt", "/c%20d/%C3%BC%2Be.txt"),
        ("/c%20d/%c3%bc+e.txt", "/c%20d/%c3%bc+e.txt"),
        ("/%63%20%64/%c3%bc%2be.txt", "/%63%20%64/%c3%bc%2be.txt"),
        ("/c%20d//%C3%BC+e.txt?x=%40", "/c%20d//%C3%BC+e.txt"),
    ],
)
def test_a_document_is_named_as_it_was(me: Client, sent: str, answered: str) -> None:
    """Its escapes and their case, and each slash inside; the query is not a part of it."""
    received = me.raw(
        b"PROPFIND {base}" + sent.encode() + b" HTTP/1.1\r\nHost: x\r\nDepth: 0\r\nConnection: close\r\n\r\n"
    )
    assert re.findall(rb"<D:href>(.*)</D:href>", received) == [(me.base + answered).encode()]


def test_the_path_of_the_scenario_is_spelled_as_it_was(me: Client) -> None:
    """RFC 4918 8.3: from the first character on."""
    base = me.base.replace("test", "%74est")
    received = me.raw(f"PROPFIND {base}/ HTTP/1.1\r\nHost: x\r\nDepth: 1\r\nConnection: close\r\n\r\n".encode())
    assert f"<D:href>{base}/me@x.org/</D:href>".encode() in received


def test_an_absolute_request_target_counts_by_its_path(me: Client) -> None:
    """RFC 9112 3.2.2."""
    received = me.raw(
        b"PROPFIND http://x{base}/me%40x.org/ HTTP/1.1\r\nHost: x\r\nDepth: 0\r\nConnection: close\r\n\r\n"
    )
    assert b"<D:href>" + me.base.encode() + b"/me%40x.org/</D:href>" in received


@pytest.mark.parametrize("spelled", SPELLINGS)
def test_two_slashes_never_begin_an_href(me: Client, spelled: str) -> None:
    """RFC 3986 4.2: they would begin the name of a host."""
    received = me.raw(
        f"PROPFIND //{me.base}{spelled} HTTP/1.1\r\nHost: x\r\nDepth: 1\r\nConnection: close\r\n\r\n".encode()
    )
    found = re.findall(rb"<D:href>(.*)</D:href>", received)
    assert len(found) == 3
    assert not [href for href in found if href.startswith(b"//")]


@pytest.mark.parametrize("spelled", SPELLINGS)
def test_proppatch_names_its_resource(me: Client, spelled: str) -> None:
    """RFC 4918 9.2."""
    assert hrefs(me("PROPPATCH", spelled, PROPPATCH, XML).body) == [me.base + with_slash(spelled)]


@pytest.mark.parametrize("spelled", SPELLINGS)
@pytest.mark.parametrize("method", ["DELETE", "MOVE"])
def test_a_failure_in_part_names_its_member(serve: Callable[..., Served], method: str, spelled: str) -> None:
    """RFC 4918 9.6.1, 9.9.2."""
    client = serve(STAYS).client
    answer = client(method, spelled, headers={"Destination": "{base}/new/"} if method == "MOVE" else {})
    assert answer.status == 207
    assert hrefs(answer.body) == [client.base + with_slash(spelled) + "sub/b.txt"]


@pytest.mark.parametrize("spelled", SPELLINGS)
def test_a_failure_at_the_destination_begins_as_that_was_spelled(serve: Callable[..., Served], spelled: str) -> None:
    """RFC 4918 9.8.3: it is no prefix of the Request-URI."""
    client = serve(STAYS).client
    client("MKCOL", "/d/")
    client("MKCOL", "/d/sub/")
    client("PUT", "/d/sub/b.txt", "new")
    answer = client("COPY", "/d/", headers={"Destination": "{base}" + with_slash(spelled)})
    assert answer.status == 207
    assert hrefs(answer.body) == [client.base + with_slash(spelled) + "sub/b.txt"]


def test_the_longest_url_of_the_request_counts(serve: Callable[..., Served]) -> None:
    """A Destination in the server's spelling stays so beside a Request-URI in another."""
    client = serve(STAYS).client
    client("MKCOL", "/me@x.org/d/")
    client("PUT", "/me@x.org/d/b.txt", "new")
    answer = client("COPY", "/me%40x.org/d/", headers={"Destination": "{base}/me@x.org/sub/"})
    assert hrefs(answer.body) == [client.base + "/me@x.org/sub/b.txt"]


# Locks -------------------------------------------------------------------------------------------


@pytest.mark.parametrize("spelled", SPELLINGS)
def test_a_lock_root_is_named_as_the_request_names_it(me: Client, spelled: str) -> None:
    """RFC 4918 14.12: by LOCK, and by a PROPFIND in any other spelling."""
    lock(me, "/me@x.org/")
    body = '<D:propfind xmlns:D="DAV:"><D:prop><D:lockdiscovery/></D:prop></D:propfind>'
    own = me.base + with_slash(spelled)
    answer = me("PROPFIND", f"{with_slash(spelled)}a.txt", body, {**XML, "Depth": "0"})
    assert hrefs(answer.body) == [own + "a.txt", own]


@pytest.mark.parametrize("spelled", SPELLINGS)
def test_conditions_begin_as_the_request_uri_does(me: Client, spelled: str) -> None:
    """RFC 4918 16: lock-token-submitted and no-conflicting-lock, of a lock on a collection above."""
    held = hrefs(lock(me, spelled).body)
    assert held == [me.base + with_slash(spelled)]
    assert hrefs(me("PUT", f"{with_slash(spelled)}a.txt", "x").body) == held
    assert hrefs(lock(me, f"{with_slash(spelled)}a.txt").body) == held


@pytest.mark.parametrize("spelled", SPELLINGS)
def test_a_lock_of_infinite_depth_that_fails_names_both(serve: Callable[..., Served], spelled: str) -> None:
    """RFC 4918 9.10.9: the member, and the Request-URI with 424."""
    client = serve(TREE + "\ncauses: [{id: no, kind: unlockable, path: /me@x.org/sub/}]").client
    answer = lock(client, spelled)
    assert answer.status == 207
    own = client.base + with_slash(spelled)
    assert sorted(hrefs(answer.body)) == sorted([own, own + "sub/"])


# Headers -----------------------------------------------------------------------------------------


@pytest.mark.parametrize("method", ["COPY", "MOVE"])
@pytest.mark.parametrize(
    ("source", "destination", "location"),
    [
        ("/f.txt", "/g%40.txt", "/g%40.txt"),
        ("/f.txt", "/me%40x.org/g.txt", "/me%40x.org/g.txt"),
        ("/me%40x.org/", "/new%2B", "/new%2B/"),
        ("/me@x.org", "/new+/", "/new+/"),
        ("/f.txt", "/n%C3%BC", "/n%C3%BC"),
    ],
)
def test_a_copy_has_a_location(me: Client, method: str, source: str, destination: str, location: str) -> None:
    """RFC 9110 15.3.2: the URL of the new resource, with a slash for a collection, spelled as Destination was."""
    answer = me(method, source, headers={"Destination": "{base}" + destination})
    assert (answer.status, answer.headers["Location"]) == (201, me.base + location)


def test_the_location_of_an_absolute_destination_is_its_path(me: Client) -> None:
    """RFC 9110 10.2.2: a reference, as that of MKCOL is."""
    answer = me("COPY", "/f.txt", headers={"Destination": "http://x.test{base}/g%40.txt"})
    assert answer.headers["Location"] == f"{me.base}/g%40.txt"


@pytest.mark.parametrize("method", ["COPY", "MOVE"])
def test_a_copy_onto_a_resource_has_no_location(me: Client, method: str) -> None:
    """It is 204, and nothing was created."""
    answer = me(method, "/f.txt", headers={"Destination": "{base}/me@x.org/a.txt"})
    assert (answer.status, "Location" in answer.headers) == (204, False)


@pytest.mark.parametrize("method", ["PUT", "LOCK"])
def test_a_resource_at_the_request_uri_needs_no_location(me: Client, method: str) -> None:
    """RFC 9110 15.3.2: without a Location, the target URI identifies the new resource."""
    answer = lock(me, "/new") if method == "LOCK" else me("PUT", "/new", "x")
    assert (answer.status, "Location" in answer.headers) == (201, False)


@pytest.mark.parametrize("spelled", ["/new%40/", "/new%40", "/me%40x.org/new"])
def test_the_location_of_mkcol_is_spelled_as_it_was(me: Client, spelled: str) -> None:
    """RFC 9110 10.2.2."""
    assert me("MKCOL", spelled).headers["Location"] == me.base + with_slash(spelled)


ASKED = {
    "PROPFIND": ("", {"Depth": "0"}),
    "GET": ("", {}),
    "HEAD": ("", {}),
    "OPTIONS": ("", {}),
    "PROPPATCH": (PROPPATCH, XML),
    "LOCK": (
        '<D:lockinfo xmlns:D="DAV:"><D:lockscope><D:shared/></D:lockscope><D:locktype><D:write/></D:locktype></D:lockinfo>',
        XML,
    ),
    "COPY": ("", {"Destination": "{base}/new/"}),
    "BPROPFIND": (
        '<D:propfind xmlns:D="DAV:"><D:target><D:href>a.txt</D:href></D:target><D:allprop/></D:propfind>',
        XML,
    ),
}


@pytest.mark.parametrize("method", ASKED)
@pytest.mark.parametrize("spelled", ["/me@x.org", "/me%40x.org"])
def test_a_collection_named_without_its_slash_is_told_with_it(me: Client, method: str, spelled: str) -> None:
    """RFC 4918 5.2: Content-Location ends in a slash."""
    body, headers = ASKED[method]
    answer = me(method, spelled, body, headers)
    assert 200 <= answer.status <= 299
    assert answer.headers["Content-Location"] == f"{me.base}{spelled}/"


@pytest.mark.parametrize("path", ["", "/me@x.org/sub"])
def test_so_are_the_scenario_and_its_members(me: Client, path: str) -> None:
    """RFC 4918 5.2: the collection at the top, too."""
    assert me("PROPFIND", path, headers={"Depth": "0"}).headers["Content-Location"] == f"{me.base}{path}/"


@pytest.mark.parametrize("path", ["/", "/me@x.org/", "/f.txt", "/me@x.org/a.txt"])
@pytest.mark.parametrize("method", ["PROPFIND", "GET", "HEAD", "OPTIONS"])
def test_other_names_need_no_content_location(me: Client, method: str, path: str) -> None:
    """A collection with its slash, and a document."""
    assert "Content-Location" not in me(method, path, headers={"Depth": "0"}).headers


def test_a_304_has_the_content_location_of_the_200(me: Client) -> None:
    """RFC 9110 15.4.5."""
    whole = me("GET", "/me@x.org")
    answer = me("GET", "/me@x.org", headers={"If-Modified-Since": whole.headers["Last-Modified"]})
    assert (answer.status, answer.headers["Content-Location"]) == (304, whole.headers["Content-Location"])


def test_a_collection_that_is_gone_has_no_content_location(me: Client) -> None:
    """DELETE leaves nothing at that URL."""
    assert "Content-Location" not in me("DELETE", "/me@x.org").headers


@pytest.mark.parametrize(("method", "status"), [("PUT", 405), ("MKCOL", 405), ("ORDERPATCH", 400)])
def test_a_refusal_has_no_content_location(me: Client, method: str, status: int) -> None:
    """RFC 9110 8.7: its body is no representation of the collection."""
    answer = me(method, "/me@x.org", "<a" if method == "ORDERPATCH" else "")
    assert (answer.status, "Content-Location" in answer.headers) == (status, False)


# The slash in conditions -------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("method", "path", "named"),
    [
        ("PROPFIND", "/me@x.org/sub/", "/me@x.org/sub/"),
        ("PROPFIND", "/me@x.org/sub", "/me@x.org/sub/"),
        ("GET", "/me@x.org/sub/b.txt", "/me@x.org/sub/b.txt"),
        ("MKCOL", "/me@x.org/sub/new/", "/me@x.org/sub/new/"),
        ("MKCOL", "/me@x.org/sub/new", "/me@x.org/sub/new"),
        ("PROPPATCH", "/me%40x.org/sub", "/me%40x.org/sub/"),
        ("UNLOCK", "/me@x.org/sub", "/me@x.org/sub/"),
        ("BDELETE", "/me@x.org/sub", "/me@x.org/sub/"),
    ],
)
def test_need_privileges_names_a_collection_with_its_slash(
    serve: Callable[..., Served], method: str, path: str, named: str
) -> None:
    """RFC 3744 7.1.1, RFC 4918 8.3: whatever the method, and however the request names it."""
    client = serve(TREE + "\ncauses: [{id: no, kind: denied, path: /me@x.org/sub/}]").client
    answer = client(method, path, PROPPATCH if method == "PROPPATCH" else "", XML)
    assert (answer.condition, hrefs(answer.body)) == ("{DAV:}need-privileges", [client.base + named])


def test_need_privileges_of_a_property_names_a_collection_with_its_slash(serve: Callable[..., Served]) -> None:
    """RFC 3744 7.1.1: in a propstat, too."""
    client = serve(TREE + '\ncauses: [{id: no, kind: denied, path: /, property: "{u:}a"}]').client
    answer = client("PROPPATCH", "/me@x.org", PROPPATCH, XML)
    assert hrefs(answer.body) == [f"{client.base}/me@x.org/"] * 2


def test_a_collection_that_could_not_be_made_has_its_slash(serve: Callable[..., Served]) -> None:
    """RFC 4918 8.3: in the 207 of COPY, at a destination where nothing is."""
    large = '{properties: {"{u:}a": "' + 100 * "x" + '"}}'
    client = serve(
        f"tree: {{/c/: {{}}, /c/sub/: {large}, /q/: {{}}}}\ncauses: [{{id: no, kind: quota, path: /q/, bytes: 50}}]"
    ).client
    answer = client("COPY", "/c/", headers={"Destination": "{base}/q/new/"})
    assert (answer.status, hrefs(answer.body)) == (207, [f"{client.base}/q/new/sub/"])


# B methods and batches ---------------------------------------------------------------------------


@pytest.mark.parametrize("target", ["a.txt", "{base}/me@x.org/a.txt", "{base}/me%40x.org/a.txt"])
@pytest.mark.parametrize("spelled", SPELLINGS)
def test_a_b_method_names_targets_as_the_request_uri_begins(me: Client, spelled: str, target: str) -> None:
    """RFC 4918 8.3: however the body spells them."""
    href = target.format(base=me.base)
    body = f'<D:propfind xmlns:D="DAV:"><D:target><D:href>{href}</D:href></D:target><D:allprop/></D:propfind>'
    answer = me("BPROPFIND", spelled, body, {**XML, "Depth": "0"})
    assert hrefs(answer.body) == [me.base + with_slash(spelled) + "a.txt"]


def test_a_b_method_that_fails_names_its_targets_so(serve: Callable[..., Served]) -> None:
    """BDELETE: 207 with the failures."""
    client = serve(STAYS).client
    body = '<D:delete xmlns:D="DAV:"><D:target><D:href>sub/b.txt</D:href><D:href>a.txt</D:href></D:target></D:delete>'
    answer = client("BDELETE", "/me%40x.org/", body, XML)
    assert hrefs(answer.body) == [f"{client.base}/me%40x.org/sub/b.txt"]


@pytest.mark.parametrize("url", ["me%40x.org/", "{base}/me%40x.org/", "{base}/%6De@x.org/"])
def test_a_request_of_a_batch_has_a_url_of_its_own(me: Client, url: str) -> None:
    """RFC 4918 8.3: relative to the scenario, or from the root of the server."""
    asked = ask("1", "PROPFIND", url.format(base=me.base), {"depth": "0", "accept": "text/xml"})
    body = responses(send(me, asked))["1"]["body"]
    named = url.format(base=me.base) if url.startswith("{") else f"{me.base}/{url}"
    assert hrefs(body.encode()) == [named]


def test_a_request_of_a_batch_has_the_headers_too(me: Client) -> None:
    """Location, and Content-Location."""
    found = responses(
        send(
            me,
            ask("1", "COPY", "f.txt", {"destination": f"{me.base}/g%40"}),
            ask("2", "PROPFIND", "me%40x.org", {"depth": "0"}),
        )
    )
    assert found["1"]["headers"]["location"] == f"{me.base}/g%40"
    assert found["2"]["headers"]["content-location"] == f"{me.base}/me%40x.org/"


def test_a_reference_of_a_batch_follows_a_copy(me: Client) -> None:
    """OData JSON 4.01 19.2: $1 is what the COPY made, however its Location is spelled."""
    found = responses(
        send(me, ask("1", "COPY", "f.txt", {"destination": f"{me.base}/g%40"}), ask("2", "GET", "$1", dependsOn=["1"]))
    )
    assert [each["status"] for each in found.values()] == [201, 200]


# Other documents ---------------------------------------------------------------------------------


@pytest.mark.parametrize("spelled", SPELLINGS)
def test_a_listing_links_as_it_was_asked(me: Client, spelled: str) -> None:
    """RFC 4918 9.4: with URLs that begin as the Request-URI does."""
    links = etree.HTML(me("GET", spelled).body).xpath("//a/@href")
    own = me.base + with_slash(spelled)
    assert links == [own + "../", own + "a.txt", own + "sub/"]


def test_a_problem_of_a_derived_resource_begins_as_it_was_asked(serve: Callable[..., Served]) -> None:
    """RFC 9457 3.1.5: instance, and the hrefs of the causes."""
    client = serve(
        "tree: {/a@/r.txt: {from: [s.txt]}, /a@/s.txt: {content: s}}\ncauses: [{id: no, kind: unreadable, path: /a@/s.txt}]"
    ).client
    problem = json.loads(client("GET", "/a%40/r.txt").body)
    assert problem["instance"] == f"{client.base}/a%40/r.txt"
    assert [cause["href"] for cause in problem["causes"]] == [f"{client.base}/a%40/s.txt"]


def test_every_href_is_still_the_resource(me: Client) -> None:
    """RFC 4918 8.3: a client can use each href unchanged, in whatever spelling it sent the first request."""
    for spelled in SPELLINGS:
        for href in hrefs(me("PROPFIND", spelled, headers={"Depth": "infinity"}).body):
            assert me("PROPFIND", href.removeprefix(me.base), headers={"Depth": "0"}).status == 207
            assert "//me@" not in unquote(href) or spelled.startswith("//")
