"""What a provider refuses is a cause: errors of real file systems, of a provider, and of a property manager.

Each failure is undone on the provider, byte for byte; what can't be undone is 500.
"""

from __future__ import annotations

import errno
import re
from pathlib import Path
from typing import Any

import pytest
from wsgidav.dav_error import DAVError
from wsgidav.fs_dav_provider import FilesystemProvider

from dav424.core.message import SizedBody
from dav424.wsgidav import Causes
from tests.wsgi.file_systems import as_nobody, opened, read_only, small_disk
from tests.wsgi.storages import Storage, files_in, filled, in_dictionary, in_memory, on_files, served, update

XML = {"content-type": "text/xml", "accept": "text/xml"}
TEXT = {"content-type": "text/plain"}
MKCOL = '<D:mkcol xmlns:D="DAV:" xmlns:x="urn:x"><D:set><D:prop>{}</D:prop></D:set></D:mkcol>'


def group(*requests: dict[str, Any]) -> list[dict[str, Any]]:
    """Write an atomicity group."""
    return [{**each, "id": str(number), "atomicityGroup": "g"} for number, each in enumerate(requests)]


def put(url: str, body: str) -> dict[str, Any]:
    """Write a PUT of a batch."""
    return {"method": "put", "url": url, "headers": TEXT, "body": body}


def proppatch(url: str, **values: str | None) -> dict[str, Any]:
    """Write a PROPPATCH of a batch."""
    return {"method": "proppatch", "url": url, "headers": XML, "body": update(**values)}


def explained(dav: Storage) -> str:
    """Give the explanation of the last exchange."""
    return str(dav.provider.space.journal.last)


@pytest.fixture
def full(tmp_path: Path) -> Any:
    """Serve a small disk with a filled tree."""
    with small_disk(tmp_path / "disk") as disk:
        inner = FilesystemProvider(str(disk), fs_opts={})
        with served(Causes(inner, []), lambda: files_in(disk), inner) as storage:
            yield filled(storage)


@pytest.mark.parametrize("position", range(4))
def test_a_full_disk_makes_a_424(full: Storage, position: int) -> None:
    """The PUT that finds no space is 507; all other requests of its group are 424, and undone on the disk."""
    before = full.stored()
    requests = [put("f", "changed"), put("new", "new"), {"method": "delete", "url": "box/"}]
    requests.insert(position, put("big", "x" * 60_000 * (1 + 2 * (position > 2))))
    expected = [507 if number == position else 424 for number in range(4)]
    assert full.batch(*group(*requests)) == ", ".join(f"{number} {status}" for number, status in enumerate(expected))
    assert full.stored() == before
    assert "The provider could not write /big: No space left on device." in explained(full)


def test_a_full_disk_refuses_a_put(full: Storage) -> None:
    """A new document is not left in part, and an old one keeps its content."""
    before = full.stored()
    answer = full("PUT", "/big", b"x" * 70_000)
    assert (answer.status_code, "sufficient-disk-space" in answer.text) == (507, True)
    assert full("PUT", "/f", b"x" * 70_000).status_code == 507
    assert full.stored() == before


def test_a_full_disk_refuses_a_member_of_a_copy(full: Storage) -> None:
    """The member for which there is no space does not arrive: 507. The others do (RFC 4918 9.8.3)."""
    assert full("PUT", "/box/z", b"z" * 24_000).status_code == 201
    assert full.say("COPY", "/box/", Destination="/new/") == "207 z 507"
    tree = full.tree()
    assert ("/new/z" in tree, tree["/new/a"]) == (False, b"a" * 5000)


def test_another_user_makes_a_424(tmp_path: Path) -> None:
    """A folder that belongs to another user refuses with 403; the rest of the group is undone where it may write."""
    with on_files(tmp_path) as dav:
        root = tmp_path / "root"
        root.chmod(0o777)
        before = dav.stored()
        parents = [path for path in (tmp_path, *tmp_path.parents) if path.stat().st_mode & 0o011 != 0o011]
        with opened(parents), as_nobody():
            requests = group(put("new", "new"), {"method": "delete", "url": "box/in/"}, put("box/more", "more"))
            assert dav.batch(*requests) == "0 424, 1 207, 2 403"
            assert dav.stored() == before
            assert dav.say("DELETE", "/box/in/") == "207 c 403"
            assert dav.say("MKCOL", "/box/made/") == "403"
            assert dav.say("MOVE", "/f", Destination="/box/f") == "403"
            assert dav.say("PUT", "/made", b"1") == "201"
        assert "Permission denied" in "".join(map(str, dav.provider.space.journal))
        root.joinpath("made").unlink()
        assert dav.stored() == before


def test_a_read_only_disk_makes_a_424(tmp_path: Path) -> None:
    """Every write is 403; a property that was set beside it, in memory, is undone."""
    with on_files(tmp_path) as dav:
        before = dav.stored()
        with read_only(tmp_path / "root"):
            assert dav.batch(*group(proppatch("f", new="1"), put("f", "x"))) == "0 424, 1 403"
            assert [dav.say("PUT", "/new", b"1"), dav.say("MKCOL", "/new/")] == ["403", "403"]
            assert dav.say("COPY", "/box/", Destination="/new/") == "403"
            assert dav.say("DELETE", "/box/") == "207 a 403, b 403, c 403"
            assert "Read-only file system" in explained(dav)
            assert dav("GET", "/f").content == b"file"
        assert dav.stored() == before


@pytest.mark.parametrize("position", range(4))
def test_a_property_manager_makes_a_424(position: int, tmp_path: Path) -> None:
    """The property that it refuses has its status, wherever it stands; the others are undone."""
    with on_files(tmp_path) as dav:
        before = dav.stored()
        names = ["new", "also", "old"]
        values: dict[str, str | None] = dict.fromkeys(names, "9")
        items = list(values.items())
        items.insert(position, ("fussy", "1"))
        assert dav.say("PROPPATCH", "/f", update(**dict(items))).count("424") == 3
        assert "fussy of /f: 409 Conflict" in explained(dav)
        assert "The provider refused to set {urn:x}fussy of /f: fussy is not welcome." in explained(dav)
        assert dav.stored() == before
        assert dav.say("MKCOL", "/new/", MKCOL.format("<x:a>1</x:a><x:fussy>1</x:fussy>")) == "409"
        assert dav.stored() == before


@pytest.mark.parametrize(
    ("error", "status"),
    [
        (DAVError(409, "not now"), 409),
        (DAVError(503), 503),
        (DAVError(424, "because"), 500),
        (DAVError(204), 500),
        (OSError(errno.ENOSPC, "full"), 507),
        (OSError(errno.EDQUOT, "over quota"), 507),
        (OSError(errno.EACCES, "no"), 403),
        (OSError(errno.EPERM, "no"), 403),
        (OSError(errno.EROFS, "no"), 403),
        (OSError(errno.ENOENT, "gone"), 409),
        (OSError(errno.EIO, "broken"), 500),
        (OSError("odd"), 500),
        (KeyError("a bug of the provider"), 500),
    ],
)
def test_each_error_has_its_status(error: Exception, status: int, tmp_path: Path) -> None:
    """No cause is a 424, and the others of the group are."""
    with in_dictionary(tmp_path) as dav:
        before = dav.stored()
        dav.inner.refusals["/box/b"] = error
        assert dav.batch(*group(put("f", "x"), put("box/b", "x"))) == f"0 424, 1 {status}"
        assert "The provider " in explained(dav)
        dav.inner.refusals.clear()
        assert dav.stored() == before


@pytest.mark.parametrize("method", ["COPY", "MOVE", "DELETE"])
@pytest.mark.parametrize("member", ["a", "b", "in", "in/c"])
def test_a_member_fails_at_every_position(method: str, member: str, tmp_path: Path) -> None:
    """The provider refuses one member: it has the status, and an atomic request is undone."""
    for atomic in (False, True):
        folder = tmp_path / str(atomic)
        folder.mkdir()
        with in_dictionary(folder, atomic=atomic) as dav:
            before, whole = dav.stored(), dav.tree()
            target = "/box" if method == "DELETE" else "/new"
            dav.inner.refusals[f"{target}/{member}"] = OSError(errno.ENOSPC, "full")
            said = dav.say(method, "/box/", **({} if method == "DELETE" else {"Destination": "/new/"}))
            assert "424" not in said
            assert said == "507" if atomic else f"{member.rpartition('/')[2]} 507" in said
            dav.inner.refusals.clear()
            if atomic:
                assert (dav.tree(), dav.stored()) == (whole, before)
            elif method == "COPY":
                assert {path: whole[path] for path in whole} == {path: dav.tree()[path] for path in whole}


def test_what_cannot_be_undone_is_500_in_the_207_of_a_batch(tmp_path: Path) -> None:
    """The document that the provider does not remove again is named; the others of its group are 424."""
    with in_dictionary(tmp_path) as dav:
        dav.inner.refusals_of_delete = {"/new"}
        answer = dav.batch(*group(put("f", "x"), put("new", "new"), proppatch("f", fussy="1")))
        told = explained(dav)
        assert answer == "0 424, 1 500, 2 207"
        assert dav.tree()["/new"] == b"new"
        assert dav.tree()["/f"] == b"file"
        assert "The server could not remove /new when it undid the request: The provider refused to remove /new" in told


def test_what_cannot_be_undone_is_500_in_a_207(tmp_path: Path) -> None:
    """A property that the manager does not let go is 500 in the PROPPATCH; the refused one keeps its status."""
    with on_files(tmp_path) as dav:
        dav.app.prop_manager.stuck = {"{urn:x}glue"}
        said = dav("PROPPATCH", "/f", update(new="1", glue="1", fussy="1"))
        parts = re.findall(r"<x:(\w+)|<\w*:?(new|glue|fussy)[ /].*?HTTP/1.1 (\d+)", said.text, re.DOTALL)
        assert said.status_code == 207
        assert [status for *_, status in parts if status] == ["424", "500", "409"]
        assert "{urn:x}glue of /f when it undid the request" in explained(dav)


def test_what_cannot_be_undone_is_a_plain_500(tmp_path: Path) -> None:
    """MKCOL has no 207: the collection that stays is a 500, and never a 424."""
    with in_dictionary(tmp_path) as dav:
        dav.inner.refusals_of_delete = {"/new"}
        answer = dav("MKCOL", "/new/", MKCOL.format("<x:a>1</x:a><x:fussy>1</x:fussy>"))
        assert (answer.status_code, " 424 " in answer.text) == (500, False)
        assert "/new" in dav.inner.files or "new" in dav.inner.files
        assert "could not remove /new" in explained(dav)


def test_what_a_single_put_leaves_is_named(tmp_path: Path) -> None:
    """A PUT that fails halfway, and can't be undone, is 500 with both reasons."""
    with in_dictionary(tmp_path) as dav:
        dav.inner.refusals_of_delete = {"/new"}
        dav.inner.full = {"/new"}
        answer = dav("PUT", "/new", b"content")
        assert answer.status_code == 500
        assert re.search("could not write /new: full.*could not remove /new", answer.text)


def test_changes_of_others_are_seen(tmp_path: Path) -> None:
    """What another process writes, removes or changes in the folder is there in the next request."""
    with on_files(tmp_path) as dav:
        root = tmp_path / "root"
        root.joinpath("f").write_bytes(b"from outside")
        root.joinpath("other").write_bytes(b"new")
        root.joinpath("box/a").unlink()
        assert (dav("GET", "/f").content, dav("GET", "/other").content) == (b"from outside", b"new")
        assert dav("GET", "/box/a").status_code == 404
        assert "/other" in dav.provider.space.tree
        assert dav.say("PUT", "/box/a", b"again") == "201"


def test_a_member_that_another_process_adds_survives_an_undo(tmp_path: Path) -> None:
    """The group removes and restores what is there now, not what was there when it began."""
    with on_files(tmp_path) as dav:
        (tmp_path / "root/box/late").write_bytes(b"late")
        assert dav.batch(*group({"method": "delete", "url": "box/"}, proppatch("f", fussy="1"))) == "0 424, 1 207"
        assert dav.tree()["/box/late"] == b"late"


def test_the_reason_of_a_424_names_the_refusal(tmp_path: Path) -> None:
    """The answer, the explanation and its page say in words why the provider refused."""
    with on_files(tmp_path) as dav:
        answer = dav("PROPPATCH", "/f", update(a="1", fussy="1"))
        assert "The provider refused to set {urn:x}fussy of /f: fussy is not welcome." in answer.text
        assert "because of 1: set {urn:x}fussy of /f: 409 Conflict" in explained(dav)
        assert dav.provider.space.journal.last.outcomes["f", "{urn:x}fussy"].status == 409


def test_memory_holds_no_large_file(tmp_path: Path) -> None:
    """A COPY, a GET, an undone DELETE of a large file take no memory of its size."""
    import resource

    with on_files(tmp_path) as dav:
        (tmp_path / "root/large").write_bytes(b"\0" * (1 << 20) * 200)
        before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
        assert dav.say("COPY", "/large", Destination="/copy") == "201"
        assert dav.say("COPY", "/large", Destination="/f") == "204"
        assert dav.batch(*group({"method": "delete", "url": "large"}, proppatch("f", fussy="1"))) == "0 424, 1 207"
        assert dav.say("MOVE", "/large", Destination="/moved") == "201"
        grown = (resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before) / 1024
        assert grown < 50
        assert (tmp_path / "root/copy").stat().st_size == (tmp_path / "root/moved").stat().st_size == 200 << 20


def test_stock_and_memory_are_left_alone(tmp_path: Path) -> None:
    """The tree in memory still has no savepoint that can be stuck."""
    with in_memory(tmp_path) as dav:
        assert dav.batch(*group(put("f", "x"), put("nowhere/f", "x"))) == "0 424, 1 409"


def test_content_that_becomes_shorter_is_not_taken_for_whole() -> None:
    """The body ends with an error, so that the server closes the connection before the announced length."""
    body = iter(SizedBody(10, iter([b"12345"])))
    assert next(body) == b"12345"
    with pytest.raises(OSError, match="became shorter"):
        next(body)
