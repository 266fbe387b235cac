"""PUT, MKCOL and PROPPATCH under locks on a real socket (RFC 4918 7)."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from tests.client import Client, lasting, told
from tests.conftest import NOW, Served
from tests.trees import do, holding, named, scenario, token, tree

SHALLOW = "{id: l, kind: lock, path: /c/, depth: '0'}"


@pytest.fixture
def c(serve: Callable[..., Served]) -> Client:
    """A client of a world with a collection, and nothing locked yet."""
    return serve(scenario("/c/a=1 /c/d/x=2")).client


def write(client: Client, line: str, headers: dict[str, str] | None = None) -> str:
    """Carry out a write: a PROPPATCH in its own language, anything else in that of trees."""
    if line.startswith("PROPPATCH"):
        return client.say(line, headers)
    return do(client, line, headers)


# A lock of depth infinity ------------------------------------------------------------------------


@pytest.mark.parametrize(
    "line",
    [
        "PUT /c/a new",
        "PUT /c/new new",
        "PUT /c/d/new new",
        "MKCOL /c/new/",
        "MKCOL /c/new",
        "MKCOL /c/d/new/",
        "PROPPATCH /c/ set u:p=1",
        "PROPPATCH /c set u:p=1",
        "PROPPATCH /c/a set u:p=1",
        "PROPPATCH /c/d/x remove u:p",
    ],
)
def test_everything_below_is_locked(serve: Callable[..., Served], line: str) -> None:
    """RFC 4918 7.4: 423 names the lock's root, and nothing is changed."""
    client = serve(scenario("/c/! /c/a=1 /c/d/x=2")).client
    assert write(client, line) == "423 lock-token-submitted"
    method, path = line.split()[:2]
    if method in ("PUT", "MKCOL"):
        assert named(client, client(method, path, "x" if method == "PUT" else "")) == ["/c/"]
    assert tree(client) == "/c/! /c/a=1 /c/d/ /c/d/x=2"
    assert client.say("PROPFIND /c/a u:p") == "207  u:p 404"


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        ("PUT /c/a new", "204"),
        ("PUT /c/new new", "201"),
        ("PUT /c/d/new new", "201"),
        ("MKCOL /c/new/", "201"),
        ("MKCOL /c/d/new/", "201"),
        ("PROPPATCH /c/ set u:p=1", "207  u:p 200"),
        ("PROPPATCH /c/d/x set u:p=1", "207  u:p 200"),
    ],
)
def test_the_token_opens_everything_below(c: Client, line: str, expected: str) -> None:
    """RFC 4918 7.5: tagged with the collection that the lock is on."""
    held = token(c, "/c/")
    assert write(c, line, holding("/c/", held)) == expected


@pytest.mark.parametrize("line", ["PUT /c/a new", "PUT /c/new new", "MKCOL /c/new/", "PROPPATCH /c/a set u:p=1"])
def test_somebody_elses_token_opens_nothing(serve: Callable[..., Served], line: str) -> None:
    """RFC 4918 6.4: though it is known."""
    client = serve(scenario("/c/! /c/a=1")).client
    assert write(client, line, holding("/c/", "<urn:dav424:lock:lock.c.>")) == "423 lock-token-submitted"
    assert tree(client) == "/c/! /c/a=1"


def test_what_lies_beside_is_free(serve: Callable[..., Served]) -> None:
    """RFC 4918 6.1: a lock reaches downwards alone."""
    client = serve(scenario("/c/d/! /c/e=1 /cd=2")).client
    assert do(client, "PUT /c/e new") == "204"
    assert do(client, "PUT /c/new new") == "201"
    assert do(client, "PUT /cd new") == "204"
    assert client.say("PROPPATCH /c/  set u:p=1") == "207  u:p 200"


# A lock of depth 0 on a collection ---------------------------------------------------------------


@pytest.mark.parametrize("line", ["PUT /c/new x", "MKCOL /c/new/", "MKCALENDAR /c/new/", "PROPPATCH /c/ set u:p=1"])
def test_depth_0_locks_the_list_of_members_and_the_properties(serve: Callable[..., Served], line: str) -> None:
    """RFC 4918 7.4: nobody without the token adds a member."""
    client = serve(scenario("/c/a=1 /c/d/x=2", SHALLOW)).client
    assert write(client, line) == "423 lock-token-submitted"
    assert tree(client) == "/c/! /c/a=1 /c/d/ /c/d/x=2"


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        ("PUT /c/a new", "204"),
        ("PUT /c/d/new new", "201"),
        ("MKCOL /c/d/new/", "201"),
        ("PROPPATCH /c/a set u:p=1", "207  u:p 200"),
        ("PROPPATCH /c/d/ set u:p=1", "207  u:p 200"),
    ],
)
def test_depth_0_leaves_what_the_members_have(serve: Callable[..., Served], line: str, expected: str) -> None:
    """RFC 4918 7.4: their contents, their properties and their own members."""
    client = serve(scenario("/c/a=1 /c/d/x=2", SHALLOW)).client
    assert write(client, line) == expected


# One resource ------------------------------------------------------------------------------------


def test_a_locked_document_is_read_by_all(serve: Callable[..., Served]) -> None:
    """RFC 4918 7: a write lock is in the way of writing alone."""
    client = serve(scenario("/f=1!")).client
    assert client("GET", "/f").body == b"1"
    assert client("PROPFIND", "/f", headers={"Depth": "0"}).status == 207
    assert client("OPTIONS", "/f").status == 200


def test_a_put_keeps_the_lock(c: Client) -> None:
    """RFC 4918 7: it is on the URL until it is unlocked or over."""
    held = token(c, "/c/a")
    assert do(c, "PUT /c/a new", {"If": f"({held})"}) == "204"
    assert tree(c) == "/c/ /c/a=new! /c/d/ /c/d/x=2"


def test_a_refused_put_leaves_content_and_entity_tag(serve: Callable[..., Served]) -> None:
    """RFC 4918 7."""
    client = serve(scenario("/f=1!")).client
    before = client("GET", "/f")
    do(client, "PUT /f new")
    after = client("GET", "/f")
    assert (after.body, lasting(after)) == (before.body, lasting(before))


def test_after_unlock_everybody_may_write(c: Client) -> None:
    """RFC 4918 9.11."""
    held = token(c, "/c/a")
    do(c, "UNLOCK /c/a", {"Lock-Token": held})
    assert do(c, "PUT /c/a new") == "204"


def test_a_lock_in_force_when_the_time_is_over_is_not(serve: Callable[..., Served]) -> None:
    """RFC 4918 6.6: for new members, too."""
    served = serve(scenario("/c/a=1"))
    token(served.client, "/c/", {"Timeout": "Second-5"})
    assert do(served.client, "PUT /c/new x") == "423 lock-token-submitted"
    served.world.clock = lambda: NOW + 5
    assert do(served.client, "PUT /c/new x") == "201"


def test_a_locked_empty_document_is_written_by_its_holder(c: Client) -> None:
    """RFC 4918 7.3: LOCK of nothing, then PUT: 204, since LOCK has made it."""
    held = token(c, "/c/new")
    assert do(c, "PUT /c/new x") == "423 lock-token-submitted"
    assert do(c, "PUT /c/new x", {"If": f"({held})"}) == "204"


def test_a_collection_is_not_made_over_a_locked_empty_document(c: Client) -> None:
    """RFC 4918 7.3: it behaves as any other document: 405."""
    held = token(c, "/c/new")
    assert do(c, "MKCOL /c/new", {"If": f"({held})"}) == "405"


# Which refusal comes first -----------------------------------------------------------------------


def test_denied_comes_before_locked(serve: Callable[..., Served]) -> None:
    """RFC 4918 8.5: authorization before everything else."""
    client = serve(scenario("/f=1!", "{id: d, kind: denied, methods: [PUT]}")).client
    assert do(client, "PUT /f new") == "403 need-privileges"


@pytest.mark.parametrize(
    ("line", "header", "expected"),
    [
        ("PUT /c/a new", {"If-Match": '"other"'}, "412"),
        ("PUT /c/a new", {"If-None-Match": "*"}, "412"),
        ("PUT /c/new new", {"If-Match": "*"}, "412"),
        ("PUT /c/new new", {"If-None-Match": "*"}, "423 lock-token-submitted"),
        ("PROPPATCH /c/a set u:p=1", {"If-Match": '"other"'}, "412"),
        ("DELETE /c/a", {"If-Match": '"other"'}, "412"),
        ("COPY /c/d/x /c/a", {"If-Match": '"other"'}, "412"),
        ("MOVE /c/a /f", {"If-Match": '"other"'}, "412"),
        ("LOCK /c/a", {"If-Match": '"other"', "If": "(Not <DAV:no-lock>)"}, "412"),
        ("PUT /c/a new", {"If": '(["other"])'}, "412"),
        ("PUT /c/a new", {"If": "(<urn:uuid:none>)"}, "412"),
    ],
)
def test_conditions_come_before_locks(
    serve: Callable[..., Served], line: str, header: dict[str, str], expected: str
) -> None:
    """RFC 4918 8.5, 10.4: 412 rather than 423."""
    client = serve(scenario("/c/! /c/a=1 /c/d/x=2")).client
    assert write(client, line, header).startswith(expected)
    assert tree(client) == "/c/! /c/a=1 /c/d/ /c/d/x=2"


@pytest.mark.parametrize(("line", "expected"), [("PUT /none/a x", "409"), ("MKCOL /c/a", "405"), ("PUT /c/ x", "405")])
def test_what_could_not_be_done_anyway(serve: Callable[..., Served], line: str, expected: str) -> None:
    """RFC 4918 9.3.1, 9.7.1: locked or not."""
    client = serve(scenario("/c/! /c/a=1")).client
    assert do(client, line) == expected


def test_an_extended_mkcol_in_a_locked_collection(serve: Callable[..., Served]) -> None:
    """RFC 5689 3: as a whole; there is nothing that its properties could be told of."""
    client = serve(scenario("/c/!")).client
    assert client.say("MKCOL /c/new/  set u:p=1  set D:getetag=x") == "423 lock-token-submitted"
    assert tree(client) == "/c/!"


def test_two_locks_in_the_way_are_both_named(serve: Callable[..., Served]) -> None:
    """RFC 4918 16: lock-token-submitted holds the roots of all the locks whose token is lacking."""
    shallow = "{id: l, kind: lock, path: /c/, depth: '0'}"
    client = serve(scenario("/c/a=1! /f=2", shallow)).client
    answer = client("DELETE", "/c/a")
    assert told(answer) == "423 lock-token-submitted"
    assert named(client, answer) == ["/c/", "/c/a"]
