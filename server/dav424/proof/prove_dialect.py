"""Prove a scenario in other dialects: its state, its causes and its cure hold, however the server answers.

A world of the scenario gets the requests in ``rfc4918``, and another one gets the same requests in the dialect. The
journals tell the true outcomes of both, and the state of both is read in ``rfc4918``:

1. the same causes strike the same things with the same statuses;
2. the changes are the same;
3. a request that the dialect refuses changes nothing; nor does a PROPPATCH or the like of which a part failed;
4. a member that a cause refused stays, if it stays in ``rfc4918``;
5. after the cure, no cause strikes a request that succeeds in ``rfc4918``.

A dialect may do a request otherwise, such as a DELETE that is all or nothing, or refuse it or a part of it, such as a
LOCK of a server without locks. From then on its world may differ, and rules 3 to 5 alone hold.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from collections.abc import Set as AbstractSet
from urllib.parse import unquote, urlsplit

from msgspec import Struct
from msgspec.structs import replace

from dav424.core import decode
from dav424.dialects.names import FAULTS, RFC4918
from dav424.journal.report import ActionResult, ExchangeReport
from dav424.methods import METHOD_FACTS
from dav424.proof.play import TIMEOUT, Player
from dav424.proof.prove import ATOMIC, Flaw, Observed, observe
from dav424.scenario.model import RequestSpec, Scenario
from dav424.wire import http_client

_TIMEOUT = re.compile(r"<D:timeout>[^<]*</D:timeout>")
_SAFE = frozenset(name for name, facts in METHOD_FACTS.items() if facts.safe)
Cause = tuple[str, str, str | None, str, int]
"""The cause that struck: its id, the path, the property, the name of the thing, and the status."""


class PlayedRequest(Struct, frozen=True):
    """A request: the journal's report of it, and the states of the world before and after it."""

    spec: RequestSpec
    exchange: ExchangeReport
    before: Observed
    after: Observed

    @property
    def causes(self) -> set[Cause]:
        """The causes of the scenario that struck, and where."""
        return set(_causes(self.exchange))

    @property
    def refused_paths(self) -> set[str]:
        """The paths at which causes struck, decoded."""
        return {unquote(path) for _, path, *_ in self.causes}

    @property
    def own_refusals(self) -> set[tuple[str, str | None, str]]:
        """The things that failed without a cause of the scenario: the server itself refused them."""
        failures = [fact for each in (self.exchange, *self.exchange.parts) for fact in each.failures]
        return {(fact.path, fact.property, fact.name) for fact in failures if fact.cause is None}

    @property
    def outcomes(self) -> set[tuple[str, str | None, str, str]]:
        """The outcome of each thing."""
        return {
            (fact.path, fact.property, fact.name, fact.outcome)
            for exchange in (self.exchange, *self.exchange.parts)
            for fact in exchange.facts
        }

    @property
    def failed_whole(self) -> bool:
        """Whether something failed in a request that is done as a whole or not at all."""
        return self.spec.method in ATOMIC and bool(self.exchange.failures)

    @property
    def refusal(self) -> int | None:
        """The status with which the request was refused as a whole, if no cause of the scenario did that."""
        refused = self.exchange.refused
        return refused.status if refused is not None and refused.cause is None else None


class PlayedScenario(Struct, frozen=True):
    """The steps of the requests of a scenario, and those of the same requests after the cure."""

    steps: Sequence[PlayedRequest]
    cured: Sequence[PlayedRequest]


class DialectProver:
    """Plays a scenario once in ``rfc4918``, and compares other dialects with that; ``url`` is that of the server."""

    def __init__(self, url: str, name: str, scenario: Scenario) -> None:
        self._url, self._name, self._scenario = url, name, scenario
        self._rfc = self._play(RFC4918) if scenario.requests else None

    def prove(self, dialect: str) -> list[Flaw]:
        """PlayedScenario the scenario in a dialect, in a space of its own; gives the flaws."""
        if self._rfc is None:
            return []
        counted = {cause.id for cause in self._scenario.causes if cause.is_counted}
        flaws = _compared(self._rfc, self._play(dialect), counted)
        return [Flaw(self._name, f"in the dialect {dialect}, {spec.name}", message) for spec, message in flaws]

    def _play(self, dialect: str) -> PlayedScenario:
        stage = _DialectStage(self._url, self._name, self._scenario, dialect)
        steps = [stage.send(spec) for spec in self._scenario.requests]
        if self._scenario.cure is None:
            return PlayedScenario(steps, ())
        stage.cure()
        return PlayedScenario(steps, [stage.send(step.spec) for step in steps if step.causes])


class _DialectStage:
    """A space in which a scenario is played in a dialect; its state is read in ``rfc4918``."""

    def __init__(self, url: str, name: str, scenario: Scenario, dialect: str) -> None:
        self._url, self._name = url, name
        self._space = f"prove-{dialect.rstrip(FAULTS)}"
        self._player = Player(f"{url}s/{self._space}/{name}/", scenario).speaking(dialect)
        self._state = self._observe()

    def send(self, spec: RequestSpec) -> PlayedRequest:
        """Send a request."""
        before = self._state
        self._player.send(with_whole_destination(spec, self._url))
        exchange = decode.from_json(self._ask("GET", "journal/last"), ExchangeReport)
        if spec.method not in _SAFE:
            self._state = self._observe()
        return PlayedRequest(spec, exchange, before, self._state)

    def cure(self) -> None:
        """Apply the cure of the scenario."""
        self._ask("POST", f"cure?scenario={self._name}")
        self._state = self._observe()

    def _observe(self) -> Observed:
        """Read the state, without the name of the space and the time that is left of a lock: a server may shorten it."""
        state, base = observe(self._player), self._player.speaking(RFC4918).base
        properties = {
            href: tuple(_TIMEOUT.sub("", each).replace(base, "") for each in entries)
            for href, entries in state.properties.items()
        }
        return Observed(properties, state.contents)

    def _ask(self, method: str, path: str) -> bytes:
        path = f"/-/spaces/{self._space}/{path}"
        with http_client.sent(method, self._url, path, {}, timeout=TIMEOUT) as response:
            body = response.read()
            if response.status != 200:
                message = f"{method} {path} answered {response.status}: {body.decode(errors='replace')}"
                raise RuntimeError(message)
            return body


def with_whole_destination(spec: RequestSpec, url: str) -> RequestSpec:
    """Write a path in ``Destination`` as a URL, which servers that are strict demand."""
    origin = urlsplit(url)
    headers = {
        name: f"{origin.scheme}://{origin.netloc}{value}"
        if name.lower() == "destination" and value[:1] in "/{"
        else value
        for name, value in spec.headers.items()
    }
    return replace(spec, headers=headers)


def _causes(exchange: ExchangeReport) -> Iterator[Cause]:
    for each in (exchange, *exchange.parts):
        yield from (_cause(fact) for fact in each.failures if fact.cause is not None)


def _cause(fact: ActionResult) -> Cause:
    return fact.cause or "", fact.path, fact.property, fact.name, fact.status


def _compared(
    rfc: PlayedScenario, other: PlayedScenario, counted: AbstractSet[str]
) -> Iterator[tuple[RequestSpec, str]]:
    """Compare a play in a dialect with that in ``rfc4918``, up to the first request that the dialect did otherwise.

    From then on, the causes that are ``counted`` may have struck less often, so that they still strike after the cure.
    """
    alike = True
    for expected, step in zip(rfc.steps, other.steps, strict=True):
        refused = step.refusal is not None and step.refusal != expected.refusal
        yield from ((step.spec, message) for message in _wrong_changes(expected, step, refused=refused))
        alike = alike and not refused and step.own_refusals == expected.own_refusals
        if alike:
            yield from ((step.spec, message) for message in _cause_changes(expected, step))
            alike = expected.outcomes == step.outcomes
        if alike:
            yield from ((step.spec, f"unlike rfc4918, {each}") for each in expected.after.differences(step.after))
    succeeded = {step.spec.name for step in rfc.cured if not step.causes}
    for step in other.cured:
        if step.spec.name in succeeded:
            struck = sorted((cause for cause in step.causes if alike or cause[0] not in counted), key=str)
            yield from ((step.spec, f"after the cure, {_in_words(cause)}") for cause in struck)


def _wrong_changes(expected: PlayedRequest, step: PlayedRequest, *, refused: bool) -> Iterator[str]:
    """Say how a request changed what it had to leave alone, whether the dialect did it otherwise or not."""
    if refused or (step.failed_whole and not [*expected.before.differences(expected.after)]):
        yield from (f"it failed, but {each}" for each in step.before.differences(step.after))
    removed = step.before.properties.keys() - step.after.properties.keys()
    gone = step.refused_paths & expected.after.properties.keys() & removed
    yield from (f"a cause refused {href}, but {href} was removed" for href in sorted(gone))


def _cause_changes(expected: PlayedRequest, step: PlayedRequest) -> Iterator[str]:
    """Say which causes struck in one of two plays alone."""
    yield from (f"missing: {_in_words(cause)}" for cause in sorted(expected.causes - step.causes, key=str))
    yield from (f"not expected: {_in_words(cause)}" for cause in sorted(step.causes - expected.causes, key=str))


def _in_words(cause: Cause) -> str:
    name, path, prop, thing, status = cause
    return f"the cause {name} refused {' '.join(filter(None, (path, prop, thing)))} with {status}"
