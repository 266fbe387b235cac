"""Digest logins as RFC 7616 has them, byte by byte: nonces that were issued, counts that came once, names of every spelling."""

from __future__ import annotations

import random
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dav424.core.batch import Refused
from dav424.gateway.credentials import DigestLogin, read_credentials, read_user_name
from dav424.journal.report import report
from tests.client import Client
from tests.conftest import Served

from .logins import basic, challenges, digest, nonce_in, stale

pytestmark = pytest.mark.own_server  # user names carry spaces to the paths of the default space

USERS = "users: {ada: lovelace, jörg: größe}\ntree: {/f: {content: hello}}\n"
Serve = Callable[..., Served]


@pytest.fixture
def served(serve: Serve) -> Served:
    """Serve a scenario with users, who log in by either scheme."""
    return serve(USERS)


def status(client: Client, login: dict[str, str], method: str = "GET", path: str = "/f") -> int:
    return client(method, path, headers=login).status


def refusal(served: Served, space: str = "default") -> str:
    """Give the reason that the journal has for the last exchange."""
    last = [report(each) for each in served.app.spaces.find(space).journal][-1]
    assert last.refused is not None
    return last.refused.detail


# The challenge


def test_sha_256_is_offered_before_md5_and_that_before_basic(served: Served) -> None:
    """A client takes the first that it knows. Digest has one nonce in both, and all are UTF-8 (RFC 7616 3.3, 3.7; RFC 7617 2.1)."""
    nonce = nonce_in(found := challenges(served.client))
    rest = 'qop="auth", charset="UTF-8"'
    assert found == [
        f'Digest realm="test", nonce="{nonce}", algorithm=SHA-256, {rest}',
        f'Digest realm="test", nonce="{nonce}", algorithm=MD5, {rest}',
        'Basic realm="test", charset="UTF-8"',
    ]


# A response that proves the password


@pytest.mark.parametrize(
    ("algorithm", "response"),
    [
        ("MD5", "8ca523f5e9506fed4657c9700eebdbec"),
        ("SHA-256", "753927fa0e85d155564e2e272a28d1802ca10daf4496794697cf8db5856cb6c1"),
    ],
)
def test_the_example_of_the_rfc(algorithm: str, response: str) -> None:
    """RFC 7616 3.9.1: the same user and request, in both algorithms."""
    login = DigestLogin(
        "Mufasa",
        "http-auth@example.org",
        "7ypf/xlj9XXwfDPEoM4URrv/xwf94BcCAzFZH4GiTo0v",
        "/dir/index.html",
        algorithm,
        "auth",
        "00000001",
        "f2/wE4q74E6zIJEtWaHKaf5wv/H5QzzpXusqGemxURZJ",
        response,
    )
    assert login.proves("Circle of Life", "GET")
    assert not login.proves("Circle Of Life", "GET")
    assert not login.proves("Circle of Life", "PUT")


@pytest.mark.parametrize("algorithm", ["MD5", "SHA-256"])
def test_either_algorithm_logs_in(served: Served, algorithm: str) -> None:
    """Whichever the client knows."""
    nonce = nonce_in(challenges(served.client))
    assert status(served.client, digest(nonce, algorithm=algorithm)) == 200


def test_without_an_algorithm_it_is_md5(served: Served) -> None:
    """RFC 7616 3.3: the default."""
    nonce = nonce_in(challenges(served.client))
    assert status(served.client, digest(nonce, algorithm="MD5", change={"algorithm": None})) == 200


ODD = {
    "algorithm quoted": {"algorithm": '"SHA-256"'},
    "algorithm in lower case": {"algorithm": "sha-256"},
    "qop quoted": {"qop": '"auth"'},
    "nc quoted": {"nc": '"00000001"'},
    "user name as a token": {"username": "ada"},
    "realm as a token": {"realm": "test"},
    "realm with an escape": {"realm": '"te\\st"'},
    "userhash=false": {"userhash": "false"},
    "opaque that was not asked for": {"opaque": '"x"'},
    "an extension": {"x-ext": '"a, b=c"'},
    "empty elements": {"realm": '"test", , ,'},
    "white space around =": {"realm ": ' "test"', "realm": None},
    "names in upper case": {"REALM": '"test"', "realm": None},
}


@pytest.mark.parametrize("change", ODD.values(), ids=ODD)
def test_both_notations_of_a_parameter_are_one(served: Served, change: dict[str, str | None]) -> None:
    """RFC 9110 11.2: tokens and quoted strings; and what a server does not know is not its business."""
    nonce = nonce_in(challenges(served.client))
    assert status(served.client, digest(nonce, change=change)) == 200


WRONG = {
    "no user name": ({"username": None}, "username or username*"),
    "two user names": ({"username*": "UTF-8''ada"}, "username or username*"),
    "a hashed user name": ({"userhash": "true"}, "userhash"),
    "a user name twice": ({"Username": '"ada"'}, "twice"),
    "another user": ({"username": '"eve"'}, "no user of the scenario"),
    "the name of another user": ({"username": '"bob"'}, "no user of the scenario"),
    "no realm": ({"realm": None}, "no realm"),
    "another realm": ({"realm": '"other"'}, "realm"),
    "no nonce": ({"nonce": None}, "no nonce"),
    "no uri": ({"uri": None}, "no uri"),
    "another uri": ({"uri": '"/test/g"'}, "uri"),
    "a uri with a query": ({"uri": '"/test/f?x"'}, "uri"),
    "an empty uri": ({"uri": '""'}, "uri"),
    "a uri that is none": ({"uri": '"/test/%zz"'}, "uri"),
    "a uri with a slash encoded": ({"uri": '"/test%2Ff"'}, "uri"),
    "a uri of a collection": ({"uri": '"/test/f/"'}, "uri"),
    "no response": ({"response": None}, "no response"),
    "an empty response": ({"response": '""'}, "password"),
    "a response of MD5": ({"response": '"' + "0" * 32 + '"'}, "password"),
    "a response beyond ASCII": ({"response": '"\xe9"'}, "password"),
    "another algorithm than was hashed": ({"algorithm": "MD5"}, "password"),
    "no algorithm, which is MD5": ({"algorithm": None}, "password"),
    "an algorithm that was not offered": ({"algorithm": "SHA-512-256"}, "algorithm"),
    "a session's algorithm": ({"algorithm": "SHA-256-sess"}, "algorithm"),
    "no qop, as RFC 2069 had it": ({"qop": None, "nc": None, "cnonce": None}, "no qop, nc, cnonce"),
    "qop=auth-int": ({"qop": "auth-int"}, "qop"),
    "a list of qops": ({"qop": '"auth,auth-int"'}, "qop"),
    "no nc": ({"nc": None}, "no nc"),
    "a short nc": ({"nc": "1"}, "nc"),
    "an nc of 0": ({"nc": "00000000"}, "nc"),
    "an nc that is no number": ({"nc": "0000000g"}, "nc"),
    "another nc than was hashed": ({"nc": "00000002"}, "password"),
    "no cnonce": ({"cnonce": None}, "no cnonce"),
    "another cnonce": ({"cnonce": '"x"'}, "password"),
    "a quote that never ends": ({"realm": '"test'}, "can't be read"),
    "no comma": ({"realm": '"test" x="y"'}, "can't be read"),
    "no value": ({"realm": ""}, "can't be read"),
}


@pytest.mark.parametrize(("change", "said"), WRONG.values(), ids=WRONG)
def test_credentials_that_are_wrong_are_401_and_use_nothing_up(
    served: Served, change: dict[str, str | None], said: str
) -> None:
    """Not stale, with a challenge, and the journal says why; the nonce and its nc are as good as before."""
    nonce = nonce_in(challenges(served.client))
    assert not stale(challenges(served.client, headers=digest(nonce, change=change)))
    assert said in refusal(served)
    assert status(served.client, digest(nonce)) == 200


def test_a_wrong_password_is_401(served: Served) -> None:
    """Though the nonce is right."""
    nonce = nonce_in(challenges(served.client))
    assert not stale(challenges(served.client, headers=digest(nonce, password="wrong")))
    assert not stale(challenges(served.client, headers=digest(nonce, method="PUT")))


@pytest.mark.parametrize(
    "sent",
    [
        "Bearer",
        "Bearer abc",
        "Negotiate abc",
        "NTLM TlRMTVNTUAABAAAA",
        "Basic",
        "Basic ",
        "Basic ???",
        "Basic YWRh",  # no colon
        "Basic YWRh:lovelace",
        "Digest",
        "Digest ,",
        "Digest abc",
        "Digest =",
        'Digest ="x"',
        "Digest realm",
        "ada:lovelace",
        "",
        "basic",
        "Basic\tYWRhOmxvdmVsYWNl",
    ],
)
@pytest.mark.parametrize(("scheme", "count"), [("basic", 1), ("digest", 2), ("any", 3)])
def test_credentials_that_cant_be_used_get_a_challenge(serve: Serve, scheme: str, count: int, sent: str) -> None:
    """RFC 9110 11.4: 401, whatever is wrong with them (W4)."""
    client = serve(f"auth: {scheme}\n{USERS}").client
    found = challenges(client, headers={"Authorization": sent})
    assert len(found) == count
    assert not any("stale" in each for each in found)


@pytest.mark.parametrize(("scheme", "login"), [("digest", basic("ada", "lovelace")), ("basic", digest("x"))])
def test_a_scheme_that_the_scenario_does_not_take(serve: Serve, scheme: str, login: dict[str, str]) -> None:
    """The right password by the wrong scheme is a 401 with the right challenge."""
    found = challenges(serve(f"auth: {scheme}\n{USERS}").client, headers=login)
    assert {each.partition(" ")[0].lower() for each in found} == {scheme}


# Nonces


def test_a_nonce_that_was_never_issued(served: Served) -> None:
    """401 without stale, then as before: nothing came in by it (W3)."""
    made_up = [digest(nonce) for nonce in ("never-issued", "", "0" * 40)]
    right = nonce_in(challenges(served.client))
    changed = right[:-1] + ("0" if right[-1] != "0" else "1")
    for login in (*made_up, digest(changed), digest(right.upper() if right.upper() != right else right + "0")):
        assert not stale(challenges(served.client, headers=login))
        assert "did not issue" in refusal(served)
    assert status(served.client, digest(right)) == 200


def test_a_nonce_of_another_server_or_space_was_never_issued(serve: Serve) -> None:
    """Though another server with the same scenario will issue the very same nonce."""
    one, other = serve(USERS), serve(USERS)
    nonce = nonce_in(challenges(one.client))
    assert not stale(challenges(other.client, headers=digest(nonce)))
    alpha, beta = (Client(one.url.replace("/test/", f"/s/{name}/test/")) for name in ("alpha", "beta"))
    assert not stale(challenges(alpha, headers=digest(nonce, uri="/s/alpha/test/f")))
    nonce = nonce_in(challenges(beta))
    assert not stale(challenges(alpha, headers=digest(nonce, uri="/s/alpha/test/f")))


def test_a_count_is_accepted_once(served: Served) -> None:
    """A replay is 401 without stale; the next count is good."""
    nonce = nonce_in(challenges(served.client))
    assert status(served.client, digest(nonce)) == 200
    assert not stale(challenges(served.client, headers=digest(nonce)))
    assert "with this nc before" in refusal(served)
    assert not stale(challenges(served.client, headers=digest(nonce, algorithm="MD5")))
    assert status(served.client, digest(nonce, 2)) == 200


def test_counts_come_in_any_order(served: Served) -> None:
    """Connections of one client overtake each other; each count is good once, however far ahead."""
    nonce = nonce_in(challenges(served.client))
    counts = [*range(1, 60), 0xFFFFFFFF, 0x80000000]
    random.Random(424).shuffle(counts)
    assert {status(served.client, digest(nonce, each)) for each in counts} == {200}
    assert {status(served.client, digest(nonce, each)) for each in counts} == {401}
    assert status(served.client, digest(nonce, 60)) == 200


def test_of_equal_requests_at_once_one_is_accepted(served: Served) -> None:
    """Whichever thread has it first."""
    nonce = nonce_in(challenges(served.client))
    counts = [each // 4 + 1 for each in range(64)]
    with ThreadPoolExecutor(8) as pool:
        found = list(pool.map(lambda count: status(served.client, digest(nonce, count)), counts))
    assert sorted(found) == [200] * 16 + [401] * 48


def test_challenges_at_once_have_different_nonces(served: Served) -> None:
    """So that no client uses up the count of another."""
    with ThreadPoolExecutor(8) as pool:
        found = list(pool.map(lambda _: nonce_in(challenges(served.client)), range(64)))
    assert len({*found}) == 64
    assert {status(served.client, digest(each)) for each in found} == {200}


EXPIRING = "causes: [{id: expires, kind: login-expired, nth: 2}]\n"


def test_a_login_that_expired_needs_the_new_nonce(serve: Serve) -> None:
    """A client that ignores stale fails for ever; one that adopts the new nonce comes in (W3)."""
    served = serve(USERS + EXPIRING)
    old = nonce_in(challenges(served.client))
    assert status(served.client, digest(old)) == 200
    found = challenges(served.client, headers=digest(old, 2))
    assert stale(found)
    for count in range(3, 6):
        assert stale(challenges(served.client, headers=digest(old, count)))
        assert "has expired" in refusal(served)
    assert status(served.client, digest(nonce_in(found))) == 200


def test_the_nonce_of_another_login_does_not_expire_with_it(serve: Serve) -> None:
    """It is this login that has expired."""
    served = serve(USERS + EXPIRING)
    one, other = (nonce_in(challenges(served.client)) for _ in range(2))
    assert status(served.client, digest(one)) == 200
    assert stale(challenges(served.client, headers=digest(one, 2)))
    assert status(served.client, digest(other)) == 200


def test_stale_is_not_said_to_a_wrong_password(serve: Serve) -> None:
    """The nonce has expired, and the password is wrong all the same."""
    served = serve(USERS)
    nonce = nonce_in(challenges(served.client))
    served.app.spaces.default.clock.advance(301)
    assert not stale(challenges(served.client, headers=digest(nonce, password="wrong")))
    assert stale(challenges(served.client, headers=digest(nonce)))


def test_a_nonce_expires_after_300_seconds_of_the_clock(served: Served) -> None:
    """Not before, whether it was used meanwhile or not."""
    nonce = nonce_in(challenges(served.client))
    clock = served.app.spaces.default.clock
    clock.advance(299)
    assert status(served.client, digest(nonce)) == 200
    clock.advance(1)
    found = challenges(served.client, headers=digest(nonce, 2))
    assert stale(found)
    assert status(served.client, digest(nonce_in(found))) == 200


def test_a_nonce_expires_by_a_reset(served: Served) -> None:
    """The old one is stale from then on, and only the new one is good."""
    old = nonce_in(challenges(served.client))
    assert status(served.client, digest(old)) == 200
    served.app.spaces.default.reset()
    new = nonce_in(found := challenges(served.client, headers=digest(old, 2)))
    assert stale(found)
    assert new != old
    assert stale(challenges(served.client, headers=digest(old, 3)))
    assert status(served.client, digest(new)) == 200


def test_a_nonce_expires_by_a_restore(served: Served) -> None:
    """A snapshot keeps no logins."""
    space = served.app.spaces.default
    before = nonce_in(challenges(served.client))
    snapshot = space.snapshot()
    after = nonce_in(challenges(served.client))
    space.restore(snapshot)
    for nonce in (before, after):
        assert stale(challenges(served.client, headers=digest(nonce)))
    space.restore(snapshot)
    assert nonce_in(challenges(served.client)) == after


def conversation(client: Client) -> list[str]:
    """Log in, replay, make a nonce up, and log in anew; gives the challenges and statuses."""
    found = challenges(client)
    said = [*found, str(status(client, digest(nonce_in(found))))]
    said += challenges(client, headers=digest(nonce_in(found)))
    said += challenges(client, headers=digest("made-up"))
    said += challenges(client, "/", basic("ada", "wrong"), "PROPFIND")
    return [*said, str(status(client, digest(nonce_in(said[-2:]))))]


def test_the_same_requests_get_the_same_nonces(serve: Serve) -> None:
    """In two servers, and in one after a reset."""
    one, other = serve(USERS), serve(USERS)
    said = conversation(one.client)
    assert said == conversation(other.client)
    one.app.spaces.default.reset()
    assert said == conversation(one.client)


# Spaces that users carry


def test_a_nonce_of_the_paths_space_counts_in_the_users_space(served: Served) -> None:
    """The first challenge comes before the server knows the space; each pair of nonce and nc is good once in both."""
    nonce = nonce_in(challenges(served.client))
    assert status(served.client, digest(nonce, 1, user="s+alpha+ada")) == 200
    assert status(served.client, digest(nonce, 1)) == 401
    assert status(served.client, digest(nonce, 2)) == 200
    assert status(served.client, digest(nonce, 2, user="s+alpha+ada")) == 401
    assert status(served.client, digest(nonce, 3, user="s+beta+ada")) == 200
    assert status(served.client, digest(nonce, 3, user="s+alpha+ada")) == 401


def test_it_expires_as_the_users_space_has_it(served: Served) -> None:
    """By that space's reset, and by its clock; the default space is another."""
    nonce = nonce_in(challenges(served.client))
    spaces = served.app.spaces
    for user, expire in (
        ("s+alpha+ada", lambda: spaces.find("alpha").reset()),
        ("s+beta+ada", lambda: spaces.find("beta").clock.advance(300)),
    ):
        count = 10 if "alpha" in user else 20
        assert status(served.client, digest(nonce, count, user=user)) == 200
        expire()
        found = challenges(served.client, headers=digest(nonce, count + 1, user=user))
        assert stale(found)
        assert stale(challenges(served.client, headers=digest(nonce, count + 2, user=user)))
        assert status(served.client, digest(nonce_in(found), user=user)) == 200
    assert status(served.client, digest(nonce, 30)) == 200


def test_it_expires_with_the_login(serve: Serve) -> None:
    """In the space in which the cause struck."""
    served = serve(USERS + EXPIRING)
    nonce = nonce_in(challenges(served.client))
    assert status(served.client, digest(nonce, 1, user="s+alpha+ada")) == 200
    found = challenges(served.client, headers=digest(nonce, 2, user="s+alpha+ada"))
    assert stale(found)
    assert stale(challenges(served.client, headers=digest(nonce, 3, user="s+alpha+ada")))
    assert status(served.client, digest(nonce_in(found), user="s+alpha+ada")) == 200


def test_both_spaces_can_be_reset_and_asked_again(served: Served) -> None:
    """The default space issues the same nonce once more, and the other counts it from 1 once more."""
    for names in (["default"], ["default", "alpha"], []):
        nonce = nonce_in(challenges(served.client))
        assert status(served.client, digest(nonce, 1, user="s+alpha+ada")) == 200
        for name in names:
            served.app.spaces.find(name).reset()


# Memory


def test_a_nonce_that_is_forgotten_is_stale(served: Served) -> None:
    """A space remembers the last 1000 nonces; of older ones it can tell that they were its own."""
    nonce = nonce_in(challenges(served.client))
    nonces = served.app.spaces.default.nonces
    for each in range(1000):
        nonces.issue(str(each))
    assert len(nonces._known) == 1000
    assert stale(challenges(served.client, headers=digest(nonce)))
    for made_up in ("never-issued", "0" * 40, nonce[:-1] + "\xe9", nonce + "0"):
        assert not stale(challenges(served.client, headers={"Authorization": digest(made_up)["Authorization"]}))


def test_a_nonce_with_too_many_gaps_expires(served: Served) -> None:
    """A client that skips more than 1000 counts is asked for a new login, so that what is remembered has a bound."""
    nonces = served.app.spaces.default.nonces
    nonce = nonces.issue("x")
    assert [nonces.use(nonce, each) for each in range(2, 1003)] == ["accepted"] * 1001
    assert status(served.client, digest(nonce, 2000)) == 401
    assert stale(challenges(served.client, headers=digest(nonce, 1)))


def test_counts_in_a_row_take_no_memory(served: Served) -> None:
    """However many there are, and in whichever order they fill the row."""
    nonces = served.app.spaces.default.nonces
    nonce = nonces.issue("x")
    for first in range(1, 5000, 2):
        assert [nonces.use(nonce, each) for each in (first + 1, first)] == ["accepted", "accepted"]
    assert nonces._known[nonce].uses.ahead == set()


# Names outside ASCII


RIGHT_NAMES = {
    "raw UTF-8, as curl has it": 'username="jörg"'.encode(),
    "raw Latin-1 under a hash of UTF-8, as requests has it": 'username="jörg"'.encode("latin-1"),
    "username* in UTF-8": b"username*=UTF-8''j%C3%B6rg",
    "username* in lower case": b"username*=utf-8''j%c3%b6rg",
    "username* with a language": b"username*=UTF-8'de'j%C3%B6rg",
    "username* with all encoded": b"username*=UTF-8''%6A%C3%B6%72%67",
    "username* in Latin-1 (RFC 5987 3.2.1)": b"username*=ISO-8859-1''j%F6rg",
    "username* in quotes": b"username*=\"UTF-8''j%C3%B6rg\"",
}
WRONG_NAMES = {
    "username* that is not UTF-8": b"username*=UTF-8''j%F6rg",
    "username* in another charset": b"username*=UTF-16''%00j",
    "username* without a charset": b"username*=j%C3%B6rg",
    "username* with a stray %": b"username*=UTF-8''j%C3%B6rg%4",
    "username* raw": "username*=\"UTF-8''jörg\"".encode(),
    "raw Normalization Form D": 'username="jo\u0308rg"'.encode(),
    "percent-encoded in username": b'username="j%C3%B6rg"',
}


@pytest.mark.parametrize("algorithm", ["MD5", "SHA-256"])
@pytest.mark.parametrize("name", RIGHT_NAMES.values(), ids=RIGHT_NAMES)
def test_a_name_outside_ascii(served: Served, name: bytes, algorithm: str) -> None:
    """By each legal spelling; the hash is over UTF-8, as the challenge says (RFC 7616 3.4, 4) (W5)."""
    nonce = nonce_in(challenges(served.client))
    login = digest(nonce, user="jörg", password="größe", algorithm=algorithm, name=name)
    assert status(served.client, login) == 200
    assert [report(each).user for each in served.world.journal][-1] == "jörg"


@pytest.mark.parametrize("name", WRONG_NAMES.values(), ids=WRONG_NAMES)
def test_a_name_that_is_spelled_wrongly(served: Served, name: bytes) -> None:
    """It is 401, and the name can be sent again with the same nonce."""
    nonce = nonce_in(challenges(served.client))
    assert not stale(challenges(served.client, headers=digest(nonce, user="jörg", password="größe", name=name)))
    assert (
        status(served.client, digest(nonce, user="jörg", password="größe", name=RIGHT_NAMES["username* in UTF-8"]))
        == 200
    )


def test_a_hash_over_latin_1_is_wrong(served: Served) -> None:
    """The challenge says UTF-8; a client that does otherwise has a bug that should be seen."""
    import hashlib

    nonce = nonce_in(challenges(served.client))
    secret = hashlib.md5("jörg:test:größe".encode("latin-1")).hexdigest()
    request = hashlib.md5(b"GET:/test/f").hexdigest()
    response = hashlib.md5(f"{secret}:{nonce}:00000001:cnonce:auth:{request}".encode()).hexdigest()
    login = digest(
        nonce,
        user="jörg",
        algorithm="MD5",
        name='username="jörg"'.encode("latin-1"),
        change={"response": f'"{response}"'},
    )
    assert not stale(challenges(served.client, headers=login))


def test_a_space_before_a_name_outside_ascii(served: Served) -> None:
    """It can be read out of username* too."""
    nonce = nonce_in(challenges(served.client))
    login = digest(nonce, user="s+alpha+jörg", password="größe", name=b"username*=UTF-8''s%2Balpha%2Bj%C3%B6rg")
    assert served.client("GET", "/f", headers=login).headers["Dav424-Space"].startswith("alpha;")


@pytest.mark.parametrize("form", ["jo\u0308rg", "j\u00f6rg"])
def test_a_scenario_may_spell_a_name_in_either_normalization_form(serve: Serve, form: str) -> None:
    """Clients send Form C (RFC 7616 4); the password is one too."""
    client = serve(f"users: {{{form}: {form}}}\ntree: {{/f: {{content: hello}}}}").client
    assert status(client, basic("jörg", "jörg")) == 200
    nonce = nonce_in(challenges(client))
    assert status(client, digest(nonce, user="jörg", password="jörg", name=RIGHT_NAMES["username* in UTF-8"])) == 200


def test_basic_is_utf_8_alone(served: Served) -> None:
    """As the challenge says (RFC 7617 2.1); Latin-1 is 401 (W4)."""
    assert status(served.client, basic("jörg", "größe")) == 200
    found = challenges(served.client, headers=basic("jörg", "größe", "latin-1"))
    assert found[2] == 'Basic realm="test", charset="UTF-8"'
    assert "UTF-8" in refusal(served)


def test_a_password_may_hold_colons(serve: Serve) -> None:
    """A user name may not: the first one ends it (RFC 7617 2)."""
    client = serve('users: {ada: "a:b:"}\ntree: {/f: {content: hello}}').client
    assert status(client, basic("ada", "a:b:")) == 200
    assert status(client, digest(nonce_in(challenges(client)), password="a:b:")) == 200


# What a uri designates


@pytest.mark.parametrize(
    ("target", "uri"),
    [
        ("/test/f", "/test/f"),
        ("/test/f", "/test/%66"),
        ("/test/f", "http://{host}/test/f"),
        ("http://{host}/test/f", "/test/f"),
        ("http://{host}/test/f", "http://{host}/test/f"),
        ("/test/f?a=1,b=%20", "/test/f?a=1,b=%20"),
    ],
)
def test_the_uri_designates_the_target(served: Served, target: str, uri: str) -> None:
    """As it stands, or the same resource in another form (RFC 7616 3.4.6)."""
    host = f"{served.client.host}:{served.client.port}"
    nonce = nonce_in(challenges(served.client))
    login = digest(nonce, uri=uri.format(host=host))["Authorization"]
    request = f"GET {target.format(host=host)} HTTP/1.1\r\nHost: {host}\r\nAuthorization: {login}\r\nConnection: close\r\n\r\n"
    assert served.client.raw(request.encode()).startswith(b"HTTP/1.1 200 ")


# Secrets


def test_no_secret_is_in_the_journal(served: Served) -> None:
    """Whatever is wrong with the credentials, neither they nor a part of them is kept."""
    nonce = nonce_in(challenges(served.client))
    for sent in (
        "hunter2hunter2",
        "hunter2hunter2 x",
        "Basic hunter2hunter2",
        "Bearer hunter2hunter2",
        "Digest hunter2hunter2",
        'Digest username="hunter2hunter2"',
        digest(nonce, change={"response": '"hunter2hunter2"'})["Authorization"],
        digest(nonce, change={"cnonce": '"hunter2hunter2"'})["Authorization"],
        digest("hunter2hunter2")["Authorization"],
    ):
        challenges(served.client, headers={"Authorization": sent})
    entries = list(served.world.journal)
    assert len(entries) == 10
    assert not any("hunter2" in f"{each}{report(each)}" for each in entries)


# Whatever is sent

PIECES = [
    "username",
    "username*",
    "realm",
    "nonce",
    "uri",
    "nc",
    '"',
    "\\",
    "=",
    ",",
    " ",
    "'",
    "%",
    "ada",
    "UTF-8''",
    "\xe9",
    "\x80",
]


@given(
    scheme=st.sampled_from(["Digest ", "Basic ", "digest  ", ""]),
    text=st.lists(st.one_of(st.sampled_from(PIECES), st.text(st.characters(codec="latin-1"), max_size=4))).map("".join),
)
def test_credentials_of_any_form_are_read_or_refused_with_401(scheme: str, text: str) -> None:
    """They never raise anything else."""
    user = read_user_name(scheme + text)
    try:
        login = read_credentials(scheme + text)
    except Refused as refused:
        statuses = {refused.status}
    else:
        assert login.user == user
        statuses = {401}
    assert statuses == {401}


@given(uri=st.text(st.characters(codec="latin-1")).map(lambda each: each.replace("\\", "").replace('"', "")))
def test_a_uri_of_any_form_is_compared(uri: str) -> None:
    """A uri can hold any octet."""
    login = read_credentials(digest("n", change={"uri": f'"{uri}"'})["Authorization"])
    assert isinstance(login, DigestLogin)
    assert not login.is_about("/no/such/path/that/hypothesis/finds")
    assert not login.proves("lovelace", "PUT")
