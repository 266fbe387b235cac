"""The grades of the exercises: functions over the exchanges of a space with the scenario of the exercise.

Each rule is a list of steps. A step names a fact about the exchanges, and the exchange that shows it. An exercise is
solved if each of its steps is shown. Pages, the terminal and tests use the same functions.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import Literal

from msgspec import Struct

from dav424.core.batch import FAILED_DEPENDENCY
from dav424.journal.report import ActionResult, ExchangeReport
from dav424.proof.answer_body import ReportedStatus, read_body

Exchanges = Sequence[ExchangeReport]


class Step(Struct, frozen=True):
    """A part of an exercise; ``exchange`` is the number of the exchange that shows it, 0 if none does."""

    text: str
    exchange: int = 0


class Grade(Struct, frozen=True):
    """The steps of an exercise as far as the learner has come."""

    steps: tuple[Step, ...]

    @property
    def solved(self) -> bool:
        """Whether each step is shown."""
        return all(step.exchange for step in self.steps)


def _number(found: ExchangeReport | None) -> int:
    return found.number if found is not None else 0


def _first(exchanges: Iterable[ExchangeReport], wanted: Callable[[ExchangeReport], bool]) -> ExchangeReport | None:
    return next((exchange for exchange in exchanges if wanted(exchange)), None)


def _after(exchanges: Exchanges, other: ExchangeReport) -> Iterator[ExchangeReport]:
    return (exchange for exchange in exchanges if exchange.number > other.number)


def _dependents(exchange: ExchangeReport) -> list[ActionResult]:
    """List the results of an exchange that are 424."""
    return [fact for fact in exchange.facts if fact.outcome == "failed-dependency"]


def _causes(exchange: ExchangeReport) -> list[ActionResult]:
    """List the results of an exchange that failed on their own."""
    return [fact for fact in exchange.facts if fact.outcome == "failed"]


def _has_424(exchange: ExchangeReport) -> bool:
    return exchange.status == FAILED_DEPENDENCY or bool(_dependents(exchange))


def _failed_proppatch(exchange: ExchangeReport) -> bool:
    return exchange.method == "PROPPATCH" and bool(_dependents(exchange)) and bool(_causes(exchange))


def _reported(exchange: ExchangeReport) -> tuple[ReportedStatus, ...]:
    """Read the statuses that the answer of an exchange reports."""
    content_type = next((value for name, value in exchange.answer.headers if name.lower() == "content-type"), "")
    if exchange.answer.base64 or exchange.answer.truncated:
        return ()
    base = exchange.target.removesuffix(exchange.path)
    return read_body(content_type, exchange.answer.body.encode(), base, exchange.path)[1]


def _first_424(exchanges: Exchanges) -> Iterator[Step]:
    yield Step("An answer has a 424: on its status line, or in it.", _number(_first(exchanges, _has_424)))


def _exactly_one(exchanges: Exchanges) -> Iterator[Step]:
    failed = _first(exchanges, _failed_proppatch)
    exact = _first(exchanges, lambda each: _failed_proppatch(each) and len(_dependents(each)) == 1)
    yield Step("One property of a PROPPATCH failed on its own.", _number(exact or failed))
    yield Step("Exactly one other property of the same PROPPATCH got 424.", _number(exact))


def _order(exchanges: Exchanges) -> Iterator[Step]:
    tried = [each for each in exchanges if _failed_proppatch(each) and len(_causes(each)) == 1]
    first = [each for each in tried if each.facts[0].outcome == "failed"]
    last = [each for each in tried if each.facts[-1].outcome == "failed"]
    pair = next(((a, b) for a in first for b in last if _statuses(a) == _statuses(b)), None)
    yield Step(
        "The property that fails stood first in a PROPPATCH.", _number(pair[0] if pair else next(iter(first), None))
    )
    yield Step("It stood last in another PROPPATCH.", _number(pair[1] if pair else next(iter(last), None)))
    yield Step("Both had the same properties, and each property got the same status.", pair[1].number if pair else 0)


def _statuses(exchange: ExchangeReport) -> tuple[str, frozenset[tuple[str, str | None, int]]]:
    return exchange.path, frozenset((fact.path, fact.property, fact.status) for fact in exchange.facts)


def _nothing_kept(exchanges: Exchanges) -> Iterator[Step]:
    tried = [each for each in exchanges if _failed_proppatch(each)]
    pair = next(((each, look) for each in tried for look in _after(exchanges, each) if _looks(look, each)), None)
    yield Step("A property of a PROPPATCH got 424.", _number(pair[0] if pair else next(iter(tried), None)))
    yield Step("A later PROPFIND of the same resource asked for that property.", pair[1].number if pair else 0)


def _looks(look: ExchangeReport, failed: ExchangeReport) -> bool:
    """Say whether a PROPFIND reports a property that had got 424."""
    if look.method != "PROPFIND" or look.path != failed.path:
        return False
    undone = {fact.property for fact in _dependents(failed)}
    return any(entry.property in undone for entry in _reported(look))


def _on_a_collection(exchanges: Exchanges) -> Iterator[Step]:
    locks = [each for each in exchanges if each.method == "LOCK" and _causes(each)]
    found = _first(locks, lambda each: any(_is_around(fact, each) for fact in _dependents(each)))
    yield Step("A LOCK failed because of one resource.", _number(found or next(iter(locks), None)))
    yield Step("The collection around that resource got 424.", _number(found))


def _is_around(fact: ActionResult, exchange: ExchangeReport) -> bool:
    inside = f"{fact.path.rstrip('/')}/"
    return any(cause.path.startswith(inside) for cause in _causes(exchange))


def _never_made(exchanges: Exchanges) -> Iterator[Step]:
    made = [each for each in exchanges if each.method == "MKCOL" and _has_424(each)]
    pair = next(((each, look) for each in made for look in _after(exchanges, each) if _finds_nothing(look, each)), None)
    yield Step("A MKCOL failed, and a property of it got 424.", _number(pair[0] if pair else next(iter(made), None)))
    yield Step("A later request for the same path got 404.", pair[1].number if pair else 0)


def _finds_nothing(look: ExchangeReport, made: ExchangeReport) -> bool:
    same = look.path.rstrip("/") == made.path.rstrip("/")
    return same and look.status == 404 and look.method in ("GET", "HEAD", "PROPFIND", "OPTIONS")


def _two_causes(exchanges: Exchanges) -> Iterator[Step]:
    def statuses(exchange: ExchangeReport) -> set[int]:
        return {cause.status for cause in _causes(exchange)}

    both = [each for each in exchanges if len(statuses(each)) > 1]
    found = _first(both, lambda each: len(_dependents(each)) == 1)
    yield Step("Two things of one request failed, with different statuses.", _number(found or next(iter(both), None)))
    yield Step("Exactly one other thing of the same request got 424.", _number(found))


def _only_the_last(exchanges: Exchanges) -> Iterator[Step]:
    batches = [(each, statuses) for each in exchanges if len(statuses := _of_batch(each)) == 4]
    found = next(
        (
            each
            for each, statuses in batches
            if [status == FAILED_DEPENDENCY for status in statuses] == [False, False, False, True]
        ),
        None,
    )
    yield Step("A batch had four requests.", _number(found or next((each for each, _ in batches), None)))
    yield Step("The fourth got 424, and no other one.", _number(found))


def _of_batch(exchange: ExchangeReport) -> list[int]:
    """Give the statuses of the requests of a JSON batch, in the order in which they were sent; empty if it is none."""
    if exchange.method != "POST" or not exchange.path.endswith("$batch"):
        return []
    try:
        asked = [str(each["id"]) for each in json.loads(exchange.request.body)["requests"]]
        answered = {str(each["id"]): int(each["status"]) for each in json.loads(exchange.answer.body)["responses"]}
        return [answered[name] for name in asked]
    except (ValueError, KeyError, TypeError, RecursionError):
        return []


def _on_the_status_line(exchanges: Exchanges) -> Iterator[Step]:
    failed = [each for each in exchanges if each.method == "HEAD" and each.status == FAILED_DEPENDENCY]
    found = next(iter(failed), None)
    put = next(
        (e for e in exchanges if found and e.number > found.number and e.method == "PUT" and e.status < 300), None
    )
    again = next(
        (e for e in exchanges if put and found and e.number > put.number and _same(e, found) and e.status == 200), None
    )
    yield Step("A HEAD got 424 on the status line.", _number(found))
    yield Step("A later PUT stored the missing source.", _number(put))
    yield Step("The same HEAD then got 200.", _number(again))


def _same_bytes(exchanges: Exchanges) -> Iterator[Step]:
    failed = [each for each in exchanges if _has_424(each)]
    pairs = ((each, later) for each in failed for later in _after(exchanges, each) if _same(later, each))
    found = next(((each, later) for each, later in pairs if _went_well(later)), None)
    yield Step("A request got a 424.", _number(found[0] if found else next(iter(failed), None)))
    yield Step(
        "The same method, path and body succeeded later, without any failure in the answer.",
        found[1].number if found else 0,
    )


def _same(one: ExchangeReport, other: ExchangeReport) -> bool:
    return (one.method, one.path, one.request.body) == (other.method, other.path, other.request.body)


def _went_well(exchange: ExchangeReport) -> bool:
    return exchange.status < 300 and exchange.refused is None and all(fact.outcome == "done" for fact in exchange.facts)


RuleName = Literal[
    "first-424",
    "exactly-one",
    "order",
    "nothing-kept",
    "on-a-collection",
    "never-made",
    "two-causes",
    "only-the-last",
    "on-the-status-line",
    "same-bytes",
]
RULES: Mapping[RuleName, Callable[[Exchanges], Iterator[Step]]] = {
    "first-424": _first_424,
    "exactly-one": _exactly_one,
    "order": _order,
    "nothing-kept": _nothing_kept,
    "on-a-collection": _on_a_collection,
    "never-made": _never_made,
    "two-causes": _two_causes,
    "only-the-last": _only_the_last,
    "on-the-status-line": _on_the_status_line,
    "same-bytes": _same_bytes,
}


def grade(rule: RuleName, scenario: str, exchanges: Iterable[ExchangeReport]) -> Grade:
    """Grade the exchanges of a space, in their order: those with the scenario count."""
    return Grade(tuple(RULES[rule]([each for each in exchanges if each.scenario == scenario])))
