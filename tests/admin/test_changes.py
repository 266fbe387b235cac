"""What changed in a scenario: by path, part and property."""

from __future__ import annotations

from typing import Any

from dav424.admin.changes import MOST_CHANGES
from dav424.journal.entries import MOST_OF_A_BODY

from .conftest import Api


def changed(api: Api, query: str = "") -> dict[str, tuple[str, dict[str, Any]]]:
    """Give the changes of the space ``x`` by path: what happened, and the parts with their texts before and after."""
    said = api("GET", f"spaces/x/changes?scenario=plain{query}").json
    return {
        each["path"]: (each["change"], {part["part"] + part["name"]: _texts(part) for part in each["parts"]})
        for each in said["changes"]
    }


def _texts(part: dict[str, Any]) -> tuple[str | None, str | None]:
    before, after = (part[side] and part[side]["text"] for side in ("before", "after"))
    return before, after


def plain(api: Api) -> Api:
    """Make the space ``x`` with the scenario ``plain``."""
    api("PUT", "spaces/x", {"scenario": "plain"})
    return api


def test_nothing_has_changed_at_the_beginning(api: Api) -> None:
    """Nor after a request that only reads."""
    plain(api).dav("s/x/plain/")("GET", "/a.txt")
    assert changed(api) == {}


def test_a_write_changes_content_and_entity_tag(api: Api) -> None:
    """With both values, and nothing about other resources."""
    plain(api).dav("s/x/plain/")("PUT", "/a.txt", "B")
    found = changed(api)
    assert set(found) == {"/a.txt"}
    change, parts = found["/a.txt"]
    assert (change, parts["content"]) == ("changed", ("A", "B"))
    assert set(parts) == {"content", "etag"}


def test_a_property_is_named(api: Api) -> None:
    """By its name in Clark notation; before it, there was none."""
    plain(api).dav("s/x/plain/").say("PROPPATCH /a.txt set u:a=1")
    (_, parts) = changed(api)["/a.txt"]
    ((name, (before, after)),) = parts.items()
    assert name == "property{urn:u}a"
    assert before is None
    assert after is not None
    assert "1</" in after


def test_members_of_a_removed_collection_are_removed(api: Api) -> None:
    """Each resource is listed, and the collection above it only if it changed itself."""
    plain(api).dav("s/x/plain/")("DELETE", "/c/")
    found = {path: change for path, (change, _) in changed(api).items()}
    assert found == {"/c/": "removed", "/c/b.txt": "removed"}


def test_a_document_in_the_place_of_a_collection(api: Api) -> None:
    """It changed its kind, and the members are gone."""
    dav = plain(api).dav("s/x/plain/")
    dav("DELETE", "/c/")
    dav("PUT", "/c", "now a document")
    found = changed(api)
    assert found["/c"][1]["kind"] == ("collection", "document")
    assert found["/c/b.txt"][0] == "removed"


def test_a_lock_is_a_change(api: Api) -> None:
    """By its token, with its scope and depth; an expired one is none."""
    dav = plain(api).dav("s/x/plain/")
    body = '<lockinfo xmlns="DAV:"><lockscope><exclusive/></lockscope><locktype><write/></locktype></lockinfo>'
    dav("LOCK", "/a.txt", body, {"Content-Type": "application/xml", "Depth": "0", "Timeout": "Second-60"})
    ((_, texts),) = changed(api)["/a.txt"][1].items()
    assert texts == (None, "exclusive, depth 0")
    api("POST", "spaces/x/clock", {"advance": 61})
    assert changed(api) == {}


def test_since_a_snapshot(api: Api) -> None:
    """The changes before it don't count."""
    dav = plain(api).dav("s/x/plain/")
    dav("PUT", "/a.txt", "B")
    name = api("POST", "spaces/x/snapshots").json["snapshot"]
    dav("PUT", "/new.txt", "N")
    assert {path: change for path, (change, _) in changed(api, f"&snapshot={name}").items()} == {"/new.txt": "added"}
    assert api("GET", "spaces/x/changes?snapshot=9").status == 404


def test_bytes_and_long_texts(api: Api) -> None:
    """Bytes that are not UTF-8 come in base64, and of a long value only its beginning."""
    dav = plain(api).dav("s/x/plain/")
    dav("PUT", "/a.txt", b"\xff\x00")
    dav("PUT", "/long.txt", "é" * MOST_OF_A_BODY)
    said = api("GET", "spaces/x/changes").json["changes"]
    values = {each["path"]: part["after"] for each in said for part in each["parts"] if part["part"] == "content"}
    assert values["/a.txt"] == {"text": "/wA=", "size": 2, "base64": True, "truncated": False}
    assert values["/long.txt"]["text"] == "é" * (MOST_OF_A_BODY // 2)
    assert (values["/long.txt"]["size"], values["/long.txt"]["truncated"]) == (2 * MOST_OF_A_BODY, True)


def test_many_changes_are_counted(api: Api) -> None:
    """Past the limit there is a number."""
    resources = {f"/n/{number}.txt": {} for number in range(MOST_CHANGES)}
    plain(api)("PUT", "spaces/x/tree", {"resources": {"/a.txt": {"content": "A"}, "/c/b.txt": {}, **resources}})
    said = api("GET", "spaces/x/changes").json
    assert len(said["changes"]) == MOST_CHANGES
    assert said["more"] > 0
