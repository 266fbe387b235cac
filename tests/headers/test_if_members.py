"""Conditional headers on every member that DELETE, COPY and MOVE work on (RFC 4918 9.6.1, 9.8.3, 9.9.2)."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from tests.client import Client
from tests.conftest import NOW, Served
from tests.trees import do, scenario, token, tree

TREE = "/c/a=1 /c/d/x=2 /c/d/y=1"
ALL = "/c/ /c/a=1 /c/d/ /c/d/x=2 /c/d/y=1"
LEFT = "/c/ /c/a=1 /c/d/ /c/d/y=1"
KEPT = "207  /c/a 412, /c/d/y 412"


@pytest.fixture
def c(serve: Callable[..., Served]) -> Client:
    """A client of a world in which two documents have the same content, and so the same entity-tag."""
    return serve(scenario(TREE)).client


def one(client: Client) -> str:
    """The entity-tag of the documents whose content is 1."""
    return client("GET", "/c/a").headers["ETag"]


@pytest.mark.parametrize(
    ("line", "left"),
    [
        ("DELETE /c", LEFT),
        ("DELETE /c/", LEFT),
        ("COPY /c /k", f"{ALL} /k/ /k/d/ /k/d/x=2"),
        ("MOVE /c /k", f"{LEFT} /k/ /k/d/ /k/d/x=2"),
    ],
)
@pytest.mark.parametrize("header", ["If: (Not [{one}])", "If-None-Match: {one}", 'If-None-Match: "0", {one}'])
def test_what_it_does_not_hold_for_stays(c: Client, line: str, left: str, header: str) -> None:
    """Each member is told with its 412, and everything else is done."""
    name, _, value = header.partition(": ")
    assert do(c, line, {name: value.format(one=one(c))}) == KEPT
    assert tree(c) == left


@pytest.mark.parametrize("line", ["DELETE /c", "COPY /c /k", "MOVE /c /k"])
def test_an_atomic_operation_is_refused_as_a_whole(serve: Callable[..., Served], line: str) -> None:
    """RFC 5842 2.4: all or nothing."""
    client = serve(scenario(TREE, atomic=True)).client
    assert do(client, line, {"If": f"(Not [{one(client)}])"}) == "412"
    assert tree(client) == ALL


@pytest.mark.parametrize(("line", "expected"), [("DELETE /c", "204"), ("COPY /c /k", "201"), ("MOVE /c /k", "201")])
@pytest.mark.parametrize("header", ["<{base}/c/> (Not [{one}])", "(Not <DAV:no-lock>)", '(Not [{one}]) (Not ["x"])'])
def test_what_speaks_of_one_resource_or_holds_everywhere(c: Client, line: str, expected: str, header: str) -> None:
    """A tagged list is about its resource; of several lists one has to hold."""
    assert do(c, line, {"If": header.replace("{one}", one(c))}) == expected


def test_copy_of_the_collection_alone(c: Client) -> None:
    """At depth 0 no member is worked on."""
    assert do(c, "COPY /c /k", {"If": f"(Not [{one(c)}])", "Depth": "0"}) == "201"
    assert tree(c) == f"{ALL} /k/"


@pytest.mark.parametrize("line", ["DELETE /c", "MOVE /c /k", "COPY /c /k"])
def test_the_token_of_an_infinite_lock_is_everybody_s(c: Client, line: str) -> None:
    """What the lock covers has its token as a state."""
    held = token(c, "/c/", {"Depth": "infinity"})
    assert do(c, line, {"If": f"({held})"}) in ("201", "204")


@pytest.mark.parametrize(
    ("header", "expected", "left"),
    [
        ("({token})", "207  /c/a 412, /c/d/x 412, /c/d/y 412", f"/c/!{ALL[3:]}"),
        ("<{base}/c/> ({token})", "204", ""),
    ],
)
def test_the_token_of_a_lock_of_depth_0_is_the_collection_s(c: Client, header: str, expected: str, left: str) -> None:
    """Its members don't have that state; a tagged list says which resource is meant."""
    held = token(c, "/c/", {"Depth": "0"})
    assert do(c, "DELETE /c/", {"If": header.replace("{token}", held)}) == expected
    assert tree(c) == left


def test_a_collection_that_it_does_not_hold_for_is_not_copied(serve: Callable[..., Served]) -> None:
    """Its members depend on it, and are left unsaid."""
    client = serve(scenario("/c/d/x=1 /c/f=2")).client
    held = token(client, "/c/d/", {"Depth": "infinity"})
    assert do(client, "COPY /c /k", {"If": f"(Not {held})"}) == "207  /c/d/ 412"
    assert tree(client) == "/c/ /c/d/! /c/d/x=1 /c/f=2 /k/ /k/f=2"


def test_unmodified_since(serve: Callable[..., Served]) -> None:
    """What was modified since is kept, with the collections that hold it."""
    served = serve(scenario(TREE))
    served.world.clock = lambda: NOW + 100
    assert do(served.client, "PUT /c/d/x new") == "204"
    since = {"If-Unmodified-Since": "Tue, 14 Nov 2023 22:13:30 GMT"}
    assert do(served.client, "DELETE /c/", since) == "207  /c/d/x 412"
    assert tree(served.client) == "/c/ /c/d/ /c/d/x=new"


def test_what_lies_too_deep_to_look_at_each_is_refused(serve: Callable[..., Served]) -> None:
    """Bounded: 507 before anything is done."""
    client = serve(scenario("/" + "d/" * 250)).client
    for depth in (250, 500, 1000):
        assert do(client, "COPY /d/ /e/") == "201"
        assert do(client, f"MOVE /e/ {'/d' * (depth + 1)}/") == "201"
    assert do(client, "DELETE /d/", {"If": '(Not ["x"])'}) == "507"
    assert do(client, "DELETE /d/", {"If": "(Not <DAV:no-lock>)"}) == "204"
