"""``addressbook-query`` (RFC 6352 8.6): the cards that match a filter, and what the client wants of them.

With ``CARD:limit``, more matches than its ``CARD:nresults`` are not reported, and the Request-URI has the status 507.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from dav424.core.batch import Group, Refused
from dav424.core.condition_codes import NUMBER_OF_MATCHES_WITHIN_LIMITS
from dav424.core.message import Response
from dav424.core.namespaces import CARDDAV
from dav424.dav import multistatus
from dav424.methods.failure_answers import failures
from dav424.methods.reports.filter_reader import card_filter
from dav424.methods.reports.object_data import object_selection
from dav424.methods.reports.object_query import plan_query, reported
from dav424.methods.reports.report_kind import member_responses, multistatus_report
from dav424.objects import libraries
from dav424.objects.calendar_data import CARD
from dav424.objects.remembered import card
from dav424.objects.steps import StepBudget
from dav424.spine.exchange import OpenExchange

if TYPE_CHECKING:
    from lxml.etree import _Element


def plan(exchange: OpenExchange, root: _Element) -> Sequence[Group]:
    """Plan a refusal for each card that can't be read, and find those that match."""
    libraries.demand("The report addressbook-query")
    object_selection(exchange.request, root)
    wanted, budget = card_filter(root), StepBudget()
    return plan_query(exchange, CARD, lambda content: wanted.matches(card(content, budget).root), _limit(root))


def answer(exchange: OpenExchange, root: _Element) -> Response:
    """Answer 207 with a response for each card that matches, or that can't be read."""
    return multistatus_report(exchange, _responses(exchange, root))


def _responses(exchange: OpenExchange, root: _Element) -> Iterator[str]:
    selection, paths, limit = object_selection(exchange.request, root), reported(exchange), _limit(root)
    yield from member_responses(exchange, paths[:limit], selection, dict(failures(exchange)))
    if limit is not None and len(paths) > limit:
        request = exchange.request
        detail = f"More cards match than the {limit} that the request asks for."
        where = exchange.draft.href_of(request.path)
        yield multistatus.resource_response(request.base, where, 507, NUMBER_OF_MATCHES_WITHIN_LIMITS, detail)


def _limit(root: _Element) -> int | None:
    """Read ``CARD:limit``; None without it."""
    element = root.find(f"{CARDDAV}limit")
    if element is None:
        return None
    text = element.findtext(f"{CARDDAV}nresults", "").strip()
    if not (text.isascii() and text.isdigit() and 1 <= len(text) <= 9):
        raise Refused(400, f"CARD:limit must have a CARD:nresults with a number, and it has {text[:40]!r}.")
    return int(text)
