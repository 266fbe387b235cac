"""COPY and MOVE on a real socket (RFC 4918 9.8, 9.9): what can't be done in part is told, the rest is done."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from tests.client import Client, told
from tests.conftest import NOW, Served
from tests.trees import do, holding, named, scenario, token, tree

BOTH = pytest.mark.parametrize("method", ["COPY", "MOVE"])
SLASHES = pytest.mark.parametrize(("source", "target"), [("/a/", "/b/"), ("/a", "/b"), ("/a/", "/b"), ("/a", "/b/")])
LOST = "{id: p, kind: live-properties-lost, path: /b/x}"


@pytest.fixture
def ab(serve: Callable[..., Served]) -> Client:
    """A client of a world with a collection, an empty one, and a document."""
    return serve(scenario("/a/x=1 /a/y/z=2 /b/ /f=3")).client


def members(client: Client, path: str) -> list[str]:
    """List what is below a path, from there on."""
    return [word.removeprefix(path) for word in tree(client, path).split()[1:]]


# Nothing in the way ------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("line", "expected", "left"),
    [
        ("COPY /f /g", "201", "/a/ /a/x=1 /a/y/ /a/y/z=2 /b/ /f=3 /g=3"),
        ("MOVE /f /g", "201", "/a/ /a/x=1 /a/y/ /a/y/z=2 /b/ /g=3"),
        ("COPY /f /a/x", "204", "/a/ /a/x=3 /a/y/ /a/y/z=2 /b/ /f=3"),
        ("MOVE /f /a/x", "204", "/a/ /a/x=3 /a/y/ /a/y/z=2 /b/"),
        ("COPY /a/ /g/", "201", "/a/ /a/x=1 /a/y/ /a/y/z=2 /b/ /f=3 /g/ /g/x=1 /g/y/ /g/y/z=2"),
        ("COPY /a /g", "201", "/a/ /a/x=1 /a/y/ /a/y/z=2 /b/ /f=3 /g/ /g/x=1 /g/y/ /g/y/z=2"),
        ("MOVE /a/ /g/", "201", "/b/ /f=3 /g/ /g/x=1 /g/y/ /g/y/z=2"),
        ("MOVE /a/y/ /b/y/", "201", "/a/ /a/x=1 /b/ /b/y/ /b/y/z=2 /f=3"),
        ("COPY /a/ /b/", "204", "/a/ /a/x=1 /a/y/ /a/y/z=2 /b/ /b/x=1 /b/y/ /b/y/z=2 /f=3"),
        ("MOVE /a/ /b/", "204", "/b/ /b/x=1 /b/y/ /b/y/z=2 /f=3"),
        ("COPY /b/ /a/", "204", "/a/ /b/ /f=3"),
        ("MOVE /b/ /a/", "204", "/a/ /f=3"),
        ("COPY /a/ /f", "204", "/a/ /a/x=1 /a/y/ /a/y/z=2 /b/ /f/ /f/x=1 /f/y/ /f/y/z=2"),
        ("MOVE /a/ /f", "204", "/b/ /f/ /f/x=1 /f/y/ /f/y/z=2"),
        ("COPY /f /a", "204", "/a=3 /b/ /f=3"),
        ("MOVE /f /a/", "204", "/a=3 /b/"),
    ],
)
def test_what_is_done(ab: Client, line: str, expected: str, left: str) -> None:
    """RFC 4918 9.8.4, 9.9.3: 201 or 204; what was at the destination is replaced, never merged."""
    assert do(ab, line) == expected
    assert tree(ab) == left


@BOTH
def test_dead_properties_come_along(ab: Client, method: str) -> None:
    """RFC 4918 9.8.2, 9.9.1: and those of what was replaced don't stay."""
    ab.say("PROPPATCH /f  set u:p=1")
    ab.say("PROPPATCH /a/x  set u:q=2")
    assert do(ab, f"{method} /f /a/x") == "204"
    assert ab.say("PROPFIND /a/x u:p u:q") == "207  u:p 200, u:q 404"


def test_a_copy_is_another_resource(ab: Client) -> None:
    """Writing one leaves the other."""
    do(ab, "COPY /a/ /c/")
    do(ab, "PUT /c/x new")
    assert members(ab, "/a/") == ["x=1", "y/", "y/z=2"]


@pytest.mark.parametrize("destination", ["{base}/g", "http://{host}{base}/g", "HTTP://{host}{base}/g"])
def test_a_destination_is_a_path_or_a_uri(ab: Client, destination: str) -> None:
    """RFC 4918 10.3: an absolute URI or an absolute path."""
    sent = destination.replace("{host}", f"{ab.host}:{ab.port}")
    assert do(ab, "COPY /f", {"Destination": sent}) == "201"
    assert ab("GET", "/g").body == b"3"


# Depth and Overwrite -----------------------------------------------------------------------------


@pytest.mark.parametrize("target", ["/c", "/b"])
def test_a_copy_of_depth_0_has_no_members(ab: Client, target: str) -> None:
    """RFC 4918 9.8.3: the collection and its properties; what it replaces is replaced."""
    ab.say("PROPPATCH /a/  set u:p=1")
    do(ab, "PUT /b/old o")
    assert do(ab, f"COPY /a/ {target}/", {"Depth": "0"}) == ("204" if target == "/b" else "201")
    assert members(ab, f"{target}/") == []
    assert ab.say(f"PROPFIND {target}/ u:p") == "207  u:p 200"


@pytest.mark.parametrize(
    ("method", "depth", "expected"),
    [
        ("COPY", "0", "201"),
        ("COPY", "infinity", "201"),
        ("COPY", "1", "400"),
        ("MOVE", "infinity", "201"),
        ("MOVE", "0", "400"),
        ("MOVE", "1", "400"),
    ],
)
def test_the_depths_of_a_collection(ab: Client, method: str, depth: str, expected: str) -> None:
    """RFC 4918 9.8.3, 9.9.2: a MOVE of a collection is always infinity."""
    assert do(ab, f"{method} /a/ /c/", {"Depth": depth}) == expected


@BOTH
@pytest.mark.parametrize("target", ["/a/x", "/b/", "/b"])
def test_overwrite_f_onto_something_is_412(ab: Client, method: str, target: str) -> None:
    """RFC 4918 10.6: and nothing is done."""
    assert do(ab, f"{method} /f {target}", {"Overwrite": "F"}) == "412"
    assert tree(ab) == "/a/ /a/x=1 /a/y/ /a/y/z=2 /b/ /f=3"


@BOTH
@pytest.mark.parametrize("overwrite", ["F", "T"])
def test_overwrite_onto_nothing_is_201(ab: Client, method: str, overwrite: str) -> None:
    """RFC 4918 10.6."""
    assert do(ab, f"{method} /f /g", {"Overwrite": overwrite}) == "201"


# Refused as a whole ------------------------------------------------------------------------------


@BOTH
@pytest.mark.parametrize(
    ("way", "expected"),
    [
        ("/f /f", "403"),
        ("/a/ /a", "403"),
        ("/a /a/", "403"),
        ("/a/ /a/y/", "403"),
        ("/a/ /a/new/", "403"),
        ("/a/ /a/y/z/new/", "403"),
        ("/a/y/ /a/", "403"),
        ("/a/y/z /a/", "403"),
        ("/ /new/", "403"),
        ("/a/ /", "403"),
        ("/f /none/g", "409"),
        ("/a/ /none/a/", "409"),
        ("/a/ /f/a/", "409"),
        ("/none /g", "404"),
        ("/f/ /g/", "404"),
        ("/f /../other/g", "400"),
    ],
)
def test_a_way_that_leads_nowhere(ab: Client, method: str, way: str, expected: str) -> None:
    """RFC 4918 9.8.5, 9.9.4: same resource or into itself 403, no parent 409; nothing is done."""
    assert do(ab, f"{method} {way}") == expected
    assert tree(ab) == "/a/ /a/x=1 /a/y/ /a/y/z=2 /b/ /f=3"


def test_a_copy_of_depth_0_fits_into_itself(ab: Client) -> None:
    """RFC 4918 9.8.3: without its members the collection holds nothing that the copy would lie in."""
    assert do(ab, "COPY /a/ /a/new/", {"Depth": "0"}) == "201"
    assert tree(ab) == "/a/ /a/new/ /a/x=1 /a/y/ /a/y/z=2 /b/ /f=3"


@BOTH
@pytest.mark.parametrize("destination", ["/elsewhere/g", "/", "/testing/g", "http://example.com/", "ftp://x/test/g"])
def test_a_destination_elsewhere_is_502(ab: Client, method: str, destination: str) -> None:
    """RFC 4918 9.8.5, 9.9.4: another server or namespace, by whatever URI."""
    assert do(ab, f"{method} /f", {"Destination": destination}) == "502"
    assert tree(ab) == "/a/ /a/x=1 /a/y/ /a/y/z=2 /b/ /f=3"


@BOTH
@pytest.mark.parametrize(
    "host",
    [
        "",
        ":80",
        "[::1",
        "::1]",
        "[::1]]",
        "[[::1]]",
        "[x]",
        "[::1]x",
        "a[::1]",
        "h:x",
        "h:65536",
        "u@v@h",
        "u[@h",
        "[v1.]",
    ],
)
def test_a_destination_at_no_host_is_400(ab: Client, method: str, host: str) -> None:
    """RFC 3986 3.2: brackets stand around an address, and nowhere else."""
    assert do(ab, f"{method} /f", {"Destination": f"http://{host}/test/g"}) == "400"
    assert tree(ab) == "/a/ /a/x=1 /a/y/ /a/y/z=2 /b/ /f=3"


@pytest.mark.parametrize(
    "host", ["h", "h:80", "h:", "[::1]", "[::1]:80", "[v1.a:b]", "u:p@h", "@h", "%41.b", "127.0.0.1:1"]
)
def test_a_destination_may_name_any_host(ab: Client, host: str) -> None:
    """Behind a proxy or a mapped port a client's differs from ours."""
    assert do(ab, "COPY /f", {"Destination": f"http://{host}{ab.base}/g"}) == "201"


@pytest.mark.parametrize(
    ("sent", "status", "said"),
    [
        ("{base}/g?x=1", 502, "has a query, as no resource here has; send it without '?'"),
        ("{base}/g?", 502, "has a query"),
        ("/elsewhere?x", 502, "is outside of"),
        ("{base}/ä", 400, "/ä' has characters beyond ASCII; percent-encode them, as UTF-8."),
        ("http://x{base}/日本", 400, "/日本' has characters beyond ASCII"),
    ],
)
def test_a_bad_destination_is_told_apart(ab: Client, sent: str, status: int, said: str) -> None:
    """The text says what is wrong with it, in the characters that the client sent."""
    destination = sent.replace("{base}", ab.base).encode().decode("latin-1")
    answer = ab("COPY", "/f", headers={"Destination": destination})
    assert answer.status == status
    assert said in answer.body.decode()


@BOTH
def test_without_a_destination_it_is_400(ab: Client, method: str) -> None:
    """RFC 4918 10.3."""
    assert do(ab, f"{method} /f") == "400"


# Locked: source, destination, parents ------------------------------------------------------------


@pytest.mark.parametrize(
    ("world", "line", "root"),
    [
        ("/a/x=1! /b/", "MOVE /a/x /b/x", "/a/x"),
        ("/a/! /a/x=1 /b/", "MOVE /a/x /b/x", "/a/"),
        ("/a/! /a/x=1 /b/", "MOVE /a/ /c/", "/a/"),
        ("/a/! /a/x=1 /b/", "MOVE /a /c", "/a/"),
        ("/a/! /a/y/z=1 /b/", "MOVE /a/y /b/y", "/a/"),
        ("/a/x=1 /b/!", "MOVE /a/x /b/x", "/b/"),
        ("/a/x=1 /b/!", "MOVE /a/ /b/", "/b/"),
        ("/a/x=1 /b/!", "MOVE /a /b", "/b/"),
        ("/a/x=1 /b/!", "COPY /a/x /b/x", "/b/"),
        ("/a/x=1 /b/!", "COPY /a /b", "/b/"),
        ("/a/x=1 /b/!", "COPY /a/ /b/", "/b/"),
        ("/a/x=1 /b/! /b/x=2", "COPY /a/x /b/x", "/b/"),
        ("/a/x=1 /b/x=2!", "COPY /a/x /b/x", "/b/x"),
        ("/a/x=1 /b/x=2!", "MOVE /a/x /b/x", "/b/x"),
        ("/a/x=1 /b/y/! /b/y/z=2", "COPY /a /b/y", "/b/y/"),
        ("/a/x=1 /b/x=2!", "COPY /a/ /b/x", "/b/x"),
    ],
)
def test_a_lock_in_the_way_of_all_is_a_plain_423(
    serve: Callable[..., Served], world: str, line: str, root: str
) -> None:
    """RFC 4918 7.4, 7.7: on the source of a MOVE, the destination or a parent; named, and nothing is done."""
    client = serve(scenario(world)).client
    before = tree(client)
    method, source, target = line.split()
    answer = client(method, source, headers={"Destination": "{base}" + target})
    assert told(answer) == "423 lock-token-submitted"
    assert named(client, answer) == [root]
    assert tree(client) == before


@pytest.mark.parametrize("line", ["COPY /f /b/new", "MOVE /f /b/new", "MOVE /b/x /new", "MOVE /f /b/x"])
def test_a_lock_of_depth_0_keeps_the_list_of_members(serve: Callable[..., Served], line: str) -> None:
    """RFC 4918 7.4: nothing new, nothing away; a MOVE onto a member removes that first (9.9.3)."""
    client = serve(scenario("/b/x=1 /f=2", "{id: l, kind: lock, path: /b/, depth: '0'}")).client
    assert do(client, line) == "423 lock-token-submitted"
    assert tree(client) == "/b/! /b/x=1 /f=2"


def test_a_copy_onto_a_member_leaves_the_list_of_members(serve: Callable[..., Served]) -> None:
    """RFC 4918 7.4: a lock of depth 0 doesn't cover what the member holds."""
    client = serve(scenario("/b/x=1 /f=2", "{id: l, kind: lock, path: /b/, depth: '0'}")).client
    assert do(client, "COPY /f /b/x") == "204"


@pytest.mark.parametrize("line", ["COPY /a/x /c", "COPY /a/ /c/", "COPY /a/y/ /c/"])
def test_the_source_of_a_copy_may_be_locked(serve: Callable[..., Served], line: str) -> None:
    """RFC 4918 7.7: it is only read; the copy has no lock."""
    client = serve(scenario("/a/! /a/x=1 /a/y/z=2")).client
    assert do(client, line) == "201"
    assert tree(client, "/a/") == "/a/! /a/x=1 /a/y/ /a/y/z=2"
    assert do(client, "DELETE /c") == "204"


def test_a_move_takes_the_tokens_of_both_sides(ab: Client) -> None:
    """RFC 4918 7.5: one If header; either alone is 423, and nothing is done."""
    one, two = token(ab, "/a/x"), token(ab, "/b/")
    assert do(ab, "MOVE /a/x /b/x", holding("/a/x", one)) == "423 lock-token-submitted"
    assert do(ab, "MOVE /a/x /b/x", holding("/b/", two)) == "423 lock-token-submitted"
    assert tree(ab) == "/a/ /a/x=1! /a/y/ /a/y/z=2 /b/! /f=3"
    assert do(ab, "MOVE /a/x /b/x", holding("/a/x", one, "/b/", two)) == "201"
    assert tree(ab) == "/a/ /a/y/ /a/y/z=2 /b/! /b/x=1 /f=3"


def test_a_copy_onto_my_lock_keeps_it(ab: Client) -> None:
    """RFC 4918 9.8.4: a COPY writes what is there, and the lock is on the URL (6.1)."""
    held = token(ab, "/f")
    assert do(ab, "COPY /a/x /f", holding("/f", held)) == "204"
    assert tree(ab) == "/a/ /a/x=1 /a/y/ /a/y/z=2 /b/ /f=1!"


def test_a_move_onto_my_lock_removes_it(ab: Client) -> None:
    """RFC 4918 9.9.3, 9.6: the destination is deleted first, and its locks with it."""
    held = token(ab, "/f")
    assert do(ab, "MOVE /a/x /f", holding("/f", held)) == "204"
    assert tree(ab) == "/a/ /a/y/ /a/y/z=2 /b/ /f=1"


def test_a_lock_that_timed_out_is_in_nobodys_way(serve: Callable[..., Served]) -> None:
    """RFC 4918 6.6: neither at the source nor at the destination."""
    served = serve(scenario("/a/x=1 /b/x=2"))
    token(served.client, "/a/x", {"Timeout": "Second-60"})
    token(served.client, "/b/x", {"Timeout": "Second-60"})
    served.world.clock = lambda: NOW + 60
    assert do(served.client, "MOVE /a/ /b/") == "204"
    assert tree(served.client) == "/b/ /b/x=1"


# Locked: members ---------------------------------------------------------------------------------


@SLASHES
def test_a_copy_goes_around_a_locked_member(serve: Callable[..., Served], source: str, target: str) -> None:
    """RFC 4918 9.8.3: 207 names it by the destination's URL; no 424, 201 or 204; the rest is done."""
    client = serve(scenario("/a/w=1 /a/x=2 /a/y/z=3 /b/old=4 /b/x=5! /b/w=6")).client
    answer = client("COPY", source, headers={"Destination": "{base}" + target})
    assert told(answer) == "207  /b/x 423 lock-token-submitted"
    assert named(client, answer) == ["/b/x", "/b/x"]
    assert members(client, "/b/") == ["w=1", "x=5!", "y/", "y/z=3"]
    assert members(client, "/a/") == ["w=1", "x=2", "y/", "y/z=3"]


@SLASHES
def test_a_move_leaves_a_locked_member(serve: Callable[..., Served], source: str, target: str) -> None:
    """RFC 4918 9.9.2: named by the source's URL, it stays with its collection; the rest has arrived."""
    client = serve(scenario("/a/w=1 /a/x=2! /a/y/z=3 /b/old=4")).client
    answer = client("MOVE", source, headers={"Destination": "{base}" + target})
    assert told(answer) == "207  /a/x 423 lock-token-submitted"
    assert tree(client) == "/a/ /a/x=2! /b/ /b/w=1 /b/y/ /b/y/z=3"


@SLASHES
def test_a_move_goes_around_a_locked_member_of_the_destination(
    serve: Callable[..., Served], source: str, target: str
) -> None:
    """RFC 4918 9.9.3: what can't be replaced stays, and so does what was to replace it."""
    client = serve(scenario("/a/w=1 /a/x=2 /b/old=4 /b/x=5!")).client
    answer = client("MOVE", source, headers={"Destination": "{base}" + target})
    assert told(answer) == "207  /b/x 423 lock-token-submitted"
    assert tree(client) == "/a/ /a/x=2 /b/ /b/w=1 /b/x=5!"


@BOTH
def test_a_locked_member_that_nothing_replaces(serve: Callable[..., Served], method: str) -> None:
    """RFC 4918 9.8.4, 9.9.3: it should have gone, so it is named; all of the source has arrived."""
    client = serve(scenario("/a/w=1 /b/x=5!")).client
    assert do(client, f"{method} /a/ /b/") == "207  /b/x 423 lock-token-submitted"
    assert members(client, "/b/") == ["w=1", "x=5!"]


@BOTH
def test_a_locked_grandchild_at_the_destination(serve: Callable[..., Served], method: str) -> None:
    """RFC 4918 9.8.3: only it is in the way, not the collections that hold it."""
    client = serve(scenario("/a/y/z=1 /a/y/v=2 /a/w=3 /b/y/z=4! /b/y/old=5")).client
    assert do(client, f"{method} /a/ /b/") == "207  /b/y/z 423 lock-token-submitted"
    assert members(client, "/b/") == ["w=3", "y/", "y/v=2", "y/z=4!"]
    if method == "MOVE":
        assert members(client, "/a/") == ["y/", "y/z=1"]


@BOTH
def test_a_locked_collection_at_the_destination_keeps_its_members(serve: Callable[..., Served], method: str) -> None:
    """RFC 4918 9.8.3: the subtree of what failed is skipped, its progeny unsaid."""
    client = serve(scenario("/a/y/z=1 /a/y/v=2 /a/w=3 /b/y/! /b/y/z=4")).client
    assert do(client, f"{method} /a/ /b/") == "207  /b/y/ 423 lock-token-submitted"
    assert members(client, "/b/") == ["w=3", "y/!", "y/z=4"]
    if method == "MOVE":
        assert members(client, "/a/") == ["y/", "y/v=2", "y/z=1"]


def test_a_locked_grandchild_at_the_source_of_a_move(serve: Callable[..., Served]) -> None:
    """RFC 4918 9.9.2: it stays with all its ancestors."""
    client = serve(scenario("/a/y/z=1! /a/y/v=2 /a/w=3 /a/u/")).client
    assert do(client, "MOVE /a/ /b/") == "207  /a/y/z 423 lock-token-submitted"
    assert tree(client) == "/a/ /a/y/ /a/y/z=1! /b/ /b/u/ /b/w=3 /b/y/ /b/y/v=2"


def test_a_locked_collection_at_the_source_of_a_move(serve: Callable[..., Served]) -> None:
    """RFC 4918 9.9.2: it stays whole, and its members unsaid; nothing of it has arrived."""
    client = serve(scenario("/a/y/! /a/y/v=2 /a/w=3")).client
    assert do(client, "MOVE /a/ /b/") == "207  /a/y/ 423 lock-token-submitted"
    assert tree(client) == "/a/ /a/y/! /a/y/v=2 /b/ /b/w=3"


def test_locks_on_both_sides_are_both_named(serve: Callable[..., Served]) -> None:
    """RFC 4918 9.9.4: each by the URL of the side it is on."""
    client = serve(scenario("/a/u=1! /a/v=2 /a/w=3 /b/v=4!")).client
    assert do(client, "MOVE /a/ /b/") == "207  /a/u 423 lock-token-submitted, /b/v 423 lock-token-submitted"
    assert tree(client) == "/a/ /a/u=1! /a/v=2 /b/ /b/v=4! /b/w=3"


@BOTH
def test_a_document_is_not_put_over_a_locked_member(serve: Callable[..., Served], method: str) -> None:
    """RFC 4918 9.8.3: the collection in its way can't go, so it stays where it is."""
    client = serve(scenario("/b/x=5! /f=1")).client
    assert do(client, f"{method} /f /b/") == "207  /b/x 423 lock-token-submitted"
    assert tree(client) == "/b/ /b/x=5! /f=1"


@BOTH
def test_a_document_is_not_put_over_a_collection_with_a_locked_member(
    serve: Callable[..., Served], method: str
) -> None:
    """RFC 4918 9.8.3: the same one level deeper; the siblings arrive."""
    client = serve(scenario("/a/w=1 /a/y=2 /b/y/z=3!")).client
    assert do(client, f"{method} /a/ /b/") == "207  /b/y/z 423 lock-token-submitted"
    assert members(client, "/b/") == ["w=1", "y/", "y/z=3!"]


@BOTH
def test_with_the_tokens_of_all_members_all_is_done(ab: Client, method: str) -> None:
    """RFC 4918 7.5: whichever side they are on; a locked member stays locked if it is copied onto."""
    do(ab, "PUT /b/x old")
    one, two = token(ab, "/a/y/z"), token(ab, "/b/x")
    assert do(ab, f"{method} /a/ /b/", holding("/a/y/z", one, "/b/x", two)) == "204"
    left = {
        "COPY": "/a/ /a/x=1 /a/y/ /a/y/z=2! /b/ /b/x=1! /b/y/ /b/y/z=2 /f=3",
        "MOVE": "/b/ /b/x=1 /b/y/ /b/y/z=2 /f=3",
    }
    assert tree(ab) == left[method]


def test_what_failed_can_be_tried_again(serve: Callable[..., Served]) -> None:
    """With the cause gone the very same MOVE brings what is left, and removes what is not in the source."""
    served = serve(scenario("/a/w=1 /a/x=2!"))
    assert do(served.client, "MOVE /a/ /b/") == "207  /a/x 423 lock-token-submitted"
    served.world.change_causes({"lock.a.x": None})
    assert do(served.client, "MOVE /a/ /b/") == "204"
    assert tree(served.client) == "/b/ /b/x=2"


# Other causes ------------------------------------------------------------------------------------


@BOTH
def test_live_properties_that_would_be_lost(serve: Callable[..., Served], method: str) -> None:
    """RFC 4918 9.9.1, 16: 409 preserved-live-properties, of the whole or of a member."""
    client = serve(scenario("/a/w=1 /a/x=2 /b/ /f=3", LOST)).client
    assert do(client, f"{method} /f /b/x") == "409 preserved-live-properties"
    assert do(client, f"{method} /a/ /b/") == "207  /b/x 409 preserved-live-properties"
    assert members(client, "/b/") == ["w=1"]
    assert "x=2" in members(client, "/a/")


def test_a_read_only_member_is_not_moved(serve: Callable[..., Served]) -> None:
    """403, by the source's URL."""
    client = serve(scenario("/a/w=1 /a/x=2", "{id: r, kind: read-only, path: /a/x}")).client
    assert do(client, "MOVE /a/ /b/") == "207  /a/x 403"
    assert tree(client) == "/a/ /a/x=2 /b/ /b/w=1"


def test_a_copy_over_quota_is_507(serve: Callable[..., Served]) -> None:
    """RFC 4918 9.8.5, RFC 4331 6: one document is a plain 507."""
    client = serve(scenario("/f=123456 /q/", "{id: q, kind: quota, path: /q/, bytes: 5}")).client
    assert do(client, "COPY /f /q/f") == "507 quota-not-exceeded"
    assert tree(client) == "/f=123456 /q/"


@BOTH
def test_what_has_room_is_brought(serve: Callable[..., Served], method: str) -> None:
    """RFC 4918 9.8.3: 507 for what has none, by the destination's URL."""
    client = serve(scenario("/a/big=123456 /a/one=1 /a/two=2 /q/", "{id: q, kind: quota, path: /q/, bytes: 5}")).client
    assert do(client, f"{method} /a/ /q/a/") == "207  /q/a/big 507 quota-not-exceeded"
    assert members(client, "/q/") == ["a/", "a/one=1", "a/two=2"]
    assert members(client, "/a/") == (["big=123456", "one=1", "two=2"] if method == "COPY" else ["big=123456"])


def test_what_is_replaced_makes_room(serve: Callable[..., Served]) -> None:
    """RFC 4331 3: the old content doesn't count any more."""
    client = serve(scenario("/f=12345 /q/f=abcde", "{id: q, kind: quota, path: /q/, bytes: 5}")).client
    assert do(client, "COPY /f /q/f") == "204"
    assert tree(client) == "/f=12345 /q/ /q/f=12345"


def test_a_move_within_a_quota_takes_no_room(serve: Callable[..., Served]) -> None:
    """RFC 4331 3: of documents and of collections."""
    client = serve(scenario("/q/a/x=12345 /q/b/", "{id: q, kind: quota, path: /q/, bytes: 5}")).client
    assert do(client, "MOVE /q/a/x /q/b/x") == "201"
    assert do(client, "MOVE /q/b/ /q/c/") == "201"
    assert tree(client) == "/q/ /q/a/ /q/c/ /q/c/x=12345"


# All or nothing (RFC 5842 2.5) -------------------------------------------------------------------


@pytest.mark.parametrize(
    ("line", "expected", "root"),
    [
        ("MOVE /a/ /c/", "423 lock-token-submitted", "/a/x"),
        ("MOVE /d/ /b/", "423 lock-token-submitted", "/b/x"),
        ("COPY /d/ /b/", "423 lock-token-submitted", "/b/x"),
        ("COPY /d/x /b/", "423 lock-token-submitted", "/b/x"),
    ],
)
def test_an_atomic_operation_changes_nothing_if_a_member_refuses(
    serve: Callable[..., Served], line: str, expected: str, root: str
) -> None:
    """The member's refusal is the answer; no 207, no 424, and the tree is as it was."""
    client = serve(scenario("/a/w=1 /a/x=2! /b/v=3 /b/x=4! /d/w=5 /d/x=6", atomic=True)).client
    before = tree(client)
    method, source, target = line.split()
    answer = client(method, source, headers={"Destination": "{base}" + target})
    assert told(answer) == expected
    assert named(client, answer) == [root]
    assert tree(client) == before


@BOTH
def test_an_atomic_operation_over_quota(serve: Callable[..., Served], method: str) -> None:
    """507 for all."""
    quota = "{id: q, kind: quota, path: /q/, bytes: 5}"
    client = serve(scenario("/a/big=123456 /a/one=1 /q/", quota, atomic=True)).client
    assert do(client, f"{method} /a/ /q/a/") == "507 quota-not-exceeded"
    assert tree(client) == "/a/ /a/big=123456 /a/one=1 /q/"


@BOTH
def test_an_atomic_operation_with_all_tokens(serve: Callable[..., Served], method: str) -> None:
    """The same as one that isn't."""
    client = serve(scenario("/a/w=1 /a/y/z=2 /b/w=3 /b/x=4", atomic=True)).client
    one, two = token(client, "/a/y/z"), token(client, "/b/x")
    assert do(client, f"{method} /a/ /b/", holding("/a/y/z", one, "/b/x", two)) == "204"
    assert members(client, "/b/") == ["w=1", "y/", "y/z=2"]
