"""PROPPATCH on a real socket (RFC 4918 9.2)."""

from __future__ import annotations

import pytest

from .client import Client


@pytest.fixture
def f(dav: Client) -> Client:
    """A client of a world with a document at /f."""
    dav("PUT", "/f", "content")
    return dav


def test_one_refusal_takes_the_others_with_it(f: Client) -> None:
    """The first 424: caused by the protected property beside it, and nothing is stored."""
    told = f.say("PROPPATCH /f  set u:a=1  set D:getetag=x  set u:b=2")
    assert told == "207  u:a 424, u:b 424, D:getetag 403 cannot-modify-protected-property"
    assert f.say("PROPFIND /f u:a u:b") == "207  u:a 404, u:b 404"
