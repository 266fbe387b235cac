"""The outline of a scenario, read from the answers that its file expects: the failures, and where a 424 stands."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Literal

from msgspec import Struct

from dav424.core.batch import FAILED_DEPENDENCY
from dav424.scenario.model import RequestSpec, Scenario

Group = Literal["properties", "locks", "trees", "collections", "status-line", "batches", "bulk", "other"]
"""The groups of scenarios, by what their requests are about."""
Where = Literal["status-line", "multistatus", "batch", "body"]
"""Where in an answer a 424 stands: its status line, a 207, the answer to a batch, or another body."""
_GROUPS: Mapping[str, Group] = {
    "PROPPATCH": "properties",
    "PROPFIND": "properties",
    "REPORT": "collections",
    "LOCK": "locks",
    "UNLOCK": "locks",
    "DELETE": "trees",
    "COPY": "trees",
    "MOVE": "trees",
    "MKCOL": "collections",
    "MKCALENDAR": "collections",
    "ORDERPATCH": "collections",
    "BPROPPATCH": "bulk",
    "BPROPFIND": "bulk",
    "BDELETE": "bulk",
    "BCOPY": "bulk",
    "BMOVE": "bulk",
    "POST": "bulk",
}
"""The groups by method; a request of any other method is about what its answer and the causes say."""


class Outline(Struct, frozen=True):
    """An outline of a scenario.

    * ``methods`` of its requests, each once.
    * ``shown_by``: the position of the request that shows most: the first whose answer has a 424, else the first that fails;
      None if no request fails.
    * ``failures``: the statuses of the things that fail on their own in its answer, and ``dependents``: how many get 424.
    * ``where``: the places in which a 424 stands, in the answers to all requests; empty if none has one.
    """

    group: Group
    methods: Sequence[str]
    shown_by: int | None
    failures: Sequence[int]
    dependents: int
    where: Sequence[Where]


def outline(scenario: Scenario) -> Outline:
    """Read the outline of a scenario."""
    position = _shown_by(scenario.requests)
    shown = scenario.requests[position] if position is not None else None
    statuses = list(_statuses(shown)) if shown is not None else []
    return Outline(
        _group(scenario, shown),
        list(dict.fromkeys(spec.method for spec in scenario.requests)),
        position,
        [status for status in statuses if status != FAILED_DEPENDENCY],
        sum(status == FAILED_DEPENDENCY for status in statuses),
        list(dict.fromkeys(place for spec in scenario.requests for place in _places(spec))),
    )


def _shown_by(requests: Sequence[RequestSpec]) -> int | None:
    failing = [position for position, spec in enumerate(requests) if any(_statuses(spec))]
    with_424 = [
        position for position in failing if any(status == FAILED_DEPENDENCY for status in _statuses(requests[position]))
    ]
    return next(iter(with_424 or failing), None)


def _statuses(spec: RequestSpec) -> Iterator[int]:
    """Give the failures that an expected answer reports; that of the status line unless the body says more of it."""
    inside = [answer.status for answer in spec.expect.answers if answer.status >= 400]
    if spec.expect.status >= 400 and spec.expect.status not in inside:
        yield spec.expect.status
    yield from inside


def _places(spec: RequestSpec) -> Iterator[Where]:
    """Say where the 424s of an expected answer stand."""
    if spec.expect.status == FAILED_DEPENDENCY:
        yield "status-line"
    for answer in spec.expect.answers:
        if answer.status == FAILED_DEPENDENCY:
            multistatus: Where = "multistatus" if spec.expect.status == 207 else "body"
            yield "batch" if answer.id is not None else multistatus


def _group(scenario: Scenario, shown: RequestSpec | None) -> Group:
    if shown is None:
        return "other"
    if shown.expect.status == FAILED_DEPENDENCY:
        return "status-line"
    if any(answer.id is not None for answer in shown.expect.answers):
        return "batches"
    if shown.method in _GROUPS:
        return _GROUPS[shown.method]
    if any(answer.property is not None for answer in shown.expect.answers):
        return "properties"
    others = [spec.method for spec in scenario.requests if spec.method in _GROUPS and any(_statuses(spec))]
    locked = any(cause.kind == "lock" for cause in scenario.causes)
    return _GROUPS[others[0]] if others else "locks" if locked else "other"
