"""What is taken although a strict reader would not, because real clients send it and other servers take it."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from tests.client import Client
from tests.conftest import Served
from tests.trees import do, token, tree


@pytest.fixture
def c(serve: Callable[..., Served]) -> Client:
    return serve("tree: {/c/a: {content: '1'}}").client


@pytest.mark.parametrize("path", ["/c/", "/c", "/"])
@pytest.mark.parametrize("method", ["GET", "HEAD"])
def test_a_collection_answers_200(c: Client, method: str, path: str) -> None:
    """RFC 4918 9.4 leaves it open; clients ask so whether a collection is there."""
    assert c(method, path).status == 200
    assert c(method, "/nothing/").status == 404


@pytest.mark.parametrize("depth", ["0", "1", "infinity", "2", "deep"])
def test_depth_on_proppatch_is_ignored(c: Client, depth: str) -> None:
    """RFC 4918 9.2 gives it no meaning, and no member is touched."""
    assert c.say("PROPPATCH /c/  set u:a=1", {"Depth": depth}) == "207  u:a 200"
    assert c.say("PROPFIND /c/a u:a") == "207  u:a 404"


@pytest.mark.parametrize(("method", "left"), [("COPY", "/c/ /c/a=1 /d=1"), ("MOVE", "/c/ /d=1")])
def test_a_destination_may_be_an_absolute_path(c: Client, method: str, left: str) -> None:
    """RFC 4918 10.3: a Simple-ref."""
    assert do(c, f"{method} /c/a /d") == "201"
    assert tree(c) == left


def test_a_lock_token_may_come_without_its_brackets(c: Client) -> None:
    """RFC 4918 10.5 wants a Coded-URL."""
    held = token(c, "/c/a")
    assert c("UNLOCK", "/c/a", headers={"Lock-Token": held.strip("<>")}).status == 204
    assert tree(c) == "/c/ /c/a=1"
