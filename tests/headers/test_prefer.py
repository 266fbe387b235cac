"""Prefer: return=minimal on a real socket (RFC 8144): a success shrinks, a failure never does."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from tests.client import Client, told
from tests.conftest import Served

XML = {"Content-Type": "application/xml"}
MINIMAL = {"Prefer": "return=minimal"}
NAMESPACES = 'xmlns:D="DAV:" xmlns:u="urn:u"'
NO = "tree: {/f: {}}\ncauses:\n- {id: no, kind: protected-property, property: '{urn:u}no'}"


@pytest.fixture
def client(serve: Callable[..., Served]) -> Client:
    """A client of a world with a document at /f, and a property u:no that is protected."""
    return serve(NO).client


def patch(*properties: str) -> str:
    """Write a propertyupdate that sets these properties."""
    return f"<D:propertyupdate {NAMESPACES}><D:set><D:prop>{''.join(properties)}</D:prop></D:set></D:propertyupdate>"


def test_a_proppatch_that_succeeds_has_no_body(client: Client) -> None:
    """RFC 8144 2.2: 200 or 204, and the preference is said to have been applied."""
    answer = client("PROPPATCH", "/f", patch("<u:a>1</u:a>"), {**XML, **MINIMAL})
    assert (answer.status, answer.body, answer.headers["Preference-Applied"]) == (204, b"", "return=minimal")
    assert client.say("PROPFIND /f u:a") == "207  u:a 200"


def test_a_proppatch_that_fails_keeps_its_424s(client: Client) -> None:
    """RFC 8144 2.2: only successes shrink."""
    assert client.say("PROPPATCH /f  set u:a=1  set u:no=1", MINIMAL) == (
        "207  u:a 424, u:no 403 cannot-modify-protected-property"
    )


def test_a_proppatch_that_fails_says_the_same_as_without(client: Client) -> None:
    """To the byte, and no preference is said to have been applied."""
    body = patch("<u:a>1</u:a>", "<u:no/>")
    plain, minimal = client("PROPPATCH", "/f", body, XML), client("PROPPATCH", "/f", body, {**XML, **MINIMAL})
    assert minimal.body == plain.body
    assert "Preference-Applied" not in minimal.headers


def test_a_commit_that_fails_keeps_its_507s(serve: Callable[..., Served]) -> None:
    """A failure without any 424 is one, too."""
    client = serve("tree: {/f: {}}\ncauses:\n- {id: c, kind: store-fails, at: commit}").client
    assert client.say("PROPPATCH /f  set u:a=1", MINIMAL) == "207  u:a 507 sufficient-disk-space"


def test_a_mkcol_that_succeeds_has_no_body(client: Client) -> None:
    """RFC 8144 2.3."""
    body = f"<D:mkcol {NAMESPACES}><D:set><D:prop><u:a>1</u:a></D:prop></D:set></D:mkcol>"
    answer = client("MKCOL", "/c/", body, {**XML, **MINIMAL})
    assert (answer.status, answer.body, answer.headers["Preference-Applied"]) == (201, b"", "return=minimal")


@pytest.mark.parametrize(("method", "status"), [("MKCOL", 403), ("MKCALENDAR", 207)])
def test_a_collection_that_is_not_made_keeps_its_424s(client: Client, method: str, status: int) -> None:
    """RFC 8144 2.3: a failure is answered in full."""
    assert client.say(f"{method} /c/  set u:a=1  set u:no=1", MINIMAL) == (
        f"{status}  u:a 424, u:no 403 cannot-modify-protected-property"
    )


def test_a_propfind_leaves_out_what_is_not_there(client: Client) -> None:
    """RFC 8144 2.1: the propstats of 404."""
    client.say("PROPPATCH /f  set u:a=1")
    assert client.say("PROPFIND /f u:a u:b", MINIMAL) == "207  u:a 200"


def test_a_propfind_with_nothing_to_say_keeps_a_propstat(client: Client) -> None:
    """RFC 8144 2.1: a response needs one, so it has an empty 200."""
    body = f"<D:propfind {NAMESPACES}><D:prop><u:b/></D:prop></D:propfind>"
    answer = client("PROPFIND", "/f", body, {**XML, **MINIMAL, "Depth": "0"})
    assert told(answer) == "207"
    assert b"<D:prop></D:prop>" in answer.body
    assert b"<D:status>HTTP/1.1 200 OK</D:status>" in answer.body
    assert answer.headers["Preference-Applied"] == "return=minimal"


@pytest.mark.parametrize(
    "prefer",
    [
        "return=minimal",
        "RETURN=minimal",
        "return = minimal",
        'return="minimal"',
        "respond-async, return=minimal",
        "return=minimal, wait=10",
        "return=minimal; foo=bar",
        "respond-async, return=minimal; foo",
    ],
)
def test_the_preference_is_recognised(client: Client, prefer: str) -> None:
    """RFC 7240 2: as a token or quoted, with parameters, anywhere in the list."""
    assert client.say("PROPPATCH /f  set u:a=1", {"Prefer": prefer}) == "204"


@pytest.mark.parametrize(
    "prefer",
    [
        "return=representation",
        "handling=lenient",
        "return=minimally",
        "noreturn=minimal",
        "return",
        "minimal",
        "",
        "return=representation, return=minimal",
        "wait=10; return=minimal",
        'foo="bar, return=minimal"',
    ],
)
def test_another_preference_changes_nothing(client: Client, prefer: str) -> None:
    """RFC 7240 2: of a preference given twice the first counts; parameters and quoted text are none."""
    assert client.say("PROPPATCH /f  set u:a=1", {"Prefer": prefer}) == "207  u:a 200"


def test_the_request_as_a_whole_fails_as_ever(client: Client) -> None:
    """404 and 400 don't shrink."""
    assert client.say("PROPPATCH /none  set u:a=1", MINIMAL) == "404"
    assert client("PROPPATCH", "/f", "<", {**XML, **MINIMAL}).body != b""
