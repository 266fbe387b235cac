"""Find the bundled scenario that fails like a pasted answer: the same method, and causes with the same statuses."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import cache

from msgspec import Struct

from dav424.core.batch import FAILED_DEPENDENCY
from dav424.diagnosis.advice import condition_of
from dav424.diagnosis.pasted import STATUS_LINE, SaidStatus
from dav424.scenario.model import ExpectedStatus, RequestSpec
from dav424.scenario.sources import scenario_sources

_SAME_STATUS, _SAME_CONDITION, _SAME_DEPENDENTS = 6, 3, 1
_CLOSE = _SAME_STATUS
"""Less than this is another failure."""
_FIRST_FAILURE, _NOT_FOUND = 400, 404
_READS = frozenset({"GET", "HEAD", "PROPFIND"})


class _Shown(Struct, frozen=True):
    """A request of a bundled scenario: its method, and the failures that its answer must have."""

    scenario: str
    method: str
    failures: tuple[tuple[int, str, str], ...]
    dependents: int
    requests: int
    batch: bool


def similar_scenario(method: str, failed: Sequence[SaidStatus], dependent: Sequence[SaidStatus]) -> str:
    """Give the name of the scenario that shows the same failure; empty if none does, or if the method is not known.

    Of several, the one whose answer has the most in common counts, then the one with the fewest failures and requests.
    """
    candidates = [shown for shown in _shown() if shown.method == method]
    if not failed or not candidates:
        return ""
    wanted = {_wanted(said) for said in failed}
    batch = any(said.thing.request for said in (*failed, *dependent))
    scored = [(_likeness(shown, wanted, len(dependent)) + 2 * (shown.batch == batch), shown) for shown in candidates]
    points, best = max(scored, key=lambda pair: (pair[0], -len(pair[1].failures), -pair[1].requests))
    return best.scenario if points >= _CLOSE else ""


def _wanted(said: SaidStatus) -> tuple[int, str, str]:
    """Give the status, the condition and the place of a failure as this server would say it."""
    condition = condition_of(said)
    status = 403 if condition != said.condition else said.status or 0
    return status, condition, _place(said)


def _place(said: SaidStatus) -> str:
    if said.thing.property:
        return "property"
    return "part" if said.thing.request else "whole" if said.where == STATUS_LINE else "member"


def _likeness(shown: _Shown, wanted: set[tuple[int, str, str]], dependents: int) -> int:
    """Count what the answer to a request of a scenario has in common with another answer."""
    best = 0
    for status, condition, place in wanted:
        for own_status, own_condition, own_place in shown.failures:
            if status == own_status and place == own_place:
                best = max(best, _SAME_STATUS + (_SAME_CONDITION if condition == own_condition else 0))
    more = len(wanted) != len(set(shown.failures))
    return best + (_SAME_DEPENDENTS if bool(dependents) == bool(shown.dependents) else 0) - more


@cache
def _shown() -> tuple[_Shown, ...]:
    """List the requests that fail of all bundled scenarios without faults: faults keep their answers from the client."""
    scenarios = {name: source() for name, source in scenario_sources().items()}
    return tuple(
        shown
        for name, scenario in scenarios.items()
        if not scenario.faults
        for shown in _of_scenario(name, scenario.requests)
    )


def _of_scenario(name: str, requests: list[RequestSpec]) -> Iterator[_Shown]:
    for request in requests:
        expect = request.expect
        inside = [_failure(each) for each in expect.answers]
        own = (expect.status, expect.condition or "", "whole")
        failures = [each for each in (own, *inside) if each[0] >= _FIRST_FAILURE and each[0] != FAILED_DEPENDENCY]
        dependents = sum(each.status == FAILED_DEPENDENCY for each in expect.answers)
        checks_state = request.method in _READS and not expect.answers and expect.status == _NOT_FOUND
        if failures and not checks_state:
            yield _Shown(
                name,
                request.method,
                tuple(failures),
                dependents,
                len(requests),
                any(each.id for each in expect.answers),
            )


def _failure(expected: ExpectedStatus) -> tuple[int, str, str]:
    place = "property" if expected.property else "part" if expected.id else "member"
    return expected.status, expected.condition or "", place
