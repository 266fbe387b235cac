"""The answers of all bundled scenarios in all bundled dialects: a diagnosis reads each, and finds each failure once."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator
from urllib.parse import unquote, urlsplit

import pytest
from msgspec import Struct
from msgspec.structs import replace

from dav424.app import App
from dav424.core.batch import FAILED_DEPENDENCY
from dav424.diagnosis import Diagnosis, diagnose
from dav424.dialects.library import Dialects
from dav424.journal.report import ExchangeReport, report
from dav424.proof.play import Player
from dav424.proof.prove_dialect import with_whole_destination
from dav424.wire.server import serving
from tests.bundled import SOURCES
from tests.diagnosis.test_scenarios import in_journal, named, paths_in_journal, raw

SCENARIOS = {name: replace(source(), faults=[]) for name, source in SOURCES.items()}
STATUS = re.compile(r"(?:HTTP/[0-9.]+ |rel=\"urn:dav424:failed-dependency\"; status=)([0-9]{3})")
HREF = re.compile(r"href[^<>:]*[>:]([^<]*)")


class Told(Struct):
    """An answer in a dialect, its diagnosis, and the exchange as the journal has it."""

    what: str
    text: str
    diagnosis: Diagnosis
    exchange: ExchangeReport

    @property
    def statuses(self) -> set[int]:
        """The statuses that the answer has for failures of their own: on its status line, in its Link, and in a body of XML."""
        found = map(int, STATUS.findall(self.text))
        return {status for status in found if status >= 300 and status != FAILED_DEPENDENCY}

    def names(self, path: str) -> bool:
        """Say whether an href of the answer is that of a path."""
        last = path.rpartition("/")[2]
        return bool(last) and any(last in unquote(unquote(href)) for href in HREF.findall(self.text))

    @property
    def hrefs(self) -> list[str]:
        """The hrefs of the failures, as paths without any encoding."""
        said = [failure.said for failure in self.diagnosis.failed]
        hrefs = [href for each in said for href in (each.thing.href, *each.condition_hrefs)]
        return [unquote(unquote(urlsplit(href).path)).rstrip("/") for href in hrefs if href]


@pytest.fixture(scope="module", params=Dialects().names)
def told(request: pytest.FixtureRequest) -> list[Told]:
    """Play all scenarios in a dialect."""
    return list(played(request.param))


def played(dialect: str) -> Iterator[Told]:
    app = App({name: lambda scenario=scenario: scenario for name, scenario in SCENARIOS.items()})
    with serving(app.gateway) as url:
        for name, scenario in SCENARIOS.items():
            player = Player(f"{url}{name}/", scenario).speaking(dialect)
            for spec in scenario.requests:
                answer = player.send(with_whole_destination(spec, url))
                (diagnosis,) = diagnose(raw(spec, player, answer)).answers
                exchange = report(list(app.spaces.find("default").journal)[-1])
                head = f"HTTP/1.1 {answer.status}\n{dict(answer.headers)}"
                text = f"{head}\n{answer.body.decode('utf-8', 'replace')}"
                yield Told(f"{name}: {spec.name}", text, diagnosis, exchange)


def test_each_answer_is_read(told: list[Told]) -> None:
    """Whatever the prefixes, the media type and the status lines; and a failure is a failure."""
    assert [each.what for each in told if each.diagnosis.unreadable] == []
    wrong = [each.what for each in told if each.diagnosis.has_failure != failed(each.exchange)]
    assert wrong == []


def failed(exchange: ExchangeReport) -> bool:
    return bool(exchange.refused or [fact for fact in exchange.facts if fact.outcome != "done"])


def test_the_statuses_are_those_of_the_journal(told: list[Told]) -> None:
    """Unless the dialect has others: that of Apache says 409 where a property is protected. No status is invented."""
    for each in told:
        true, read = in_journal(each.exchange), named(each.diagnosis)
        if true == each.statuses or "json" in each.text or "multipart" in each.text:
            assert read == true, each.what
        else:
            assert bool(read) == bool(true), each.what
            assert read <= each.statuses, each.what


def test_the_paths_are_those_of_the_journal(told: list[Told]) -> None:
    """If the answer names them: many servers name the collection alone, and not the member that was refused."""
    for each in told:
        for path in map(unquote, paths_in_journal(each.exchange)):
            if each.names(path):
                assert any(href.endswith(path) for href in each.hrefs), each.what


def test_each_failure_is_found_once(told: list[Told]) -> None:
    """No thing is in the list of failures twice."""
    for each in told:
        things = Counter(failure.said.thing for failure in each.diagnosis.failed)
        assert [thing for thing, count in things.items() if count > 1] == [], each.what
