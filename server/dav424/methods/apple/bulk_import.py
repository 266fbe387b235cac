"""Simple import (Apple's bulk requests, 3): a POST of many events or cards, each of which becomes a member.

Each object is a subrequest: a failure of one doesn't change the others.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from functools import partial

from dav424.core.batch import Group, Refused
from dav424.core.message import Request, Response
from dav424.core.method_facts import Facts
from dav424.dav import charset, multistatus
from dav424.dav.bulk_limits import MOST_IMPORTED
from dav424.methods.apple import bulk
from dav424.methods.failure_answers import first_failure
from dav424.objects import calendar_data
from dav424.spine import conditional_requests
from dav424.spine.exchange import OpenExchange, SubRequest
from dav424.spine.method import Parts, Plan, Planner

TYPES = {kind.media_type: kind for kind in calendar_data.KINDS}

FACTS: Facts = {"POST": bulk.FACTS}


def _kind(request: Request) -> calendar_data.Kind:
    return TYPES[request.headers["content-type"].partition(";")[0].strip(" \t").lower()]


def _items(request: Request) -> list[calendar_data.Item]:
    """Split the body into its objects; refuses with 415 a charset that isn't known."""
    kind, content_type = _kind(request), request.headers["content-type"]
    if not charset.charset(content_type) and not charset.marked(request.body):
        return calendar_data.split(request.body, kind)
    sent = charset.charset(content_type)
    try:
        data = charset.decoded(request.body, content_type, xml=False).removeprefix("\ufeff").encode()
    except LookupError:
        raise Refused(415, f"The server doesn't know charset={sent[:40]}; send UTF-8.") from None
    except UnicodeError:
        raise calendar_data.invalid(kind, f"it is not written in the charset {sent[:40] or 'UTF-8'}") from None
    return calendar_data.split(data, kind)


def plan(exchange: OpenExchange) -> Plan:
    """Plan a subrequest for each object."""
    request = exchange.request
    bulk.check_size(request)
    items = _items(request)
    bulk.check_count(len(items), MOST_IMPORTED)
    bulk.check_growth(sum(item.size for item in items), sum(item.lines for item in items), request)
    conditional_requests.check(exchange)
    return Parts(_subrequests(exchange, items, _kind(request)), "write", judged=True)


def _subrequests(
    exchange: OpenExchange, items: Iterable[calendar_data.Item], kind: calendar_data.Kind
) -> Iterator[tuple[Request, Planner]]:
    whole = exchange.request
    for item in items:
        path = (*whole.path, bulk.new_name(exchange.draft, whole.path, item.uid, kind))
        yield Request("PUT", path, base_path=whole.base_path, user=whole.user), partial(_plan, item, kind)


def _plan(item: calendar_data.Item, kind: calendar_data.Kind, part: OpenExchange) -> Sequence[Group]:
    if not item.uid:
        raise Refused(403, "An object has no UID. Give each object a UID property.", kind.valid)
    return [[bulk.write(part, item.content, kind, item.uid)]]


def answer(exchange: OpenExchange) -> Response:
    """Answer 207 with one response for each object, in order."""
    items = _items(exchange.request)
    return bulk.answer(
        exchange, [_response(exchange, part, item) for part, item in zip(exchange.parts, items, strict=True)]
    )


def _response(exchange: OpenExchange, part: SubRequest, item: calendar_data.Item) -> str:
    outcome = first_failure(exchange, part.positions)
    if outcome is None:
        return bulk.stored(exchange, part.request.path, item.uid)
    return bulk.response(
        "<D:href/>",
        multistatus.status(outcome.status),
        bulk.error(outcome.condition, item.uid, exchange.request.base),
        multistatus.description(outcome.detail),
        multistatus.location(outcome),
    )
