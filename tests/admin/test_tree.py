"""A tree that is read comes back as it was, whatever is in it; and what is put there is what clients see."""

from __future__ import annotations

import base64
import json
from datetime import UTC
from typing import Any
from urllib.parse import quote, unquote

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.trees import XML, lockinfo, token, tree

from .conftest import Api

PROPPATCH = (
    '<D:propertyupdate xmlns:D="DAV:" xmlns:u="urn:u"><D:set xml:lang="de"><D:prop><u:a b=\'"\'>1 &amp; &#13;<u:c></u:c>'
    "<!-- c --></u:a><u:e></u:e><none xmlns=''/></D:prop></D:set></D:propertyupdate>"
)


def round_trip(api: Api, query: str = "scenario=plain") -> dict[str, Any]:
    """Read a tree, put it back as it is, read it again, and give what was read both times."""
    first = api("GET", f"spaces/x/tree?{query}")
    put = api("PUT", f"spaces/x/tree?{query}", first.json)
    again = api("GET", f"spaces/x/tree?{query}")
    assert put.status == 200, put.body
    assert first.body == put.body == again.body
    found: dict[str, Any] = first.json["resources"]
    return found


def test_everything_that_clients_did_comes_back(api: Api) -> None:
    """Contents of any bytes, types, entity-tags, properties as they were sent, locks, copies and moves."""
    dav = api.dav("s/x/plain/")
    dav("PUT", "/bytes.bin", bytes(range(256)), {"Content-Type": 'x/y; z="\xe9"'})
    dav("PUT", "/%C3%BC%20%25.txt", "ü\r\n\0", {"Content-Type": "text/plain"})
    dav("PUT", "/empty", b"")
    dav("MKCALENDAR", "/cal/")
    assert dav("PROPPATCH", "/c/", PROPPATCH, XML).status == 207
    api("POST", "spaces/x/clock", {"advance": 10.25})
    dav("COPY", "/c/", headers={"Destination": "{base}/copy/"})
    owner = '<D:owner><x xmlns="urn:o" a="1"><D:href>ü</D:href></x></D:owner>'
    dav("LOCK", "/c/", lockinfo("shared", owner), {**XML, "Timeout": "Second-100", "Depth": "infinity"})
    token(dav, "/c/", scope="shared")
    token(dav, "/new.txt", {"Depth": "0"})
    seen = dav("PROPFIND", "/", "", {"Depth": "infinity"}).body
    found = round_trip(api)
    assert seen == dav("PROPFIND", "/", "", {"Depth": "infinity"}).body
    assert base64.b64decode(found["/bytes.bin"]["content-base64"]) == bytes(range(256))
    assert [lock["scope"] for lock in found["/c/"]["locks"]] == ["shared", "shared"]
    assert found["/cal/"]["types"] == ["{urn:ietf:params:xml:ns:caldav}calendar"]


@pytest.mark.parametrize(
    ("name", "remedy"),
    [
        ("{DAV:}getetag", "use the key etag"),
        ("{DAV:}getlastmodified", "use the key modified"),
        ("{DAV:}lockdiscovery", "use the key locks"),
        ("{DAV:}supportedlock", "leave it out"),
    ],
)
def test_a_property_that_the_server_computes_is_refused(api: Api, name: str, remedy: str) -> None:
    """It would not be served, so it is not swallowed."""
    api("PUT", "spaces/x", {"scenario": "plain"})
    put = api("PUT", "spaces/x/tree?scenario=plain", {"resources": {"/a": {"properties": {name: "x"}}}})
    assert put.status == 422
    (error,) = put.json["errors"]
    assert error["pointer"] == f"/resources/~1a/properties/{name}"
    assert error["detail"].endswith(f"{remedy}.")


def test_what_was_copied_is_as_new_as_before(api: Api) -> None:
    """The members of a copy were modified when it was made; that comes back too."""
    dav = api.dav("s/x/plain/")
    api("PUT", "spaces/x", {"scenario": "plain"})
    api("POST", "spaces/x/clock", {"advance": 3600})
    dav("COPY", "/c/", headers={"Destination": "{base}/copy/"})
    assert round_trip(api)["/copy/b.txt"]["modified"] == "2026-01-01T01:00:00Z"
    assert dav("GET", "/copy/b.txt").headers["Last-Modified"] == "Thu, 01 Jan 2026 01:00:00 GMT"


def test_the_lock_of_a_cause_comes_back_in_its_place(api: Api) -> None:
    """Neither lost nor doubled; and who held it still does."""
    dav = api.dav("s/x/locked/")
    dav("GET", "/c/yours.txt")
    found = round_trip(api, "scenario=locked")
    assert [lock["token"] for lock in found["/c/yours.txt"]["locks"]] == ["urn:dav424:lock:theirs"]
    assert dav("PUT", "/c/yours.txt", "x").status == 423


def test_the_lock_of_a_cause_that_was_taken_off_stays_off(api: Api) -> None:
    """The tree says so, with an empty list."""
    dav = api.dav("s/x/locked/")
    dav("GET", "/c/")
    api("PUT", "spaces/x/tree", {"resources": {"/c/yours.txt": {"locks": []}}})
    assert round_trip(api, "scenario=locked")["/c/yours.txt"]["locks"] == []
    assert dav("PUT", "/c/yours.txt", "x").status == 204


def test_the_place_of_a_cause_s_lock_may_be_gone_already(api: Api) -> None:
    """It was unlocked and deleted; the tree without it can be put back."""
    dav = api.dav("s/x/locked/")
    dav("GET", "/c/")
    api("PUT", "spaces/x/tree", {"resources": {"/c/yours.txt": {"locks": []}}})
    assert dav("DELETE", "/c/yours.txt").status == 204
    assert "/c/yours.txt" not in round_trip(api, "scenario=locked")


def test_a_tree_from_elsewhere_gets_the_locks_of_the_causes(api: Api) -> None:
    """Where it says nothing of locks; where it has no such place, it is refused and nothing changes."""
    api("PUT", "spaces/x", {"scenario": "locked"})
    put = api("PUT", "spaces/x/tree", {"resources": {"/c/yours.txt": {"content": "new"}}})
    assert put.json["resources"]["/c/yours.txt"]["locks"][0]["principal"] == "another user"
    before = api("GET", "spaces/x/tree").body
    assert api("PUT", "spaces/x/tree", {"resources": {"/a.txt": {}}}).status == 409
    assert api("GET", "spaces/x/tree").body == before


def test_a_collection_may_be_spelled_otherwise_than_its_members(api: Api) -> None:
    """What is made first is what comes first in the tree, not in the spelling."""
    api("PUT", "spaces/x", {"scenario": "plain"})
    put = api("PUT", "spaces/x/tree", {"resources": {"/a%2Db/c.txt": {"content": "1"}, "/a-b/": {}}})
    assert sorted(put.json["resources"]) == ["/", "/a-b/", "/a-b/c.txt"]


def test_quotas_count_what_was_put(api: Api) -> None:
    """Content in base64 has its decoded size."""
    dav = api.dav("s/x/plain/")
    api("PUT", "spaces/x", {"scenario": "plain"})
    api("PUT", "spaces/x/causes/q", {"kind": "quota", "bytes": 10})
    content = base64.b64encode(b"\xff" * 8).decode()
    api("PUT", "spaces/x/tree", {"resources": {"/b": {"content-base64": content}}})
    assert [dav("PUT", path, "12").status for path in ("/c", "/d")] == [201, 507]


def test_an_owner_is_stored_as_an_element_alone(api: Api) -> None:
    """A prolog around it would break the answers that it stands in."""
    api("PUT", "spaces/x", {"scenario": "plain"})
    owner = '<?xml version="1.0"?><!-- x --><D:owner xmlns:D="DAV:">me</D:owner>'
    api("PUT", "spaces/x/tree", {"resources": {"/a": {"locks": [{"token": "urn:t:1", "owner": owner}]}}})
    assert tree(api.dav("s/x/plain/")) == "/a=!"


NAMES = st.text(
    st.characters(codec="utf-8", exclude_characters="/", exclude_categories=("Cc", "Cs")), min_size=1, max_size=8
).filter(lambda name: name not in (".", ".."))
XML_TEXT = st.text(st.characters(codec="utf-8", exclude_categories=("Cc", "Cs"), exclude_characters="\ufffe\uffff"))
TIMES = st.datetimes(timezones=st.just(UTC)).filter(lambda at: at.year >= 1000)
LOCKS = st.fixed_dictionaries(
    {"scope": st.sampled_from(["exclusive", "shared"]), "depth": st.sampled_from(["0", "infinity"])},
    optional={"principal": st.text(st.characters(codec="utf-8")), "expires": TIMES.map(lambda at: at.isoformat())},
)
COMMON = {
    "properties": st.dictionaries(st.sampled_from(["{urn:u}a", "{DAV:}b", "c", "{urn:v}d-é"]), XML_TEXT),
    "created": TIMES.map(lambda at: at.isoformat()),
    "modified": TIMES.map(lambda at: at.isoformat()),
    "locks": st.lists(LOCKS, max_size=2),
}
DOCUMENTS = st.fixed_dictionaries(
    {},
    optional={
        **COMMON,
        "content": st.text(st.characters(codec="utf-8")),
        "etag": st.from_regex(r'"[!#-~]*"', fullmatch=True),
        "type": st.from_regex(r"[\t\x20-\x7e\xa0-\xff]+", fullmatch=True),
    },
) | st.binary().map(lambda content: {"content-base64": base64.b64encode(content).decode()})
COLLECTIONS = st.fixed_dictionaries(
    {}, optional={**COMMON, "types": st.just(["{urn:ietf:params:xml:ns:caldav}calendar"])}
)


@st.composite
def trees(draw: st.DrawFn) -> dict[str, Any]:
    """Make resources by path: collections that may hold more, and documents."""
    resources: dict[str, Any] = {}
    collections = ["/"]
    for name in draw(st.lists(NAMES, max_size=6, unique=True)):
        path = draw(st.sampled_from(collections)) + quote(name, safe="")
        if draw(st.booleans()):
            collections.append(path + "/")
            resources[path + "/"] = draw(COLLECTIONS)
        else:
            resources[path] = draw(DOCUMENTS)
    for number, lock in enumerate(lock for each in resources.values() for lock in each.get("locks", [])):
        lock["token"] = f"urn:t:{number}"
    return resources


@settings(max_examples=60)
@given(resources=trees())
def test_any_tree_comes_back(api: Api, resources: dict[str, Any]) -> None:
    """What was put is there as it was said, comes back byte for byte, and can be listed and read."""
    api("PUT", "spaces/x", {"scenario": "plain"})
    put = api("PUT", "spaces/x/tree", {"resources": resources})
    assert put.status == 200, json.dumps(put.json)
    found = round_trip(api)
    for path, said in resources.items():
        (same,) = [each for spelled, each in found.items() if _plain(spelled) == _plain(path)]
        assert same.get("content", "") == said.get("content", "") or "content-base64" in said
        for key in ("etag", "type", "types"):
            assert said.get(key) in (None, same.get(key))
        assert len(same.get("properties", {})) == len(said.get("properties", {}))
    dav = api.dav("s/x/plain/")
    assert dav("PROPFIND", "/", "", {"Depth": "infinity"}).status == 207
    for path in found:
        assert dav("GET", path).status == 200


def _plain(path: str) -> str:
    return unquote(path)


@pytest.mark.parametrize("count", [3000])
def test_a_large_tree_goes_and_comes(api: Api, count: int) -> None:
    """Thousands of resources take a moment."""
    api("PUT", "spaces/x", {"scenario": "plain"})
    resources = {f"/c{number % 50}/d{number}.txt": {"content": "x" * 100} for number in range(count)}
    assert api("PUT", "spaces/x/tree", {"resources": resources}).status == 200
    assert len(round_trip(api)) == count + 50 + 1


def test_a_property_has_as_many_elements_as_in_a_proppatch(api: Api) -> None:
    """The parser would free more of them in a single step, and each request with them would do that again."""
    inside = "<b/>" * 250_000
    value = {"{u}a": {"xml": f"<a xmlns='u'>{inside}</a>"}}
    said = api("PUT", "spaces/default/tree?scenario=plain", {"resources": {"/": {"properties": value}}})
    assert (said.status, said.pointers) == (422, ["/resources/~1/properties/{u}a"])


def test_a_long_tree_is_checked_as_a_short_one(api: Api) -> None:
    """Whatever slice of it the mistakes are in: the type of one, and a name that another one can't have."""
    resources: dict[str, Any] = {f"/{i}": {"content": "x" * 100} for i in range(5000)}
    wrong_type = resources | {"/4000": {"content": 1}, "/z": {"tpye": "text/plain"}}
    said = api("PUT", "spaces/default/tree?scenario=plain", {"resources": wrong_type})
    assert (said.status, said.pointers) == (422, ["/resources/~14000/content", "/resources/~1z/tpye"])
    wrong_value = resources | {"/4000/": {"content": "x"}}
    said = api("PUT", "spaces/default/tree?scenario=plain", {"resources": wrong_value})
    assert said.status == 422
    assert "/resources/~14000~1" in said.pointers
