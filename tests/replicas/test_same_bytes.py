"""Two replicas that take turns answer as one plain server does, byte for byte."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from dav424.proof.play import Answer, Player
from dav424.scenario.load import load
from dav424.scenario.model import RequestSpec
from tests.bundled import SOURCES, Whole
from tests.client import Client
from tests.determinism.test_determinism import MORE, converse
from tests.replicas.conftest import Replicas

BY_NAME = pytest.mark.parametrize("name", sorted(SOURCES))


def sent(url: str, name: str, spec: RequestSpec) -> tuple[int, str, dict[str, str], bytes]:
    """Send a request of a scenario to its copy in a space, as if all servers had one name; gives all of the answer."""
    player = Player(f"{url}s/{name}/{name}/", SOURCES[name]())
    headers = {"Host": "localhost:4240", **player.headers(spec)}  # some dialects answer with URLs
    answer = player.exchange(spec.method, spec.path, headers, player.body(spec))
    return answer.status, answer.reason, dict(answer.headers), answer.body


@BY_NAME
def test_each_scenario_answers_as_a_plain_server(name: str, side_by_side: tuple[str, list[str]]) -> None:
    """The requests of the scenario and of its cure, then those of the scenario again."""
    plain, replicas = side_by_side
    scenario = SOURCES[name]()
    cured = scenario.cure.requests if scenario.cure is not None else []
    for number, spec in enumerate([*scenario.requests, *cured, *scenario.requests]):
        assert sent(replicas[number % 2], name, spec) == sent(plain, name, spec), spec.name


def api(url: str, method: str, path: str, body: str = "") -> Answer:
    """Call the admin API as if all servers had one name."""
    return Client(f"{url}-")(method, path, body, {"Host": "localhost:4240", "Content-Type": "application/json"})


@BY_NAME
def test_the_journal_and_the_tree_of_each_scenario_are_the_same(name: str, side_by_side: tuple[str, list[str]]) -> None:
    """What the admin API tells is the same on both replicas, and on the plain server."""
    plain, replicas = side_by_side
    scenario = SOURCES[name]()
    for number, spec in enumerate(scenario.requests):
        sent(replicas[number % 2], name, spec)
        sent(plain, name, spec)
    for path in ("journal", f"tree?scenario={name}", f"causes?scenario={name}", f"faults?scenario={name}", "clock"):
        expected = api(plain, "GET", f"/spaces/{name}/{path}")
        for url in replicas:
            assert api(url, "GET", f"/spaces/{name}/{path}").body == expected.body, path


def test_a_long_conversation_is_the_same(replicas: Callable[..., Replicas], whole: Callable[..., Whole]) -> None:
    """All methods and failures, through two replicas that take turns and through a plain server: the same bytes."""
    more = {name: load(file.read_bytes(), file.name) for name, file in MORE.items()}
    shared, plain = replicas(more=more), whole(more=more)
    assert converse(shared.urls, "x") == converse(plain.url, "x")
    journals = [api(url, "GET", "/spaces/x/journal").body for url in (*shared.urls, plain.url)]
    assert journals[0] == journals[1] == journals[2]
