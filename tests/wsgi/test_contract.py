"""The contract of the store: the same cases over the tree in memory, over files, and over a provider of a user.

Whatever fails, at whatever position: the statuses are the same, and what is undone is undone byte for byte.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from lxml import etree

from tests.wsgi.storages import STORAGES, update

LOCKINFO = '<D:lockinfo xmlns:D="DAV:"><D:lockscope><D:exclusive/></D:lockscope><D:locktype><D:write/></D:locktype></D:lockinfo>'
MKCOL = (
    '<D:mkcol xmlns:D="DAV:" xmlns:x="urn:x"><D:set><D:prop><D:resourcetype><D:collection/></D:resourcetype>{}</D:prop>'
    "</D:set></D:mkcol>"
)
OWNER = {"id": "owner", "kind": "protected-property", "property": "{urn:x}owner"}
every = pytest.mark.parametrize("storage", STORAGES)


def denied(method: str, path: str) -> dict[str, Any]:
    """Write a cause that denies a method at a path."""
    return {"id": "denied", "kind": "denied", "methods": [method], "path": path}


@every
@pytest.mark.parametrize("position", range(5))
def test_a_proppatch_is_undone(storage: str, position: int, tmp_path: Path) -> None:
    """New properties, changed ones and removed ones are as they were, wherever the refused one stands."""
    with STORAGES[storage](tmp_path, causes=[OWNER]) as dav:
        before = dav.stored()
        values: list[tuple[str, str | None]] = [("new", "1"), ("old", "<x:sub/>"), ("also", None), ("none", None)]
        values.insert(position, ("owner", "Ada"))
        expected = ", ".join(f"{name} {403 if name == 'owner' else 424}" for name, _ in values)
        assert sorted(dav.say("PROPPATCH", "/f", update(**dict(values)))[4:].split(", ")) == sorted(
            expected.split(", ")
        )
        assert dav.stored() == before


@every
def test_a_proppatch_is_done(storage: str, tmp_path: Path) -> None:
    """Without a failure all of it is stored, also on a collection."""
    with STORAGES[storage](tmp_path) as dav:
        assert dav.say("PROPPATCH", "/box/", update(new="1", old=None)) == "207 new 200, old 200"
        body = '<D:propfind xmlns:D="DAV:" xmlns:x="urn:x"><D:prop><x:new/><x:old/><x:also/></D:prop></D:propfind>'
        answer = dav("PROPFIND", "/box/", body, Depth="0").text
        assert (">1</x:new>" in answer, "x:sub" in answer) == (True, False)


@every
@pytest.mark.parametrize("position", range(3))
def test_an_extended_mkcol_is_undone(storage: str, position: int, tmp_path: Path) -> None:
    """No collection is left, and no property."""
    with STORAGES[storage](tmp_path, causes=[OWNER]) as dav:
        before = dav.stored()
        props = ["<x:a>1</x:a>", "<x:b>2</x:b>"]
        props.insert(position, "<x:owner>Ada</x:owner>")
        assert dav.say("MKCOL", "/new/", MKCOL.format("".join(props))) == "403"
        assert dav.stored() == before
        assert dav.say("MKCOL", "/new/", MKCOL.format("<x:a>1</x:a>")) == "201"


@every
def test_a_lock_of_a_hierarchy_is_undone(storage: str, tmp_path: Path) -> None:
    """One member refuses: no resource is locked."""
    with STORAGES[storage](tmp_path, causes=[denied("LOCK", "/box/in/c")]) as dav:
        before = dav.stored()
        assert dav.say("LOCK", "/box/", LOCKINFO) == "207 c 403, box 424"
        assert dav.say("PUT", "/box/a", b"open") == "204"
        assert dav.say("PUT", "/box/a", b"a" * 5000) == "204"
        assert dav.tree()["/box/in/c"] == "ü".encode()
        if storage == "dictionary":
            assert dav.stored() == before


@every
def test_a_lock_of_an_unmapped_url_is_undone(storage: str, tmp_path: Path) -> None:
    """The lock is refused, so the empty document that it would be on is not left."""
    with STORAGES[storage](tmp_path, causes=[{"id": "no", "kind": "unlockable", "path": "/new"}]) as dav:
        before = dav.stored()
        assert dav.say("LOCK", "/new", LOCKINFO) == "403"
        assert dav.stored() == before


@every
def test_a_lock_protects_and_ends(storage: str, tmp_path: Path) -> None:
    """The token of the answer opens the members; a refresh keeps it; UNLOCK ends it."""
    with STORAGES[storage](tmp_path) as dav:
        token = dav("LOCK", "/box/", LOCKINFO, Timeout="Second-100").headers["Lock-Token"]
        assert dav.say("PUT", "/box/a", b"x") == "423"
        assert dav.say("LOCK", "/box/a", LOCKINFO) == "423"
        assert dav.say("PUT", "/box/a", b"x", If=f"</box/> ({token})") == "204"
        assert dav.say("LOCK", "/box/", If=f"({token})", Timeout="Second-200") == "200"
        assert token[1:-1] in dav("PROPFIND", "/box/a", Depth="0").text
        assert dav.say("MOVE", "/box/in", Destination="/moved", If=f"</box/> ({token})") == "201"
        assert dav.say("UNLOCK", "/box/", Lock_Token=token) == "204"
        assert dav.say("PUT", "/box/a", b"y") == "204"


MEMBERS = ["/box/a", "/box/b", "/box/in/c"]


@every
@pytest.mark.parametrize("path", MEMBERS)
@pytest.mark.parametrize("atomic", [False, True])
def test_a_delete_fails_at_a_member(storage: str, path: str, *, atomic: bool, tmp_path: Path) -> None:
    """The member and the collections above it stay; the others are gone, unless all is atomic."""
    with STORAGES[storage](tmp_path, causes=[denied("DELETE", path)], atomic=atomic) as dav:
        before, whole = dav.stored(), dav.tree()
        name = path.rpartition("/")[2]
        assert dav.say("DELETE", "/box/") == ("403" if atomic else f"207 {name} 403")
        if atomic:
            assert dav.stored() == before
        kept = {
            each for each in whole if not each.startswith("/box/") or path.startswith(each) or each.startswith(path)
        }
        assert set(dav.tree()) == (set(whole) if atomic else kept)


@every
@pytest.mark.parametrize("path", ["/new/a", "/new/b", "/new/in/c"])
@pytest.mark.parametrize("atomic", [False, True])
@pytest.mark.parametrize("method", ["COPY", "MOVE"])
def test_a_copy_or_a_move_fails_at_a_member(
    storage: str, method: str, path: str, *, atomic: bool, tmp_path: Path
) -> None:
    """The member does not arrive; a MOVE keeps it at its source; nothing is changed if all is atomic."""
    with STORAGES[storage](tmp_path, causes=[denied(method, path)], atomic=atomic) as dav:
        before, whole = dav.stored(), dav.tree()
        name = path.rpartition("/")[2]
        assert dav.say(method, "/box/", Destination="/new/") == ("403" if atomic else f"207 {name} 403")
        source = path.replace("/new", "/box")
        after = dav.tree()
        if atomic:
            assert (dav.stored(), after) == (before, whole)
            return
        arrived = {each.replace("/box", "/new") for each in whole if each.startswith("/box/")} - {path}
        left = {each for each in whole if method == "COPY" or not each.startswith("/box/") or source.startswith(each)}
        assert set(after) == arrived | left | {"/"}
        assert all(after[each] == whole.get(each.replace("/new", "/box")) for each in arrived)


@every
def test_a_copy_and_a_move_carry_everything(storage: str, tmp_path: Path) -> None:
    """Content and properties of all members arrive, over an existing tree too."""
    with STORAGES[storage](tmp_path) as dav:
        whole = dav.tree()
        assert dav.say("COPY", "/box/", Destination="/new/") == "201"
        assert dav.say("PUT", "/new/more", b"more") == "201"
        assert dav.say("COPY", "/box/", Destination="/new/") == "204"
        assert dav.say("MOVE", "/new/", Destination="/f", Overwrite="F") == "412"
        assert dav.say("MOVE", "/new/", Destination="/last/") == "201"
        assert dav.say("COPY", "/f", Destination="/last/a") == "204"
        after = dav.tree()
        assert after == {
            **whole,
            **{path.replace("/box", "/last"): content for path, content in whole.items() if path.startswith("/box")},
            "/last/a": b"file",
        }
        for path in ("/last/in/c", "/last/"):
            found = etree.fromstring(dav("PROPFIND", path, Depth="0").content)
            assert found.findtext(".//{urn:x}sub") == "é"


@every
def test_a_depth_0_copy_copies_the_collection_alone(storage: str, tmp_path: Path) -> None:
    """RFC 4918 9.8.3: without its members."""
    with STORAGES[storage](tmp_path) as dav:
        assert dav.say("COPY", "/box/", Destination="/new/", Depth="0") == "201"
        assert [path for path in dav.tree() if path.startswith("/new")] == ["/new/"]


def batch_of(position: int) -> list[dict[str, Any]]:
    """Write a group of changes of all kinds, with a refused one at a position."""
    xml, text = {"content-type": "text/xml", "accept": "text/xml"}, {"content-type": "text/plain"}
    group: list[dict[str, Any]] = [
        {"method": "put", "url": "f", "headers": text, "body": "changed"},
        {"method": "put", "url": "new", "headers": text, "body": "new"},
        {"method": "proppatch", "url": "f", "headers": xml, "body": update(old=None, more="3")},
        {"method": "delete", "url": "box/a"},
        {"method": "mkcol", "url": "made"},
        {"method": "copy", "url": "box/", "headers": {"destination": "/copied/"}},
        {"method": "move", "url": "box/", "headers": {"destination": "/moved/"}},
        {"method": "delete", "url": "moved/in"},
        {"method": "move", "url": "f", "headers": {"destination": "/copied/f"}},
        {"method": "put", "url": "copied/f", "headers": text, "body": "again"},
    ]
    group.insert(position, {"method": "proppatch", "url": "box/", "headers": xml, "body": update(owner="Ada")})
    return [{**each, "id": str(number), "atomicityGroup": "g"} for number, each in enumerate(group)]


@every
@pytest.mark.parametrize("position", range(7))
def test_a_batch_is_undone(storage: str, position: int, tmp_path: Path) -> None:
    """Whatever the group has done, with files, properties and collections, is undone wherever it fails."""
    with STORAGES[storage](tmp_path, causes=[OWNER]) as dav:
        before, whole = dav.stored(), dav.tree()
        assert dav.batch(*batch_of(position)) == ", ".join(
            f"{number} {207 if number == position else 424}" for number in range(11)
        )
        assert (dav.tree(), dav.stored()) == (whole, before)


@every
def test_locks_come_back_when_a_batch_is_undone(storage: str, tmp_path: Path) -> None:
    """The token of a lock that the group has removed, with its resource or alone, is good again."""
    with STORAGES[storage](tmp_path, causes=[OWNER]) as dav:
        tokens = [dav("LOCK", path, LOCKINFO).headers["Lock-Token"] for path in ("/f", "/box/b")]
        before = dav.stored()
        xml = {"content-type": "text/xml", "accept": "text/xml"}
        group = [
            {"method": "unlock", "url": "f", "headers": {"lock-token": tokens[0]}},
            {"method": "delete", "url": "box/", "headers": {"if": f"</box/b> ({tokens[1]})"}},
            {"method": "proppatch", "url": "f", "headers": xml, "body": update(owner="Ada")},
        ]
        sent = [{**each, "id": str(number), "atomicityGroup": "g"} for number, each in enumerate(group)]
        assert dav.batch(*sent) == "0 424, 1 424, 2 207"
        assert dav.stored() == before
        assert dav.say("PUT", "/f", b"x") == "423"
        assert dav.say("PUT", "/f", b"x", If=f"({tokens[0]})") == "204"
        assert dav.say("PUT", "/box/b", b"x", If=f"({tokens[1]})") == "204"


@every
def test_a_store_that_fails_to_commit_is_undone(storage: str, tmp_path: Path) -> None:
    """A refused commit leaves nothing of a PROPPATCH, a PUT and a DELETE."""
    with STORAGES[storage](tmp_path, causes=[{"id": "s", "kind": "store-fails", "at": "commit", "path": "/f"}]) as dav:
        before = dav.stored()
        assert dav.say("PROPPATCH", "/f", update(a="1")) == "207 a 507"
        assert [dav.say("PUT", "/f", b"x"), dav.say("DELETE", "/f")] == ["507", "507"]
        assert dav.stored() == before


@every
def test_a_lock_that_a_cause_sets_up_is_counted(storage: str, tmp_path: Path) -> None:
    """The lock of another user refuses two requests, and is gone."""
    with STORAGES[storage](tmp_path, causes=[{"id": "l", "kind": "lock", "path": "/f", "times": 2}]) as dav:
        assert [dav.say("PUT", "/f", b"x") for _ in range(3)] == ["423", "423", "204"]


@every
def test_a_quota_is_measured(storage: str, tmp_path: Path) -> None:
    """A quota of bytes counts all that is below its path, and a COPY that exceeds it fails at the member."""
    with STORAGES[storage](tmp_path) as dav:
        dav.provider.space.put_cause("q", "quota", path="/box", bytes=6000)
        assert dav.say("PUT", "/box/more", b"x" * 2000) == "507"
        assert dav.say("PUT", "/box/more", b"x" * 100) == "201"
        assert dav.say("COPY", "/box/a", Destination="/box/twice") == "507"
