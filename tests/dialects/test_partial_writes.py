"""The traits ``partial-put`` and ``patch`` on a real socket: parts of a document that a client writes."""

from __future__ import annotations

import re

import pytest

from tests.dialects.conftest import Speak

TREE = "tree: {/a.txt: {content: '0123456789'}, /d/b.txt: {content: Eggs}}"
PATCH = {"Content-Type": "application/x-sabredav-partialupdate"}
LOCKINFO = '<D:lockinfo xmlns:D="DAV:"><D:lockscope><D:exclusive/></D:lockscope><D:locktype><D:write/></D:locktype></D:lockinfo>'


def test_without_a_dialect_a_part_is_refused(speak: Speak) -> None:
    """RFC 9110 9.3.4: 400, and PATCH is 405; nothing is stored, and nothing announces PATCH."""
    client = speak("prefer: ignored", TREE).client
    assert client("PUT", "/a.txt", "ab", {"Content-Range": "bytes 3-4/10"}).status == 400
    assert client("PATCH", "/a.txt", "ab", {**PATCH, "X-Update-Range": "append"}).status == 405
    assert client("GET", "/a.txt").body == b"0123456789"
    assert "PATCH" not in client("OPTIONS", "/a.txt").headers["Allow"].split(", ")


@pytest.mark.parametrize(
    ("range_", "body", "content"),
    [
        ("bytes 3-4/10", "ab", b"012ab56789"),
        ("bytes 0-1/*", "ab", b"ab23456789"),
        ("bytes 9-11/12", "abc", b"012345678abc"),
        ("bytes 12-13/14", "ab", b"0123456789\0\0ab"),
    ],
)
def test_a_part_is_put_in_its_place(speak: Speak, range_: str, body: str, content: bytes) -> None:
    """The rest stays, with the type; the entity-tag is a new one. The journal has one action."""
    speaking = speak("partial-put: done", TREE)
    client = speaking.client
    old = client("GET", "/a.txt").headers["ETag"]
    answer = client("PUT", "/a.txt", body, {"Content-Range": range_})
    assert answer.status == 204
    assert [str(step.subject) for step in speaking.latest.steps] == ["write /a.txt"]
    got = client("GET", "/a.txt")
    assert (got.body, got.headers["Content-Type"]) == (content, "text/plain")
    assert got.headers["ETag"] == answer.headers["ETag"] != old


def test_a_part_of_a_new_document(speak: Speak) -> None:
    """It is made, and begins with zeros if the part does not begin it."""
    client = speak("partial-put: done", TREE).client
    assert client("PUT", "/new.txt", "ab", {"Content-Range": "bytes 2-3/4"}).status == 201
    assert client("GET", "/new.txt").body == b"\0\0ab"


@pytest.mark.parametrize(
    ("range_", "status"),
    [
        ("bytes 3-9/10", 416),
        ("bytes 4-3/10", 400),
        ("bytes 3-4/4", 400),
        ("items 3-4/10", 400),
        ("bytes 99999999999-100000000000/*", 416),
    ],
)
def test_a_part_that_does_not_fit(speak: Speak, range_: str, status: int) -> None:
    """It has another length than the body, no bytes, another unit, or lies too far behind the end."""
    client = speak("partial-put: done", TREE).client
    assert client("PUT", "/a.txt", "ab", {"Content-Range": range_}).status == status
    assert client("GET", "/a.txt").body == b"0123456789"


@pytest.mark.parametrize("status", [403, 501])
def test_a_part_is_refused_with_another_status(speak: Speak, status: int) -> None:
    """Nginx answers 501."""
    client = speak(f"partial-put: {status}", TREE).client
    assert client("PUT", "/a.txt", "ab", {"Content-Range": "bytes 3-4/10"}).status == status
    assert client("GET", "/a.txt").body == b"0123456789"
    assert client("PUT", "/a.txt", "ab").status == 204


def test_the_part_is_stored_as_the_whole(speak: Speak) -> None:
    """The header is ignored, and the journal still has it."""
    speaking = speak("partial-put: ignored", TREE)
    assert speaking.client("PUT", "/a.txt", "ab", {"Content-Range": "bytes 3-4/10"}).status == 204
    assert speaking.client("GET", "/a.txt").body == b"ab"
    assert "content-range" in next(iter(speaking.app.spaces.find("a").journal)).request.headers


@pytest.mark.parametrize(
    ("range_", "content"),
    [
        ("append", b"0123456789ab"),
        ("bytes=3-4", b"012ab56789"),
        ("bytes=3-", b"012ab56789"),
        ("bytes=-1", b"012345678ab"),
        ("bytes=-99", b"ab23456789"),
        ("bytes=12-", b"0123456789\0\0ab"),
    ],
)
def test_a_range_is_patched(speak: Speak, range_: str, content: bytes) -> None:
    """As sabre/dav does it: 204 with the new entity-tag."""
    client = speak("patch: sabre", TREE).client
    answer = client("PATCH", "/a.txt", "ab", {**PATCH, "X-Update-Range": range_})
    assert answer.status == 204
    got = client("GET", "/a.txt")
    assert (got.body, got.headers["ETag"]) == (content, answer.headers["ETag"])


@pytest.mark.parametrize(
    ("path", "headers", "status"),
    [
        ("/a.txt", {"X-Update-Range": "append"}, 415),
        ("/a.txt", PATCH, 400),
        ("/a.txt", {**PATCH, "X-Update-Range": "bytes=x"}, 400),
        ("/a.txt", {**PATCH, "X-Update-Range": "bytes=3-9"}, 416),
        ("/missing.txt", {**PATCH, "X-Update-Range": "append"}, 404),
        ("/d/", {**PATCH, "X-Update-Range": "append"}, 405),
    ],
)
def test_a_patch_that_is_refused(speak: Speak, path: str, headers: dict[str, str], status: int) -> None:
    """No such type, range or document; a collection has no content."""
    client = speak("patch: sabre", TREE).client
    answer = client("PATCH", path, "ab", headers)
    assert answer.status == status
    assert "PATCH" not in answer.headers.get("Allow", "").split(", ")
    assert client("GET", "/a.txt").body == b"0123456789"


def test_patch_is_announced(speak: Speak) -> None:
    """In DAV, and in Allow and Accept-Patch of a document."""
    client = speak("patch: sabre", TREE).client
    of_document, of_collection = client("OPTIONS", "/a.txt"), client("OPTIONS", "/d/")
    assert of_document.headers["DAV"].endswith(", sabredav-partialupdate")
    assert "PATCH" in of_document.headers["Allow"].split(", ")
    assert of_document.headers["Accept-Patch"] == PATCH["Content-Type"]
    assert "PATCH" not in of_collection.headers["Allow"].split(", ")
    assert "Accept-Patch" not in of_collection.headers


@pytest.mark.parametrize(
    ("method", "headers"),
    [("PUT", {"Content-Range": "bytes 10-11/12"}), ("PATCH", {**PATCH, "X-Update-Range": "append"})],
)
@pytest.mark.parametrize(
    ("cause", "status"),
    [
        ("{id: c, kind: lock, path: /a.txt}", 423),
        ("{id: c, kind: read-only, path: /a.txt}", 403),
        ("{id: c, kind: quota, path: /, bytes: 15}", 507),
        ("{id: c, kind: store-fails, path: /a.txt, at: commit}", 507),
    ],
)
def test_the_causes_of_a_write_hold(
    speak: Speak, method: str, headers: dict[str, str], cause: str, status: int
) -> None:
    """Each refuses it, is named in the journal, and leaves the content."""
    speaking = speak("patch: sabre\npartial-put: done", f"{TREE}\ncauses: [{cause}]")
    answer = speaking.client(method, "/a.txt", "ab", headers)
    assert answer.status == status
    assert speaking.latest.struck == ["c"]
    assert speaking.client("GET", "/a.txt").body == b"0123456789"


@pytest.mark.parametrize(
    ("method", "headers"),
    [("PUT", {"Content-Range": "bytes 3-4/10"}), ("PATCH", {**PATCH, "X-Update-Range": "bytes=3-4"})],
)
def test_the_conditions_of_a_write_hold(speak: Speak, method: str, headers: dict[str, str]) -> None:
    """If-Match and If, with the token of a lock."""
    client = speak("patch: sabre\npartial-put: done", TREE).client
    assert client(method, "/a.txt", "ab", {**headers, "If-Match": '"other"'}).status == 412
    locked = client("LOCK", "/a.txt", LOCKINFO, {"Content-Type": "application/xml"})
    token = locked.headers["Lock-Token"]
    assert client(method, "/a.txt", "ab", headers).status == 423
    assert client(method, "/a.txt", "ab", {**headers, "If": f"({token})"}).status == 204
    assert client("GET", "/a.txt").body == b"012ab56789"


def test_the_head_alone_refuses_a_patch(speak: Speak) -> None:
    """A client that waits for 100 Continue gets the 423 before it sends the body; else 100, and then 204."""
    head = (
        b"PATCH {base}/%s HTTP/1.1\r\nHost: x\r\nExpect: 100-continue\r\nX-Update-Range: append\r\nConnection: close\r\n"
        b"Content-Type: application/x-sabredav-partialupdate\r\nContent-Length: 2\r\n\r\nab"
    )
    client = speak("patch: sabre", f"{TREE}\ncauses: [{{id: c, kind: lock, path: /d/b.txt}}]").client
    statuses = [re.findall(rb"HTTP/1.1 (\d+)", client.raw(head % path)) for path in (b"d/b.txt", b"a.txt")]
    assert statuses == [[b"423"], [b"100", b"204"]]


def test_a_delay_elsewhere_is_no_bug(speak: Speak) -> None:
    """Causes know the method of the dialect, with its privilege."""
    causes = "[{id: slow, kind: delay, path: /d, milliseconds: 1}, {id: no, kind: denied, path: /a.txt}]"
    client = speak("patch: sabre", f"{TREE}\ncauses: {causes}").client
    assert client("PATCH", "/a.txt", "ab", {**PATCH, "X-Update-Range": "append"}).status == 403
