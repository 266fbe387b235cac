"""The scripts of the log: an entry is appended once, and who misses much appends nothing."""

from __future__ import annotations

import subprocess
import sys

import pytest

from dav424.replicas.engine import Engine
from dav424.replicas.log import MOST_BYTES, MOST_ENTRIES, Asker, Birth, LogPlace, LogReply, ask, load, save
from dav424.replicas.store import SharedStore
from tests.replicas.conftest import EmptyEngine

BIRTH = Birth(b"epoch", 0)


@pytest.fixture
def store(engine: EmptyEngine) -> Engine:
    """A connection to an engine without any space."""
    return Engine(SharedStore(engine.url, 20))


def token(number: int, replica: str = "replica1") -> bytes:
    """Make the token of an entry."""
    return replica.encode() + number.to_bytes(8, "big")


def append(store: Engine, place: LogPlace, number: int, data: bytes = b"data", replica: str = "replica1") -> LogReply:
    """Append an entry."""
    return ask(store, "x", Asker("print", place), (token(number, replica), data), BIRTH)


def fill(store: Engine, entries: int, data: bytes = b"data") -> None:
    """Append entries, as a replica does that has carried out all before."""
    place = LogPlace()
    for number in range(entries):
        reply = append(store, place, number, data)
        place = LogPlace(reply.epoch, reply.own, token(number))


def test_an_entry_that_is_sent_twice_is_appended_once(store: Engine) -> None:
    """The second answer has the same position; the answer to the first one may be lost."""
    first = append(store, LogPlace(), 1)
    again = append(store, LogPlace(), 1)
    assert (first.word, first.own, first.entries) == ("ok", 1, [])
    assert (again.word, again.own, [each.token for each in again.entries]) == ("ok", 1, [token(1)])
    assert append(store, LogPlace(), 2).own == 2


def test_an_entry_that_others_follow_is_still_known(store: Engine) -> None:
    """Another replica has appended meanwhile."""
    append(store, LogPlace(), 1)
    append(store, LogPlace(), 1, replica="replica2")
    again = append(store, LogPlace(), 1)
    assert (again.own, len(again.entries)) == (1, 2)


def test_the_entries_that_are_missing_come_with_the_answer(store: Engine) -> None:
    """In their order, with their times, which never go back."""
    for number in range(5):
        append(store, LogPlace(), number, b"%d" % number)
    place = LogPlace(b"epoch", 2, token(1))
    reply = append(store, place, 9, replica="replica2")
    assert (reply.own, [each.data for each in reply.entries]) == (6, [b"2", b"3", b"4"])
    times = [each.at for each in reply.entries]
    assert times == sorted(times)


def test_a_replica_that_misses_much_appends_nothing(store: Engine, engine: EmptyEngine) -> None:
    """It gets a part, and asks again."""
    fill(store, MOST_ENTRIES + 10)
    reply = append(store, LogPlace(), 1, replica="replica2")
    assert (reply.word, reply.own, len(reply.entries)) == ("far", 0, MOST_ENTRIES)
    place = LogPlace(b"epoch", MOST_ENTRIES, token(MOST_ENTRIES - 1))
    reply = append(store, place, 1, replica="replica2")
    assert (reply.word, reply.own, len(reply.entries)) == ("ok", MOST_ENTRIES + 11, 10)
    assert engine.client.llen("dav424:{x}:log") == MOST_ENTRIES + 11


def test_large_entries_come_one_by_one(store: Engine) -> None:
    """An answer has one entry more than fits at most."""
    fill(store, 5, b"x" * (MOST_BYTES // 2 + 1))
    reply = ask(store, "x", Asker("print", LogPlace()))
    assert (reply.word, len(reply.entries)) == ("far", 2)


def test_a_place_in_another_history_is_no_place(store: Engine) -> None:
    """A token that the log does not have there, a position after its end, or another epoch: all entries come."""
    fill(store, 3)
    for place in (LogPlace(b"epoch", 2, token(7)), LogPlace(b"epoch", 9, token(8)), LogPlace(b"other", 2, token(1))):
        reply = ask(store, "x", Asker("print", place))
        assert (reply.start, len(reply.entries)) == (0, 3)


def test_a_checkpoint_replaces_the_entries_before_it(store: Engine, engine: EmptyEngine) -> None:
    """Who knows less has to load it; one that comes late is not kept."""
    fill(store, 6)
    place = LogPlace(b"epoch", 4, token(3), b"digest")
    assert save(store, "x", place, "print", b"state")
    assert engine.client.llen("dav424:{x}:log") == 2
    assert not save(store, "x", LogPlace(b"epoch", 3, token(2)), "print", b"old")
    assert not save(store, "x", LogPlace(b"epoch", 5, token(9)), "print", b"of another history")
    assert ask(store, "x", Asker("print", LogPlace())).word == "load"
    loaded = load(store, "x", "print")
    assert loaded == (place, b"state")
    reply = ask(store, "x", Asker("print", place))
    assert (reply.word, reply.start, len(reply.entries)) == ("ok", 4, 2)


def test_another_fingerprint_appends_nothing(store: Engine, engine: EmptyEngine) -> None:
    """The answer has the one of the space."""
    append(store, LogPlace(), 1)
    reply = ask(store, "x", Asker("other", LogPlace()), (token(1, "replica2"), b"data"))
    assert (reply.word, reply.fingerprint) == ("print", "print")
    assert engine.client.llen("dav424:{x}:log") == 1


def test_without_a_birth_no_space_is_made(store: Engine, engine: EmptyEngine) -> None:
    """To ask for a space that does not exist leaves nothing behind."""
    assert ask(store, "x", Asker("print", LogPlace()), (token(1), b"data")).word == "none"
    assert engine.client.dbsize() == 0


def test_a_server_without_a_store_imports_nothing_of_this() -> None:
    """Neither the room nor the client library."""
    code = (
        "import sys; from dav424.app import App; from dav424.commands.cli import main; App({});"
        "print([name for name in sys.modules if name.startswith(('dav424.replicas', 'valkey'))])"
    )
    ended = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=60, check=True)
    assert ended.stdout.strip() == "[]"
