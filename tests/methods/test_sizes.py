"""Very deep, very long, very many: nothing of the server is recursive, and what is shared is not walked."""

from __future__ import annotations

import http.client
from collections.abc import Callable, Iterator
from functools import cache

import pytest
from lxml import etree
from rpds import HashTrieMap

from dav424.store.state import State
from dav424.store.tree import Collection, new_collection, new_document, with_child
from tests.client import Client
from tests.conftest import NOW, Served
from tests.effort import Effort
from tests.trees import XML, do, holding, lock, token

pytestmark = pytest.mark.own_server  # its work is counted
DEPTH = 10_000
BOTTOM = "/d" * DEPTH
NAMES_ONLY = '<D:propfind xmlns:D="DAV:"><D:prop><D:resourcetype/></D:prop></D:propfind>'
DOCUMENT = new_document(b"x", "text/plain", '"x"', NOW)


@cache
def deep() -> Collection:
    """Make a root with a chain of collections below it, each in the other, and a document in the last."""
    node = with_child(new_collection(NOW), "f", DOCUMENT)
    for _ in range(DEPTH):
        node = with_child(new_collection(NOW), "d", node)
    return node


@cache
def wide(count: int) -> Collection:
    """Make a root with one collection /w/ of so many documents."""
    children = HashTrieMap({f"{number:07}": DOCUMENT for number in range(count)})
    big = Collection(created=NOW, modified=NOW, children=children, weight=count, resources=count + 1)
    return with_child(new_collection(NOW), "w", big)


@pytest.fixture
def effort() -> Iterator[Effort]:
    """The work of the servers that start during a test; a test names it before what starts one."""
    counted = Effort()
    with counted.counting():
        yield counted


@pytest.fixture
def deeply(serve: Callable[..., Served]) -> Client:
    """A client of a world that is 10,000 collections deep."""
    served = serve("")
    served.world.state = State(deep())
    return served.client


# Deep --------------------------------------------------------------------------------------------


def test_the_bottom_can_be_read(deeply: Client) -> None:
    """By GET and by PROPFIND of depth 1."""
    assert deeply("GET", f"{BOTTOM}/f").body == b"x"
    answer = deeply("PROPFIND", BOTTOM, NAMES_ONLY, {**XML, "Depth": "1"})
    assert [each.href for each in answer.reported] == [f"{BOTTOM}/", f"{BOTTOM}/f"]
    answer = deeply("PROPFIND", "/", NAMES_ONLY, {**XML, "Depth": "1"})
    assert [each.href for each in answer.reported] == ["/", "/d/"]


def test_the_bottom_can_be_written(deeply: Client) -> None:
    """By PUT, MKCOL, PROPPATCH and DELETE."""
    assert do(deeply, f"PUT {BOTTOM}/g new") == "201"
    assert deeply("GET", f"{BOTTOM}/g").body == b"new"
    assert do(deeply, f"MKCOL {BOTTOM}/d/") == "201"
    assert deeply.say(f"PROPPATCH {BOTTOM}/f  set u:a=1") == "207  u:a 200"
    assert do(deeply, f"DELETE {BOTTOM}/f") == "204"


def test_all_of_it_can_be_copied(effort: Effort, deeply: Client) -> None:
    """And the copy is whole."""
    with effort.at_most(1_000):
        assert do(deeply, "COPY /d/ /copy/") == "201"
    assert deeply("GET", f"/copy{BOTTOM.removeprefix('/d')}/f").body == b"x"


def test_all_of_it_can_be_moved(effort: Effort, deeply: Client) -> None:
    """And is gone from where it was."""
    with effort.at_most(1_000):
        assert do(deeply, "MOVE /d/ /moved/") == "201"
    assert deeply("GET", f"/moved{BOTTOM.removeprefix('/d')}/f").body == b"x"
    assert deeply("GET", f"{BOTTOM}/f").status == 404


def test_all_of_it_can_be_locked(effort: Effort, deeply: Client) -> None:
    """A lock at the top is one at the bottom."""
    with effort.at_most(1_000):
        held = token(deeply, "/d/")
    assert do(deeply, f"PUT {BOTTOM}/f new") == "423 lock-token-submitted"
    assert do(deeply, f"PUT {BOTTOM}/f new", holding("/d/", held)) == "204"


def test_all_of_it_can_be_deleted(effort: Effort, deeply: Client) -> None:
    """And the server lives on."""
    with effort.at_most(1_000):
        assert do(deeply, "DELETE /d/") == "204"
    assert deeply("GET", f"{BOTTOM}/f").status == 404
    assert do(deeply, "PUT /f x") == "201"


def test_a_lock_at_the_bottom_is_found_from_the_top(effort: Effort, deeply: Client) -> None:
    """By LOCK, and named by its whole href."""
    token(deeply, f"{BOTTOM}/f")
    with effort.at_most(40_000):
        assert [each.href for each in lock(deeply, "/").reported] == [f"{BOTTOM}/f", "/"]


@pytest.mark.parametrize("line", ["DELETE /d/", "MOVE /d/ /e/"])
def test_a_lock_at_the_bottom_stays_with_all_above_it(effort: Effort, deeply: Client, line: str) -> None:
    """RFC 4918 9.6.1: it is named, or the whole is refused as too much; ten thousand ancestors stay either way."""
    token(deeply, f"{BOTTOM}/f")
    with effort.at_most(2_000_000):
        assert do(deeply, line) in ("507", f"207  {BOTTOM}/f 423 lock-token-submitted")
    assert deeply("GET", f"{BOTTOM}/f").body == b"x"


def test_a_collection_is_not_put_into_its_own_depth(deeply: Client) -> None:
    """RFC 4918 9.8.5: 403, however far down."""
    assert do(deeply, f"COPY /d/ {BOTTOM}/d/") == "403"
    assert do(deeply, f"MOVE /d/ {BOTTOM}/d/") == "403"
    assert deeply("GET", f"{BOTTOM}/d/").status == 404


def test_a_document_is_moved_from_the_bottom_to_the_top(deeply: Client) -> None:
    """And back again."""
    assert do(deeply, f"MOVE {BOTTOM}/f /f") == "201"
    assert do(deeply, f"MOVE /f {BOTTOM}/f") == "201"


# Many --------------------------------------------------------------------------------------------


def test_a_hundred_thousand_members_are_streamed(serve: Callable[..., Served]) -> None:
    """RFC 4918 9.1: in chunks, all of them, each once, by name."""
    served = serve("")
    served.world.state = State(wide(100_000))
    base = served.client.base
    connection = http.client.HTTPConnection(served.client.host, served.client.port, timeout=30)
    connection.request("PROPFIND", f"{base}/w/", NAMES_ONLY, {**XML, "Depth": "1"})
    response = connection.getresponse()
    assert (response.status, response.headers["Transfer-Encoding"]) == (207, "chunked")
    hrefs = [each.text for each in etree.fromstring(response.read()).iterfind("{DAV:}response/{DAV:}href")]
    connection.close()
    assert hrefs == [f"{base}/w/", *(f"{base}/w/{number:07}" for number in range(100_000))]


def test_while_it_is_streamed_others_are_served(serve: Callable[..., Served]) -> None:
    """A reader holds one root: it waits for nobody, nobody waits for it, and it sees nothing of what comes later."""
    served = serve("")
    served.world.state = State(wide(100_000))
    connection = http.client.HTTPConnection(served.client.host, served.client.port, timeout=30)
    connection.request("PROPFIND", f"{served.client.base}/w/", NAMES_ONLY, {**XML, "Depth": "1"})
    response = connection.getresponse()
    first = response.read(1 << 14)
    assert do(served.client, "PUT /w/zzz new") == "201"
    assert do(served.client, "DELETE /w/0099999") == "204"
    rest = response.read()
    connection.close()
    assert (first + rest).count(b"<D:response>") == 100_001
    assert b"zzz" not in rest


def test_a_million_members_are_dealt_with_in_one_step(effort: Effort, serve: Callable[..., Served]) -> None:
    """COPY, MOVE, LOCK and DELETE follow what is in the way, not what is there."""
    served = serve("")
    served.world.state = State(wide(1_000_000))
    client = served.client
    with effort.at_most(1_000):
        assert client("GET", "/w/0999999").body == b"x"
    with effort.at_most(1_000):
        assert do(client, "COPY /w/ /copy/") == "201"
    with effort.at_most(1_000):
        assert do(client, "MOVE /copy/ /moved/") == "201"
    with effort.at_most(1_000):
        held = token(client, "/moved/")
    with effort.at_most(1_000):
        assert do(client, "PUT /moved/0000007 new") == "423 lock-token-submitted"
        assert do(client, "PUT /moved/0000007 new", holding("/moved/", held)) == "204"
    with effort.at_most(1_000):
        assert do(client, "UNLOCK /moved/", {"Lock-Token": held}) == "204"
    assert client("GET", "/w/0000007").body == b"x"
    with effort.at_most(1_000):
        assert do(client, "COPY /w/ /moved/") == "204"
    assert client("GET", "/moved/0000007").body == b"x"
    with effort.at_most(1_000):
        assert do(client, "DELETE /w/") == "204"
    assert client("GET", "/w/0000007").status == 404
    assert client("GET", "/moved/0999999").body == b"x"


def test_one_locked_among_a_million_is_the_only_one_looked_at(effort: Effort, serve: Callable[..., Served]) -> None:
    """RFC 4918 9.6.1, 9.10.3: named by LOCK, MOVE and DELETE; the others have gone."""
    served = serve("")
    served.world.state = State(wide(1_000_000))
    client = served.client
    token(client, "/w/0500000")
    with effort.at_most(1_000):
        assert [each.href for each in lock(client, "/w/").reported] == ["/w/0500000", "/w/"]
    with effort.at_most(1_000):
        assert do(client, "MOVE /w/ /m/") == "207  /w/0500000 423 lock-token-submitted"
    assert [client("GET", path).status for path in ("/m/0999999", "/w/0999999", "/w/0500000")] == [200, 404, 200]
    with effort.at_most(1_000):
        assert do(client, "DELETE /w/") == "207  /w/0500000 423 lock-token-submitted"
