"""Copies of copies share their nodes: a few requests make more resources than any walk could visit, up to a limit."""

from __future__ import annotations

import json
import socket
from collections.abc import Callable, Iterator

import pytest

from dav424.admin.handlers import to_json
from dav424.admin.tree_json import read_tree
from dav424.store.draft import MOST_RESOURCES
from dav424.store.state import State
from dav424.store.tree import Collection, new_collection, new_document, with_child
from tests.admin.conftest import Api
from tests.client import Client
from tests.conftest import NOW, Served
from tests.effort import Effort
from tests.trees import do, lock

pytestmark = pytest.mark.own_server  # its work is counted
FEW = 2_000
"""Calls: much less than a walk of the tree would take."""


@pytest.fixture
def effort() -> Iterator[Effort]:
    """The work of the servers that start during a test; a test names it before what starts one."""
    counted = Effort()
    with counted.counting():
        yield counted


def doubled(times: int) -> Collection:
    """Make a root with /d/ below which there are 2 to the power of ``times`` documents."""
    node = with_child(new_collection(NOW), "f", new_document(b"x", "text/plain", '"x"', NOW))
    for _ in range(times):
        node = with_child(with_child(new_collection(NOW), "a", node), "b", node)
    return with_child(new_collection(NOW), "d", node)


def double(client: Client) -> Iterator[str]:
    """Put two copies of /d/ into a new collection, and that in its place, again and again, until that is refused."""
    while True:
        for line in ("MKCOL /next/", "COPY /d/ /next/a/", "COPY /d/ /next/b/", "DELETE /d/", "MOVE /next/ /d/"):
            answer = do(client, line)
            if answer not in ("201", "204"):
                yield answer
                return


def test_doubling_ends_at_the_limit(serve: Callable[..., Served]) -> None:
    """COPY is 507 with the condition of RFC 4331 6, and nothing of it is done."""
    served = serve("")
    served.world.state = State(doubled(3))
    assert list(double(served.client)) == ["507 sufficient-disk-space"]
    root = served.world.state.root
    assert MOST_RESOURCES // 4 < root.resources <= MOST_RESOURCES


def test_a_full_tree_can_still_be_written(serve: Callable[..., Served]) -> None:
    """What makes no resource more is done, and what takes some away makes room."""
    served = serve("")
    served.world.state = State(with_child(doubled(18), "e", doubled(0)))
    client = served.client
    last = MOST_RESOURCES - served.world.state.root.resources
    full = new_collection(NOW)
    for number in range(1000):
        full = with_child(full, str(number), new_document(b"", "text/plain", '""', NOW))
    root = served.world.state.root
    for number in range(last // 1001):
        root = with_child(root, f"full{number}", full)
    for number in range(last % 1001):
        root = with_child(root, f"one{number}", new_document(b"", "text/plain", '""', NOW))
    served.world.state = State(root)
    assert root.resources == MOST_RESOURCES
    assert do(client, "PUT /new x").startswith("507")
    assert do(client, "MKCOL /new/").startswith("507")
    assert lock(client, "/new").status == 507
    assert do(client, "COPY /full0/0 /new").startswith("507")
    assert do(client, "PUT /full0/0 changed") == "204"
    assert do(client, "MOVE /full0/0 /moved") == "201"
    assert do(client, "COPY /full0/1 /moved") == "204"
    assert do(client, "DELETE /full1/") == "204"
    assert do(client, "PUT /new x") == "201"


def test_a_calendar_takes_a_copy_of_copies(effort: Effort, serve: Callable[..., Served]) -> None:
    """To look for calendars in it visits each node once."""
    served = serve("")
    served.world.state = State(doubled(17))
    assert do(served.client, "MKCALENDAR /cal/") == "201"
    with effort.at_most(FEW):
        assert do(served.client, "COPY /d/ /cal/x/") == "201"


def test_a_calendar_deep_in_copies_is_found(serve: Callable[..., Served]) -> None:
    """RFC 4791 4.2: no calendar is inside another."""
    served = serve("")
    inner = new_collection(NOW, ("{urn:ietf:params:xml:ns:caldav}calendar",))
    node = with_child(new_collection(NOW), "c", inner)
    for _ in range(15):
        node = with_child(with_child(new_collection(NOW), "a", node), "b", node)
    served.world.state = State(with_child(new_collection(NOW), "d", node))
    assert do(served.client, "MKCALENDAR /cal/") == "201"
    assert do(served.client, "COPY /d/ /cal/x/") == "403 calendar-collection-location-ok"


def test_a_cause_looks_up_its_path_alone(effort: Effort, serve: Callable[..., Served]) -> None:
    """The admin API lists no paths to find one; a misspelt one still gets a suggestion."""
    served = serve("")
    served.world.state = State(with_child(doubled(18), "box", new_collection(NOW)))
    api = Api(served.url.removesuffix("test/"))
    cause = {"id": "stays", "kind": "read-only", "path": "/box"}
    with effort.at_most(FEW):
        assert api("POST", "spaces/default/causes?scenario=test", cause).status == 201
    wrong = api("PUT", "spaces/default/causes/quota?scenario=test", {"kind": "quota", "path": "/bax", "bytes": 1})
    assert wrong.status == 422
    assert "did you mean '/box'?" in wrong.body.decode()


@pytest.mark.parametrize("times", [0, 12])
def test_a_tree_is_written_in_pieces_as_in_one(times: int, serve: Callable[..., Served]) -> None:
    """A long one is streamed, a short one has its length, and the bytes are those of one piece."""
    served = serve("")
    served.world.state = State(doubled(times))
    api = Api(served.url.removesuffix("test/"))
    read = api("GET", "spaces/default/tree?scenario=test")
    assert read.body == to_json(read_tree(served.world))
    assert ("Content-Length" in read.headers) is (times == 0)
    assert len(json.loads(read.body)["resources"]) == served.world.state.root.resources


def test_a_tree_with_too_many_resources_is_refused(
    monkeypatch: pytest.MonkeyPatch, serve: Callable[..., Served]
) -> None:
    """PUT of a tree: 507, and the old one stays."""
    monkeypatch.setattr("dav424.admin.tree_json.MOST_RESOURCES", 3)
    served = serve("tree: {/old: {content: x}}")
    api = Api(served.url.removesuffix("test/"))
    resources: dict[str, dict[str, str]] = {"/": {}, "/a/": {}, "/a/b": {}}
    put = api("PUT", "spaces/default/tree?scenario=test", {"resources": {**resources, "/a/c": {}}})
    assert put.status == 507
    assert served.client("GET", "/old").status == 200
    assert api("PUT", "spaces/default/tree?scenario=test", {"resources": resources}).status == 200


def test_a_listing_ends_with_its_client(serve: Callable[..., Served]) -> None:
    """PROPFIND of a tree with many resources is streamed, and its client can go."""
    served = serve("")
    served.world.state = State(doubled(17))
    client = served.client
    with socket.create_connection((client.host, client.port), timeout=30) as connection:
        connection.sendall(f"PROPFIND {client.base}/ HTTP/1.1\r\nHost: x\r\nDepth: infinity\r\n\r\n".encode())
        assert connection.recv(13) == b"HTTP/1.1 207 "
    assert client("PUT", "/new", b"x").status == 201
