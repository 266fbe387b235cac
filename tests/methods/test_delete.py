"""DELETE on a real socket (RFC 4918 9.6): leaves first, and what can't go keeps its ancestors."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from tests.client import Client, told
from tests.conftest import NOW, Served
from tests.trees import do, holding, named, scenario, token, tree

READ_ONLY = "{id: r, kind: read-only, path: /c/r}"


@pytest.fixture
def c(serve: Callable[..., Served]) -> Client:
    """A client of a world with a collection of two documents, and one more document."""
    return serve(scenario("/c/a=1 /c/d/x=2 /f=3")).client


# Nothing in the way ------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("path", "left"),
    [
        ("/f", "/c/ /c/a=1 /c/d/ /c/d/x=2"),
        ("/c/", "/f=3"),
        ("/c", "/f=3"),
        ("/c/d", "/c/ /c/a=1 /f=3"),
        ("/c/d/x", "/c/ /c/a=1 /c/d/ /f=3"),
    ],
)
def test_it_goes_with_all_below(c: Client, path: str, left: str) -> None:
    """RFC 4918 9.6.1: 204, with and without the slash of a collection."""
    assert do(c, f"DELETE {path}") == "204"
    assert tree(c) == left


@pytest.mark.parametrize("path", ["/none", "/none/", "/f/", "/f/x", "/c/none"])
def test_nothing_there_is_404(c: Client, path: str) -> None:
    """A document isn't there under a collection's name, either."""
    assert do(c, f"DELETE {path}") == "404"
    assert tree(c) == "/c/ /c/a=1 /c/d/ /c/d/x=2 /f=3"


@pytest.mark.parametrize(("depth", "expected"), [("infinity", "204"), ("Infinity", "204"), ("0", "400"), ("1", "400")])
def test_the_depth_of_a_collection_is_infinity(c: Client, depth: str, expected: str) -> None:
    """RFC 4918 9.6.1: a client MUST NOT send another."""
    assert do(c, "DELETE /c/", {"Depth": depth}) == expected


def test_the_root_stays(c: Client) -> None:
    """It is the scenario."""
    assert do(c, "DELETE /") == "403"
    assert tree(c) == "/c/ /c/a=1 /c/d/ /c/d/x=2 /f=3"


@pytest.mark.parametrize(("etag", "expected"), [('"other"', "412"), ("*", "204")])
def test_if_match(c: Client, etag: str, expected: str) -> None:
    """RFC 9110 13.1.1."""
    assert do(c, "DELETE /f", {"If-Match": etag}) == expected


# The Request-URI or its parent is locked ---------------------------------------------------------


@pytest.mark.parametrize("path", ["/c/a", "/c/d/", "/c/d", "/c/d/x"])
def test_a_locked_collection_keeps_its_members(serve: Callable[..., Served], path: str) -> None:
    """RFC 4918 7.4: a plain 423 that names the lock's root."""
    client = serve(scenario("/c/! /c/a=1 /c/d/x=2")).client
    answer = client("DELETE", path)
    assert told(answer) == "423 lock-token-submitted"
    assert named(client, answer) == ["/c/"]
    assert tree(client) == "/c/! /c/a=1 /c/d/ /c/d/x=2"


def test_a_lock_of_depth_0_keeps_the_members_and_not_theirs(serve: Callable[..., Served]) -> None:
    """RFC 4918 7.4: the list of members is locked, one level of it."""
    client = serve(scenario("/c/a=1 /c/d/x=2", "{id: l, kind: lock, path: /c/, depth: '0'}")).client
    assert do(client, "DELETE /c/a") == "423 lock-token-submitted"
    assert do(client, "DELETE /c/d/") == "423 lock-token-submitted"
    assert do(client, "DELETE /c/d/x") == "204"
    assert tree(client) == "/c/! /c/a=1 /c/d/"


@pytest.mark.parametrize("path", ["/c/", "/c"])
def test_a_locked_collection_is_a_plain_423(serve: Callable[..., Served], path: str) -> None:
    """RFC 4918 9.6.1: the request failed completely."""
    client = serve(scenario("/c/! /c/a=1")).client
    assert do(client, f"DELETE {path}") == "423 lock-token-submitted"
    assert tree(client) == "/c/! /c/a=1"


def test_a_locked_document_is_a_plain_423(serve: Callable[..., Served]) -> None:
    """RFC 4918 7."""
    client = serve(scenario("/f=1!")).client
    assert do(client, "DELETE /f") == "423 lock-token-submitted"


def test_the_parents_token_is_enough(c: Client) -> None:
    """RFC 4918 7.5: the one of the lock that covers both."""
    held = token(c, "/c/")
    assert do(c, "DELETE /c/d/", holding("/c/", held)) == "204"
    assert tree(c) == "/c/! /c/a=1 /f=3"


def test_the_members_token_is_not_enough(c: Client) -> None:
    """RFC 4918 7.4: to take a member away is to write its collection."""
    parent, member = token(c, "/c/", {"Depth": "0"}), token(c, "/c/a")
    assert do(c, "DELETE /c/a", {"If": f"({member})"}) == "423 lock-token-submitted"
    assert do(c, "DELETE /c/a", holding("/c/", parent)) == "423 lock-token-submitted"
    assert do(c, "DELETE /c/a", holding("/c/a", member, "/c/", parent)) == "204"


# A member refuses --------------------------------------------------------------------------------


@pytest.mark.parametrize("path", ["/c/", "/c"])
def test_a_locked_member_stays_with_its_ancestors(serve: Callable[..., Served], path: str) -> None:
    """RFC 4918 9.6.1: 207 names it alone; no 424, no 204; the rest is gone."""
    client = serve(scenario("/c/a=1 /c/b=2! /c/d/x=3")).client
    answer = client("DELETE", path)
    assert told(answer) == "207  /c/b 423 lock-token-submitted"
    assert named(client, answer) == ["/c/b", "/c/b"]
    assert tree(client) == "/c/ /c/b=2!"


def test_a_locked_grandchild_keeps_two_collections(serve: Callable[..., Served]) -> None:
    """RFC 4918 9.6.1: ancestors of what stays MUST NOT go."""
    client = serve(scenario("/c/a=1 /c/d/e/x=2! /c/d/e/y=3 /c/d/z=4 /c/g/")).client
    assert do(client, "DELETE /c/") == "207  /c/d/e/x 423 lock-token-submitted"
    assert tree(client) == "/c/ /c/d/ /c/d/e/ /c/d/e/x=2!"


def test_a_locked_collection_stays_whole(serve: Callable[..., Served]) -> None:
    """RFC 4918 7.4: its members are in the lock's scope, and are not named for that."""
    client = serve(scenario("/c/a=1 /c/d/! /c/d/x=2 /c/d/y=3")).client
    assert do(client, "DELETE /c/") == "207  /c/d/ 423 lock-token-submitted"
    assert tree(client) == "/c/ /c/d/! /c/d/x=2 /c/d/y=3"


def test_a_collection_locked_at_depth_0_keeps_its_members(serve: Callable[..., Served]) -> None:
    """RFC 4918 7.4: to remove its members is to write it; what is named is what refused."""
    client = serve(scenario("/c/a=1 /c/d/x=2 /c/d/e/y=3", "{id: l, kind: lock, path: /c/d/, depth: '0'}")).client
    answer = client("DELETE", "/c/")
    assert answer.status == 207
    assert {each.status for each in answer.reported} == {423}
    assert {each.href for each in answer.reported} >= {"/c/d/"}
    assert tree(client) == "/c/ /c/d/! /c/d/e/ /c/d/e/y=3 /c/d/x=2"


def test_no_href_comes_twice(serve: Callable[..., Served]) -> None:
    """RFC 4918 14.24: one response for each resource."""
    client = serve(scenario("/c/d/x=2 /c/d/y=3", "{id: l, kind: lock, path: /c/d/, depth: '0'}", READ_ONLY)).client
    said = [each.href for each in client("DELETE", "/c/").reported]
    assert sorted(said) == sorted(set(said))


def test_several_culprits_are_all_named(serve: Callable[..., Served]) -> None:
    """Each with its own status; two members, two reasons."""
    client = serve(scenario("/c/a=1! /c/b=2 /c/d/x=3! /c/r=4", READ_ONLY)).client
    assert do(client, "DELETE /c/") == ("207  /c/a 423 lock-token-submitted, /c/d/x 423 lock-token-submitted, /c/r 403")
    assert tree(client) == "/c/ /c/a=1! /c/d/ /c/d/x=3! /c/r=4"


def test_the_tokens_of_all_members_let_it_go(c: Client) -> None:
    """RFC 4918 7.5: one If header with all of them; with one lacking, that member stays."""
    one, two = token(c, "/c/a"), token(c, "/c/d/x")
    assert do(c, "DELETE /c/", holding("/c/a", one)) == "207  /c/d/x 423 lock-token-submitted"
    assert tree(c) == "/c/ /c/d/ /c/d/x=2! /f=3"
    assert do(c, "DELETE /c/", holding("/c/d/x", two)) == "204"
    assert tree(c) == "/f=3"


def test_a_lock_that_timed_out_is_in_nobodys_way(serve: Callable[..., Served]) -> None:
    """RFC 4918 6.6."""
    served = serve(scenario("/c/a=1"))
    token(served.client, "/c/a", {"Timeout": "Second-60"})
    served.world.clock = lambda: NOW + 60
    assert do(served.client, "DELETE /c/") == "204"


def test_what_failed_can_be_tried_again(serve: Callable[..., Served]) -> None:
    """With the cause gone, the very same request succeeds."""
    served = serve(scenario("/c/a=1 /c/b=2!"))
    assert do(served.client, "DELETE /c/") == "207  /c/b 423 lock-token-submitted"
    served.world.change_causes({"lock.c.b": None})
    assert do(served.client, "DELETE /c/") == "204"
    assert tree(served.client) == ""


# All or nothing (RFC 5842 2.4) -------------------------------------------------------------------


def test_an_atomic_delete_changes_nothing_if_a_member_refuses(serve: Callable[..., Served]) -> None:
    """The refusal of the member is the answer; no 207, no 424."""
    client = serve(scenario("/c/a=1 /c/b=2! /c/d/x=3", atomic=True)).client
    answer = client("DELETE", "/c/")
    assert told(answer) == "423 lock-token-submitted"
    assert named(client, answer) == ["/c/b"]
    assert tree(client) == "/c/ /c/a=1 /c/b=2! /c/d/ /c/d/x=3"


def test_an_atomic_delete_with_all_tokens(serve: Callable[..., Served]) -> None:
    """Then it is all."""
    client = serve(scenario("/c/a=1 /c/d/x=3", atomic=True)).client
    held = token(client, "/c/d/x")
    assert do(client, "DELETE /c/", holding("/c/d/x", held)) == "204"
    assert tree(client) == ""
