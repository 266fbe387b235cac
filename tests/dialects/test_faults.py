"""The faults: state that no RFC allows, on a real socket. The journal has the true outcomes, and without ``!`` all is right."""

from __future__ import annotations

import re
from typing import Any

import pytest
from msgspec.structs import replace

from dav424.core.batch import Done, Failed, FailedDependency
from dav424.dialects.faults import FAULTS
from dav424.journal.entries import JournalEntry
from tests.client import Client
from tests.dialects.conftest import Speak, Speaking

TREE = """
tree:
  /a.txt: {content: Milk}
  /d/a.txt: {content: A}
  /d/b.txt: {content: B}
  /e/b.txt: {content: old}
  /e/x.txt: {content: X, properties: {"{urn:u}a": "1"}}
"""
LOCKINFO = '<D:lockinfo xmlns:D="DAV:"><D:lockscope><D:exclusive/></D:lockscope><D:locktype><D:write/></D:locktype></D:lockinfo>'
XML = {"Content-Type": "application/xml"}
TO_E = {"Destination": "{base}/e/"}
TO_F = {"Destination": "{base}/f/"}


def outcomes(entry: JournalEntry) -> dict[str, Any]:
    """Give the status of each action in the journal, by its subject; each 424 has a cause among the others.

    The actions after the response are ``later`` ones.
    """
    given = {}
    for step in entry.steps:
        later = "after the response" in step.subject.name
        about = str(replace(step.subject, name="")) if later else str(step.subject)
        key = f"later {about}" if later else about
        match step.outcome:
            case Done():
                given[key] = step.status
            case Failed(status=status):
                given[key] = status
            case FailedDependency(status=status, on=on):
                given[key] = status
                assert on, "a 424 depends on something"
                assert not any(isinstance(entry.steps[position].outcome, Done) for position in on)
    return given


def locked(client: Client, path: str) -> str:
    """Lock a resource, and give its token in angle brackets."""
    answer = client("LOCK", path, LOCKINFO, XML)
    assert answer.status in (200, 201)
    return answer.headers["Lock-Token"]


def content(client: Client, path: str) -> bytes | None:
    """Read a document; None if it is not there."""
    answer = client("GET", path)
    return answer.body if answer.status == 200 else None


def speaking(speak: Speak, dialect: str, more: str = "") -> Speaking:
    """Serve the tree in a dialect with its faults."""
    return speak(dialect, f"{TREE}\n{more}", faults=True)


# ---- properties


def test_instructions_before_a_failure_stay_done(speak: Speak) -> None:
    """Those behind it are 424, because of it; the property before it is stored."""
    server = speaking(speak, "failed-proppatch: until-failure")
    line = "PROPPATCH /a.txt set u:a=1 set D:getetag=x set u:b=2 set u:c=3"
    assert server.client.say(line) == ("207  u:a 200, D:getetag 403 cannot-modify-protected-property, u:b 424, u:c 424")
    assert server.latest.rule == (
        "This server carries out the instructions one after the other, until one fails.",
        "RFC 4918 9.2",
    )
    assert list(outcomes(server.latest).values()) == [200, 403, 424, 424]
    assert server.client.say("PROPFIND /a.txt u:a u:b u:c") == "207  u:a 200, u:b 404, u:c 404"


def test_all_instructions_stay_done_that_could_be(speak: Speak) -> None:
    """Xandikos: no 424, and both others are stored."""
    server = speaking(speak, "failed-proppatch: others-kept")
    line = "PROPPATCH /a.txt set u:a=1 set D:getetag=x set u:b=2"
    assert server.client.say(line) == "207  u:a 200, u:b 200, D:getetag 403 cannot-modify-protected-property"
    assert server.client.say("PROPFIND /a.txt u:a u:b") == "207  u:a 200, u:b 200"


def test_other_requests_are_undone_as_always(speak: Speak) -> None:
    """A fault of PROPPATCH leaves MKCOL whole, and a fault of MKCOL leaves PROPPATCH whole."""
    client = speaking(speak, "failed-proppatch: others-kept").client
    assert client.say("MKCOL /new/ set u:a=1 set D:getetag=x").startswith("403  u:a 424")
    assert client("PROPFIND", "/new/").status == 404
    client = speaking(speak, "failed-mkcol: others-kept").client
    assert client.say("PROPPATCH /a.txt set u:a=1 set D:getetag=x").startswith("207  u:a 424")
    assert client.say("PROPFIND /a.txt u:a") == "207  u:a 404"


def test_a_failed_commit_is_undone_in_a_dialect_of_faults(speak: Speak) -> None:
    """Each instruction is a group: the commits that succeed stay, and the one that fails leaves nothing."""
    cause = "causes: [{id: full, kind: store-fails, path: /a.txt, at: commit, nth: 2}]"
    server = speaking(speak, "failed-proppatch: others-kept", cause)
    assert server.client.say("PROPPATCH /a.txt set u:a=1 set u:b=2 set u:c=3").startswith(
        "207  u:a 200, u:c 200, u:b 507"
    )
    assert server.latest.struck == ["full"]
    assert server.client.say("PROPFIND /a.txt u:a u:b u:c") == "207  u:a 200, u:c 200, u:b 404"


@pytest.mark.parametrize(
    ("value", "told", "found"),
    [
        ("collection-kept", "u:a 424", "u:a 404"),
        ("others-kept", "u:a 200", "u:a 200"),
    ],
)
def test_the_collection_stays(speak: Speak, value: str, told: str, found: str) -> None:
    """Sabre and Xandikos: the MKCOL fails as it says, and the collection is there."""
    server = speaking(speak, f"failed-mkcol: {value}")
    answer = server.client.say("MKCOL /new/ set u:a=1 set D:getetag=x")
    assert answer == f"403  {told}, D:getetag 403 cannot-modify-protected-property"
    assert outcomes(server.latest)["create /new"] == 201
    assert server.client.say("PROPFIND /new/ u:a") == f"207  {found}"


def test_the_calendar_stays(speak: Speak) -> None:
    """MKCALENDAR, too."""
    server = speaking(speak, "failed-mkcol: collection-kept")
    assert server.client.say("MKCALENDAR /cal/ set u:a=1 set D:getetag=x").startswith("207")
    assert server.client("PROPFIND", "/cal/").status == 207


def test_a_protected_property_is_accepted_and_not_changed(speak: Speak) -> None:
    """Radicale: 200 for the entity-tag. The journal says that nothing was changed."""
    server = speaking(speak, "protected-properties: unchanged")
    client = server.client
    etag = client("GET", "/a.txt").headers["ETag"]
    assert client.say("PROPPATCH /a.txt set u:a=1 set D:getetag=x remove D:resourcetype") == (
        "207  u:a 200, D:getetag 200, D:resourcetype 200"
    )
    assert list(outcomes(server.latest)) == [
        "set {urn:u}a",
        "read {DAV:}getetag, accepted and not changed,",
        "read {DAV:}resourcetype, accepted and not changed,",
    ]
    assert client("GET", "/a.txt").headers["ETag"] == etag


def test_a_protected_property_is_stored(speak: Speak) -> None:
    """Where the server can store it: getlastmodified, but not resourcetype."""
    server = speaking(speak, "protected-properties: stored")
    line = "PROPPATCH /a.txt set D:creationdate=2001-09-09T01:46:40Z set D:resourcetype=x"
    assert server.client.say(line) == "207  D:creationdate 200, D:resourcetype 200"
    assert list(outcomes(server.latest)) == [
        "write {DAV:}creationdate",
        "read {DAV:}resourcetype, accepted and not changed,",
    ]
    body = '<D:propfind xmlns:D="DAV:"><D:prop><D:creationdate/></D:prop></D:propfind>'
    assert b"2001-09-09T01:46:40Z" in server.client("PROPFIND", "/a.txt", body, {"Depth": "0"}).body


def test_a_dead_property_is_dropped(speak: Speak) -> None:
    """rclone: 200, and it is not there. A property that a cause protects is still refused."""
    cause = 'causes: [{id: p, kind: protected-property, property: "{urn:u}b"}]'
    server = speaking(speak, "dead-properties: dropped", cause)
    assert server.client.say("PROPPATCH /a.txt set u:a=1") == "207  u:a 200"
    assert outcomes(server.latest) == {"set {urn:u}a, accepted and not stored,": 200}
    assert server.client.say("PROPFIND /a.txt u:a") == "207  u:a 404"
    assert server.client.say("PROPPATCH /a.txt set u:b=1").startswith("207  u:b 403")


@pytest.mark.parametrize(
    ("method", "path", "headers"),
    [("COPY", "/d/", TO_F), ("MOVE", "/d/", TO_F), ("PUT", "/d/a.txt", {})],
)
def test_properties_are_lost(speak: Speak, method: str, path: str, headers: dict[str, str]) -> None:
    """After COPY and MOVE those at the Destination, after PUT those of the document; the journal has each removal."""
    server = speaking(speak, "properties-lost: [COPY, MOVE, PUT]")
    client = server.client
    client.say("PROPPATCH /d/a.txt set u:a=1 set u:b=2")
    assert client(method, path, b"new" if method == "PUT" else b"", headers).status in (201, 204)
    gone = outcomes(server.latest)
    assert (gone["later remove {urn:u}a"], gone["later remove {urn:u}b"]) == (200, 200)
    assert client.say(f"PROPFIND {'/d/' if method == 'PUT' else '/f/'}a.txt u:a u:b") == "207  u:a 404, u:b 404"
    if method == "COPY":
        assert client.say("PROPFIND /d/a.txt u:a") == "207  u:a 200"


def test_the_properties_of_the_place_stay(speak: Speak) -> None:
    """A member that only the destination had keeps its own, if a failure leaves it there."""
    server = speaking(speak, "properties-lost: [COPY]", "causes: [{id: no, kind: read-only, path: /e/x.txt}]\n")
    client = server.client
    client.say("PROPPATCH /d/a.txt set u:a=1")
    assert client("COPY", "/d/", headers=TO_E).status == 207
    assert client.say("PROPFIND /e/a.txt u:a") == "207  u:a 404"
    assert client.say("PROPFIND /e/x.txt u:a") == "207  u:a 200"


# ---- locks


def test_a_locked_member_is_deleted(speak: Speak) -> None:
    """lighttpd, Go and seven more: 204, and the member is gone with its lock."""
    server = speaking(speak, "member-locks-ignored: [DELETE]")
    locked(server.client, "/d/b.txt")
    assert server.client("DELETE", "/d/").status == 204
    assert outcomes(server.latest) == {"delete /d": 200}
    assert content(server.client, "/d/b.txt") is None


def test_a_locked_member_is_overwritten(speak: Speak) -> None:
    """Zope and sabre: COPY onto the collection replaces it, and its lock stays."""
    server = speaking(speak, "member-locks-ignored: [COPY]")
    token = locked(server.client, "/e/b.txt")
    assert server.client("COPY", "/d/", headers=TO_E).status == 204
    assert content(server.client, "/e/b.txt") == b"B"
    assert server.client("PUT", "/e/b.txt", "new").status == 423
    assert server.client("PUT", "/e/b.txt", "new", {"If": f"({token})"}).status == 204


def test_a_locked_member_is_moved(speak: Speak) -> None:
    """Its lock stays behind, and is gone with the source."""
    server = speaking(speak, "member-locks-ignored: [MOVE]")
    locked(server.client, "/d/b.txt")
    assert server.client("MOVE", "/d/", headers=TO_F).status == 201
    assert (content(server.client, "/f/b.txt"), content(server.client, "/d/b.txt")) == (b"B", None)
    assert server.client("PUT", "/f/b.txt", "new").status == 204


def test_a_lock_moves_with_its_resource(speak: Speak) -> None:
    """Zope: the lock of a member travels, and its token opens the new place."""
    server = speaking(speak, "member-locks-ignored: [MOVE]\nmoved-locks: moved")
    token = locked(server.client, "/d/b.txt")
    assert server.client("MOVE", "/d/", headers=TO_F).status == 201
    assert outcomes(server.latest)["later lock /f/b.txt"] == 200
    assert server.client("PUT", "/f/b.txt", "new").status == 423
    answer = server.client("PUT", "/f/b.txt", "new", {"If": f"<{server.client.url}f/b.txt> ({token})"})
    assert answer.status == 204


def test_a_lock_is_granted_over_a_locked_member(speak: Speak) -> None:
    """sabre: the member then has two exclusive locks."""
    server = speaking(speak, "member-locks-ignored: [LOCK]")
    locked(server.client, "/d/b.txt")
    assert server.client("LOCK", "/d/", LOCKINFO, XML).status == 200
    assert set(outcomes(server.latest)) == {"lock /d/b.txt", "lock /d"}
    body = '<D:propfind xmlns:D="DAV:"><D:prop><D:lockdiscovery/></D:prop></D:propfind>'
    received = server.client("PROPFIND", "/d/b.txt", body, {"Depth": "0"}).body
    assert len(re.findall(rb"<D:exclusive/>", received)) == 2


def test_a_lock_of_depth_infinity_is_shallow(speak: Speak) -> None:
    """PyWebDAV3: its lockdiscovery says depth 0, and a member can be written."""
    server = speaking(speak, "lock-depth: zero")
    answer = server.client("LOCK", "/d/", LOCKINFO, {**XML, "Depth": "infinity"})
    assert b"<D:depth>0</D:depth>" in answer.body
    assert server.client("PUT", "/d/a.txt", "new").status == 204
    assert server.client("PUT", "/d/new.txt", "new").status == 423


@pytest.mark.parametrize("method", ["DELETE", "MOVE", "LOCK"])
def test_causes_still_refuse_members(speak: Speak, method: str) -> None:
    """The fault overlooks locks alone."""
    cause = "causes: [{id: no, kind: denied, path: /d/b.txt}]"
    server = speaking(speak, "member-locks-ignored: [DELETE, COPY, MOVE, LOCK]", cause)
    headers = {"DELETE": {}, "MOVE": TO_F, "LOCK": XML}[method]
    answer = server.client(method, "/d/", LOCKINFO if method == "LOCK" else b"", headers)
    assert answer.status == 207
    assert server.latest.struck == ["no"]


def test_a_method_overlooks_all_locks(speak: Speak) -> None:
    """The PROPPATCH of Cyrus; its PUT does not."""
    server = speaking(speak, "locks-ignored: [PROPPATCH]")
    locked(server.client, "/a.txt")
    assert server.client.say("PROPPATCH /a.txt set u:a=1") == "207  u:a 200"
    assert server.client("PUT", "/a.txt", "new").status == 423


def test_a_granted_lock_locks_nothing(speak: Speak) -> None:
    """copyparty: the client gets a token, and the lock is gone. The journal has both."""
    server = speaking(speak, "locks-dropped: [LOCK]")
    assert locked(server.client, "/a.txt")
    assert outcomes(server.latest) == {"lock /a.txt": 200, "later unlock /a.txt": 200}
    assert server.client("PUT", "/a.txt", "new").status == 204


def test_a_put_drops_the_lock(speak: Speak) -> None:
    """The client that holds it loses it; a refused PUT drops nothing."""
    server = speaking(speak, "locks-dropped: [PUT]")
    token = locked(server.client, "/a.txt")
    assert server.client("PUT", "/a.txt", "new").status == 423
    assert server.client("PUT", "/a.txt", "new", {"If": f"({token})"}).status == 204
    assert outcomes(server.latest) == {"write /a.txt": 200, "later unlock /a.txt": 200}
    assert server.client("PUT", "/a.txt", "newer").status == 204


# ---- trees


@pytest.mark.parametrize(
    ("value", "path", "gone"),
    [("done-without-slash", "/d", True), ("done-without-slash", "/d/", False), ("done", "/d/", True)],
)
def test_a_refused_delete_is_done(speak: Speak, value: str, path: str, gone: bool) -> None:  # noqa: FBT001
    """WsgiDAV: 207 with the 423 of the member, which is deleted all the same, as the journal says."""
    server = speaking(speak, f"refused-delete: {value}")
    locked(server.client, "/d/b.txt")
    answer = server.client("DELETE", path)
    assert (answer.status, {each.href: each.status for each in answer.reported}) == (207, {"/d/b.txt": 423})
    later = {"later delete /d": 200} if gone else {}
    assert outcomes(server.latest) == {"delete /d": 424, "delete /d/b.txt": 423, **later}
    assert (server.client("PROPFIND", "/d/").status == 404) is gone


def test_a_refused_move_leaves_a_copy(speak: Speak) -> None:
    """Tomcat: the locked member is at both places."""
    server = speaking(speak, "refused-move: copied")
    locked(server.client, "/d/b.txt")
    assert server.client("MOVE", "/d/", headers=TO_F).status == 207
    assert outcomes(server.latest)["later copy /f/b.txt"] == 201
    assert (content(server.client, "/d/b.txt"), content(server.client, "/f/b.txt")) == (b"B", b"B")
    assert (content(server.client, "/d/a.txt"), content(server.client, "/f/a.txt")) == (None, b"A")


def test_a_refused_copy_has_deleted_the_destination(speak: Speak) -> None:
    """Sabre's CalDAV: 405, and the locked document there is gone, as the journal says. A document is copied."""
    server = speaking(speak, "collection-copy: destination-deleted")
    locked(server.client, "/e/b.txt")
    assert server.client("COPY", "/d/", headers=TO_E).status == 405
    assert outcomes(server.latest) == {"delete the destination": 200, "copy /e": 405}
    assert content(server.client, "/e/b.txt") is None
    assert server.client("COPY", "/d/", headers=TO_F).status == 405
    assert server.client("COPY", "/a.txt", headers={"Destination": "{base}/b.txt"}).status == 201


def test_failures_are_hidden(speak: Speak) -> None:
    """lighttpd: 200 for a COPY that left a locked member alone; the journal has the 423."""
    server = speaking(speak, "failures-hidden: {COPY: 200, PROPPATCH: 200}")
    locked(server.client, "/e/b.txt")
    answer = server.client("COPY", "/d/", headers=TO_E)
    assert (answer.status, answer.body) == (200, b"")
    assert 423 in outcomes(server.latest).values()
    assert content(server.client, "/e/b.txt") == b"old"
    assert server.client.say("PROPPATCH /a.txt set u:a=1 set D:getetag=x") == "200"
    assert server.client.say("PROPFIND /a.txt u:a") == "207  u:a 404"
    assert server.client("DELETE", "/e/").status == 207


def test_a_minimal_failure_is_hidden(speak: Speak) -> None:
    """Cyrus: 200 with return=minimal, and nothing is stored."""
    server = speaking(speak, "minimal-failures: hidden")
    line = "PROPPATCH /a.txt set u:a=1 set D:getetag=x"
    assert server.client.say(line, {"Prefer": "return=minimal"}) == "200"
    assert list(outcomes(server.latest).values()) == [424, 403]
    assert server.client.say(line).startswith("207")
    assert server.client.say("PROPFIND /a.txt u:a") == "207  u:a 404"


def test_preconditions_are_ignored(speak: Speak) -> None:
    """If-Match does not hold, and the PUT overwrites."""
    client = speaking(speak, "preconditions: ignored").client
    assert client("PUT", "/a.txt", "new", {"If-Match": '"other"'}).status == 204
    assert client("PUT", "/a.txt", "newer", {"If-None-Match": "*"}).status == 204
    assert content(client, "/a.txt") == b"newer"


def test_overwrite_f_is_ignored(speak: Speak) -> None:
    """The destination is replaced."""
    client = speaking(speak, "overwrite-f: ignored").client
    answer = client("COPY", "/a.txt", headers={"Destination": "{base}/e/b.txt", "Overwrite": "F"})
    assert (answer.status, content(client, "/e/b.txt")) == (204, b"Milk")


ALL_FAULTS = """
failed-proppatch: others-kept
failed-mkcol: others-kept
collection-copy: destination-deleted
lock-depth: zero
protected-properties: unchanged
dead-properties: dropped
properties-lost: [COPY, MOVE, PUT]
member-locks-ignored: [DELETE, COPY, MOVE, LOCK]
locks-ignored: [PROPPATCH, PUT]
locks-dropped: [LOCK, PUT, PROPPATCH, COPY]
moved-locks: moved
refused-delete: done
refused-move: copied
failures-hidden: {PROPPATCH: 200, MKCOL: 201, DELETE: 204, COPY: 204, MOVE: 204}
minimal-failures: hidden
preconditions: ignored
overwrite-f: ignored
if-header: ignored
"""


def test_without_an_exclamation_mark_there_is_no_fault(speak: Speak) -> None:
    """Each of them is left out, and the server says which; the answers and the state are those of the RFCs."""
    server = speak(ALL_FAULTS, TREE)
    client = server.client
    assert sorted(server.app.dialects.describe("tried").left_out) == sorted(fault.name for fault in FAULTS)
    assert client.say("PROPPATCH /a.txt set u:a=1 set D:getetag=x").startswith("207  u:a 424")
    assert client.say("MKCOL /new/ set D:getetag=x").startswith("403")
    assert client("COPY", "/d/", headers={"Destination": "{base}/g/"}).status == 201
    assert client("PROPFIND", "/new/").status == 404
    locked(client, "/d/b.txt")
    assert client("PUT", "/d/b.txt", "new").status == 423
    assert client("PUT", "/a.txt", "new", {"If-Match": '"other"'}).status == 412
    assert client("COPY", "/a.txt", headers={"Destination": "{base}/e/b.txt", "Overwrite": "F"}).status == 412
    assert client("LOCK", "/d/", LOCKINFO, XML).status == 207
    assert client("MOVE", "/d/", headers=TO_F).status == 207
    assert client("DELETE", "/d").status == 207
    assert content(client, "/d/b.txt") == b"B"
