"""A checkpoint has the whole state of a space, and its log is short after it."""

from __future__ import annotations

import pickle
import zlib
from collections.abc import Callable

import pytest

from dav424.proof.play import Player
from dav424.replicas import kept_bytes, log
from dav424.replicas.kept_bytes import NotKeptError
from dav424.worlds.kept_space import keep, take_over
from dav424.worlds.space import ServedSpace
from tests.bundled import SOURCES, Whole
from tests.replicas.conftest import EmptyEngine, Replicas
from tests.replicas.test_spaces import api, data, until

Start = Callable[..., Replicas]


def copied(space: ServedSpace, whole: Whole) -> ServedSpace:
    """Give a copy of a space that went through bytes."""
    find = whole.app.scenarios.find
    state = kept_bytes.read(kept_bytes.write(keep(space), find), find)
    copy = whole.app.spaces.twin(space, space.now())
    take_over(copy, state)
    return copy


def test_a_copy_has_the_state_of_all_scenarios(server: Whole) -> None:
    """Trees, locks, causes, counts, the journal, the snapshots, the nonces and the clock."""
    space = server.app.spaces.default
    for name, source in SOURCES.items():
        player = Player(f"{server.url}{name}/", source())
        for spec in player.scenario.requests:
            player.exchange(spec.method, spec.path, player.headers(spec), player.body(spec))
    space.snapshot()
    space.clock.advance(5)
    copy = copied(space, server)
    before, after = keep(space), keep(copy)
    assert after.journal == before.journal
    assert after.nonces == before.nonces
    assert after.clock == before.clock == (0.0, 5.0)
    for name, world in before.worlds.items():
        found = after.worlds[name]
        assert found.blueprint is world.blueprint
        assert found.state.state == world.state.state, name
        assert (found.state.causes, found.state.counts) == (world.state.causes, world.state.counts)
        assert found.state.faults == world.state.faults
    assert after.snapshots.keys() == before.snapshots.keys() == {"1"}


def test_a_tree_may_be_as_deep_as_a_path_is_long(server: Whole) -> None:
    """No recursion ends the process or the checkpoint."""
    client = server.client("playground", "deep")
    path = ""
    for _ in range(300):
        path += "/d"
        assert client("MKCOL", f"{path}/").status == 201
    for _ in range(4):  # a copy into itself is refused; a move below another top makes it twice as deep
        assert client("MKCOL", f"{path}/d/").status == 201
        path += "/d"
    space = server.app.spaces.find("deep")
    assert keep(copied(space, server)).worlds["playground"].state.state == keep(space).worlds["playground"].state.state


class Evil:
    """Runs a program when it is read."""

    def __reduce__(self) -> tuple[object, ...]:
        import os

        return os.system, ("true",)


@pytest.mark.parametrize(
    "data", [pickle.dumps(Evil()), pickle.dumps(0), b"", b"\x80\x05K\x01.", pickle.dumps(kept_bytes.write)]
)
def test_bytes_that_are_no_state_are_refused(data: bytes, server: Whole) -> None:
    """No class and no function but those of states can be named."""
    for content in (zlib.compress(data), data):
        with pytest.raises(NotKeptError):
            kept_bytes.read(content, server.app.scenarios.find)


def test_the_log_stays_short_and_a_new_replica_begins_with_the_checkpoint(
    replicas: Start, engine: EmptyEngine, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It answers with the bytes of the replica that has carried out all entries."""
    monkeypatch.setattr(log, "CHECKPOINT_AFTER", 10)
    here = replicas(1).client(0)
    api(here, "PUT", "spaces/x", {"scenario": "playground", "expires-in": 1000})
    for number in range(25):
        assert here("PUT", f"/s/x/playground/{number}", str(number)).status == 201
    until(lambda: engine.client.llen("dav424:{x}:log") < 20)
    assert engine.client.pttl("dav424:{x}:point") > 0
    there = replicas(1).client(0)
    assert there("GET", "/s/x/playground/7").body == b"7"
    assert here("GET", "/s/x/playground/24").headers["Dav424-Exchange"] == "27"
    for path in ("journal", "tree", "causes", "clock"):
        assert data(here, "GET", f"spaces/x/{path}") == data(there, "GET", f"spaces/x/{path}"), path


def test_a_replica_that_was_away_goes_on_after_a_checkpoint(
    replicas: Start, engine: EmptyEngine, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The entries that it has missed are gone, and its numbers are those of all."""
    monkeypatch.setattr(log, "CHECKPOINT_AFTER", 10)
    here, there = replicas().clients("s/x/playground/")
    there("PUT", "/first", "f")
    for number in range(25):
        here("PUT", f"/{number}", str(number))
    until(lambda: engine.client.llen("dav424:{x}:log") < 20)
    for number, client in enumerate((there, here, there)):
        answer = client("GET", "/24")
        assert (answer.body, answer.headers["Dav424-Exchange"]) == (b"24", str(27 + number))


def test_a_checkpoint_that_was_changed_is_refused(
    replicas: Start, engine: EmptyEngine, monkeypatch: pytest.MonkeyPatch
) -> None:
    """503 with the reason; the other replica goes on."""
    monkeypatch.setattr(log, "CHECKPOINT_AFTER", 5)
    here = replicas(1).client(0)
    for number in range(6):
        here("PUT", f"/s/x/playground/{number}", str(number))
    until(lambda: engine.client.exists("dav424:{x}:point") == 1)
    monkeypatch.setattr(log, "CHECKPOINT_AFTER", 1_000_000)  # a second one would stand in the place of the changed one
    for number in range(6, 12):
        here("PUT", f"/s/x/playground/{number}", str(number))
    engine.client.set("dav424:{x}:point", zlib.compress(pickle.dumps(Evil())), keepttl=True)
    answer = replicas(1).client(0)("GET", "/s/x/playground/7")
    assert (answer.status, b"can't be read" in answer.body) == (503, True)
    assert here("GET", "/s/x/playground/7").status == 200
