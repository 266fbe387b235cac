"""UNLOCK on a real socket (RFC 4918 6.4, 9.11): whoever holds a lock takes it away, anywhere in its scope."""

from __future__ import annotations

import base64
from collections.abc import Callable

import pytest

from tests.client import Client
from tests.conftest import NOW, Served
from tests.trees import do, scenario, token, tree


@pytest.fixture
def c(serve: Callable[..., Served]) -> Client:
    """A client of a world with a collection of two documents, and one more document."""
    return serve(scenario("/c/a=1 /c/b=2 /f=3")).client


def bearer(name: str) -> dict[str, str]:
    """Log in as somebody whose password is x."""
    return {"Authorization": "Basic " + base64.b64encode(f"{name}:x".encode()).decode()}


@pytest.mark.parametrize("path", ["/c/", "/c", "/c/a"])
def test_unlocking_anywhere_in_the_scope(c: Client, path: str) -> None:
    """RFC 4918 9.11: takes the whole lock away."""
    held = token(c, "/c/")
    assert do(c, f"UNLOCK {path}", {"Lock-Token": held}) == "204"
    assert tree(c) == "/c/ /c/a=1 /c/b=2 /f=3"


def test_unlocking_with_another_token_is_409(c: Client) -> None:
    """RFC 4918 9.11.1: lock-token-matches-request-uri, and both locks stay."""
    held = token(c, "/c/a")
    token(c, "/f")
    assert do(c, "UNLOCK /f", {"Lock-Token": held}) == "409 lock-token-matches-request-uri"
    assert do(c, "UNLOCK /f", {"Lock-Token": "<urn:uuid:none>"}) == "409 lock-token-matches-request-uri"
    assert tree(c) == "/c/ /c/a=1! /c/b=2 /f=3!"


def test_unlocking_outside_of_a_lock_of_depth_0_is_409(c: Client) -> None:
    """RFC 4918 9.11.1: a member isn't in its scope."""
    held = token(c, "/c/", {"Depth": "0"})
    assert do(c, "UNLOCK /c/a", {"Lock-Token": held}) == "409 lock-token-matches-request-uri"


def test_unlocking_twice_is_409(c: Client) -> None:
    """RFC 4918 9.11.1."""
    held = token(c, "/f")
    assert do(c, "UNLOCK /f", {"Lock-Token": held}) == "204"
    assert do(c, "UNLOCK /f", {"Lock-Token": held}) == "409 lock-token-matches-request-uri"


def test_unlocking_what_is_over_is_409(serve: Callable[..., Served]) -> None:
    """RFC 4918 6.6, 9.11.1."""
    served = serve(scenario("/f=1"))
    held = token(served.client, "/f", {"Timeout": "Second-60"})
    served.world.clock = lambda: NOW + 60
    assert do(served.client, "UNLOCK /f", {"Lock-Token": held}) == "409 lock-token-matches-request-uri"


def test_unlocking_without_a_token_is_400(c: Client) -> None:
    """RFC 4918 9.11.1."""
    assert do(c, "UNLOCK /f") == "400"


def test_unlocking_nothing_is_404(c: Client) -> None:
    """There is no resource."""
    assert do(c, "UNLOCK /none", {"Lock-Token": "<urn:uuid:none>"}) == "404"


def test_a_lock_belongs_to_its_principal(serve: Callable[..., Served]) -> None:
    """RFC 4918 6.4, 9.11.1: another one's token neither opens, nor refreshes, nor unlocks; its owner's does."""
    client = serve(scenario("/f=1") + "users: {ada: x, bob: x}").client
    held = token(client, "/f", bearer("ada"))
    assert do(client, "PUT /f 2", {"If": f"({held})", **bearer("bob")}) == "423 lock-token-submitted"
    assert do(client, "LOCK /f", {"If": f"({held})", **bearer("bob")}) == "412 lock-token-matches-request-uri"
    assert do(client, "UNLOCK /f", {"Lock-Token": held, **bearer("bob")}) == "403 need-privileges"
    assert do(client, "PUT /f 2", {"If": f"({held})", **bearer("ada")}) == "204"
    assert do(client, "UNLOCK /f", {"Lock-Token": held, **bearer("ada")}) == "204"


@pytest.mark.parametrize("token", ["http://h@@/t", "http://h:x/t", "http://h:1:2", "urn", "urn:<x>", "http://[::1]]/t"])
def test_a_token_that_is_no_uri_is_400(c: Client, token: str) -> None:
    """RFC 4918 10.5, RFC 3986 3.2: a host has one user and one port."""
    assert do(c, "UNLOCK /f", {"Lock-Token": f"<{token}>"}) == "400"


@pytest.mark.parametrize(
    "token",
    ["http://u:p@h:80/t@t:t", "http://h", "http://h?a@b", "urn:x@y@z", "opaquelocktoken:a-b", "http:///t", "x://h:/"],
)
def test_a_token_of_another_lock_is_409(c: Client, token: str) -> None:
    """RFC 4918 9.11.1: it is a URI, and of no lock here."""
    assert do(c, "UNLOCK /f", {"Lock-Token": f"<{token}>"}) == "409 lock-token-matches-request-uri"
