"""The forms in which servers answer a MKCOL or MKCALENDAR of which a property failed."""

from __future__ import annotations

from functools import partial
from typing import Literal

from dav424.core.namespaces import CALDAV
from dav424.dialects.answer import MKCOL_RESPONSE, MULTISTATUS, PropstatAnswer, ResourceAnswer, SpelledAnswer
from dav424.dialects.outcomes import answer_of, first_failed, own_url
from dav424.dialects.trait import ChangeAnswer
from dav424.spine.exchange import OpenExchange

FORMS = Literal[
    "mkcol-response",
    "mkcol-response-in-201",
    "mkcol-response-in-207",
    "multistatus",
    "propstats",
    "mkcalendar-response",
    "error",
]
_MKCALENDAR_RESPONSE = f"{CALDAV}mkcalendar-response"


def rewriting(method: str, form: str) -> ChangeAnswer:
    """Give the change of the answers to a method that have propstats into one of the forms."""
    return partial(_rewrite, method, form)


def _rewrite(method: str, form: str, exchange: OpenExchange, answer: SpelledAnswer) -> None:
    failed = first_failed(exchange)
    if failed is None or exchange.request.method != method or answer.root not in (MULTISTATUS, MKCOL_RESPONSE):
        return
    propstats = _propstats(answer)
    match form:
        case "error":
            answer.take(answer_of(exchange, failed))
        case "mkcol-response":
            answer.say(failed.status, MKCOL_RESPONSE, propstats)
        case "mkcol-response-in-201":
            answer.say(201, MKCOL_RESPONSE, propstats)
        case "mkcol-response-in-207":
            answer.say(207, MKCOL_RESPONSE, propstats)
        case "multistatus":
            answer.say(207, MULTISTATUS, [ResourceAnswer([own_url(exchange)], propstats)])
        case "propstats":
            answer.say(207, MULTISTATUS, propstats)
        case _:
            say_mkcalendar(answer, 207, propstats)


def say_mkcalendar(answer: SpelledAnswer, status: int, propstats: list[PropstatAnswer]) -> None:
    """Answer with a ``CALDAV:mkcalendar-response``, which RFC 4791 5.3.1 names and leaves open."""
    answer.declared = {"C": CALDAV[1:-1]}
    answer.say(status, _MKCALENDAR_RESPONSE, list(propstats))


def _propstats(answer: SpelledAnswer) -> list[PropstatAnswer]:
    found: list[PropstatAnswer] = []
    for item in answer.all_items():
        if isinstance(item, ResourceAnswer):
            found += item.propstats
        elif isinstance(item, PropstatAnswer):
            found.append(item)
    return found
