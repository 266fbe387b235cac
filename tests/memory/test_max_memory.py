"""``--max-memory``: 507 for each request that adds, and the others go on (RFC 4918 11.5)."""

from __future__ import annotations

import gc
import json
import time
from collections.abc import Callable, Mapping

import pytest
from msgspec.structs import force_setattr

from dav424.core import memory
from dav424.core.memory import Budget
from dav424.proof.play import Answer
from dav424.worlds.settings import Settings
from tests.client import Client, statuses
from tests.conftest import NOW, Served
from tests.methods.calendars import COLLECTIONS, calendar, put
from tests.trees import XML, lockinfo

LONG = "n" * 4000
JSON = {"Content-Type": "application/json"}
TREE = "tree: {/f: {content: abc}, /g: {content: abc}, /c/: {}, /p: {properties: {'{urn:u}a': long-enough}}}"
CALENDAR = "BEGIN:VCALENDAR\r\nBEGIN:VEVENT\r\nUID:{}\r\nX:{}\r\nEND:VEVENT\r\nEND:VCALENDAR\r\n"
OVER = b"--max-memory"


@pytest.fixture
def room(serve: Callable[..., Served]) -> Callable[[int], Served]:
    """Serve with room for ``more`` bytes; the journal takes none of them, unless ``entries`` says so."""

    def start(more: int, entries: int = 0) -> Served:
        gc.collect()  # what earlier tests left would make room later
        memory.forget()
        budget = Budget(memory.total() + more)
        return serve(TREE, Settings(start=NOW, budget=budget, journal_entries=entries))

    return start


def api(served: Served) -> Client:
    """Give a client of the admin API of the same server."""
    client = Client(served.url.removesuffix("test/"))
    assert client.base == ""
    return client


@pytest.fixture
def full(room: Callable[..., Served]) -> Served:
    """A server whose memory is full, with a lock on /g."""
    served = room(300_000)
    client = served.client
    assert client("LOCK", "/g", lockinfo(), XML).status == 200
    assert api(served)("PUT", "/-/spaces/other").status == 200
    force_setattr(served.world.budget, "limit", 1)
    return served


def fill(client: Client) -> None:
    """PUT documents until not even a short one has room."""
    for size in (50_000, 5_000, 500, 0):
        for number in range(1000):
            if client("PUT", f"/filling-{size}-{number}", b"x" * size).status == 507:
                break
        else:
            raise AssertionError("the memory is never full")


def wait_until(true: Callable[[], bool]) -> None:
    """Wait for what the server frees after its response is sent."""
    deadline = time.monotonic() + 10
    while not true():
        assert time.monotonic() < deadline, "it is still not so"
        time.sleep(0.01)


ADDS: dict[str, tuple[str, str, str, Mapping[str, str]]] = {
    "a new document": ("PUT", f"/{LONG}", "x", {}),
    "a longer document": ("PUT", "/f", LONG, {}),
    "a large body": ("PUT", "/f", "x" * 1_000_000, {}),
    "a collection": ("MKCOL", f"/{LONG}/", "", {}),
    "a copy": ("COPY", "/f", "", {"Destination": "{base}/" + LONG}),
    "a lock": ("LOCK", "/f", lockinfo(owner=f"<D:owner xmlns:D='DAV:'>{LONG}</D:owner>"), XML),
}


@pytest.mark.parametrize("sent", ADDS.values(), ids=ADDS)
def test_what_adds_is_507(full: Served, sent: tuple[str, str, str, Mapping[str, str]]) -> None:
    """With the condition of RFC 4331 and a sentence that names the flag; nothing changes."""
    before = full.world.state
    answer = full.client(*sent)
    assert (answer.status, answer.condition) == (507, "{DAV:}sufficient-disk-space")
    assert OVER in answer.body
    assert full.world.state.root is before.root


def test_a_property_too_large_is_507_and_the_others_depend_on_it(full: Served) -> None:
    """It fails on its own: the other one is 424."""
    assert full.client.say(f"PROPPATCH /f remove u:b set u:a={LONG}") == "207  u:b 424, u:a 507 sufficient-disk-space"


def test_what_the_server_remembers_gives_way(serve: Callable[..., Served]) -> None:
    """Objects that were read count, and are forgotten before a client is refused."""
    client = serve(COLLECTIONS).client
    gc.collect()
    memory.forget()
    before = memory.total()
    for number in range(50):
        event = calendar("DTSTART:20260105T100000Z", "RRULE:FREQ=DAILY", "X-LONG:" + "x" * 5000, uid=str(number))
        assert put(client, f"/cal/{number}.ics", event).status == 201
    held = memory.total()
    assert held - before > 50 * 12 * 5000
    budget = Budget(held)
    assert not budget.exceeded(1_000_000)
    assert memory.total() < held - 2_000_000


def test_an_import_that_has_no_room_is_507(full: Served) -> None:
    """Each object by itself."""
    answer = full.client("POST", "/c/", CALENDAR.format("u", LONG), {"Content-Type": "text/calendar"})
    assert (answer.status, answer.body.count(b"507 Insufficient Storage")) == (207, 1)


ADMIN_ADDS: dict[str, tuple[str, str, object]] = {
    "a space": ("POST", "/-/spaces", {}),
    "a space of a name": ("PUT", "/-/spaces/new", {}),
    "a snapshot": ("POST", "/-/spaces/default/snapshots", None),
    "a cause": ("PUT", "/-/spaces/default/causes/c", {"kind": "protected-property", "property": "{u}" + LONG}),
    "a tree": ("PUT", "/-/spaces/default/tree", {"resources": {"/new": {"content": LONG}}}),
}


@pytest.mark.parametrize("sent", ADMIN_ADDS.values(), ids=ADMIN_ADDS)
def test_what_adds_by_the_admin_api_is_507(full: Served, sent: tuple[str, str, object]) -> None:
    """As a problem document."""
    method, path, body = sent
    answer = api(full)(method, path, json.dumps(body) if body is not None else "", JSON)
    assert (answer.status, answer.headers["Content-Type"]) == (507, "application/problem+json")
    assert OVER in answer.body


def test_a_space_that_a_request_would_make_is_507(full: Served) -> None:
    """Spaces that are there answer."""
    client = api(full)
    assert client("GET", "/s/new/test/f").status == 507
    assert client("GET", "/s/other/test/f").status == 200


GOES_ON: dict[str, tuple[str, str, str, Mapping[str, str], int]] = {
    "GET": ("GET", "/f", "", {}, 200),
    "HEAD": ("HEAD", "/f", "", {}, 200),
    "OPTIONS": ("OPTIONS", "/f", "", {}, 200),
    "PROPFIND": ("PROPFIND", "/", "", {"Depth": "1"}, 207),
    "DELETE": ("DELETE", "/f", "", {}, 204),
    "DELETE of a collection": ("DELETE", "/c/", "", {}, 204),
    "a shorter document": ("PUT", "/f", "a", {}, 204),
    "UNLOCK": ("UNLOCK", "/g", "", {"Lock-Token": "{token}"}, 204),
}


@pytest.mark.parametrize("sent", GOES_ON.values(), ids=GOES_ON)
def test_what_adds_nothing_goes_on(full: Served, sent: tuple[str, str, str, Mapping[str, str], int]) -> None:
    """Reads, and all that makes room."""
    method, path, body, headers, status = sent
    (lock,) = full.world.state.root.children["g"].locks
    headers = {name: value.replace("{token}", f"<{lock.token}>") for name, value in headers.items()}
    assert full.client(method, path, body, headers).status == status


def test_a_property_can_be_removed(full: Served) -> None:
    """Other than set."""
    assert full.client.say("PROPPATCH /p remove u:a") == "207  u:a 200"


MAKES_ROOM: dict[str, Callable[[Client], Answer]] = {
    "reset": lambda at: at("POST", "/-/spaces/default/reset"),
    "restore": lambda at: at("POST", "/-/spaces/default/restore", '{"snapshot": "1"}', JSON),
    "DELETE": lambda at: at("DELETE", "/test/filling-50000-0"),
    "PUT of less": lambda at: at("PUT", "/test/filling-50000-0", ""),
    "DELETE of a space": lambda at: at("DELETE", "/-/spaces/big"),
}


@pytest.mark.parametrize("make", MAKES_ROOM.values(), ids=MAKES_ROOM)
def test_there_is_room_again(room: Callable[..., Served], make: Callable[[Client], Answer]) -> None:
    """As soon as something has gone."""
    served = room(500_000)
    client = api(served)
    assert client("POST", "/-/spaces/default/snapshots").status == 201
    assert client("PUT", "/s/big/test/big", "x" * 60_000).status == 201
    fill(served.client)
    assert client("PUT", "/test/again", "x" * 20_000).status == 507
    assert make(client).status in (200, 204)
    assert client("PUT", "/test/again", "x" * 20_000).status == 201


def test_a_copy_of_a_large_document_has_room(room: Callable[..., Served]) -> None:
    """The content is there once, and counts once."""
    client = room(3_000_000).client
    assert client("PUT", "/big", "x" * 2_000_000).status == 201
    for number in range(50):
        assert client("COPY", "/big", "", {"Destination": "{base}/big-" + str(number)}).status == 201


def test_a_body_counts_once_while_it_is_stored(room: Callable[..., Served]) -> None:
    """As it arrives, and as the content of its document: with a length, and in chunks."""
    client = room(1_500_000).client
    assert client("PUT", "/big", "x" * 1_000_000).status == 201
    assert client("DELETE", "/big").status == 204
    head = b"PUT {base}/big HTTP/1.1\r\nHost: h\r\nConnection: close\r\nTransfer-Encoding: chunked\r\n\r\n"
    assert statuses(client.raw(head + b"f4240\r\n%b\r\n0\r\n\r\n" % (b"x" * 1_000_000))) == [201]


def test_chunks_without_end_are_507(room: Callable[..., Served]) -> None:
    """As soon as they are too much; the connection ends, and nothing is left of them."""
    served = room(500_000)
    before = memory.total()
    head = b"PUT {base}/big HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n"
    chunks = b"4000\r\n%b\r\n" % (b"x" * 0x4000) * 40
    assert statuses(served.client.raw(head + chunks)) == [507]
    wait_until(lambda: memory.total() - before < 50_000)


def test_the_head_of_a_body_too_large_decides(room: Callable[..., Served]) -> None:
    """The client that waits for a 100 Continue gets none."""
    head = b"PUT {base}/big HTTP/1.1\r\nHost: h\r\nExpect: 100-continue\r\nContent-Length: 900000\r\n\r\n"
    assert statuses(room(500_000).client.raw(head)) == [507]


def test_a_full_memory_lets_the_journal_forget_its_oldest(room: Callable[..., Served]) -> None:
    """The newest exchange is always there, and the journal takes no more than it had."""
    served = room(200_000, entries=1000)
    fill(served.client)
    for _ in range(100):
        assert served.client("GET", "/f").status == 200
    journal = served.space.journal
    assert journal.find(journal.upcoming - 1) is not None
    assert journal.dropped > 0
    assert memory.total() <= served.world.budget.limit + 10_000


def test_journals_count(room: Callable[..., Served]) -> None:
    """What they keep of bodies and headers is no longer free for documents."""
    served = room(600_000, entries=1000)
    assert served.client("GET", "/f").status == 200
    served.space.journal.clear()
    before = memory.total()
    for _ in range(5):
        assert served.client("PUT", "/f", "x" * 50_000, {"X-Long": "x" * 10_000}).status == 204
    wait_until(lambda: 5 * 60_000 < memory.total() - before - 50_000 < 5 * 70_000)
    served.space.journal.clear()
    assert memory.total() - before < 55_000


def test_a_server_in_the_same_process_has_no_limit() -> None:
    """The command sets one."""
    assert Settings().budget.limit is None
    assert not Budget().exceeded(1 << 60)
