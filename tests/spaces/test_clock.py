"""The clock of a space: it stands still until somebody advances it, and all that tells the time follows it."""

from __future__ import annotations

import math
import threading
import time
from collections.abc import Callable
from email.utils import formatdate, parsedate_to_datetime

import pytest

from dav424.worlds.clock import LATEST, Clock
from dav424.worlds.settings import CLOCK_START, Settings
from tests.bundled import Whole
from tests.client import Client
from tests.trees import XML, holding, lock, lockinfo, token

PLAY = "playground"
MODIFIED = '<D:propfind xmlns:D="DAV:"><D:prop><D:getlastmodified/><D:creationdate/></D:prop></D:propfind>'


def date(seconds: float) -> str:
    return formatdate(CLOCK_START + seconds, usegmt=True)


def put(client: Client, path: str, headers: dict[str, str] | None = None) -> int:
    return client("PUT", path, "x", {"Content-Type": "text/plain", **(headers or {})}).status


def test_a_clock_stands_still(server: Whole) -> None:
    """It begins at a time that is written down, and a second later it is still that time."""
    client = server.client(PLAY, "a")
    first = client("GET", "/").headers["Date"]
    time.sleep(1.1)
    assert first == client("GET", "/").headers["Date"] == "Thu, 01 Jan 2026 00:00:00 GMT"


def test_everything_that_tells_the_time_follows(server: Whole) -> None:
    """Date, Last-Modified, DAV:getlastmodified, DAV:creationdate and the journal."""
    client, space = server.client(PLAY, "a"), server.app.spaces.touch("a")
    put(client, "/old")
    space.clock.advance(90)
    put(client, "/new")
    for name, seconds in (("old", 0), ("new", 90)):
        answer = client("GET", f"/{name}")
        assert (answer.headers["Last-Modified"], answer.headers["Date"]) == (date(seconds), date(90))
        found = client("PROPFIND", f"/{name}", MODIFIED, {**XML, "Depth": "0"}).body.decode()
        assert f">{date(seconds)}<" in found
        assert f">2026-01-01T00:0{seconds // 60}:{seconds % 60:02}Z<" in found
    assert [entry.at - CLOCK_START for entry in space.journal] == [0, 90, 90, 90, 90, 90]


@pytest.mark.parametrize("timeout", [1, 60, 3600])
def test_a_lock_expires_when_its_time_has_come_and_no_sooner(server: Whole, timeout: int) -> None:
    """What is left of it follows the clock."""
    client, clock = server.client(PLAY, "a"), server.app.spaces.touch("a").clock
    put(client, "/f")
    held = token(client, "/f", {"Timeout": f"Second-{timeout}"})
    clock.advance(timeout - 0.5)
    assert put(client, "/f") == 423
    found = client("PROPFIND", "/f", headers={"Depth": "0"}).body
    assert b"<D:timeout>Second-0</D:timeout>" in found
    clock.advance(0.5)
    assert (put(client, "/f"), put(client, "/f", holding("/f", held))) == (204, 412)


def test_a_refreshed_lock_stays_longer(server: Whole) -> None:
    """Its time is counted from the refresh."""
    client, clock = server.client(PLAY, "a"), server.app.spaces.touch("a").clock
    put(client, "/f")
    held = token(client, "/f", {"Timeout": "Second-60"})
    clock.advance(59)
    refreshed = client("LOCK", "/f", headers={**holding("/f", held), "Timeout": "Second-60"})
    assert (refreshed.status, b"Second-60" in refreshed.body) == (200, True)
    clock.advance(59)
    assert put(client, "/f") == 423
    clock.advance(1)
    assert put(client, "/f") == 204


def test_an_expired_lock_lets_another_in(server: Whole) -> None:
    """A second exclusive lock is granted once the first has timed out."""
    client, clock = server.client(PLAY, "a"), server.app.spaces.touch("a").clock
    put(client, "/f")
    lock(client, "/f", {"Timeout": "Second-10"})
    assert client("LOCK", "/f", lockinfo(), XML).status == 423
    clock.advance(10)
    assert client("LOCK", "/f", lockinfo(), XML).status == 200


def test_only_the_clock_of_the_space_is_advanced(server: Whole) -> None:
    """Other spaces, the default one too, stay where they are."""
    server.app.spaces.touch("a").clock.advance(3600)
    dates = [server.client(PLAY, space)("GET", "/").headers["Date"] for space in ("a", "b", "")]
    assert dates == [date(3600), date(0), date(0)]


def test_if_unmodified_since_reads_the_same_clock(server: Whole) -> None:
    """A document that was written later than a date is newer than it, by the time of the space."""
    client, clock = server.client(PLAY, "a"), server.app.spaces.touch("a").clock
    clock.advance(100)
    put(client, "/f")
    sent = {"If-Unmodified-Since": date(99)}
    assert [put(client, "/f", sent), put(client, "/f", {"If-Unmodified-Since": date(100)})] == [412, 204]


def test_the_real_time_can_be_had(whole: Callable[..., Whole]) -> None:
    """A server without virtual clocks shows it, and it can be advanced all the same."""
    server = whole(Settings(start=None))
    client, clock = server.client(PLAY, "a"), server.app.spaces.touch("a").clock

    for moved in (0, 3600):
        earliest = int(time.time()) + moved
        told = parsedate_to_datetime(client("GET", "/").headers["Date"]).timestamp()
        assert earliest <= told <= time.time() + moved
        clock.advance(3600)
    assert not clock.virtual


def test_a_delay_does_not_move_the_clock(server: Whole) -> None:
    """Waiting takes real time, none of the space's."""
    from dav424.causes.delay import Delay

    client, world = server.client(PLAY, "a"), server.app.spaces.touch("a").world(PLAY)
    world.change_causes({"slow": Delay(id="slow", milliseconds=200)})
    slept: list[float] = []
    world.pause = lambda seconds, **_: slept.append(seconds)
    assert client("GET", "/").headers["Date"] == date(0)
    assert slept == [0.2]


@pytest.mark.parametrize("seconds", [math.inf, -math.inf, math.nan, 1e300, LATEST, -LATEST])
@pytest.mark.parametrize("start", [CLOCK_START, None])
def test_a_clock_goes_no_further_than_dates_do(start: float | None, seconds: float) -> None:
    """Where no date could be written it does not go, and stays where it is."""
    clock = Clock(start)
    for go in (lambda: clock.advance(seconds), lambda: clock.set(clock() + seconds)):
        with pytest.raises(ValueError, match="from the year 1970 to the year 9800"):
            go()
    assert clock.moved == 0


def test_at_the_end_of_time_requests_are_still_answered(server: Whole) -> None:
    """Also those that ask for a lock that lasts longer."""
    client, clock = server.client(PLAY, "a"), server.app.spaces.touch("a").clock
    clock.set(LATEST)
    assert lock(client, "/f", {"Timeout": "Second-4294967295"}).status == 201
    answer = client("PROPFIND", "/f", headers={"Depth": "0"})
    assert (answer.status, answer.headers["Date"]) == (207, "Wed, 01 Jan 9800 00:00:00 GMT")
    clock.set(0)
    assert client("GET", "/f").headers["Date"] == "Thu, 01 Jan 1970 00:00:00 GMT"


def test_no_advance_is_lost() -> None:
    """Many at once add up."""
    clock = Clock(CLOCK_START)
    threads = [threading.Thread(target=lambda: [clock.advance(1) for _ in range(5_000)]) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert clock.moved == 40_000
