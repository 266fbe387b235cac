"""What counts as a match of a cause: a request, an instruction about its property, or a write."""

from __future__ import annotations

import json
from collections.abc import Callable

import pytest

from tests.batches import batches
from tests.client import Client
from tests.conftest import Served
from tests.methods.microsoft.test_b_methods import batch
from tests.trees import XML, do, lockinfo, scenario, tree

Serve = Callable[..., Served]
BOX = "/d/a=1 /d/b=2 /d/s/x=3 /e/"


def serving(serve: Serve, cause: str, box: str = BOX) -> Client:
    """Serve the box with a cause, and give a client."""
    return serve(scenario(box, f"{{id: k, {cause}}}")).client


def locked(client: Client, path: str) -> bool:
    """Say whether lockdiscovery has a lock."""
    return b"activelock" in client("PROPFIND", path, headers={"Depth": "0"}).body


# --- locks and quotas ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("counters", "expected"),
    [
        ("times: 2", "423! 423! 204 204 204"),
        ("times: 1", "423! 204 204 204 204"),
        ("after: 1", "204 423! 423! 423! 423!"),
        ("nth: 2", "204 423! 204 204 204"),
        ("nth: 3", "204 204 423! 204 204"),
        ("after: 1, times: 2", "204 423! 423! 204 204"),
    ],
)
def test_a_lock_exists_exactly_while_it_would_refuse_the_next_attempt(
    serve: Serve, counters: str, expected: str
) -> None:
    """What lockdiscovery says before each attempt is what comes of it."""
    client = serving(serve, f"kind: lock, path: /d/a, {counters}")
    seen = []
    for _ in range(5):
        mark = "!" if locked(client, "/d/a") else ""
        seen.append(f"{client('PUT', '/d/a', 'x').status}{mark}")
    assert " ".join(seen) == expected


@pytest.mark.parametrize(
    ("line", "refused"),
    [
        ("PROPPATCH /d/a", "423"),
        ("DELETE /d/a", "423"),
        ("MOVE /d/a /n", "423"),
        ("COPY /d/b /d/a", "423"),
        ("DELETE /d/", "207"),
        ("MOVE /d/ /n/", "207"),
    ],
)
def test_each_method_that_the_lock_would_refuse_is_an_attempt(serve: Serve, line: str, refused: str) -> None:
    """While the lock exists, and while it doesn't."""
    method, path, *rest = line.split()
    body = '<D:propertyupdate xmlns:D="DAV:"><D:set><D:prop><D:x/></D:prop></D:set></D:propertyupdate>'
    sent = {**XML, **({"Destination": "{base}" + rest[0]} if rest else {})}
    first = serving(serve, "kind: lock, path: /d/a, times: 1")
    assert first(method, path, body if method == "PROPPATCH" else "", sent).status == int(refused)
    assert not locked(first, "/d/a")
    later = serve(scenario(BOX, "{id: k, kind: lock, path: /d/a, after: 1}"))
    assert later.client(method, path, body if method == "PROPPATCH" else "", sent).status < 400
    assert later.world.counts["k"] == 1


@pytest.mark.parametrize("counters", ["times: 1", "after: 1"])
def test_what_the_lock_would_not_refuse_is_no_attempt(serve: Serve, counters: str) -> None:
    """Neither reads, nor writes elsewhere, nor what is refused before the lock is asked."""
    served = serve(scenario(BOX, f"{{id: k, kind: lock, path: /d/a, {counters}}}"))
    for line in ("GET /d/a", "PROPFIND /d/a", "COPY /d/a /n", "PUT /d/b x", "DELETE /e/", "PUT /d/a/no x"):
        do(served.client, line)
    served.client("PUT", "/d/a", "x", {"If-Match": '"other"'})
    assert served.world.counts == {}


def test_a_conflicting_lock_is_an_attempt(serve: Serve) -> None:
    """The LOCK that comes after it is granted."""
    client = serving(serve, "kind: lock, path: /d/a, times: 1")
    assert [client("LOCK", "/d/", lockinfo(), XML).status for _ in range(2)] == [207, 200]


def test_each_request_of_a_batch_is_an_attempt(serve: Serve) -> None:
    """Also where the group of one is undone."""
    client = serving(serve, "kind: lock, path: /d/a, times: 2")
    assert batches.do(client, *(batches.put(str(number), "d/a") for number in range(3))) == "0 423, 1 423, 2 204"
    client = serving(serve, "kind: lock, path: /d/a, times: 1")
    group = [batches.put("1", "d/b", atomicityGroup="g"), batches.put("2", "d/a", atomicityGroup="g")]
    assert batches.do(client, *group) == "1 424, 2 423"
    assert (locked(client, "/d/a"), batches.do(client, *group)) == (False, "1 204, 2 204")


def test_the_targets_of_a_b_method_are_one_attempt(serve: Serve) -> None:
    """One request, however many of its targets the lock covers."""
    client = serving(serve, "kind: lock, path: /c/d, times: 1", "/c/d/x=1 /c/d/y=2")
    assert batch(client, "BDELETE", "d/x", "d/y").startswith("207")
    assert batch(client, "BDELETE", "d/x", "d/y") == "204"


def test_a_lock_waits_for_its_resource(serve: Serve) -> None:
    """A lock that is due exists as soon as there is something at its path again."""
    client = serving(serve, "kind: lock, path: /d/a, after: 1")
    assert do(client, "DELETE /d/a") == "204"
    assert do(client, "PUT /d/a y") == "201"
    assert (locked(client, "/d/a"), do(client, "PUT /d/a z")) == (True, "423 lock-token-submitted")


def test_snapshots_and_resets_bring_the_counters_of_locks_back(serve: Serve) -> None:
    """The count is a part of the world's state, and so is whether the lock exists."""
    served = serve(scenario(BOX, "{id: k, kind: lock, path: /d/a, times: 1}"))
    before = served.world.snapshot()
    assert [do(served.client, "PUT /d/a x")[:3] for _ in range(2)] == ["423", "204"]
    after = served.world.snapshot()
    served.world.restore(before)
    assert locked(served.client, "/d/a")
    served.world.restore(after)
    assert (locked(served.client, "/d/a"), served.world.counts) == (False, {"k": 2})
    served.world.reset()
    assert (locked(served.client, "/d/a"), served.world.counts) == (True, {})


def test_a_tree_that_is_put_keeps_the_counters(serve: Serve) -> None:
    """A lock that its counters have removed does not come back with the tree."""
    served = serve(scenario(BOX, "{id: k, kind: lock, path: /d/a, times: 1}"))
    do(served.client, "PUT /d/a x")
    root = Client(served.url.partition("/s/")[0])
    url = f"/-/spaces/{served.space.name}/tree?scenario={served.world.name}"
    put = root("PUT", url, root("GET", url).body, {"Content-Type": "application/json"})
    assert (put.status, do(served.client, "PUT /d/a x")) == (200, "204")


def test_a_quota_counts_the_requests_that_it_refuses(serve: Serve) -> None:
    """It exists exactly while it would refuse the next one, and so does what is left of it."""
    client = serving(serve, "kind: quota, path: /d, bytes: 4, times: 2")
    left = "PROPFIND /d/ D:quota-available-bytes"
    assert client.say(left) == "207  D:quota-available-bytes 200"
    assert [do(client, "PUT /d/n 123456")[:3] for _ in range(3)] == ["507", "507", "201"]
    assert client.say(left) == "207  D:quota-available-bytes 404"


def test_a_quota_of_properties_counts_requests(serve: Serve) -> None:
    """A PROPPATCH with two properties too many is one."""
    client = serving(serve, "kind: quota, path: /d/a, properties: 0, times: 1")
    assert client.say("PROPPATCH /d/a set u:a=1 set u:b=2").count("507") == 2
    assert client.say("PROPPATCH /d/a set u:a=1 set u:b=2") == "207  u:a 200, u:b 200"


# --- the other kinds -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("cause", "lines", "expected"),
    [
        ("kind: denied, path: /d, methods: [DELETE], times: 1", ["DELETE /d/"] * 2, "403 204"),
        ("kind: denied, path: /d/s, nth: 2", ["DELETE /d/", "PUT /d/s x"], "204 403"),
        ("kind: read-only, path: /d/s, times: 1", ["DELETE /d/"] * 2, "207 204"),
        ("kind: read-only, path: /d, times: 1", ["DELETE /d/"] * 2, "207 204"),
        ("kind: unreadable, path: /d, times: 1", ["GET /d/a", "GET /d/b"], "503 200"),
        ("kind: unreadable, path: /d/s, times: 1", ["COPY /d/ /n/", "COPY /d/ /m/"], "207 201"),
        ("kind: live-properties-lost, path: /e, times: 1", ["COPY /d/ /e/n/"] * 2, "409 201"),
        ("kind: login-expired, path: /d/s, times: 1", ["DELETE /d/"] * 2, "207 204"),
        ("kind: store-fails, path: /d/a, times: 1", ["PUT /d/a x"] * 2, "507 204"),
    ],
)
def test_a_request_counts_once(serve: Serve, cause: str, lines: list[str], expected: str) -> None:
    """However many members the cause meets: all of them are refused, or none."""
    client = serving(serve, cause)
    assert " ".join(do(client, line)[:3] for line in lines) == expected


def test_all_members_are_refused_or_none(serve: Serve) -> None:
    """Two documents of a read-only collection are one match, and both are named."""
    client = serving(serve, "kind: read-only, path: /d, nth: 2")
    assert do(client, "DELETE /d/s/") == "204"
    assert do(client, "DELETE /d/") == "207  /d/a 403, /d/b 403"
    assert (do(client, "DELETE /d/"), tree(client)) == ("204", "/e/")


def test_unlockable_members_count_a_lock_once(serve: Serve) -> None:
    """The second LOCK is granted."""
    client = serving(serve, "kind: unlockable, path: /d/a, times: 1")
    assert [client("LOCK", "/d/", lockinfo(), XML).status for _ in range(2)] == [207, 200]


def test_a_listing_counts_once(serve: Serve) -> None:
    """The member is denied in the first listing alone, and depth 0 doesn't meet it."""
    served = serve(scenario(BOX, "{id: k, kind: denied, path: /d/s, methods: [PROPFIND], times: 1}"))
    said = [
        b" 403 " in served.client("PROPFIND", "/d/", headers={"Depth": depth}).body for depth in ("0", "1", "infinity")
    ]
    assert (said, served.world.counts) == ([False, True, False], {"k": 2})


def test_each_request_of_a_batch_counts(serve: Serve) -> None:
    """The second of three is denied."""
    client = serving(serve, "kind: denied, path: /d, methods: [PUT], nth: 2")
    assert batches.do(client, *(batches.put(str(number), "d/a") for number in range(3))) == "0 204, 1 403, 2 204"


@pytest.mark.parametrize(
    ("cause", "expected"),
    [
        ("kind: protected-property, property: '{urn:u}a', nth: 2", "207  u:a 403 cannot-modify-protected-property"),
        ("kind: denied, property: '{urn:u}a', nth: 2", "207  u:a 403 need-privileges"),
        ("kind: value-rule, property: '{urn:u}a', enum: [x], nth: 2", "207  u:a 409"),
        ("kind: store-fails, property: '{urn:u}a', nth: 2", "207  u:a 507 sufficient-disk-space"),
    ],
)
def test_causes_about_a_property_count_instructions(serve: Serve, cause: str, expected: str) -> None:
    """The second instruction of the one request is refused."""
    assert serving(serve, cause).say("PROPPATCH /d/a set u:a=1 set u:a=2") == expected


def test_the_admin_api_shows_the_counts_of_a_lock(serve: Serve) -> None:
    """Beside those of all other causes."""
    served = serve(scenario(BOX, "{id: k, kind: lock, path: /d/a, times: 3}"))
    do(served.client, "PUT /d/a x")
    root = Client(served.url.partition("/s/")[0])
    shown = root("GET", f"/-/spaces/{served.space.name}/causes?scenario={served.world.name}")
    assert json.loads(shown.body)["counts"] == {"k": 1}
