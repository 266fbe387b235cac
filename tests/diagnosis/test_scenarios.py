"""The answers of all bundled scenarios without faults: the causes that a diagnosis names are those that the journal has."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from dav424.diagnosis import Diagnosis, diagnose
from dav424.journal.report import ExchangeReport
from dav424.proof.play import Answer, Player
from dav424.scenario.model import RequestSpec
from dav424.scenario.sources import scenario_sources
from dav424.testing import Server, Space

NAMES = sorted(name for name, source in scenario_sources().items() if not source().faults)
"""All but those whose answers are broken on purpose."""


@pytest.fixture(scope="module")
def server() -> Iterator[Server]:
    with Server() as started:
        yield started


def test_an_answer_without_its_causes_is_diagnosed(server: Server) -> None:
    """A fault has left them out: the diagnosis says that the cause is missing."""
    space = server.space("fault-causes-left-out")
    player = Player(space.url, scenario_sources()["fault-causes-left-out"]())
    (spec,) = player.scenario.requests
    (found,) = diagnose(raw(spec, player, player.send(spec))).answers
    assert [rule.section for rule in found.broken] == ["RFC 4918 11.4"]


def raw(spec: RequestSpec, player: Player, answer: Answer) -> bytes:
    """Write a request and its answer as raw HTTP."""
    request = "".join(f"{name}: {value}\r\n" for name, value in player.headers(spec).items())
    head = "".join(f"{name}: {value}\r\n" for name, value in answer.headers.items())
    return (
        f"{spec.method} {player.base}{spec.path} HTTP/1.1\r\n{request}\r\n".encode()
        + player.body(spec)
        + f"\r\nHTTP/1.1 {answer.status} {answer.reason}\r\n{head}\r\n".encode()
        + (b"" if spec.method == "HEAD" else answer.body)
    )


def named(diagnosis: Diagnosis) -> set[int]:
    """Give the statuses of the causes that a diagnosis names."""
    return {failure.said.status for failure in diagnosis.failed if failure.said.status}


def in_journal(exchange: ExchangeReport) -> set[int]:
    """Give the statuses of the causes that the journal has, those of the requests of a batch included."""
    facts = [*([exchange.refused] if exchange.refused else []), *exchange.facts]
    return {fact.status for fact in facts if fact.outcome == "failed" and fact.name != "the condition"}


def paths_in_journal(exchange: ExchangeReport) -> set[str]:
    facts = [*([exchange.refused] if exchange.refused else []), *exchange.facts]
    return {fact.path.rstrip("/") for fact in facts if fact.outcome == "failed" and fact.path.startswith("/")}


def played(server: Server, name: str) -> Iterator[tuple[RequestSpec, Diagnosis, ExchangeReport, str]]:
    """Play a scenario in a space of its own, and diagnose each answer."""
    scenario = scenario_sources()[name]()
    space: Space = server.space(scenario=name)
    player = Player(space.url, scenario)
    for spec in scenario.requests:
        text = raw(spec, player, player.send(spec))
        (diagnosis,) = diagnose(text).answers
        yield spec, diagnosis, space.journal.last, player.base


@pytest.mark.parametrize("name", NAMES)
def test_the_causes_are_those_of_the_journal(server: Server, name: str) -> None:
    """Each answer is read whole: the failures in it have the statuses and stand at the paths of the journal."""
    for spec, diagnosis, exchange, base in played(server, name):
        assert not diagnosis.unreadable
        assert diagnosis.method == spec.method
        assert named(diagnosis) == in_journal(exchange), spec.name
        assert diagnosis.has_failure == bool(exchange.refused or [f for f in exchange.facts if f.outcome != "done"])
        hrefs = {
            href.removeprefix(base).rstrip("/")
            for failure in diagnosis.failed
            for href in (failure.said.thing.href, *failure.said.condition_hrefs)
            if href.startswith("/")
        }
        assert paths_in_journal(exchange) <= hrefs or not hrefs, spec.name


@pytest.mark.parametrize("name", [name for name in NAMES if not scenario_sources()[name]().dialect])
def test_no_answer_of_this_server_breaks_a_rule(server: Server, name: str) -> None:
    """No answer has a 424 without its cause, a success beside a failure where all or nothing is done, or the like.

    A dialect answers as a real server does, also where that breaks a rule.
    """
    for spec, diagnosis, _, _ in played(server, name):
        assert diagnosis.broken == (), spec.name


@pytest.mark.parametrize("name", NAMES)
def test_a_scenario_is_found_for_each_failure(server: Server, name: str) -> None:
    """The scenario that is named for an answer fails with the same method and a cause of the same status."""
    for spec, diagnosis, _, _ in played(server, name):
        if diagnosis.failed and spec.method not in {"GET", "HEAD", "PROPFIND"}:
            assert diagnosis.scenario, spec.name
            similar = scenario_sources()[diagnosis.scenario]()
            same = [request for request in similar.requests if request.method == spec.method]
            statuses = {answer.status for request in same for answer in request.expect.answers}
            statuses |= {request.expect.status for request in same}
            assert {failure.said.status for failure in diagnosis.failed} & statuses
