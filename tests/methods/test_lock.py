"""LOCK on a real socket (RFC 4918 6, 7, 9.10): a whole hierarchy, or nothing."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from lxml import etree

from tests.client import Client, told
from tests.conftest import NOW, Served
from tests.trees import XML, do, holding, lock, lockinfo, named, scenario, token, tree

UNLOCKABLE = "{id: u, kind: unlockable, path: /c/secret}"
OWNER = '<D:owner xml:lang="de"><x:who xmlns:x="urn:x" y="1">Ada <b>L.</b></x:who><!-- hi --></D:owner>'


@pytest.fixture
def c(serve: Callable[..., Served]) -> Client:
    """A client of a world with a collection of two documents."""
    return serve(scenario("/c/a=1 /c/b=2 /f=3")).client


def active(client: Client, path: str) -> list[dict[str, str]]:
    """Read the lockdiscovery of a resource: what each activelock says, by the name of the element."""
    query = '<D:propfind xmlns:D="DAV:"><D:prop><D:lockdiscovery/></D:prop></D:propfind>'
    answer = client("PROPFIND", path, query, {**XML, "Depth": "0"})
    return activelocks(answer.body)


def activelocks(body: bytes) -> list[dict[str, str]]:
    """Read the activelock elements of a body."""
    return [
        {
            etree.QName(part).localname: etree.QName(part[0]).localname
            if len(part) and part[0].tag != "{DAV:}href"
            else "".join(str(text) for text in part.itertext())
            for part in found
        }
        for found in etree.fromstring(body).iter("{DAV:}activelock")
    ]


# A lock is given ---------------------------------------------------------------------------------


def test_a_lock_answers_with_itself(c: Client) -> None:
    """RFC 4918 9.10.1: 200, a token in Lock-Token, and lockdiscovery in a DAV:prop."""
    answer = lock(c, "/f")
    (found,) = activelocks(answer.body)
    assert answer.status == 200
    assert etree.fromstring(answer.body).tag == "{DAV:}prop"
    assert found == {
        "locktype": "write",
        "lockscope": "exclusive",
        "depth": "infinity",
        "timeout": "Second-3600",
        "locktoken": answer.headers["Lock-Token"].strip("<>"),
        "lockroot": f"{c.base}/f",
    }


def test_a_token_is_a_unique_uri(c: Client) -> None:
    """RFC 4918 6.5: unique for all resources and for all time; here a urn:uuid."""
    tokens = {token(c, path) for path in ("/f", "/c/a", "/c/b")}
    assert len(tokens) == 3
    assert all(each.startswith("<urn:uuid:") and each.endswith(">") for each in tokens)


@pytest.mark.parametrize("scope", ["exclusive", "shared"])
@pytest.mark.parametrize("depth", ["0", "infinity"])
def test_scope_and_depth_are_as_asked(c: Client, scope: str, depth: str) -> None:
    """RFC 4918 14.13, 14.4: and PROPFIND says the same as LOCK."""
    answer = lock(c, "/c/", {"Depth": depth}, scope=scope)
    (found,) = activelocks(answer.body)
    assert (found["lockscope"], found["depth"]) == (scope, depth)
    assert active(c, "/c/") == [found]


def test_without_a_depth_it_is_infinity(c: Client) -> None:
    """RFC 4918 9.10.3: a LOCK without a Depth header acts as if it were infinity."""
    lock(c, "/c/")
    assert active(c, "/c/a")[0]["lockroot"] == f"{c.base}/c/"


def test_of_several_locks_the_new_one_comes_first(c: Client) -> None:
    """Clients take the token from the first activelock of the body; Lock-Token says the same."""
    above, first = token(c, "/c/", scope="shared"), token(c, "/c/a", scope="shared")
    answer = lock(c, "/c/a", scope="shared")
    tokens = [f"<{each['locktoken']}>" for each in activelocks(answer.body)]
    assert tokens[0] == answer.headers["Lock-Token"]
    assert sorted(tokens[1:]) == sorted([above, first])


def test_a_lock_of_depth_0_is_on_no_member(c: Client) -> None:
    """RFC 4918 9.10.3."""
    lock(c, "/c/", {"Depth": "0"})
    assert active(c, "/c/a") == []


def test_the_owner_is_kept_as_sent(c: Client) -> None:
    """RFC 4918 14.17: with attributes, language, markup and comment, in LOCK and PROPFIND."""
    said = c("LOCK", "/f", lockinfo(owner=OWNER), XML).body
    seen = c("PROPFIND", "/f", headers={"Depth": "0"}).body
    for body in (said, seen):
        owner = etree.fromstring(body).find(".//{DAV:}owner")
        assert owner is not None
        assert etree.tostring(owner, method="c14n", exclusive=True, with_comments=True).decode() == (
            '<D:owner xmlns:D="DAV:" xml:lang="de"><x:who xmlns:x="urn:x" y="1">Ada <b>L.</b></x:who>'
            "<!-- hi --></D:owner>"
        )


def test_the_language_in_scope_is_the_owners(c: Client) -> None:
    """RFC 4918 4.3: xml:lang above the owner holds for it."""
    body = lockinfo(owner="<D:owner>Ada</D:owner>").replace("<D:lockinfo", '<D:lockinfo xml:lang="en"')
    answer = c("LOCK", "/f", body, XML)
    assert b'xml:lang="en"' in answer.body


def test_unknown_elements_are_passed_over(c: Client) -> None:
    """RFC 4918 17: and comments, too."""
    body = lockinfo().replace("<D:lockscope>", "<x:more xmlns:x='urn:x'/><!-- x --><D:lockscope><!-- y -->")
    assert c("LOCK", "/f", body, XML).status == 200


@pytest.mark.parametrize(
    "body",
    [
        '<D:lockinfo xmlns:D="DAV:"/>',
        '<D:propfind xmlns:D="DAV:"/>',
        lockinfo("none"),
        lockinfo("exclusive/><D:shared"),
        lockinfo().replace("write", "read"),
        lockinfo().replace("<D:lockscope><D:exclusive/></D:lockscope>", ""),
        lockinfo().replace("<D:locktype><D:write/></D:locktype>", ""),
        lockinfo().replace("<D:exclusive/>", ""),
        lockinfo() + "x",
    ],
)
def test_a_body_that_asks_for_no_lock_is_400(c: Client, body: str) -> None:
    """RFC 4918 14.11: and no lock is there afterwards."""
    assert c("LOCK", "/f", body, XML).status == 400
    assert active(c, "/f") == []


def test_a_document_is_not_locked_under_a_collections_name(c: Client) -> None:
    """RFC 4918 5.2: as for DELETE and PROPFIND, /f/ names a collection, and there is none."""
    assert lock(c, "/f/").status in (404, 409)
    assert active(c, "/f") == []


@pytest.mark.parametrize("path", ["/c", "/c/"])
def test_a_collection_is_locked_with_or_without_its_slash(c: Client, path: str) -> None:
    """RFC 4918 5.2: the lock root has the slash either way."""
    assert [each["lockroot"] for each in activelocks(lock(c, path).body)] == [f"{c.base}/c/"]
    assert do(c, "PUT /c/a x") == "423 lock-token-submitted"


# Timeout -----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("asked", "given"),
    [
        ("Second-60", "Second-60"),
        ("Infinite", "Infinite"),
        ("infinite", "Infinite"),
        ("SECOND-1", "Second-1"),
        ("Second-60, Infinite", "Second-60"),
        ("Infinite, Second-60", "Infinite"),
        ("Second-4294967295", "Second-4294967295"),
        ("Second-4294967296", "Second-4294967295"),
        ("Second-007", "Second-7"),
    ],
)
def test_a_lock_lasts_as_long_as_asked(c: Client, asked: str, given: str) -> None:
    """RFC 4918 10.7: at most 2**32 - 1 seconds; of several, the first that can be had."""
    assert activelocks(lock(c, "/f", {"Timeout": asked}).body)[0]["timeout"] == given


def test_empty_members_of_a_timeout_are_ignored(c: Client) -> None:
    """RFC 9110 5.6.1.2: Timeout is 1#TimeType, and a recipient MUST parse and ignore empty elements."""
    assert lock(c, "/f", {"Timeout": "Second-60, , Infinite"}).status == 200


def test_a_timeout_of_no_seconds_is_answered_with_the_lock(c: Client) -> None:
    """RFC 4918 9.10.1: 1*DIGIT allows 0, and a LOCK that succeeds MUST show its lock, however short it is."""
    answer = lock(c, "/f", {"Timeout": "Second-0"})
    assert (answer.status, len(activelocks(answer.body))) == (200, 1)


def test_the_time_that_is_left_goes_down(serve: Callable[..., Served]) -> None:
    """RFC 4918 14.29: in the lockdiscovery of a PROPFIND."""
    served = serve(scenario("/f=1"))
    lock(served.client, "/f", {"Timeout": "Second-60"})
    served.world.clock = lambda: NOW + 20
    assert active(served.client, "/f")[0]["timeout"] == "Second-40"


def test_a_lock_that_timed_out_is_gone(serve: Callable[..., Served]) -> None:
    """RFC 4918 6.6: to the second, for everybody and for lockdiscovery."""
    served = serve(scenario("/f=1"))
    held = token(served.client, "/f", {"Timeout": "Second-60"})
    served.world.clock = lambda: NOW + 59
    assert do(served.client, "PUT /f 2") == "423 lock-token-submitted"
    served.world.clock = lambda: NOW + 60
    assert active(served.client, "/f") == []
    assert do(served.client, "PUT /f 2", {"If": f"({held})"}) == "412"
    assert do(served.client, "PUT /f 2") == "204"


def test_a_lock_that_timed_out_conflicts_with_none(serve: Callable[..., Served]) -> None:
    """RFC 4918 6.6: neither on the resource, nor on a member, nor above."""
    served = serve(scenario("/c/a=1"))
    lock(served.client, "/c/a", {"Timeout": "Second-60"})
    served.world.clock = lambda: NOW + 60
    assert lock(served.client, "/c/").status == 200


def test_a_lock_without_end_has_none(serve: Callable[..., Served]) -> None:
    """RFC 4918 10.7."""
    served = serve(scenario("/f=1"))
    lock(served.client, "/f", {"Timeout": "Infinite"})
    served.world.clock = lambda: NOW + 2**33
    assert do(served.client, "PUT /f 2") == "423 lock-token-submitted"


# Refresh -----------------------------------------------------------------------------------------


def test_a_refresh_sets_the_time_anew(serve: Callable[..., Served]) -> None:
    """RFC 4918 9.10.2: an empty body and the token in If; 200, lockdiscovery, no Lock-Token."""
    served = serve(scenario("/f=1"))
    held = token(served.client, "/f", {"Timeout": "Second-60"})
    served.world.clock = lambda: NOW + 50
    answer = served.client("LOCK", "/f", headers={"If": f"({held})", "Timeout": "Second-100"})
    assert answer.status == 200
    assert "Lock-Token" not in answer.headers
    assert [each["timeout"] for each in activelocks(answer.body)] == ["Second-100"]
    served.world.clock = lambda: NOW + 149
    assert do(served.client, "PUT /f 2") == "423 lock-token-submitted"


def test_a_refresh_by_way_of_a_member(c: Client) -> None:
    """RFC 4918 9.10.2: the Request-URI is anywhere in the scope of the lock."""
    held = token(c, "/c/", {"Timeout": "Second-60"})
    answer = c("LOCK", "/c/a", headers={"If": f"({held})", "Timeout": "Second-100"})
    assert (answer.status, activelocks(answer.body)[0]["lockroot"]) == (200, f"{c.base}/c/")
    assert active(c, "/c/")[0]["timeout"] == "Second-100"


def test_a_refresh_passes_over_depth(c: Client) -> None:
    """RFC 4918 9.10.2: a server MUST ignore Depth on a refresh."""
    held = token(c, "/c/")
    answer = c("LOCK", "/c/", headers={"If": f"({held})", "Depth": "0"})
    assert (answer.status, activelocks(answer.body)[0]["depth"]) == (200, "infinity")


def test_a_refresh_keeps_owner_and_token(c: Client) -> None:
    """RFC 4918 9.10.2: it is the same lock."""
    first = c("LOCK", "/f", lockinfo(owner=OWNER), XML)
    again = c("LOCK", "/f", headers={"If": f"({first.headers['Lock-Token']})"})
    assert activelocks(again.body) == activelocks(first.body)


def test_a_refresh_of_one_shared_lock_leaves_the_other(c: Client) -> None:
    """RFC 4918 9.10.2: one lock at a time."""
    first = token(c, "/f", {"Timeout": "Second-60"}, scope="shared")
    token(c, "/f", {"Timeout": "Second-60"}, scope="shared")
    c("LOCK", "/f", headers={"If": f"({first})", "Timeout": "Second-100"})
    assert [each["timeout"] for each in active(c, "/f")] == ["Second-100", "Second-60"]


@pytest.mark.parametrize("path", ["/f", "/c/a"])
def test_a_refresh_with_another_resources_token_is_412(c: Client, path: str) -> None:
    """RFC 4918 9.10.6: lock-token-matches-request-uri."""
    held = token(c, "/c/b")
    assert told(c("LOCK", path, headers=holding("/c/b", held))) == "412 lock-token-matches-request-uri"


def test_a_refresh_of_what_is_over_is_412(serve: Callable[..., Served]) -> None:
    """RFC 4918 9.10.6, 6.6."""
    served = serve(scenario("/f=1"))
    held = token(served.client, "/f", {"Timeout": "Second-60"})
    served.world.clock = lambda: NOW + 60
    answer = served.client("LOCK", "/f", headers={"If": f"({held})"})
    assert told(answer) == "412 lock-token-matches-request-uri"


def test_somebody_elses_lock_cannot_be_refreshed(serve: Callable[..., Served]) -> None:
    """RFC 4918 6.4: though its token is no secret."""
    client = serve(scenario("/f=1!")).client
    assert told(client("LOCK", "/f", headers={"If": "(<urn:dav424:lock:lock.f>)"})).startswith("412")


def test_a_refresh_without_if_is_400(c: Client) -> None:
    """RFC 4918 9.10.2: it MUST say which lock."""
    lock(c, "/f")
    assert c("LOCK", "/f").status == 400


# An unmapped URL ---------------------------------------------------------------------------------


def test_locking_nothing_makes_an_empty_document(c: Client) -> None:
    """RFC 4918 7.3: 201, and it stays when the lock has gone."""
    held = lock(c, "/c/new")
    assert held.status == 201
    assert tree(c) == "/c/ /c/a=1 /c/b=2 /c/new=! /f=3"
    c("UNLOCK", "/c/new", headers={"Lock-Token": held.headers["Lock-Token"]})
    assert tree(c) == "/c/ /c/a=1 /c/b=2 /c/new= /f=3"


def test_locking_nothing_in_nothing_is_409(c: Client) -> None:
    """RFC 4918 9.10.6: no parent, no lock."""
    assert lock(c, "/none/new").status == 409
    assert tree(c) == "/c/ /c/a=1 /c/b=2 /f=3"


@pytest.mark.parametrize("depth", ["0", "infinity"])
def test_locking_nothing_in_a_locked_collection_leaves_nothing(serve: Callable[..., Served], depth: str) -> None:
    """RFC 4918 7.3, 7.4: 423, and no empty file left behind."""
    client = serve(scenario("/c/a=1", f"{{id: l, kind: lock, path: /c/, depth: '{depth}'}}")).client
    answer = lock(client, "/c/new")
    assert (answer.status, named(client, answer)) == (423, ["/c/"])
    assert "Lock-Token" not in answer.headers
    assert tree(client) == "/c/! /c/a=1"


def test_locking_nothing_in_my_collection_takes_its_token(c: Client) -> None:
    """RFC 4918 7.4: to make a member is to write the collection."""
    held = token(c, "/c/", {"Depth": "0"})
    assert told(lock(c, "/c/new")) == "423 lock-token-submitted"
    assert lock(c, "/c/new", holding("/c/", held)).status == 201
    assert tree(c) == "/c/! /c/a=1 /c/b=2 /c/new=! /f=3"


def test_locking_nothing_under_my_own_deep_lock_is_a_conflict(c: Client) -> None:
    """RFC 4918 9.10.5: even with its token; nothing is made."""
    held = token(c, "/c/")
    assert told(lock(c, "/c/new", holding("/c/", held))) == "423 no-conflicting-lock"
    assert tree(c) == "/c/! /c/a=1 /c/b=2 /f=3"


@pytest.mark.parametrize(
    ("cause", "expected"),
    [
        ("{id: x, kind: unlockable, path: /c/}", "403"),
        ("{id: x, kind: store-fails, at: commit}", "507 sufficient-disk-space"),
        ("{id: x, kind: denied, methods: [LOCK]}", "403 need-privileges"),
    ],
)
def test_a_refused_lock_of_nothing_leaves_nothing(serve: Callable[..., Served], cause: str, expected: str) -> None:
    """RFC 4918 9.10.3: whatever the reason, no resource and no token."""
    client = serve(scenario("/c/", cause)).client
    answer = lock(client, "/c/new")
    assert told(answer) == expected
    assert "Lock-Token" not in answer.headers
    assert tree(client) == "/c/"


# Conflicts: the resource itself or an ancestor ---------------------------------------------------


@pytest.mark.parametrize(
    ("mine", "theirs", "expected"),
    [
        ("exclusive", "exclusive", 423),
        ("exclusive", "shared", 423),
        ("shared", "exclusive", 423),
        ("shared", "shared", 200),
    ],
)
def test_the_table_of_conflicts(serve: Callable[..., Served], mine: str, theirs: str, expected: int) -> None:
    """RFC 4918 9.10.5: on the resource itself, a plain 423 with the root of the lock in the way."""
    client = serve(scenario("/f=1", f"{{id: l, kind: lock, path: /f, scope: {theirs}}}")).client
    answer = lock(client, "/f", scope=mine)
    assert answer.status == expected
    if expected == 423:
        assert told(answer) == "423 no-conflicting-lock"
        assert named(client, answer) == ["/f"]
        assert tree(client) == "/f=1!"
        assert len(active(client, "/f")) == 1


@pytest.mark.parametrize("path", ["/c/a", "/c/d/", "/c/d", "/c/d/x"])
def test_a_deep_lock_above_is_a_plain_423(serve: Callable[..., Served], path: str) -> None:
    """RFC 4918 9.10.6: with the ancestor's lock root, and no 424."""
    client = serve(scenario("/c/! /c/a=1 /c/d/x=2")).client
    answer = lock(client, path)
    assert told(answer) == "423 no-conflicting-lock"
    assert named(client, answer) == ["/c/"]
    assert tree(client) == "/c/! /c/a=1 /c/d/ /c/d/x=2"


def test_a_lock_of_depth_0_above_is_no_conflict(serve: Callable[..., Served]) -> None:
    """RFC 4918 6.1: it doesn't reach the member."""
    client = serve(scenario("/c/a=1", "{id: l, kind: lock, path: /c/, depth: '0'}")).client
    assert lock(client, "/c/a").status == 200


def test_nobody_locks_twice(c: Client) -> None:
    """RFC 4918 9.10.5: a principal may not request the same lock twice, token or not."""
    held = token(c, "/f")
    assert told(lock(c, "/f")) == "423 no-conflicting-lock"
    assert told(lock(c, "/f", {"If": f"({held})"})) == "423 no-conflicting-lock"
    assert len(active(c, "/f")) == 1


# Conflicts: members ------------------------------------------------------------------------------


@pytest.mark.parametrize("path", ["/c/", "/c"])
def test_a_locked_member_refuses_the_lock(serve: Callable[..., Served], path: str) -> None:
    """RFC 4918 9.10.3: 207 with the member's 423, the Request-URI's 424, and no token."""
    client = serve(scenario("/c/a=1 /c/b=2!")).client
    answer = lock(client, path)
    assert told(answer) == "207  /c/b 423 no-conflicting-lock, /c/ 424"
    assert named(client, answer) == ["/c/b", "/c/b", "/c/"]
    assert "Lock-Token" not in answer.headers
    assert tree(client) == "/c/ /c/a=1 /c/b=2!"


def test_every_culprit_is_named(serve: Callable[..., Served]) -> None:
    """Each with its own reason, at every depth; the innocent are not named."""
    client = serve(scenario("/c/a=1! /c/b=2 /c/d/x=3! /c/d/y=4 /c/e/! /c/e/z=5 /c/secret=6", UNLOCKABLE)).client
    assert told(lock(client, "/c/")) == (
        "207  /c/a 423 no-conflicting-lock, /c/d/x 423 no-conflicting-lock, /c/e/ 423 no-conflicting-lock,"
        " /c/secret 403, /c/ 424"
    )


def test_a_member_that_cannot_be_locked(serve: Callable[..., Served]) -> None:
    """The example of RFC 4918 9.10.9: 403 and 424, and nothing is locked."""
    client = serve(scenario("/c/a=1 /c/secret=2", UNLOCKABLE)).client
    assert told(lock(client, "/c/")) == "207  /c/secret 403, /c/ 424"
    assert tree(client) == "/c/ /c/a=1 /c/secret=2"


def test_what_is_itself_unlockable_is_a_plain_403(serve: Callable[..., Served]) -> None:
    """RFC 4918 9.10.6: there is nothing else to blame."""
    client = serve(scenario("/c/secret=2", UNLOCKABLE)).client
    assert told(lock(client, "/c/secret")) == "403"


def test_depth_0_asks_no_member(serve: Callable[..., Served]) -> None:
    """RFC 4918 9.10.3."""
    client = serve(scenario("/c/b=2! /c/secret=1", UNLOCKABLE)).client
    assert lock(client, "/c/", {"Depth": "0"}).status == 200
    assert tree(client) == "/c/! /c/b=2! /c/secret=1"


@pytest.mark.parametrize(
    ("mine", "theirs", "expected"),
    [("exclusive", "shared", 207), ("shared", "exclusive", 207), ("shared", "shared", 200)],
)
def test_the_table_of_conflicts_holds_for_members(
    serve: Callable[..., Served], mine: str, theirs: str, expected: int
) -> None:
    """RFC 4918 9.10.5: shared locks stand beside each other at any depth."""
    client = serve(scenario("/c/b=1", f"{{id: l, kind: lock, path: /c/b, scope: {theirs}}}")).client
    assert lock(client, "/c/", scope=mine).status == expected


def test_my_own_lock_on_a_member_is_in_my_way(c: Client) -> None:
    """RFC 4918 6.1: whoever holds it, with the token, too; unlocked, the very same LOCK is granted."""
    held = token(c, "/c/b")
    assert told(lock(c, "/c/", holding("/c/b", held))) == "207  /c/b 423 no-conflicting-lock, /c/ 424"
    c("UNLOCK", "/c/b", headers={"Lock-Token": held})
    assert lock(c, "/c/").status == 200


def test_the_424_says_why(serve: Callable[..., Served]) -> None:
    """Every 424 can be traced to its cause."""
    client = serve(scenario("/c/b=2!")).client
    (why,) = [each.description for each in lock(client, "/c/").reported if each.status == 424]
    assert "/c/b" in why
    assert "423" in why


# What a lock covers ------------------------------------------------------------------------------


@pytest.mark.parametrize("made", ["PUT /c/new x", "MKCOL /c/new/", "COPY /f /c/new", "MOVE /f /c/new"])
def test_new_members_of_a_deep_lock_are_locked(c: Client, made: str) -> None:
    """RFC 4918 6.1, 7.7: whatever arrives in its scope joins it."""
    held = token(c, "/c/")
    assert do(c, made, holding("/c/", held)) == "201"
    assert [each["lockroot"] for each in active(c, "/c/new")] == [f"{c.base}/c/"]
    assert do(c, "DELETE /c/new") == "423 lock-token-submitted"


def test_a_new_member_of_a_lock_of_depth_0_is_free(c: Client) -> None:
    """RFC 4918 7.4: to make it takes the token, to write it doesn't."""
    held = token(c, "/c/", {"Depth": "0"})
    do(c, "PUT /c/new x", holding("/c/", held))
    assert do(c, "PUT /c/new y") == "204"


def test_what_is_moved_out_is_free(c: Client) -> None:
    """RFC 4918 7.7: the lock stays with the collection."""
    held = token(c, "/c/")
    assert do(c, "MOVE /c/a /out", holding("/c/", held)) == "201"
    assert active(c, "/out") == []
    assert tree(c) == "/c/! /c/b=2 /f=3 /out=1"


def test_a_lock_does_not_travel(c: Client) -> None:
    """RFC 4918 7.7: a MOVE MUST NOT move a write lock with the resource."""
    held = token(c, "/c/a")
    assert do(c, "MOVE /c/ /d/", holding("/c/a", held)) == "201"
    assert tree(c) == "/d/ /d/a=1 /d/b=2 /f=3"
    assert do(c, "PUT /d/a x", {"If": f"({held})"}) == "412"


def test_after_a_move_the_old_name_is_free(c: Client) -> None:
    """RFC 4918 9.6, 9.9: a lock is gone with what it was rooted at."""
    held = token(c, "/f")
    do(c, "MOVE /f /g", {"If": f"({held})"})
    assert do(c, "PUT /f new") == "201"


def test_a_lock_is_not_copied(c: Client) -> None:
    """RFC 4918 7.7: a COPY MUST NOT duplicate write locks, on the source or below it."""
    token(c, "/c/a")
    token(c, "/f")
    assert do(c, "COPY /c/ /d/") == "201"
    assert do(c, "COPY /f /g") == "201"
    assert tree(c) == "/c/ /c/a=1! /c/b=2 /d/ /d/a=1 /d/b=2 /f=3! /g=3"


def test_a_deleted_lock_does_not_come_back(c: Client) -> None:
    """RFC 4918 9.6: a DELETE that succeeds destroys the locks rooted there."""
    held = token(c, "/f")
    assert do(c, "DELETE /f", {"If": f"({held})"}) == "204"
    assert do(c, "PUT /f new") == "201"
    assert tree(c) == "/c/ /c/a=1 /c/b=2 /f=new"


# Shared ------------------------------------------------------------------------------------------


def test_two_holders_of_shared_locks_can_both_write(c: Client) -> None:
    """RFC 4918 6.2: each with its own token; nobody without one."""
    first, second = token(c, "/f", scope="shared"), token(c, "/f", scope="shared")
    assert do(c, "PUT /f one", {"If": f"({first})"}) == "204"
    assert do(c, "PUT /f two", {"If": f"({second})"}) == "204"
    assert do(c, "PUT /f none") == "423 lock-token-submitted"


def test_a_shared_lock_above_and_one_below(c: Client) -> None:
    """RFC 4918 6.2: on the collection and on its member, either token opens the member."""
    above, below = token(c, "/c/", scope="shared"), token(c, "/c/a", scope="shared")
    assert do(c, "PUT /c/a one", holding("/c/", above)) == "204"
    assert do(c, "PUT /c/a two", {"If": f"({below})"}) == "204"


def test_one_shared_lock_unlocked_leaves_the_other(c: Client) -> None:
    """RFC 4918 9.11."""
    first, second = token(c, "/f", scope="shared"), token(c, "/f", scope="shared")
    assert do(c, "UNLOCK /f", {"Lock-Token": first}) == "204"
    assert [each["locktoken"] for each in active(c, "/f")] == [second.strip("<>")]
    assert do(c, "PUT /f x") == "423 lock-token-submitted"
