"""The state of a scenario as a scenario file: another server that serves the file has the same world."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any
from urllib.parse import urlsplit

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dav424.app import App
from dav424.causes.store_fails import StoreFails
from dav424.proof.play import Player
from dav424.scenario.load import load, notes
from dav424.scenario.model import RequestSpec
from dav424.scenario.sources import LoadedScenario, scenario_sources
from dav424.scenario.world_as_file import MOST_LOCKS, remaining
from dav424.wire.server import serving
from tests.trees import holding, lock, named, token

from .conftest import Api
from .test_tree import trees

SOURCES = scenario_sources()


@contextmanager
def server(sources: Mapping[str, Any]) -> Iterator[Api]:
    """Serve scenarios."""
    app = App(sources)
    with serving(app.gateway) as url:
        yield Api(url, app)


@pytest.fixture(scope="module")
def bundled() -> Iterator[Api]:
    """A server with the bundled scenarios."""
    with server(SOURCES) as api:
        yield api


def exported(api: Api, name: str, space: str = "x") -> str:
    """Read the state as a file."""
    said = api("GET", f"spaces/{space}/scenario?scenario={name}")
    assert (said.status, said.headers.get("Content-Type")) == (200, "application/yaml"), said.body
    return said.body.decode()


@contextmanager
def again(text: str, name: str) -> Iterator[Api]:
    """Serve a file, which has no mistake, as the scenario of this name."""
    with server({name: LoadedScenario(load(text, "failing.yaml"))}) as api:
        api("PUT", "spaces/x", {"scenario": name})
        yield api


def tree(api: Api, name: str) -> dict[str, Any]:
    """Read what a file has of a tree: all but entity-tags, and of locks what a cause of the kind lock says."""
    resources = api("GET", f"spaces/x/tree?scenario={name}").json["resources"]
    for each in resources.values():
        each.pop("etag", None)
        each["locks"] = [
            (held["scope"], held["depth"], held.get("principal") or "another user") for held in each.get("locks") or ()
        ]
    return dict(resources)


def causes(text: str) -> dict[str, Any]:
    """Read the causes of a file by id."""
    return {cause.id: cause for cause in load(text, "failing.yaml").causes}


def play(api: Api, name: str, specs: list[RequestSpec]) -> list[tuple[int, bytes]]:
    """Send requests, and give the statuses and the bodies of the answers, in which the address of the server is HOST."""
    player = Player(f"{api.url}s/x/{name}/", SOURCES[name]())
    address = urlsplit(api.url).netloc.encode()
    return [(answer.status, answer.body.replace(address, b"HOST")) for answer in map(player.send, specs)]


@pytest.mark.parametrize("name", sorted(SOURCES))
def test_the_file_of_a_new_space_is_its_scenario(bundled: Api, name: str) -> None:
    """It has the same tree, and its answers to the requests of the scenario are the same bytes."""
    bundled("DELETE", "spaces/x")
    bundled("PUT", "spaces/x", {"scenario": name})
    with again(exported(bundled, name), name) as other:
        assert tree(other, name) == tree(bundled, name)
        specs = SOURCES[name]().requests
        assert play(other, name, specs) == play(bundled, name, specs)
        assert tree(other, name) == tree(bundled, name)


@pytest.mark.parametrize("name", sorted(SOURCES))
def test_the_file_of_a_used_space_has_its_state(bundled: Api, name: str) -> None:
    """After the requests of the scenario: nothing is left out, and the tree is the same. The same requests get the same statuses."""
    bundled("DELETE", "spaces/x")
    bundled("PUT", "spaces/x", {"scenario": name})
    specs = SOURCES[name]().requests
    play(bundled, name, specs)
    text = exported(bundled, name)
    assert "# Left out" not in text
    with again(text, name) as other:
        assert tree(other, name) == tree(bundled, name)
        statuses = [[status for status, _ in play(api, name, specs)] for api in (other, bundled)]
        assert statuses[0] == statuses[1]


@settings(max_examples=30)
@given(resources=trees())
def test_any_tree_is_in_the_file(api: Api, resources: dict[str, Any]) -> None:
    """Its locks too, as far as they can be beside each other and their principals can be written in XML."""
    api("PUT", "spaces/x", {"scenario": "plain"})
    assert api("PUT", "spaces/x/tree", {"resources": resources}).status == 200
    text = exported(api, "plain")
    with again(text, "plain") as other:
        found, wanted = tree(other, "plain"), tree(api, "plain")
        if "# Left out" in text:
            assert [line for line in text.splitlines() if "# Left out" in line and "the cause lock-" not in line] == []
            for each in (*found.values(), *wanted.values()):
                del each["locks"]
        assert found == wanted


def test_bytes_types_and_orders_are_in_the_file(api: Api) -> None:
    """What a client sent is text if it is UTF-8, and else base64; a calendar is one, and an order is one."""
    dav = api.dav("s/x/plain/")
    dav("PUT", "/bytes.bin", bytes(range(256)), {"Content-Type": "application/x-bytes"})
    dav("PUT", "/text.txt", "no\r\n\t\x85 \u2028\x00", {"Content-Type": "text/plain"})
    dav("PUT", "/number.txt", "1e5")
    dav("MKCALENDAR", "/cal/")
    dav("MKCOL", "/list/", headers={"Ordering-Type": "DAV:custom"})
    for member in ("b", "a", "c"):
        dav("PUT", f"/list/{member}", "")
    with again(exported(api, "plain"), "plain") as other:
        assert tree(other, "plain") == tree(api, "plain")
        theirs = other.dav("s/x/plain/")
        assert theirs("GET", "/bytes.bin").body == bytes(range(256))
        assert theirs("GET", "/bytes.bin").headers["Content-Type"] == "application/x-bytes"
        listed = [named(client, client("PROPFIND", "/list/", "", {"Depth": "1"})) for client in (dav, theirs)]
        assert listed[0] == listed[1] == ["/list/", "/list/b", "/list/a", "/list/c"]


def test_times_are_in_the_file(api: Api) -> None:
    """Those that differ from the beginning of the space; conditional requests go by them."""
    dav = api.dav("s/x/plain/")
    api("PUT", "spaces/x", {"scenario": "plain"})
    api("POST", "spaces/x/clock", {"advance": 3600.5})
    dav("PUT", "/late.txt", "x")
    dav("COPY", "/c/", headers={"Destination": "{base}/copy/"})
    text = exported(api, "plain")
    assert text.count("created: '2026-01-01T01:00:00.500000Z'") == text.count("created:") == 2
    with again(text, "plain") as other:
        theirs = other.dav("s/x/plain/")
        for path in ("/late.txt", "/copy/b.txt"):
            assert theirs("GET", path).headers["Last-Modified"] == "Thu, 01 Jan 2026 01:00:00 GMT"
        assert theirs("GET", "/a.txt").headers["Last-Modified"] == "Thu, 01 Jan 2026 00:00:00 GMT"


def test_a_lock_of_a_client_is_a_cause(api: Api) -> None:
    """It refuses with 423 there, also the client that has its token here."""
    dav = api.dav("s/x/plain/")
    held = token(dav, "/a.txt")
    text = exported(api, "plain")
    assert "# Locks of clients: lock-1." in text
    assert causes(text)["lock-1"].path == "/a.txt"
    with again(text, "plain") as other:
        theirs = other.dav("s/x/plain/")
        answer = theirs("PUT", "/a.txt", "new", holding("/a.txt", held))
        assert answer.status == 412
        assert theirs("PUT", "/a.txt", "new").status == 423
        assert theirs("DELETE", "/").status in (207, 403)


def test_the_user_who_holds_a_lock_holds_it_there(api: Api) -> None:
    """With the token that the head of the file names; another user is refused."""
    ada = {"Authorization": "Basic YWRhOnNlY3JldA=="}
    token(api.dav("s/x/users/"), "/a.txt", ada)
    text = exported(api, "users")
    assert "urn:dav424:lock:ID" in text
    assert causes(text)["lock-1"].principal == "ada"
    assert load(text, "f").users == {"ada": "secret"}
    with again(text, "users") as other:
        theirs = other.dav("s/x/users/")
        assert theirs("PUT", "/a.txt", "new", ada).status == 423
        own = holding("/a.txt", "<urn:dav424:lock:lock-1>")
        assert theirs("PUT", "/a.txt", "new", {**ada, **own}).status == 204


def test_a_lock_that_has_expired_is_no_cause(api: Api) -> None:
    """By the clock of the space."""
    lock(api.dav("s/x/plain/"), "/a.txt", {"Timeout": "Second-10"})
    api("POST", "spaces/x/clock", {"advance": 11})
    assert causes(exported(api, "plain")) == {}


def test_the_id_of_a_lock_is_a_free_one(api: Api) -> None:
    """A cause of the space can have it."""
    token(api.dav("s/x/plain/"), "/a.txt")
    api("PUT", "spaces/x/causes/lock-1", {"kind": "delay", "milliseconds": 0})
    assert causes(exported(api, "plain")).keys() == {"lock-1", "lock-2"}


def test_the_lock_of_a_cause_that_its_holder_removed_is_gone(api: Api) -> None:
    """The tree of the space has it no more, so the file does not make it again."""
    api.dav("s/x/locked/")("GET", "/c/")
    api("PUT", "spaces/x/tree", {"resources": {"/c/yours.txt": {"locks": []}}})
    assert causes(exported(api, "locked")) == {}


@pytest.mark.parametrize(
    ("cause", "left"),
    [
        ({"times": 3}, {"times": 1}),
        ({"times": 2}, None),
        ({"nth": 3}, {"nth": 1}),
        ({"nth": 2}, None),
        ({"after": 1, "times": 2}, {"times": 1}),
        ({"after": 5, "times": 2}, {"after": 3, "times": 2}),
        ({"after": 1}, {}),
        ({}, {}),
    ],
)
def test_counts_are_remaining(api: Api, cause: dict[str, int], left: dict[str, int] | None) -> None:
    """After two writes."""
    api("PUT", "spaces/x", {"scenario": "plain"})
    api("PUT", "spaces/x/causes/disk", {"kind": "store-fails", "path": "/a.txt", **cause})
    for _ in range(2):
        api.dav("s/x/plain/")("PUT", "/a.txt", "x")
    wanted = {} if left is None else {"disk": StoreFails(id="disk", path="/a.txt", **left)}
    assert causes(exported(api, "plain")) == wanted


COUNTS = st.integers(0, 6)


@given(nth=st.none() | st.integers(1, 6), after=COUNTS, times=st.none() | st.integers(1, 6), matches=COUNTS)
def test_remaining_goes_on_as_before(nth: int | None, after: int, times: int | None, matches: int) -> None:
    """The next match of the new cause is refused exactly if the old one would refuse its next match."""
    cause = StoreFails(id="x", nth=nth, after=after, times=times)
    left = remaining(cause, matches)
    for match in range(1, 20):
        assert cause.applies_to(matches + match) == (left is not None and left.applies_to(match))


def test_a_built_in_cause_that_was_removed_never_applies(api: Api) -> None:
    """A file has every built-in cause, so this one skips all matches, and the head says so."""
    name, patch = "rfc4918:getetag", "/a.txt set D:getetag=x"
    dav = api.dav("s/x/plain/")
    assert dav.say(f"PROPPATCH {patch}") == "207  D:getetag 403 cannot-modify-protected-property"
    assert api("DELETE", f"spaces/x/causes/{name}").status == 204
    said = dav.say(f"PROPPATCH {patch}")
    text = exported(api, "plain")
    assert f"# Left out: The cause {name} was removed." in text
    with again(text, "plain") as other:
        assert other.dav("s/x/plain/").say(f"PROPPATCH {patch}") == said == "207  D:getetag 409"


def test_a_cause_whose_place_is_gone_is_left_out(api: Api) -> None:
    """A file can't have a quota of a collection that is not in its tree; the head names the cause and the reason."""
    api("PUT", "spaces/x", {"scenario": "plain"})
    api("POST", "spaces/x/causes", {"id": "small", "kind": "quota", "path": "/c/", "bytes": 10})
    assert "small" in causes(exported(api, "plain"))
    assert api.dav("s/x/plain/")("DELETE", "/c/").status == 204
    text = exported(api, "plain")
    assert "# Left out: the cause small: the tree has no resource at /c/" in text
    assert causes(text) == {}


def test_a_derived_document_keeps_its_missing_source(api: Api) -> None:
    """Also if the collection of the source is gone: check notes that no client can PUT it at once."""
    wanted = {
        "scenario": "plain",
        "tree": {"/in/a": {"content": "A"}, "/out.txt": {"from": ["in/a"], "template": "$$1: $1"}},
    }
    assert api("PUT", "spaces/x", wanted).status == 200
    dav = api.dav("s/x/plain/")
    assert dav("GET", "/out.txt").body == b"$1: A"
    dav("DELETE", "/in/")
    text = exported(api, "plain")
    assert load(text, "f").missing == ["/in/a"]
    assert [str(each) for each in notes(text, "f") if "/in/ is not in the tree" in str(each)]
    with again(text, "plain") as other:
        assert [client("GET", "/out.txt").status for client in (dav, other.dav("s/x/plain/"))] == [424, 424]


def test_a_derived_document_that_no_file_can_have_is_left_out(api: Api) -> None:
    """Its source is a collection now."""
    wanted = {"scenario": "plain", "tree": {"/a": {"content": "A"}, "/out.txt": {"from": ["a"]}}}
    api("PUT", "spaces/x", wanted)
    dav = api.dav("s/x/plain/")
    dav("DELETE", "/a")
    dav("MKCOL", "/a/")
    text = exported(api, "plain")
    assert "# Left out: /out.txt: /a is a collection; use the path of a document." in text
    assert list(load(text, "f").tree) == ["/a/"]


def test_the_settings_of_the_space_are_in_the_file(api: Api) -> None:
    """Its users and causes, and not those of the scenario that the server serves under this name."""
    body = {
        "scenario": "users",
        "users": {"grace": "pw"},
        "causes": [{"id": "no", "kind": "denied", "users": ["grace"]}],
    }
    assert api("PUT", "spaces/x", body).status == 200
    text = exported(api, "users")
    assert (load(text, "f").users, list(causes(text))) == ({"grace": "pw"}, ["no"])


@pytest.mark.parametrize(("query", "status"), [("", 400), ("?scenario=nothing", 404), ("?scenarios=plain", 400)])
def test_one_scenario_is_asked_for(api: Api, query: str, status: int) -> None:
    """By name, if the space has not exactly one."""
    api("PUT", "spaces/x", {})
    assert api("GET", f"spaces/x/scenario{query}").status == status


def test_a_state_with_too_many_bytes_is_refused(api: Api) -> None:
    """A sentence has both numbers and the way to read the tree all the same."""
    api.dav("s/x/plain/")("PUT", "/large.bin", b"x" * (9 << 20))
    said = api("GET", "spaces/x/scenario")
    assert said.status == 507
    assert said.json["detail"] == (
        "The state does not fit into a scenario file: a scenario file may have 8388608 bytes, and the tree has 9437186. "
        "Read it with GET /-/spaces/NAME/tree."
    )


def test_a_state_that_grows_in_the_file_is_refused(api: Api) -> None:
    """The bytes fit, and in base64 they do not."""
    api.dav("s/x/plain/")("PUT", "/large.bin", b"\xff" * (7 << 20))
    said = api("GET", "spaces/x/scenario")
    assert (said.status, "and this one would have" in said.json["detail"]) == (507, True)


def test_a_state_with_too_many_resources_is_refused(api: Api) -> None:
    """Copies of copies, which share their nodes here, and can't in a file."""
    dav = api.dav("s/x/plain/")
    for number in range(18):
        assert dav("COPY", "/c/", headers={"Destination": "{base}/copy/"}).status == 201
        assert dav("MOVE", "/copy/", headers={"Destination": f"{{base}}/c/{number}/"}).status == 201
    said = api("GET", "spaces/x/scenario")
    assert (said.status, "200000 values, and the tree has" in said.json["detail"]) == (507, True)


def test_a_state_with_too_many_locks_is_refused(api: Api) -> None:
    """Each lock is compared with each."""
    api("PUT", "spaces/x", {"scenario": "plain"})
    locks = [{"token": f"urn:t:{number}", "scope": "shared"} for number in range(MOST_LOCKS + 1)]
    assert api("PUT", "spaces/x/tree", {"resources": {"/a": {"locks": locks}}}).status == 200
    said = api("GET", "spaces/x/scenario")
    assert (said.status, "1000 locks" in said.json["detail"]) == (507, True)


def test_the_head_says_what_is_missing(api: Api) -> None:
    """In comments, and of passwords only if there are some."""
    api.dav("s/x/plain/")("GET", "/a.txt")
    api.dav("s/x/users/")("GET", "/a.txt")
    head = exported(api, "plain").partition("title:")[0]
    assert head.startswith("# The scenario plain of the space x at 2026-01-01T00:00:00Z. dav424 ")
    assert "# It does not have entity-tags, the journal," in head
    assert ("passwords" in head, "passwords" in exported(api, "users")) == (False, True)
    assert all(line.startswith("# ") for line in head.splitlines())
