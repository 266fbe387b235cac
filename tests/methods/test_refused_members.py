"""A cause with a path holds for each resource that a request touches, not for its Request-URI alone."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from dav424.journal.report import report
from tests.batches import batches
from tests.client import Client, told
from tests.conftest import Served
from tests.methods.microsoft.test_b_methods import batch
from tests.trees import XML, do, lockinfo, scenario, tree

Serve = Callable[..., Served]
BOX = "/d/a=1 /d/s/x=2 /d/s/y=3 /e/"
PRIVILEGE = "need-privileges"


def kept(path: str = "/d/s", methods: str = "", kind: str = "denied", more: str = "") -> str:
    """Write a cause at a path."""
    named = f", methods: [{methods}]" if methods else ""
    return f"{{id: k, kind: {kind}, path: {path}{named}{more}}}"


def denying(serve: Serve, *what: str, atomic: bool = False) -> Served:
    """Serve the box with one cause."""
    return serve(scenario(BOX, kept(*what), atomic=atomic))


# --- DELETE, COPY and MOVE -------------------------------------------------------------------------------------------


def test_a_denied_member_stays_and_so_do_its_collections(serve: Serve) -> None:
    """RFC 4918 9.6.1: the 207 names the member; its collections depend on it, which is left unsaid."""
    client = denying(serve, "/d/s/x", "DELETE").client
    assert do(client, "DELETE /d/") == "207  /d/s/x 403 need-privileges"
    assert tree(client) == "/d/ /d/s/ /d/s/x=2 /e/"


def test_each_member_of_a_denied_collection_is_named_by_a_delete(serve: Serve) -> None:
    """A DELETE begins with the members, and the first of each branch that fails is named."""
    client = denying(serve, "/d/s", "DELETE").client
    assert do(client, "DELETE /d/") == "207  /d/s/x 403 need-privileges, /d/s/y 403 need-privileges"
    assert tree(client) == "/d/ /d/s/ /d/s/x=2 /d/s/y=3 /e/"


@pytest.mark.parametrize(
    ("line", "expected", "after"),
    [
        ("COPY /d/ /n/", "207  /d/s/ 403 need-privileges", "/d/ /d/a=1 /d/s/ /d/s/x=2 /d/s/y=3 /e/ /n/ /n/a=1"),
        ("MOVE /d/ /n/", "207  /d/s/ 403 need-privileges", "/d/ /d/s/ /d/s/x=2 /d/s/y=3 /e/ /n/ /n/a=1"),
    ],
)
def test_a_denied_source_is_neither_copied_nor_moved(serve: Serve, line: str, expected: str, after: str) -> None:
    """RFC 4918 9.8.3: the collection that fails is named, and nothing below it."""
    client = denying(serve, "/d/s", "COPY, MOVE").client
    assert (do(client, line), tree(client)) == (expected, after)


@pytest.mark.parametrize(
    ("path", "line", "expected", "after"),
    [
        ("/e/s", "COPY /d/ /e/", "207  /e/s/ 403 need-privileges", "/d/ /d/a=1 /d/s/ /d/s/x=2 /d/s/y=3 /e/ /e/a=1"),
        ("/e/a", "MOVE /d/ /e/", "207  /e/a 403 need-privileges", "/d/ /d/a=1 /e/ /e/s/ /e/s/x=2 /e/s/y=3"),
        ("/d/s/x", "COPY /e/ /d/", "207  /d/s/x 403 need-privileges", "/d/ /d/s/ /d/s/x=2 /e/"),
    ],
)
def test_a_denied_member_of_the_destination_is_not_written(
    serve: Serve, path: str, line: str, expected: str, after: str
) -> None:
    """Neither one that would arrive there, nor one that would be overwritten."""
    client = denying(serve, path, "COPY, MOVE").client
    assert (do(client, line), tree(client)) == (expected, after)


@pytest.mark.parametrize("line", ["DELETE /d/", "COPY /d/ /n/", "MOVE /d/ /n/"])
def test_an_atomic_operation_changes_nothing(serve: Serve, line: str) -> None:
    """RFC 5842 2.4: the refusal of one member refuses the operation."""
    client = denying(serve, "/d/s/x", atomic=True).client
    assert do(client, line) == "403 need-privileges"
    assert client("GET", "/d/a").status == 200


@pytest.mark.parametrize(
    ("methods", "line", "status"),
    [("DELETE", "MOVE /d/ /n/", "201"), ("PUT", "COPY /d/ /n/", "201"), ("GET, COPY", "DELETE /d/", "204")],
)
def test_methods_name_the_method_of_the_request(serve: Serve, methods: str, line: str, status: str) -> None:
    """A MOVE removes its source, and is no DELETE."""
    assert do(denying(serve, "/d/s/x", methods).client, line) == status


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        ("COPY /d/ /n/", "207  /d/s/x 503"),
        ("MOVE /d/ /n/", "201"),
        ("DELETE /d/", "204"),
        ("COPY /d/s/x /n", "503"),
        ("COPY /e/ /d/s/x", "204"),
    ],
)
def test_what_is_unreadable_is_not_copied(serve: Serve, line: str, expected: str) -> None:
    """A COPY reads its source; a MOVE reads nothing, and neither does what is overwritten."""
    assert do(serve(scenario(BOX, kept("/d/s/x", kind="unreadable"))).client, line) == expected


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        ("DELETE /d/", "207  /d/s/x 403"),
        ("MOVE /d/ /n/", "207  /d/s/x 403"),
        ("COPY /d/ /n/", "201"),
        ("COPY /e/ /d/", "207  /d/s/x 403"),
    ],
)
def test_what_is_read_only_does_not_change(serve: Serve, line: str, expected: str) -> None:
    """DELETE, both ends of a MOVE, and the destination of a COPY."""
    assert do(serve(scenario(BOX, kept("/d/s/x", kind="read-only"))).client, line) == expected


def test_live_properties_are_lost_at_the_destination_alone(serve: Serve) -> None:
    """What leaves the path loses nothing."""
    client = serve(scenario(BOX, kept("/d/s", kind="live-properties-lost"))).client
    assert do(client, "MOVE /d/s/x /e/x") == "201"
    assert do(client, "COPY /e/ /d/s/e/") == "409 preserved-live-properties"


def test_a_login_that_expired_for_a_member_is_its_status(serve: Serve) -> None:
    """A 207 has no challenge."""
    client = serve(scenario(BOX, kept("/d/s/x", kind="login-expired"))).client
    answer = client("DELETE", "/d/")
    assert (told(answer), answer.headers.get("WWW-Authenticate")) == ("207  /d/s/x 401", None)


def test_depth_0_touches_no_member(serve: Serve) -> None:
    """A COPY of a collection alone reads and writes that collection alone."""
    assert do(denying(serve, "/d/s").client, "COPY /d/ /n/", {"Depth": "0"}) == "201"


# --- LOCK and PROPFIND -----------------------------------------------------------------------------------------------


def test_a_lock_of_a_whole_collection_needs_each_member(serve: Serve) -> None:
    """RFC 4918 9.10.3: 207 with the member's 403, and 424 for the Request-URI; nothing is locked."""
    client = denying(serve, "/d/s/x", "LOCK").client
    assert told(client("LOCK", "/d/", lockinfo(), XML)) == "207  /d/s/x 403 need-privileges, /d/ 424"
    assert "!" not in tree(client)
    assert client("LOCK", "/d/", lockinfo(), {**XML, "Depth": "0"}).status == 200


@pytest.mark.parametrize(
    ("depth", "expected"),
    [
        ("infinity", [("/d/", 200), ("/d/a", 200), ("/d/s/", 403)]),
        ("1", [("/d/", 200), ("/d/a", 200), ("/d/s/", 403)]),
        ("0", [("/d/", 200)]),
    ],
)
def test_a_collection_that_may_not_be_listed_is_one_response(
    serve: Serve, depth: str, expected: list[tuple[str, int]]
) -> None:
    """It has its own status, and nothing below it is listed."""
    client = denying(serve, "/d/s", "PROPFIND").client
    body = '<propfind xmlns="DAV:"><prop><resourcetype/></prop></propfind>'
    answer = client("PROPFIND", "/d/", body, {**XML, "Depth": depth})
    assert [(each.href, each.status) for each in answer.reported] == expected


def test_a_denied_document_is_one_response_of_a_listing_that_is_streamed(serve: Serve) -> None:
    """Its 403 was decided before the first byte was sent, and the others are listed."""
    many = " ".join(f"/d/n{number}=" for number in range(800))
    client = serve(scenario(f"{many} /d/zz=", kept("/d/zz", "PROPFIND"))).client
    answer = client("PROPFIND", "/d/", headers={"Depth": "1"})
    assert answer.headers.get("Transfer-Encoding") == "chunked"
    assert {each.href: each.status for each in answer.reported if not each.property} == {"/d/zz": 403}


def test_a_denied_member_is_in_the_journal(serve: Serve) -> None:
    """With the cause that denied it."""
    served = denying(serve, "/d/s", "PROPFIND")
    served.client("PROPFIND", "/d/", headers={"Depth": "1"})
    explained = report(list(served.world.journal)[-1])
    assert [(failed.path, failed.status, failed.cause) for failed in explained.failures] == [("/d/s", 403, "k")]


# --- commits ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("path", "line", "expected", "after"),
    [
        ("/d/s", "DELETE /d/", "207  /d/s/x 507 SPACE, /d/s/y 507 SPACE", "/d/ /d/s/ /d/s/x=2 /d/s/y=3 /e/"),
        ("/d/s/x", "DELETE /d/", "207  /d/s/x 507 SPACE", "/d/ /d/s/ /d/s/x=2 /e/"),
        ("/e/n", "COPY /d/ /e/n/", "507 SPACE", "/d/ /d/a=1 /d/s/ /d/s/x=2 /d/s/y=3 /e/"),
        ("/d/s/x", "COPY /d/ /n/", "201", "/d/ /d/a=1 /d/s/ /d/s/x=2 /d/s/y=3 /e/ /n/ /n/a=1 /n/s/ /n/s/x=2 /n/s/y=3"),
        ("/d/a", "DELETE /d/s/", "204", "/d/ /d/a=1 /e/"),
    ],
)
def test_a_store_fails_to_commit_a_member(serve: Serve, path: str, line: str, expected: str, after: str) -> None:
    """The commit that fails is that of each action at the path; the other members are committed."""
    client = serve(scenario(BOX, kept(path, kind="store-fails", more=", at: commit"))).client
    assert do(client, line) == expected.replace("SPACE", "sufficient-disk-space")
    assert tree(client) == after


@pytest.mark.parametrize("line", ["DELETE /d/", "MOVE /d/ /n/"])
def test_an_atomic_operation_is_one_commit(serve: Serve, line: str) -> None:
    """So a store that can't commit one of its members commits none, and that is one match."""
    served = serve(scenario(BOX, kept("/d/s/x", kind="store-fails", more=", at: commit, times: 1"), atomic=True))
    assert do(served.client, line) == "507 sufficient-disk-space"
    assert tree(served.client) == "/d/ /d/a=1 /d/s/ /d/s/x=2 /d/s/y=3 /e/"
    assert served.world.counts == {"k": 1}
    assert do(served.client, line) in ("201", "204")


def test_a_commit_that_fails_names_the_member(serve: Serve) -> None:
    """In the journal, with the cause."""
    served = serve(scenario(BOX, kept("/d/s/x", kind="store-fails", more=", at: commit")))
    served.client("DELETE", "/d/")
    explained = report(list(served.world.journal)[-1])
    assert [(failed.path, failed.detail, failed.cause) for failed in explained.failures] == [
        ("/d/s/x", "The store failed to commit DELETE /d/s/x.", "k")
    ]


# --- requests with parts ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize("methods", ["", "DELETE", "BDELETE"])
def test_a_target_is_named_by_either_method(serve: Serve, methods: str) -> None:
    """By that of the request, or by that of the part."""
    client = serve(scenario("/c/a=1 /c/b=2 /c/d/x=3", kept("/c/d/x", methods))).client
    assert batch(client, "BDELETE", "a", "d/") == "207  /c/d/x 403 need-privileges"


def test_a_target_of_bpropfind_lists_what_may_be_listed(serve: Serve) -> None:
    """The member that may not is one response, and its collection is described."""
    client = serve(scenario("/c/d/x=3 /c/d/y=4", kept("/c/d/x"))).client
    body = '<D:propfind xmlns:D="DAV:"><D:target><D:href>d/</D:href></D:target><D:prop><D:resourcetype/></D:prop></D:propfind>'
    answer = client("BPROPFIND", "/c/", body, {**XML, "Depth": "1"})
    assert [(each.href, each.status) for each in answer.reported] == [("/c/d/", 200), ("/c/d/x", 403), ("/c/d/y", 200)]


def test_a_request_of_a_batch_meets_the_members(serve: Serve) -> None:
    """As it would alone, and what depends on it gets its 424."""
    client = serve(scenario(BOX, kept("/d/s/x"))).client
    sent = [batches.ask("1", "delete", "d/"), batches.put("2", "n", dependsOn=["1"])]
    assert batches.do(client, *sent) == "1 207, 2 424"


def test_a_read_is_no_change_in_a_batch_either(serve: Serve) -> None:
    """A derived document is read from what is read-only, and a store that fails to write can be read."""
    feeds = "tree: {/a: {content: x}, /r: {from: [a]}}\ncauses: [{id: k, kind: %s}]"
    for kind in ("read-only", "store-fails"):
        assert batches.do(serve(feeds % kind).client, batches.ask("1", "get", "r")) == "1 200"


def test_the_path_of_a_cause_is_the_root_unless_it_says_otherwise(serve: Serve) -> None:
    """For each kind that has one."""
    for kind, status in {"read-only": 403, "lock": 423, "denied": 403}.items():
        client: Client = serve(f"causes: [{{id: k, kind: {kind}}}]").client
        assert client("PUT", "/f", "x").status == status, kind
