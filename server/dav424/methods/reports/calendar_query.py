"""``calendar-query`` (RFC 4791 7.8): the calendar objects that match a filter, and what the client wants of them.

A time that floats is in the time zone of the request's ``C:timezone``, else of the calendar's ``C:calendar-timezone``, else
in UTC. ``Depth`` is that of PROPFIND (default: 0, which is the calendar without its members).
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, tzinfo
from typing import TYPE_CHECKING

from lxml import etree

from dav424.core.batch import Group
from dav424.core.message import Response
from dav424.core.namespaces import CALDAV
from dav424.dav import request_xml
from dav424.methods.failure_answers import failures
from dav424.methods.reports.filter_reader import calendar_filter, query_zone
from dav424.methods.reports.object_data import object_selection
from dav424.methods.reports.object_query import plan_query, reported
from dav424.methods.reports.report_kind import member_responses, multistatus_report
from dav424.objects import calendar_reader, libraries
from dav424.objects.calendar_data import CALENDAR
from dav424.objects.filters import CalendarMatcher
from dav424.objects.remembered import calendar_object
from dav424.objects.steps import StepBudget
from dav424.spine.exchange import OpenExchange

if TYPE_CHECKING:
    from lxml.etree import _Element

_TIMEZONE = f"{CALDAV}calendar-timezone"


def plan(exchange: OpenExchange, root: _Element) -> Sequence[Group]:
    """Plan a refusal for each object that can't be read, and find those that match."""
    libraries.demand("The report calendar-query")
    zone = floating_zone(exchange, root)
    object_selection(exchange.request, root, zone)
    budget = StepBudget()
    matcher = CalendarMatcher(calendar_filter(root, zone), budget)
    return plan_query(exchange, CALENDAR, lambda content: matcher.matches(content, calendar_object(content, budget)))


def answer(exchange: OpenExchange, root: _Element) -> Response:
    """Answer 207 with a response for each object that matches, or that can't be read."""
    selection = object_selection(exchange.request, root, floating_zone(exchange, root))
    responses = member_responses(exchange, reported(exchange), selection, dict(failures(exchange)))
    return multistatus_report(exchange, responses)


def floating_zone(exchange: OpenExchange, root: _Element | None = None) -> tzinfo:
    """Give the time zone of floating times: of the request, else of the calendar, else UTC."""
    zone = query_zone(root) if root is not None else None
    if zone is not None:
        return zone
    for node in reversed(exchange.draft.lineage(exchange.request.path)):
        written = node.properties.get(_TIMEZONE)
        if written is not None:
            return calendar_reader.zone_of(request_xml.text(etree.fromstring(written)).strip().encode())
    return UTC
