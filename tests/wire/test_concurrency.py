"""Many at once, on real sockets: nobody sees half a batch, and nobody waits for a slow client."""

from __future__ import annotations

import http.client
import socket
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from itertools import count

import pytest

from dav424.proof.play import Answer, read
from dav424.wire.cheroot_parts import THREADS
from tests.client import Client
from tests.conftest import Served

EXCLUSIVE = (
    '<D:lockinfo xmlns:D="DAV:"><D:lockscope><D:exclusive/></D:lockscope><D:locktype><D:write/></D:locktype>'
    "</D:lockinfo>"
)
PAIR = '<D:propfind xmlns:D="DAV:" xmlns:u="urn:u"><D:prop><u:left/><u:right/></D:prop></D:propfind>'


class Kept:
    """A client that keeps its connection."""

    def __init__(self, client: Client) -> None:
        self.base = client.base
        self.connection = http.client.HTTPConnection(client.host, client.port, timeout=20)

    def __call__(self, method: str, path: str, body: str = "", headers: dict[str, str] | None = None) -> Answer:
        self.connection.request(method, self.base + path, body.encode() or None, headers or {})
        return read(self.connection.getresponse(), self.base, path)


Keep = Callable[[Client], Kept]


@pytest.fixture
def keep() -> Iterator[Keep]:
    """Make clients that keep their connections until the test ends."""
    with ExitStack() as stack:

        def make(client: Client) -> Kept:
            kept = Kept(client)
            stack.callback(kept.connection.close)
            return kept

        yield make


class Upload:
    """A PUT whose head has been sent and whose body is yet to come."""

    def __init__(self, client: Client, path: str, length: int, **headers: str) -> None:
        self.left = length
        self.socket = socket.create_connection((client.host, client.port), timeout=20)
        said = "".join(f"{name}: {value}\r\n" for name, value in headers.items())
        head = f"PUT {client.base}{path} HTTP/1.1\r\nHost: x\r\nContent-Length: {length}\r\n{said}\r\n"
        self.socket.sendall(head.encode())

    def send(self, length: int) -> None:
        """Send a piece of the body."""
        self.socket.sendall(b"x" * length)
        self.left -= length

    def finish(self) -> int:
        """Send the rest and give the answer's status."""
        self.send(self.left)
        response = http.client.HTTPResponse(self.socket)
        response.begin()
        response.read()
        return response.status

    def close(self) -> None:
        self.socket.close()


@pytest.fixture
def upload() -> Iterator[Callable[..., Upload]]:
    """Start uploads, and close what is left of them."""
    with ExitStack() as stack:

        def start(client: Client, path: str, length: int = 10, **headers: str) -> Upload:
            made = Upload(client, path, length, **headers)
            stack.callback(made.close)
            time.sleep(0.05)  # until the server has read the head
            return made

        yield start


def propertyupdate(value: str, *, fails: bool) -> str:
    bad = "<D:getetag>x</D:getetag>" if fails else ""
    prop = f"<u:left>{value}</u:left>{bad}<u:right>{value}</u:right>"
    return f'<D:propertyupdate xmlns:D="DAV:" xmlns:u="urn:u"><D:set><D:prop>{prop}</D:prop></D:set></D:propertyupdate>'


@contextmanager
def beside(task: Callable[[], object]) -> Iterator[None]:
    """Keep a task going, again and again, on a thread of its own."""
    done = threading.Event()

    def again() -> None:
        while not done.is_set():
            task()

    with ThreadPoolExecutor(1) as pool:
        future = pool.submit(again)
        try:
            yield
        finally:
            done.set()
        future.result()


# Batches -----------------------------------------------------------------------------------------


def write_pairs(kept: Kept, writer: int) -> None:
    """Write forty pairs, of which every other one fails."""
    for number in range(40):
        fails = number % 2 == 1
        answer = kept("PROPPATCH", "/f", propertyupdate(f"{'bad' if fails else 'good'}-{writer}-{number}", fails=fails))
        assert answer.failed is fails


def read_pairs(kept: Kept, times: int) -> set[tuple[str, ...]]:
    """Read the pair again and again, and give all that was seen."""
    seen = set()
    for _ in range(times):
        answer = kept("PROPFIND", "/f", PAIR, {"Depth": "0"})
        seen.add(tuple(each.xml.partition(">")[2].partition("<")[0] for each in answer.reported))
    return seen


def test_readers_beside_eight_writers_never_see_half_a_batch(serve: Callable[..., Served], keep: Keep) -> None:
    """Both properties of a batch that succeeded, and none of one that failed."""
    client = serve("tree: {/f: {}}").client
    client("PROPPATCH", "/f", propertyupdate("good", fails=False))
    with ThreadPoolExecutor(10) as pool:
        readers = [pool.submit(read_pairs, keep(client), 200) for _ in range(2)]
        writers = [pool.submit(write_pairs, keep(client), writer) for writer in range(8)]
        for writer in writers:
            writer.result()
        seen = set().union(*(reader.result() for reader in readers))
    assert [pair for pair in seen if len(set(pair)) != 1 or not pair[0].startswith("good")] == []


def test_of_writers_at_once_none_is_lost(serve: Callable[..., Served], keep: Keep) -> None:
    """Eight clients set a property of their own each, twenty times; all of them stay."""
    client = serve("tree: {/f: {}}").client

    def work(writer: int) -> None:
        kept = keep(client)
        for number in range(20):
            body = f'<D:set><D:prop><u:w{writer} xmlns:u="urn:u">{number}</u:w{writer}></D:prop></D:set>'
            kept("PROPPATCH", "/f", f'<D:propertyupdate xmlns:D="DAV:">{body}</D:propertyupdate>')

    with ThreadPoolExecutor(8) as pool:
        list(pool.map(work, range(8)))
    found = {each.property: each.xml for each in client("PROPFIND", "/f", headers={"Depth": "0"}).reported}
    assert all(">19<" in found[f"{{urn:u}}w{writer}"] for writer in range(8))


# Locks -------------------------------------------------------------------------------------------


@pytest.mark.parametrize("path", ["/f", "/new", "/c/"])
def test_of_two_who_race_for_a_lock_exactly_one_wins(serve: Callable[..., Served], keep: Keep, path: str) -> None:
    """RFC 4918 6.1: a hundred rounds of an exclusive lock on a document, on nothing yet, and on a collection."""
    client = serve("tree: {/f: {}, /c/: {}}").client
    clients = [keep(client), keep(client)]
    start = threading.Barrier(2)

    def race(kept: Kept) -> Answer:
        start.wait(10)
        return kept("LOCK", path, EXCLUSIVE)

    with ThreadPoolExecutor(2) as pool:
        for _ in range(100):
            answers = list(pool.map(race, clients))
            won = [answer for answer in answers if answer.status in (200, 201)]
            assert sorted(answer.status for answer in answers)[1:] == [423]
            assert len(won) == 1
            token = won[0].headers["Lock-Token"]
            assert clients[0]("UNLOCK", path, headers={"Lock-Token": token}).status == 204
            if path == "/new":
                assert clients[0]("DELETE", path).status == 204


def test_locks_of_a_collection_and_its_member_never_stand_beside_each_other(
    serve: Callable[..., Served], keep: Keep
) -> None:
    """RFC 4918 7.4: fifty rounds; one gets the collection in depth, or the other its member."""
    client = serve("tree: {/c/f: {}}").client
    clients = [keep(client), keep(client)]
    start = threading.Barrier(2)

    def race(kept: Kept, path: str) -> Answer:
        start.wait(10)
        return kept("LOCK", path, EXCLUSIVE)

    with ThreadPoolExecutor(2) as pool:
        for _ in range(50):
            paths = ["/c/", "/c/f"]
            answers = list(pool.map(race, clients, paths))
            won = [i for i, answer in enumerate(answers) if answer.status == 200]
            assert len(won) == 1
            token = answers[won[0]].headers["Lock-Token"]
            assert clients[0]("UNLOCK", paths[won[0]], headers={"Lock-Token": token}).status == 204


# Slow clients ------------------------------------------------------------------------------------


def test_a_slow_upload_keeps_nobody_waiting(serve: Callable[..., Served], upload: Callable[..., Upload]) -> None:
    """Before each next piece of its body arrives, others write and read, the same document too."""
    client = serve("tree: {/f: {content: old}, /g: {}}").client
    slow = upload(client, "/f", 20)
    for number in range(20):
        assert client("PUT", "/f", str(number)).status == 204
        assert client("GET", "/f").body == str(number).encode()
        assert client("PROPFIND", "/").status == 207
        assert client("PUT", "/g", "x").status == 204
        slow.send(1 if number < 19 else 0)
    assert slow.finish() == 204
    assert client("GET", "/f").body == b"x" * 20


def test_an_upload_is_not_seen_before_it_is_whole(serve: Callable[..., Served], upload: Callable[..., Upload]) -> None:
    """Nothing is made while the body arrives, and what was there stays."""
    client = serve("tree: {/f: {content: old}}").client
    slow, new = upload(client, "/f"), upload(client, "/new")
    slow.send(5)
    new.send(5)
    assert (client("GET", "/f").body, client("GET", "/new").status) == (b"old", 404)
    assert (slow.finish(), new.finish()) == (204, 201)


def test_an_upload_that_breaks_off_changes_nothing(serve: Callable[..., Served], upload: Callable[..., Upload]) -> None:
    """RFC 9112 8: an incomplete request is no request."""
    client = serve("tree: {/f: {content: old}}").client
    slow = upload(client, "/f")
    slow.send(5)
    slow.close()
    time.sleep(0.1)
    assert client("GET", "/f").body == b"old"


def test_a_lock_that_came_while_the_body_was_arriving_refuses_it(
    serve: Callable[..., Served], upload: Callable[..., Upload]
) -> None:
    """423: it is what holds when the body has arrived that counts."""
    client = serve("tree: {/f: {content: old}}").client
    slow = upload(client, "/f")
    slow.send(5)
    assert client("LOCK", "/f", EXCLUSIVE).status == 200
    assert slow.finish() == 423
    assert client("GET", "/f").body == b"old"


def test_a_lock_that_went_while_the_body_was_arriving_lets_it_pass(
    serve: Callable[..., Served], upload: Callable[..., Upload]
) -> None:
    """The same the other way round."""
    client = serve("tree: {/f: {content: old}}").client
    token = client("LOCK", "/f", EXCLUSIVE).headers["Lock-Token"]
    slow = upload(client, "/f")
    slow.send(5)
    assert client("UNLOCK", "/f", headers={"Lock-Token": token}).status == 204
    assert slow.finish() == 204


def test_a_parent_that_went_while_the_body_was_arriving_is_409(
    serve: Callable[..., Served], upload: Callable[..., Upload]
) -> None:
    """RFC 4918 9.7.1; and nothing is made."""
    client = serve("tree: {/c/: {}}").client
    slow = upload(client, "/c/new")
    slow.send(5)
    assert client("DELETE", "/c/").status == 204
    assert slow.finish() == 409
    assert client("GET", "/c/new").status == 404


def test_an_entity_tag_that_changed_while_the_body_was_arriving_is_412(
    serve: Callable[..., Served], upload: Callable[..., Upload]
) -> None:
    """RFC 9110 13.1.1: no update is lost."""
    client = serve("tree: {/f: {content: old}}").client
    slow = upload(client, "/f", **{"If-Match": client("GET", "/f").headers["ETag"]})
    slow.send(5)
    assert client("PUT", "/f", "other").status == 204
    assert slow.finish() == 412
    assert client("GET", "/f").body == b"other"


def test_a_collection_that_came_while_the_body_was_arriving_is_405(
    serve: Callable[..., Served], upload: Callable[..., Upload]
) -> None:
    """RFC 4918 9.7.2."""
    client = serve("").client
    slow = upload(client, "/new")
    slow.send(5)
    assert client("MKCOL", "/new").status == 201
    assert slow.finish() == 405


# Many slow clients -------------------------------------------------------------------------------

CROWD = THREADS + 4


def test_more_slow_uploads_than_threads_keep_nobody_waiting(
    serve: Callable[..., Served], upload: Callable[..., Upload]
) -> None:
    """A quick client is served while more bodies are arriving than the server has threads."""
    client = serve("").client
    slow = [upload(client, f"/slow{number}") for number in range(CROWD)]
    assert client("PUT", "/quick", "x").status == 201
    assert [each.finish() for each in slow] == [201] * CROWD


def test_more_unfinished_heads_than_threads_keep_nobody_waiting(serve: Callable[..., Served]) -> None:
    """The same for clients that have not even said what they want."""
    client = serve("tree: {/f: {}}").client
    with ExitStack() as stack:
        for _ in range(CROWD):
            slow = stack.enter_context(socket.create_connection((client.host, client.port), timeout=20))
            slow.sendall(f"GET {client.base}/f HTTP/1.1\r\nHost:".encode())
        time.sleep(0.1)  # until the server has read that much
        assert client("GET", "/f").status == 200


def test_more_idle_connections_than_threads_keep_nobody_waiting(serve: Callable[..., Served], keep: Keep) -> None:
    """Connections that are kept alive, and on which nothing is sent, hold no thread."""
    client = serve("tree: {/f: {}}").client
    idle = [keep(client) for _ in range(CROWD)]
    for each in idle:
        assert each("GET", "/f").status == 200
    assert client("GET", "/f").status == 200


# Delays ------------------------------------------------------------------------------------------

DELAYED = (
    "tree: {/slow: {content: s}, /quick: {content: q}}\n"
    "causes: [{id: late, kind: delay, path: /slow, milliseconds: 1000}]"
)


READ, WRITE = ("GET", "/quick"), ("PUT", "/quick", "x")


class Delays:
    """The delays of a world: each lasts until they are ended, so that the test knows what comes before."""

    def __init__(self, served: Served) -> None:
        self.seconds: list[float] = []
        self.ended = threading.Event()
        self._begun = threading.Semaphore(0)
        served.world.pause = self._pause

    def _pause(self, seconds: float, *, answered: bool) -> None:
        assert not answered
        self.seconds.append(seconds)
        self._begun.release()
        assert self.ended.wait(20)

    def await_one(self) -> None:
        """Wait until one more request is held up."""
        assert self._begun.acquire(timeout=20)


@pytest.mark.parametrize(("method", "body"), [("GET", ""), ("PUT", "x")])
def test_a_delay_holds_up_its_own_request_alone(serve: Callable[..., Served], method: str, body: str) -> None:
    """Others read and write meanwhile."""
    served = serve(DELAYED)
    client, delays = served.client, Delays(served)
    with ThreadPoolExecutor(1) as pool:
        late = pool.submit(client, method, "/slow", body)
        delays.await_one()
        assert [client(*each).status for each in (READ, WRITE, READ, WRITE)] == [200, 204, 200, 204]
        assert not late.done()
        delays.ended.set()
        assert late.result().status == (200 if method == "GET" else 204)
    assert delays.seconds == [1.0]


def test_a_delay_takes_its_time(serve: Callable[..., Served]) -> None:
    """No less than it says; the clock of the space, which stands still, is not asked."""
    client = serve(DELAYED).client
    begun = time.monotonic()
    assert client("GET", "/slow").status == 200
    assert time.monotonic() - begun >= 1


def test_more_delayed_requests_than_threads_hold_up_nobody_else(serve: Callable[..., Served]) -> None:
    """A quick client is served while more requests are held up than the server has threads."""
    served = serve(DELAYED)
    client, delays = served.client, Delays(served)
    with ThreadPoolExecutor(CROWD) as pool:
        late = [pool.submit(client, "GET", "/slow") for _ in range(CROWD)]
        for _ in late:
            delays.await_one()
        assert client("GET", "/quick").status == 200
        assert not any(each.done() for each in late)
        delays.ended.set()
        assert [each.result().status for each in late] == [200] * CROWD


def test_what_came_during_a_delay_counts(serve: Callable[..., Served]) -> None:
    """A PUT that was held up meets the lock that came meanwhile: 423."""
    served = serve("tree: {/f: {}}\ncauses: [{id: late, kind: delay, methods: [PUT], milliseconds: 500}]")
    client, delays = served.client, Delays(served)
    with ThreadPoolExecutor(1) as pool:
        late = pool.submit(client, "PUT", "/f", "x")
        delays.await_one()
        assert client("LOCK", "/f", EXCLUSIVE).status == 200
        delays.ended.set()
        assert late.result().status == 423


# Trees -------------------------------------------------------------------------------------------


def test_a_reader_sees_a_move_whole_or_not_at_all(serve: Callable[..., Served], keep: Keep) -> None:
    """The members are all in the one place or all in the other, in each of many answers."""
    client = serve("tree:\n" + "".join(f"  /here/{number}: {{}}\n" for number in range(20))).client
    mover, reader, turn = keep(client), keep(client), count()

    def move() -> None:
        source, target = ("here", "there") if next(turn) % 2 == 0 else ("there", "here")
        mover("MOVE", f"/{source}/", headers={"Destination": f"{mover.base}/{target}/"})

    with beside(move):
        seen = {
            tuple(sorted(each.href for each in reader("PROPFIND", "/", PAIR, {"Depth": "infinity"}).reported[::2]))
            for _ in range(100)
        }
    assert {len(found) for found in seen} == {22}
    assert len(seen) == 2
