"""Logins that expire, logins that carry a space, and logins that are asked for where nobody needs one."""

from __future__ import annotations

import json
import re
import urllib.request
from collections.abc import Callable
from typing import Any

import pytest

from dav424.journal.report import report
from tests.client import Client

from .logins import basic, challenges, digest, nonce_in, stale

pytestmark = pytest.mark.own_server  # user names carry spaces to the paths of the default space
USERS = "users: {ada: lovelace, bob: builder}\ntree: {/f: {content: hello}}\n"
EXPIRED = "causes:\n  - {id: expired, kind: login-expired, "


def test_an_expired_login_is_401_with_both_challenges(serve: Callable[..., Any]) -> None:
    """A 401 has to say how to log in (RFC 9110 15.5.2); to Digest, that the password is right."""
    client = serve(USERS + EXPIRED + "users: [ada]}").client
    assert client("GET", "/f", headers=basic("bob", "builder")).body == b"hello"
    answer = client("GET", "/f", headers=basic("ada", "lovelace"))
    assert answer.status == 401
    assert answer.body == b"The login of ada for /f has expired.\n"
    found = challenges(client, "/f", basic("ada", "lovelace"))
    assert re.fullmatch(r'Digest realm="test", nonce="[^"]+", algorithm=SHA-256, .*, stale=true', found[0])
    assert re.fullmatch(r'Digest realm="test", nonce="[^"]+", algorithm=MD5, .*, stale=true', found[1])
    assert found[2] == 'Basic realm="test", charset="UTF-8"'


def test_a_wrong_password_is_not_stale(serve: Callable[..., Any]) -> None:
    """stale=true is said of a login that was right, and of no other (RFC 7616 3.3)."""
    client = serve(USERS + EXPIRED + "users: [ada]}").client
    assert not [each for each in challenges(client, "/f", basic("ada", "wrong")) if "stale" in each]


@pytest.mark.parametrize(("scheme", "count"), [("basic", 1), ("digest", 2), ("any", 3)])
def test_the_challenge_is_by_the_scenarios_scheme(serve: Callable[..., Any], scheme: str, count: int) -> None:
    """Where one scheme is taken, only that is offered."""
    client = serve("auth: " + scheme + "\ntree: {/f: {content: hello}}\n" + EXPIRED + "path: /f}").client
    found = challenges(client, "/f", {})
    assert len(found) == count
    assert all(each.lower().startswith(scheme) for each in found if scheme != "any")


def test_a_digest_client_gets_past_a_login_that_expires_once(serve: Callable[..., Any]) -> None:
    """Whoever answers the new challenge is served, without anybody being asked for a password again."""
    served = serve("auth: digest\n" + USERS + EXPIRED + "times: 1}")
    first = nonce_in(challenges(served.client))
    second = nonce_in(challenges(served.client, headers=digest(first)))
    assert served.client("GET", "/f", headers=digest(second)).body == b"hello"
    told = [report(each) for each in served.world.journal]
    assert [(each.user, each.status) for each in told] == [("", 401), ("ada", 401), ("ada", 200)]


def test_an_answer_of_401_does_not_say_that_the_login_has_expired(serve: Callable[..., Any]) -> None:
    """A client that knows its password to be right would send it again and again; and the nonce stays good."""
    client = serve("auth: digest\n" + USERS + "causes: [{id: k, kind: answers, status: 401, methods: [HEAD]}]").client
    nonce = nonce_in(challenges(client))
    assert not stale(challenges(client, headers=digest(nonce, method="HEAD"), method="HEAD"))
    assert client("GET", "/f", headers=digest(nonce, 2)).status == 200


@pytest.mark.parametrize(
    ("settings", "method", "path", "status"),
    [
        ("path: /a", "GET", "/a/f", 401),
        ("path: /a", "GET", "/b", 200),
        ("path: /a", "COPY", "/b", 401),
        ("methods: [PUT]", "GET", "/a/f", 200),
        ("methods: [PUT]", "PUT", "/a/f", 401),
        ("users: [bob]", "PUT", "/a/f", 204),
        ("nth: 2", "GET", "/b", 200),
    ],
)
def test_which_requests_it_strikes(
    serve: Callable[..., Any], settings: str, method: str, path: str, status: int
) -> None:
    """By path, with what lies below; by Destination; by method; by user; by count."""
    client = serve(
        "users: {ada: lovelace, bob: builder}\ntree: {/a/f: {content: a}, /b: {content: b}}\n"
        + EXPIRED
        + settings
        + "}"
    ).client
    headers = (
        {**basic("ada", "lovelace"), "Destination": "{base}/a/copy"} if method == "COPY" else basic("ada", "lovelace")
    )
    assert client(method, path, headers=headers).status == status


def test_what_is_refused_with_401_is_not_done(serve: Callable[..., Any]) -> None:
    """Nothing of the request is stored, and the journal knows the cause."""
    served = serve(USERS + EXPIRED + "methods: [PUT]}")
    client = served.client
    assert client("PUT", "/f", "new", basic("ada", "lovelace")).status == 401
    assert client("GET", "/f", headers=basic("ada", "lovelace")).body == b"hello"
    told = report(served.world.journal.find(1))
    assert told.refused is not None
    assert (told.refused.cause, told.refused.section) == ("expired", "RFC 9110 15.5.2")


# Spaces that users carry


def put_and_list(client: Client, headers: dict[str, str]) -> list[str]:
    """Make /new, and list what is there then."""
    assert client("PUT", "/new", "x", headers).status == 201
    return sorted({each.href for each in client("PROPFIND", "/", headers={**headers, "Depth": "1"}).reported})


@pytest.mark.parametrize(
    "user", ["s+alpha", "s+alpha+", "s+alpha+ada", "s+alpha+ada+lovelace", "s+alpha+ada@example.com"]
)
def test_a_user_carries_the_space_where_there_are_no_users(serve: Callable[..., Any], user: str) -> None:
    """Any password will do; the URLs are those of the default space, and so are the hrefs."""
    served = serve("tree: {/f: {content: hello}}")
    answer = served.client("GET", "/f", headers=basic(user))
    assert answer.headers["Dav424-Space"] == "alpha; idle-timeout=3600"
    assert put_and_list(served.client, basic(user)) == ["/", "/f", "/new"]
    assert served.client("GET", "/new").status == 404
    alpha = Client(served.url.replace("/test/", "/s/alpha/test/"))
    assert alpha("GET", "/new").body == b"x"


@pytest.mark.parametrize("user", ["ada", "", "bob+tag@example.com", "ada@alpha", "s", "salpha", "x+s+alpha"])
def test_other_names_mean_the_default_space(serve: Callable[..., Any], user: str) -> None:
    """A name that only looks similar is a name, as mail addresses are."""
    assert "Dav424-Space" not in serve("tree: {/f: {content: hello}}").client("GET", "/f", headers=basic(user)).headers


def test_basic_with_users(serve: Callable[..., Any]) -> None:
    """What follows the space is the user, with the user's own password."""
    served = serve(USERS)
    answer = served.client("GET", "/f", headers=basic("s+alpha+ada", "lovelace"))
    assert (answer.status, answer.headers["Dav424-Space"]) == (200, "alpha; idle-timeout=3600")
    told = report(served.app.spaces.find("alpha").journal.find(1))
    assert (told.user, told.target) == ("ada", "/test/f")


@pytest.mark.parametrize(
    ("user", "password"),
    [("s+alpha+ada", "wrong"), ("s+alpha", "lovelace"), ("s+alpha+", ""), ("s+alpha+eve", "lovelace")],
)
def test_the_password_still_counts(serve: Callable[..., Any], user: str, password: str) -> None:
    """A space in front of it lets nobody in."""
    assert serve(USERS).client("GET", "/f", headers=basic(user, password)).status == 401


def test_digest_with_users(serve: Callable[..., Any]) -> None:
    """The client computes its answer over the name that it sends, space and all."""
    served = serve("auth: digest\n" + USERS)
    login = digest(nonce_in(challenges(served.client)), user="s+alpha+ada")
    assert served.client("GET", "/f", headers=login).body == b"hello"
    journal = served.app.spaces.find("alpha").journal
    assert [report(each).user for each in journal if each.answer.status == 200] == ["ada"]


def test_a_user_of_that_whole_name_is_a_user(serve: Callable[..., Any]) -> None:
    """What the scenario says goes first."""
    client = serve('users: {"s+alpha+ada": lovelace}\ntree: {/f: {content: hello}}').client
    answer = client("GET", "/f", headers=basic("s+alpha+ada", "lovelace"))
    assert answer.status == 200
    assert "Dav424-Space" not in answer.headers


def test_a_lock_belongs_to_the_user_in_the_space(serve: Callable[..., Any]) -> None:
    """Locks, Destination and If lists work with the URLs that the client uses."""
    client = serve(USERS).client
    ada = basic("s+alpha+ada", "lovelace")
    locked = client(
        "LOCK",
        "/f",
        '<lockinfo xmlns="DAV:"><lockscope><exclusive/></lockscope><locktype><write/></locktype></lockinfo>',
        ada,
    )
    token = locked.headers["Lock-Token"]
    held = f"<{client.url}f> ({token})"
    assert client("PUT", "/f", "new", {**ada, "If": held}).status == 204
    assert client("COPY", "/f", headers={**ada, "Destination": "{base}/g"}).status == 201
    assert client("PUT", "/f", "new", basic("ada", "lovelace")).status == 204
    assert client("PUT", "/f", "new", ada).status == 423


def test_path_and_user_may_agree_but_not_differ(serve: Callable[..., Any]) -> None:
    """Of two spaces neither is guessed."""
    served = serve("tree: {/f: {content: hello}}")
    beta = Client(served.url.replace("/test/", "/s/beta/test/"))
    assert beta("GET", "/f", headers=basic("s+beta")).status == 200
    answer = beta("GET", "/f", headers=basic("s+alpha"))
    assert (answer.status, answer.body) == (400, b"The path names the space 'beta', and the user 'alpha'.\n")
    assert [each.answer.status for each in served.app.spaces.find("beta").journal] == [200, 400]


def test_a_wrong_scenario_is_told_in_the_space_that_the_user_names(serve: Callable[..., Any]) -> None:
    """It is 404 there as it is with a path, and the journal of that space has it."""
    served = serve("")
    client = Client(served.url.replace("/test/", "/tset/"))
    assert client("GET", "/f", headers=basic("s+alpha+ada")).status == 404
    assert [each.answer.status for each in served.app.spaces.find("alpha").journal] == [404]


def test_no_challenge_has_the_nonce_of_another(serve: Callable[..., Any]) -> None:
    """Though the clock stands still: a stale login is asked for with another nonce than the one that it used."""
    client = serve(USERS + EXPIRED + "users: [ada]}").client
    nonces = [nonce_in(challenges(client)) for _ in range(3)]
    assert len({*nonces}) == 3
    again = serve(USERS + EXPIRED + "users: [ada]}").client
    assert [nonce_in(challenges(again)) for _ in range(3)] == nonces


def test_requests_of_a_batch_are_read_as_strictly(serve: Callable[..., Any]) -> None:
    """--strict is for each of them, and what is let pass without it is noted of the one that it was in."""
    for strict, status in ((False, 204), (True, 400)):
        served = serve("tree: {/f: {content: hello}}", strict=strict)
        token = served.client("LOCK", "/f", LOCK).headers["Lock-Token"].strip("<>")
        part = {"id": "1", "method": "UNLOCK", "url": "f", "headers": {"Lock-Token": token}}
        sent = json.dumps({"requests": [part]})
        answer = served.client("POST", "/$batch", sent, {"Content-Type": "application/json"})
        assert [each["status"] for each in json.loads(answer.body)["responses"]] == [status]
        (inside,) = report(served.world.journal.find(2)).parts
        assert len(inside.notes) == (not strict)


@pytest.mark.parametrize("user", ["s+", "s++ada", "s+no space", "s+a/b"])
def test_what_cant_name_a_space_is_400(serve: Callable[..., Any], user: str) -> None:
    """It is said, not served from elsewhere."""
    answer = serve("tree: {/f: {content: hello}}").client("GET", "/f", headers=basic(user))
    assert answer.status == 400
    assert b"can't name a space" in answer.body


def test_the_default_space_can_be_named(serve: Callable[..., Any]) -> None:
    """It is what it says."""
    answer = serve("tree: {/f: {content: hello}}").client("GET", "/f", headers=basic("s+default"))
    assert (answer.status, "Dav424-Space" in answer.headers) == (200, False)


def test_nobody_is_asked_to_log_in_without_the_flag(serve: Callable[..., Any]) -> None:
    """Where a scenario has no users, everybody may come in."""
    assert serve("tree: {/f: {content: hello}}").client("GET", "/f").status == 200


def test_ask_login_makes_clients_send_their_name(serve: Callable[..., Any]) -> None:
    """A client that waits for a challenge gets one, and its user name then carries the space."""
    served = serve("tree: {/f: {content: hello}}", ask_login=True)
    assert challenges(served.client) == ['Basic realm="test", charset="UTF-8"']
    assert served.client("OPTIONS", "/f").status == 200
    passwords = urllib.request.HTTPPasswordMgrWithDefaultRealm()
    passwords.add_password(None, served.url, "s+alpha", "whatever")
    opener = urllib.request.build_opener(urllib.request.HTTPBasicAuthHandler(passwords))
    with opener.open(served.url + "f") as answer:
        assert answer.headers["Dav424-Space"] == "alpha; idle-timeout=3600"


@pytest.mark.parametrize("sent", ["Bearer abc", "Negotiate abc", "Basic", "Basic ???", "Digest realm=x"])
def test_ask_login_needs_a_user_name(serve: Callable[..., Any], sent: str) -> None:
    """Credentials without one carry no space: the client gets the challenge."""
    served = serve("tree: {/f: {content: hello}}", ask_login=True)
    assert challenges(served.client, headers={"Authorization": sent}) == ['Basic realm="test", charset="UTF-8"']


# OPTIONS


def test_options_needs_a_login_where_users_do(serve: Callable[..., Any]) -> None:
    """As most servers have it; the root of a space and ``*`` are about no scenario, and need none (docs/compliance.md)."""
    served = serve(USERS)
    assert served.client("OPTIONS", "/f").status == 401
    assert served.client("OPTIONS", "/f", headers=basic("ada", "lovelace")).headers["DAV"].startswith("1, 2, 3")
    root = Client(served.url.replace("/test/", "/"))
    assert root("OPTIONS", "/").headers["DAV"].startswith("1, 2, 3")
    assert b"200 OK" in root.raw(b"OPTIONS * HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n")


# --strict


LOCK = '<lockinfo xmlns="DAV:"><lockscope><exclusive/></lockscope><locktype><write/></locktype></lockinfo>'


@pytest.mark.parametrize(
    ("strict", "brackets", "status"), [(False, True, 204), (False, False, 204), (True, True, 204), (True, False, 400)]
)
def test_a_lock_token_without_its_angle_brackets(
    serve: Callable[..., Any], *, strict: bool, brackets: bool, status: int
) -> None:
    """It is let pass and noted, or refused with --strict; with them nothing is to be noted (RFC 4918 10.5)."""
    served = serve("tree: {/f: {content: hello}}", strict=strict)
    token = served.client("LOCK", "/f", LOCK).headers["Lock-Token"]
    sent = token if brackets else token.strip("<>")
    answer = served.client("UNLOCK", "/f", headers={"Lock-Token": sent})
    assert answer.status == status
    notes = report(served.world.journal.find(2)).notes
    assert len(notes) == (status == 204 and not brackets)
    assert all("has no angle brackets (RFC 4918 10.5); with --strict the server refuses it." in note for note in notes)
    assert (b"angle brackets" in answer.body) == (status == 400)


def test_what_was_let_pass_is_explained(serve: Callable[..., Any]) -> None:
    """The text and the page of the exchange say it."""
    from dav424.journal.render import as_html, as_text

    served = serve("tree: {/f: {content: hello}}")
    token = served.client("LOCK", "/f", LOCK).headers["Lock-Token"].strip("<>")
    served.client("UNLOCK", "/f", headers={"Lock-Token": token})
    told = report(served.world.journal.find(2))
    assert "  accepted although malformed: Lock-Token: " in as_text(told)
    assert "<p>Accepted although malformed: Lock-Token: " in as_html(told)
