"""``free-busy-query`` (RFC 4791 7.10): when a calendar is busy, as a VFREEBUSY; the answer is 200, and no multistatus."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from dav424.causes.member_access import refused_reads
from dav424.core.batch import Action, Done, Group, Refused
from dav424.core.message import Response
from dav424.core.namespaces import CALDAV
from dav424.core.subject import Subject
from dav424.methods.reports.calendar_query import floating_zone
from dav424.methods.reports.filter_reader import bounded_range
from dav424.methods.reports.object_query import objects_in_scope
from dav424.objects import busy, libraries
from dav424.objects.busy import BusyTimes
from dav424.objects.calendar_data import CALENDAR
from dav424.objects.remembered import calendar_object
from dav424.objects.steps import StepBudget
from dav424.spine.exchange import OpenExchange

if TYPE_CHECKING:
    from lxml.etree import _Element

    from dav424.objects.moments import TimeRange


def plan(exchange: OpenExchange, root: _Element) -> Sequence[Group]:
    """Plan one action, which finds the busy times. A member that a cause denies, or that is no object, tells nothing."""
    libraries.demand("The report free-busy-query")
    span = _span(exchange, root)
    found = list(objects_in_scope(exchange, CALENDAR))
    refused = refused_reads(exchange.cause_context, [path for path, _ in found], reads_content=True)
    times, budget = BusyTimes([], []), StepBudget()
    for path, content in found:
        if path not in refused:
            _add(times, content, span, budget)
    return [[Action(Subject("read", exchange.request.path), lambda: times)]]


def _add(times: BusyTimes, content: bytes, span: TimeRange, budget: StepBudget) -> None:
    try:
        read = calendar_object(content, budget)
    except Refused as refused:
        if refused.status != 403:
            raise
        return  # a document that is no calendar object has no times
    times.add(content, read, span, budget)


def _span(exchange: OpenExchange, root: _Element) -> TimeRange:
    elements = root.findall(f"{CALDAV}time-range")
    if len(elements) != 1:
        raise Refused(400, f"A free-busy-query must have one C:time-range, and it has {len(elements)}.")
    return bounded_range(elements[0], floating_zone(exchange))


def answer(exchange: OpenExchange, root: _Element) -> Response:
    """Answer 200 with the VFREEBUSY."""
    outcome = exchange.outcomes[-1]
    assert isinstance(outcome, Done), "it only carries the times"
    body = busy.document(outcome.value, _span(exchange, root), exchange.draft.now)
    return Response(200, [("Content-Type", "text/calendar; charset=utf-8")], body.encode())
