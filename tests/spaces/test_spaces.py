"""Spaces: what one test must not share with another."""

from __future__ import annotations

import subprocess
import sys
import threading
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from http.client import HTTPConnection
from itertools import count

import pytest

from dav424.app import App
from dav424.core.batch import Refused
from dav424.scenario.load import load
from dav424.scenario.model import Scenario, TreeEntry
from dav424.worlds.expiry import MOST_REMEMBERED
from dav424.worlds.settings import Settings
from dav424.worlds.space import ServedSpace
from tests.bundled import Whole
from tests.client import Client, statuses
from tests.effort import calls
from tests.trees import XML, holding, lock, named, token, tree

PLAY = "playground"
DEPTH_1 = {**XML, "Depth": "1"}


def put(client: Client, path: str, content: str = "x") -> int:
    return client("PUT", path, content, {"Content-Type": "text/plain"}).status


def outcome(call: Callable[[], object]) -> int:
    """Give the status of a refusal, 0 for none."""
    try:
        call()
    except Refused as refused:
        return refused.status
    return 0


# --- made on first touch ---------------------------------------------------------------------------------------------


def test_a_space_has_a_copy_of_its_own(server: Whole) -> None:
    """What is written in one space is in no other, and not in the default one."""
    assert put(server.client(PLAY, "a"), "/f") == 201
    where = {"a": server.client(PLAY, "a"), "b": server.client(PLAY, "b"), "default": server.client(PLAY)}
    assert {name: client("GET", "/f").status for name, client in where.items()} == {"a": 200, "b": 404, "default": 404}


def test_no_auto_spaces_says_so(whole: Callable[..., Whole]) -> None:
    """Where requests make no spaces, one that isn't there is a 404 that tells what does, and none is made."""
    server = whole(Settings(auto=False))
    answer = server.client(PLAY, "a")("GET", "/")
    assert (answer.status, b"requests do not make one" in answer.body, b"/-/spaces/a" in answer.body) == (
        404,
        True,
        True,
    )
    server.app.spaces.make("a")
    assert server.client(PLAY, "a")("GET", "/").status == 200
    assert [space.name for space in server.app.spaces.all()] == ["default", "a"]


@pytest.mark.parametrize("name", ["a", "A.b_c-9", "0", "x" * 64, "...", "a%62", "-"])
def test_names_that_spaces_can_have(server: Whole, name: str) -> None:
    """1 to 64 of letters, digits, dot, underscore and hyphen, also percent-encoded."""
    assert put(server.client(PLAY, name), "/f") == 201


@pytest.mark.parametrize("name", ["x" * 65, "a%20b", "%C3%BC", "a:b", "a+b", "a%00", "%2e", "..", "a%2Fb", "a%0A"])
def test_names_that_spaces_cannot_have(server: Whole, name: str) -> None:
    """Anything else is 400, and makes no space."""
    assert server.client(PLAY, name)("GET", "/").status == 400
    assert [space.name for space in server.app.spaces.all()] == ["default"]


@pytest.mark.parametrize("name", [".", "..", "", "a\n"])
def test_names_that_no_url_could_have_are_refused_to_programs_too(server: Whole, name: str) -> None:
    """A space that can't be reached is not made, whoever asks."""
    assert outcome(lambda: server.app.spaces.make(name)) == 400


@pytest.mark.parametrize("path", ["/s", "/s/", "/s/default/playground/"])
def test_paths_that_name_no_space(server: Whole, path: str) -> None:
    """They are 404, with a hint."""
    assert Client(server.url)("GET", path).status == 404


# --- what a space has to itself --------------------------------------------------------------------------------------


def test_locks_are_the_space_s_own(server: Whole) -> None:
    """What is locked in one space can be written in another."""
    for space in ("a", "b"):
        put(server.client(PLAY, space), "/f")
    token(server.client(PLAY, "a"), "/f")
    assert [put(server.client(PLAY, space), "/f") for space in ("a", "b")] == [423, 204]


@pytest.mark.parametrize(
    ("counters", "expected"),
    [("times: 2", "xx..."), ("nth: 2", ".x..."), ("after: 1, times: 2", ".xx.."), ("after: 3", "...xx")],
)
def test_counters_of_causes_are_the_space_s_own(whole: Callable[..., Whole], counters: str, expected: str) -> None:
    """A cause counts the attempts of each space for itself, and each space in turn sees it strike the same."""
    cause = f"{{id: flaky, kind: store-fails, {counters}}}"
    server = whole(more={"flaky": load(f"title: t\ntree: {{/f: {{}}}}\ncauses: [{cause}]", "flaky.yaml")})

    def struck(space: str) -> str:
        client = server.client("flaky", space)
        return "".join(".x"[client.say("PROPPATCH /f set u:t=1") != "207  u:t 200"] for _ in range(5))

    assert [struck(space) for space in ("a", "b", "")] == [expected] * 3


def test_causes_are_the_space_s_own(server: Whole) -> None:
    """A cause that is taken away in one space stays in the other."""
    worlds = {name: server.app.spaces.touch(name).world("proppatch-protected") for name in ("a", "b")}
    worlds["a"].change_causes(dict.fromkeys(list(worlds["a"].causes)))
    assert [bool(world.causes) for world in worlds.values()] == [False, True]


def test_tokens_and_etags_start_anew_in_each_space(server: Whole) -> None:
    """The first token and the first ETag of two spaces are the same, whatever one of them did before in a third."""
    seen = []
    for space, before in (("a", 0), ("b", 0), ("c", 3)):
        for number in range(before):
            put(server.client(PLAY, "other"), f"/{space}{number}")
        client = server.client(PLAY, space)
        seen.append((client("PUT", "/f", "x").headers["ETag"], token(client, "/f")))
    assert len(set(seen)) == 1


def test_journals_count_by_space(server: Whole) -> None:
    """Each space numbers its own exchanges from 1."""
    numbers = [server.client(PLAY, space)("GET", "/").headers["Dav424-Exchange"] for space in ("a", "a", "b", "a")]
    assert numbers == ["1", "2", "1", "3"]
    assert [len(server.told(space)) for space in ("a", "b", "default")] == [3, 1, 0]


# --- URLs ------------------------------------------------------------------------------------------------------------


def test_hrefs_and_lock_roots_are_the_space_s_own(server: Whole) -> None:
    """All that an answer names begins with the space's prefix."""
    client = server.client(PLAY, "a")
    put(client, "/f")
    answer = lock(client, "/f")
    assert b"<D:lockroot><D:href>/s/a/playground/f</D:href>" in answer.body
    found = client("PROPFIND", "/", headers=DEPTH_1)
    assert set(named(Client(server.url), found)) == {
        "/s/a/playground/", "/s/a/playground/f", answer.headers["Lock-Token"][1:-1],
    }  # fmt: skip
    refused = client("PUT", "/f", "y")
    assert b"<D:href>/s/a/playground/f</D:href>" in refused.body


@pytest.mark.parametrize("method", ["COPY", "MOVE"])
@pytest.mark.parametrize(
    ("space", "destination", "status"),
    [
        ("a", "/s/a/playground/g", 201),
        ("a", "http://other.example/s/a/playground/g", 201),
        ("a", "/s/b/playground/g", 502),
        ("a", "/playground/g", 502),
        ("a", "/s/a/proppatch-protected/g", 502),
        ("a", "/s/a/g", 502),
        ("a", "/s/A/playground/g", 502),
        ("", "/playground/g", 201),
        ("", "/s/a/playground/g", 502),
        ("", "/s/default/playground/g", 502),
        ("", "/proppatch-protected/g", 502),
    ],
)
def test_a_destination_stays_in_its_space(
    server: Whole, method: str, space: str, destination: str, status: int
) -> None:
    """One in another space or scenario is 502, and nothing is made there."""
    client = server.client(PLAY, space)
    put(client, "/f")
    assert client(method, "/f", headers={"Destination": destination}).status == status
    assert [space.name for space in server.app.spaces.all()] == ["default", *([space] if space else [])]


@pytest.mark.parametrize(
    ("prefix", "status"), [("/s/a/playground", 204), ("/s/b/playground", 423), ("/playground", 423)]
)
def test_tags_of_if_are_the_space_s_own(server: Whole, prefix: str, status: int) -> None:
    """A tag names a resource of the space: with the token of a lock there it opens it, elsewhere nothing has a state."""
    client = server.client(PLAY, "a")
    put(client, "/f")
    held = token(client, "/f")
    sent = {"If": f"<{prefix}/f> ({held})"}
    assert client("PUT", "/f", "y", sent).status == (status if status == 204 else 412)
    assert client("PUT", "/f", "y", holding("/f", held)).status == 204


# --- they come and go ------------------------------------------------------------------------------------------------


def test_an_idle_space_expires_and_was_told_so(whole: Callable[..., Whole]) -> None:
    """It goes after its time; what its URLs then show is a new one. One that is asked for stays."""
    server = whole(Settings(idle=0.6))
    idle, busy = server.client(PLAY, "idle"), server.client(PLAY, "busy")
    assert idle("PUT", "/f", "x").headers["Dav424-Space"] == "idle; idle-timeout=0.6"
    put(busy, "/f")
    for _ in range(4):
        time.sleep(0.2)
        assert busy("GET", "/f").status == 200
    assert [space.name for space in server.app.spaces.all()] == ["default", "busy"]
    assert (idle("GET", "/f").status, server.app.spaces.expired) == (404, 1)


@pytest.mark.parametrize(("settings", "told"), [(Settings(), "a; idle-timeout=3600"), (Settings(idle=0), None)])
def test_how_long_a_space_stays_is_told(whole: Callable[..., Whole], settings: Settings, told: str | None) -> None:
    """An hour if nothing else is set; nothing is said of one that stays, nor of the default space."""
    server = whole(settings)
    assert server.client(PLAY, "a")("GET", "/").headers.get("Dav424-Space") == told
    assert "Dav424-Space" not in server.client(PLAY)("GET", "/").headers


class Hand:
    """A clock that a test sets by hand."""

    def __init__(self) -> None:
        self.now = 1000.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def hand() -> Hand:
    """The clock by which spaces are idle."""
    return Hand()


def names(server: Whole) -> list[str]:
    return [space.name for space in server.app.spaces.all()]


def test_a_space_of_the_admin_api_stays(whole: Callable[..., Whole], hand: Hand) -> None:
    """It expires after its own time alone; one that a request made goes when it is idle, and is made anew."""
    server = whole(Settings(idle_clock=hand))
    spaces = server.app.spaces
    made = [spaces.make("own", 60)[0], spaces.make("never")[0], spaces.touch("auto")]
    assert [spaces.expires_in(space) for space in made] == [60, None, 3600]
    hand.now += 59
    assert names(server) == ["default", "own", "never", "auto"]
    hand.now += 3540
    assert names(server) == ["default", "never", "auto"]
    hand.now += 1
    assert names(server) == ["default", "never"]
    assert [server.client(PLAY, name)("GET", "/").status for name in ("never", "auto")] == [200, 200]


@pytest.mark.parametrize(("idle", "left"), [(10, ["default", "own"]), (0, ["default", "plain", "own", "auto"])])
def test_an_explicit_space_idle_is_for_all(
    whole: Callable[..., Whole], hand: Hand, idle: float, left: list[str]
) -> None:
    """Every space that has no time of its own goes after it; with 0 none does."""
    server = whole(Settings(idle_clock=hand, idle=idle))
    server.app.spaces.make("plain")
    server.app.spaces.make("own", 60)
    server.app.spaces.touch("auto")
    hand.now += 50
    assert names(server) == left


def test_a_request_puts_off_the_end(whole: Callable[..., Whole], hand: Hand) -> None:
    """The time counts from the last request, however often it comes."""
    server = whole(Settings(idle_clock=hand))
    space, _ = server.app.spaces.make("a", 60)
    for _ in range(5):
        hand.now += 59
        assert server.client(PLAY, "a")("GET", "/").status == 200
    hand.now += 60
    assert names(server) == ["default"]
    assert space.name in server.app.spaces._expiry


def test_the_name_of_a_space_that_expired_is_gone(whole: Callable[..., Whole], hand: Hand) -> None:
    """410 says so, for the client and for the admin API, until a call makes it anew."""
    server = whole(Settings(idle_clock=hand))
    spaces, client = server.app.spaces, server.client(PLAY, "a")
    spaces.make("a", 60)
    hand.now += 60
    answer = client("PUT", "/f", "x")
    assert answer.status == 410
    assert b"expired after 60 seconds without a request" in answer.body
    assert b"PUT /-/spaces/a" in answer.body
    assert [outcome(lambda call=call: call("a")) for call in (spaces.find, spaces.touch, spaces.remove)] == [410] * 3
    assert spaces.make("a")[1]
    assert put(client, "/f") == 201


def test_a_space_that_was_deleted_is_no_expired_one(whole: Callable[..., Whole], hand: Hand) -> None:
    """A request makes it anew, and a second space of the name has a time of its own."""
    server = whole(Settings(idle_clock=hand))
    spaces = server.app.spaces
    spaces.make("a", 60)
    spaces.remove("a")
    assert put(server.client(PLAY, "a"), "/f") == 201
    hand.now += 100
    assert names(server) == ["default", "a"]


def test_a_space_of_a_request_that_the_api_uses_stays(whole: Callable[..., Whole], hand: Hand) -> None:
    """PUT adopts it: from then on it does not expire."""
    server = whole(Settings(idle_clock=hand))
    spaces = server.app.spaces
    spaces.adopt(spaces.touch("a"))
    hand.now += 100_000
    assert names(server) == ["default", "a"]


def test_ten_thousand_names_are_remembered(whole: Callable[..., Whole], hand: Hand) -> None:
    """The oldest are forgotten, and requests may make them again; what is gone takes no room in the queue."""
    server = whole(Settings(idle_clock=hand))
    spaces = server.app.spaces
    for number in range(MOST_REMEMBERED + 3):
        spaces.make(f"n{number}", 60 if number % 2 else 50)
        hand.now += 60
    assert [outcome(lambda name=name: spaces.touch(name)) for name in ("n0", "n1", "n3", "n10000")] == [0, 0, 410, 410]
    for number in range(5000):
        spaces.make(f"m{number}", 1e6)
        spaces.remove(f"m{number}")
    assert len(spaces._expiry._queue) < 1100


def test_one_space_too_many_is_507_and_throws_nothing_away(whole: Callable[..., Whole]) -> None:
    """The others stay as they are, and the default space is not counted."""
    server = whole(Settings(most=2))
    assert [put(server.client(PLAY, space), "/f") for space in ("a", "b", "c", "")] == [201, 201, 507, 201]
    assert [server.client(PLAY, space)("GET", "/f").status for space in ("a", "b")] == [200, 200]
    server.app.spaces.remove("a")
    assert put(server.client(PLAY, "c"), "/f") == 201


def test_what_expired_makes_room(whole: Callable[..., Whole]) -> None:
    """Also for a space that is to get a name of its own."""
    spaces = whole(Settings(most=1, idle=0.1)).app.spaces
    spaces.make("a")
    assert outcome(spaces.make) == 507
    time.sleep(0.15)
    assert outcome(spaces.make) == 0


def test_a_name_that_was_given_is_not_given_again(server: Whole) -> None:
    """Whoever still uses the URLs of a space that is gone meets nobody else there."""
    spaces = server.app.spaces
    spaces.make("2")
    first = [spaces.make()[0].name for _ in range(2)]
    spaces.remove(first[-1])
    assert (first, spaces.make()[0].name) == (["1", "3"], "4")


def test_the_default_space_stays(server: Whole) -> None:
    """It can't be removed, and is not made anew under its name."""
    assert outcome(lambda: server.app.spaces.remove("default")) == 403
    assert server.app.spaces.make("default") == (server.app.spaces.default, False)


def test_who_waits_in_a_space_that_goes_need_not_wait(server: Whole) -> None:
    """Nothing will be written there any more."""
    spaces = server.app.spaces
    space, _ = spaces.make("a")
    with ThreadPoolExecutor() as pool:
        waiting = pool.submit(space.journal.wait, lambda _: True, 1, 30.0)
        time.sleep(0.1)
        spaces.remove("a")
        assert waiting.result(timeout=20) == []


def test_nobody_waits_on_a_server_that_closes(server: Whole) -> None:
    """Neither for news of a journal nor for a delay."""
    spaces = server.app.spaces
    waits = [partial_wait(space) for space in (spaces.default, spaces.make("a")[0])]
    with ThreadPoolExecutor() as pool:
        waiting = [pool.submit(wait) for wait in waits]
        time.sleep(0.1)
        spaces.close()
        assert [each.result(timeout=20) for each in waiting] == [[], []]


def partial_wait(space: ServedSpace) -> Callable[[], object]:
    return lambda: space.journal.wait(lambda _: True, 1, 30.0)


# --- reset, snapshot, restore ----------------------------------------------------------------------------------------


def work(server: Whole, space: str) -> list[tuple[int, dict[str, str], bytes]]:
    """Do a bit of everything, and give the answers."""
    client = server.client(PLAY, space)
    failing = server.client("proppatch-fails-twice-then-works", space)
    answers = [
        client("PUT", "/f", "x", {"Content-Type": "text/plain"}),
        lock(client, "/f"),
        client("PUT", "/f", "y"),
        failing("PROPFIND", "/", headers=DEPTH_1),
        failing("PROPPATCH", "/", PATCH, XML),
        client("GET", "/f"),
    ]
    return [(each.status, dict(each.headers), each.body) for each in answers]


PATCH = '<D:propertyupdate xmlns:D="DAV:"><D:set><D:prop><t xmlns="urn:u">1</t></D:prop></D:set></D:propertyupdate>'


def test_a_reset_space_is_as_on_its_first_touch(server: Whole) -> None:
    """The same requests get the same answers, to the last header: trees, causes, counters, clock and journal are back."""
    first = work(server, "a")
    space = server.app.spaces.find("a")
    space.clock.advance(100)
    space.world(PLAY).change_causes(dict.fromkeys(list(space.world(PLAY).causes)))
    assert work(server, "a") != first
    space.reset()
    assert work(server, "a") == first


def test_a_snapshot_holds_all_scenarios_and_the_clock(server: Whole) -> None:
    """What was touched after it is as at the beginning again; the journal goes on."""
    client, space = server.client(PLAY, "a"), server.app.spaces.touch("a")
    put(client, "/f")
    space.clock.advance(60)
    name = space.snapshot()
    put(client, "/g")
    other = server.client("proppatch-protected", "a")
    put(other, "/new")
    space.clock.advance(60)
    space.restore(name)
    assert (tree(client), other("GET", "/new").status, space.clock.moved) == ("/f=x", 404, 60.0)
    assert len(space.journal) == 6


def test_snapshots_are_counted_and_known(server: Whole) -> None:
    """One that isn't there is 404; one more than may be is 507 and changes nothing."""
    space = server.app.spaces.touch("a")
    names = [space.snapshot() for _ in range(100)]
    assert (outcome(space.snapshot), outcome(lambda: space.restore("101"))) == (507, 404)
    assert list(space.snapshots) == names


def test_a_reset_is_one_moment_for_all_scenarios(server: Whole) -> None:
    """What comes while one of them is still at work waits, and is then in the tree and in the journal."""
    space = server.app.spaces.touch("a")
    client = server.client(PLAY, "a")
    put(client, "/before")
    busy = space.world("proppatch-protected")
    with ThreadPoolExecutor() as pool:
        with busy.mutex:
            resetting = pool.submit(space.reset)
            time.sleep(0.1)
            writing = pool.submit(put, client, "/meanwhile")
            time.sleep(0.1)
        resetting.result()
        assert writing.result() == 201
    assert [name for name, _ in space.world(PLAY).state.root.members()] == ["meanwhile"]
    assert [entry.path for entry in space.journal] == ["/meanwhile"]


def test_a_reset_under_load_leaves_nothing_of_before(server: Whole) -> None:
    """Whatever is in the tree afterwards is in the journal, and the other way round: a reset is one moment."""
    space, numbers, stop = server.app.spaces.touch("a"), count(), threading.Event()

    def write() -> None:
        connection = HTTPConnection(Client(server.url).host, Client(server.url).port)
        while not stop.is_set():
            connection.request("PUT", f"/s/a/{PLAY}/{next(numbers)}", "x")
            connection.getresponse().read()
        connection.close()

    with ThreadPoolExecutor(4) as pool:
        writers = [pool.submit(write) for _ in range(4)]
        for _ in range(100):
            time.sleep(0.003)
            space.reset()
            with space.world(PLAY).mutex:
                state, journal = space.world(PLAY).state, list(space.journal)
            assert {name for name, _ in state.root.members()} == {entry.request.path[0] for entry in journal}
            assert [entry.number for entry in journal] == list(range(1, len(journal) + 1))
        stop.set()
        for each in writers:
            each.result()


# --- what it costs ---------------------------------------------------------------------------------------------------


def costs(documents: int) -> dict[str, int]:
    """Count the calls of what is done with spaces of a scenario that has so many documents."""
    tree = {f"/d{number % 200}/{number}.txt": TreeEntry() for number in range(documents)}
    spaces = App({"test": lambda: Scenario(title="test", tree=tree)}).spaces
    spaces.touch("warm").world("test")
    space = spaces.touch("a")
    space.world("test")
    return {
        "make and touch": calls(lambda: spaces.touch("b").world("test")),
        "reset": calls(space.reset),
        "snapshot": calls(space.snapshot),
        "restore": calls(lambda: space.restore("1")),
    }


def test_spaces_cost_the_same_whatever_is_in_them() -> None:
    """To make, to touch, to reset, to keep and to restore, and that is little: make bench has the times."""
    few = costs(1)
    assert few == costs(20_000)
    assert max(few.values()) < 200


MEMORY = """
import gc
from dav424.app import App
from dav424.scenario.load import load
from dav424.scenario.files import bundled_files

def resident():
    return int(open("/proc/self/statm").read().split()[1]) * 4096 / 1e6

file = next(file for file in bundled_files() if file.stem == "proppatch-protected")
spaces = App({file.stem: lambda: load(file.read_bytes(), file.name)}).spaces
spaces.touch("0").world(file.stem)
gc.collect()
before = resident()
for number in range(1, 10_000):
    spaces.touch(str(number)).world(file.stem)
print(resident() - before, len(spaces.all()))
"""


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="reads /proc")
def test_ten_thousand_spaces_take_less_than_100_mb() -> None:
    """Each with a live copy of one scenario."""
    said = subprocess.run([sys.executable, "-c", MEMORY], capture_output=True, text=True, check=True).stdout.split()
    assert int(said[1]) == 10_001
    assert float(said[0]) < 100


# --- clients that walk from the root ---------------------------------------------------------------------------------


@pytest.mark.parametrize("space", ["", "a"])
def test_the_root_lists_the_scenarios(server: Whole, space: str) -> None:
    """As a collection of collections, in the default space and in any other; each href answers in turn."""
    root = server.client(space=space)
    found = root("PROPFIND", "/", headers=DEPTH_1)
    hrefs = [each.text for each in etree_hrefs(found.body)]
    assert hrefs == [f"{root.base}/", *(f"{root.base}/{name}/" for name in server.app.scenarios.names)]
    assert {Client(server.url)("PROPFIND", each, headers={"Depth": "0"}).status for each in hrefs} <= {207, 401}
    page = root("GET", "/").body.decode()
    assert f'href="{root.base}/{PLAY}/"' in page


def etree_hrefs(body: bytes) -> list[object]:
    from lxml import etree

    return etree.fromstring(body).findall("{DAV:}response/{DAV:}href")


@pytest.mark.parametrize("space", ["", "a"])
@pytest.mark.parametrize(
    ("method", "headers", "status"),
    [
        ("OPTIONS", {}, 200),
        ("PROPFIND", {"Depth": "0"}, 207),
        ("PROPFIND", {"Depth": "infinity"}, 403),
        ("PROPFIND", {}, 403),
        ("PUT", {}, 403),
        ("DELETE", {}, 403),
        ("MKCOL", {}, 403),
        ("LOCK", {}, 403),
        ("MOVE", {"Destination": "/x"}, 403),
        ("POST", {}, 403),
        ("BREW", {}, 501),
    ],
)
def test_the_root_can_only_be_read(
    server: Whole, space: str, method: str, headers: dict[str, str], status: int
) -> None:
    """Nothing can be changed there, and the journal has each request but GET and HEAD."""
    answer = server.client(space=space)(method, "/", headers=headers)
    told = server.told(space or "default")[-1]
    assert (answer.status, told.status, told.method, answer.headers["Dav424-Exchange"]) == (status, status, method, "1")


@pytest.mark.parametrize("space", ["", "a"])
@pytest.mark.parametrize("method", ["GET", "HEAD"])
def test_the_list_of_scenarios_takes_no_number(server: Whole, space: str, method: str) -> None:
    """So the numbers of the other requests do not depend on a look in a browser."""
    answer = server.client(space=space)(method, "/")
    assert (answer.status, answer.headers.get("Dav424-Exchange")) == (200, None)
    assert server.told(space or "default") == []


@pytest.mark.parametrize("target", ["nothing/", "nothing", "proppatch-protectd/x"])
def test_a_scenario_that_is_not_there_is_told_by_the_space(server: Whole, target: str) -> None:
    """The 404 has the space's time, its number and its place in the journal, for whoever wonders where the test went."""
    server.app.spaces.touch("a").clock.advance(86_400)
    answer = server.client(space="a")("GET", f"/{target}")
    told = server.told("a")
    assert (answer.status, answer.headers["Date"], answer.headers["Dav424-Exchange"]) == (
        404, "Fri, 02 Jan 2026 00:00:00 GMT", "1",
    )  # fmt: skip
    assert [(each.target, each.scenario, each.status) for each in told] == [(f"/s/a/{target}", "", 404)]


@pytest.mark.parametrize(
    ("target", "space"),
    [("/s/a/playground/../x", "a"), ("/s/a/%zz", "a"), ("/playground/%zz", "default"), ("/s/%zz", "default")],
)
def test_a_path_that_cannot_be_read_is_told_by_the_space_that_it_begins_with(
    server: Whole, target: str, space: str
) -> None:
    """It is 400, and in the journal as it was sent."""
    received = Client(server.url).raw(f"GET {target} HTTP/1.1\r\nHost: x\r\n\r\n".encode())
    assert statuses(received) == [400]
    assert [(each.target, each.status) for each in server.told(space)] == [(target, 400)]


def test_two_threads_that_touch_a_space_touch_the_same(server: Whole) -> None:
    """Of one that both are first to ask for, there is one, with one copy of the scenario."""
    for number in range(20):
        barrier = threading.Barrier(8)

        def touch(number: int = number, barrier: threading.Barrier = barrier) -> tuple[int, int]:
            barrier.wait()
            space = server.app.spaces.touch(f"n{number}")
            return id(space), id(space.world(PLAY))

        with ThreadPoolExecutor(8) as pool:
            assert len({each.result() for each in [pool.submit(touch) for _ in range(8)]}) == 1
