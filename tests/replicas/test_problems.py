"""An engine that is not there, or that says something else, is a 503 that says so, and a replica recovers without a restart."""

from __future__ import annotations

import logging
from collections.abc import Callable

import pytest

from dav424.core.clocks import monotonic, sleep
from dav424.worlds.settings import Settings
from tests.client import Client
from tests.cluster.forwarder import forwarding
from tests.replicas.conftest import PATIENCE, EmptyEngine, Replicas, RunningEngine, free_port
from tests.replicas.test_spaces import api, until

Start = Callable[..., Replicas]
Own = Callable[..., RunningEngine]


def ready(client: Client) -> int:
    """Ask whether a server is ready."""
    return api(client, "GET", "ready").status


def test_without_an_engine_each_request_for_a_space_is_503(replicas: Start) -> None:
    """The sentence says that nothing was done, and when to come back; the process is alive."""
    url = f"redis://127.0.0.1:{free_port()}"
    client = replicas(1, url=url, timeout=2).client(0)
    answer = client("PUT", "/playground/f", "f")
    assert (answer.status, answer.headers["Retry-After"]) == (503, "1")
    assert b"can't be reached" in answer.body
    assert b"was not carried out" in answer.body
    told = api(client, "POST", "spaces/x/reset")
    assert (told.status, told.headers["Retry-After"]) == (503, "1")
    assert api(client, "GET", "spaces").status == 503
    assert (api(client, "GET", "live").status, ready(client)) == (200, 503)


def test_what_an_engine_did_before_it_went_may_have_been_carried_out(replicas: Start, own_engine: Own) -> None:
    """It appends, the connection breaks, and no other one can be made: the sentence does not deny what was done."""
    engine = own_engine()
    direct = replicas(1, url=engine.url).client(0)
    said = []
    for number in range(5):
        path = f"/s/gone-{number}/playground/f"
        with forwarding(engine.port) as forwarder:
            client = replicas(1, url=f"redis://127.0.0.1:{forwarder.port}").client(0)
            assert client("PUT", path, "old").status == 201
            forwarder.ends = True
            forwarder.loses.set()
            answer = client("PUT", path, "new")
        assert answer.status == 503
        said.append(b"may have been carried out" in answer.body)
        if not said[-1]:
            assert b"was not carried out" in answer.body
            assert direct("GET", path).body == b"old"
    assert any(said)


def test_a_replica_recovers_when_the_engine_comes(replicas: Start, own_engine: Own) -> None:
    """Killed without a warning, and started again with what it has kept."""
    engine = own_engine("--appendonly", "yes", "--appendfsync", "always")
    here, there = replicas(url=engine.url, timeout=2).clients()
    assert here("PUT", "/s/x/playground/f", "f").status == 201
    engine.kill()
    assert there("GET", "/s/x/playground/f").status == 503
    until(lambda: ready(here) == 503)
    engine.start()
    until(lambda: ready(here) == 200 and ready(there) == 200)
    for client, number in ((there, "2"), (here, "3")):
        answer = client("GET", "/s/x/playground/f")
        assert (answer.status, answer.headers["Dav424-Exchange"]) == (200, number)


def test_an_engine_that_has_lost_all_begins_anew(replicas: Start, own_engine: Own) -> None:
    """What a replica remembers of a space that the engine does not have is forgotten."""
    engine = own_engine("--save", "", "--appendonly", "no")
    here, there = replicas(url=engine.url, timeout=2).clients()
    here("PUT", "/s/x/playground/f", "f")
    engine.kill()
    engine.start()
    for client, number in ((here, "1"), (there, "2")):
        answer = client("GET", "/s/x/playground/f")
        assert (answer.status, answer.headers["Dav424-Exchange"]) == (404, number)


def test_a_log_that_has_lost_its_end_is_followed_from_its_beginning(replicas: Start, engine: EmptyEngine) -> None:
    """A backup has fewer entries than a replica knows."""
    here, there = replicas().clients("s/x/playground/")
    here("PUT", "/f", "f")
    sleep(0.2)
    kept = {key: engine.client.dump(key) for key in engine.client.scan_iter()}
    here("PUT", "/g", "g")
    engine.client.flushdb()
    for key, content in kept.items():
        engine.client.restore(key, 0, content)
    assert there("PUT", "/h", "h").headers["Dav424-Exchange"] == "2"
    assert here("GET", "/h").status == 200
    assert here("GET", "/g").status == 404


def test_a_paused_engine_is_given_up_in_time(replicas: Start, own_engine: Own) -> None:
    """Each request is answered within the time of --store-timeout, and says that it may have been carried out."""
    engine = own_engine()
    client = replicas(1, url=engine.url, timeout=1).client(0)
    client("PUT", "/playground/f", "f")
    engine.client.client_pause(2000)
    begun = monotonic()
    answer = client("PUT", "/playground/f", "g")
    assert monotonic() - begun < 1.5
    assert (answer.status, b"may have been carried out" in answer.body) == (503, True)
    until(lambda: client("GET", "/playground/f").status == 200)


def test_a_replica_with_other_settings_answers_no_request_for_a_space(
    replicas: Start, caplog: pytest.LogCaptureFixture
) -> None:
    """It says so in the answer, in its log, and when it is asked whether it is ready."""
    here = replicas(1).client(0)
    here("PUT", "/s/x/playground/f", "f")
    other = replicas(1, settings=Settings(journal_entries=7)).client(0)
    with caplog.at_level(logging.ERROR):
        answer = other("GET", "/s/x/playground/f")
    assert (answer.status, b"other settings" in answer.body) == (503, True)
    assert "other settings" in caplog.text
    assert ready(other) == 503
    assert here("GET", "/s/x/playground/f").headers["Dav424-Exchange"] == "2"
    assert api(other, "DELETE", "spaces/x").status == 204
    until(lambda: ready(other) == 200)


def test_a_replica_whose_answer_differs_says_so(replicas: Start, engine: EmptyEngine) -> None:
    """The digest that another replica has told is not that of its own answer."""
    here, there = replicas().clients()
    here("PUT", "/s/x/playground/f", "f")
    until(lambda: engine.client.hget("dav424:{x}:meta", "t1") is not None)
    engine.client.hset("dav424:{x}:meta", "t1", b"x" * 16)
    answer = there("GET", "/s/x/playground/f")
    assert (answer.status, b"different answers" in answer.body) == (503, True)
    assert ready(there) == 503
    assert there("GET", "/s/y/playground/").status == 200


def test_what_a_full_engine_refuses_is_not_done(replicas: Start, own_engine: Own) -> None:
    """503 with the reason; reads go on."""
    engine = own_engine("--maxmemory", "4mb", "--maxmemory-policy", "noeviction")
    client = replicas(1, url=engine.url, timeout=2).client(0)
    answers = [client("PUT", f"/s/x/playground/{number}", b"x" * 300_000) for number in range(20)]
    refused = [number for number, answer in enumerate(answers) if answer.status == 503]
    assert refused
    assert b"full" in answers[refused[0]].body
    assert answers[0].status == 201


def test_a_policy_that_evicts_is_a_warning(replicas: Start, own_engine: Own, caplog: pytest.LogCaptureFixture) -> None:
    """An engine that drops keys would drop spaces in use."""
    engine = own_engine("--maxmemory", "100mb", "--maxmemory-policy", "allkeys-lru")
    with caplog.at_level(logging.WARNING):
        replicas(1, url=engine.url)
        until(lambda: "allkeys-lru" in caplog.text)
    assert PATIENCE
