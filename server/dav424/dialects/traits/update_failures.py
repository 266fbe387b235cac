"""The answer to a PROPPATCH that failed."""

from __future__ import annotations

from typing import Literal

from dav424.dialects.answer import MULTISTATUS, ResourceAnswer, SpelledAnswer
from dav424.dialects.outcomes import answer_of, first_failed, own_url
from dav424.dialects.request_names import named_in_body
from dav424.dialects.trait import ChangeAnswer, Hooks, Trait
from dav424.spine.exchange import OpenExchange


def _hooks(value: str) -> Hooks:
    return Hooks(answer=_CHANGES[value])


def _as_error(exchange: OpenExchange, answer: SpelledAnswer) -> None:
    failed = first_failed(exchange)
    if failed is not None and exchange.request.method == "PROPPATCH" and answer.is_multistatus:
        answer.take(answer_of(exchange, failed))


def _as_response(exchange: OpenExchange, answer: SpelledAnswer) -> None:
    failed = first_failed(exchange)
    if failed is not None and exchange.request.method == "PROPPATCH" and answer.is_multistatus:
        whole = ResourceAnswer([own_url(exchange)], status=failed.status, description=failed.detail)
        answer.say(answer.status, MULTISTATUS, [whole])


def _first_alone(exchange: OpenExchange, answer: SpelledAnswer) -> None:
    failed = first_failed(exchange)
    if failed is None or exchange.request.method != "PROPPATCH" or not answer.is_multistatus:
        return
    first = next(iter(named_in_body(exchange.request)), None)
    answer.each_property(lambda element, _: element if element.name == first else None)


_CHANGES: dict[str, ChangeAnswer] = {"response": _as_response, "error": _as_error, "first": _first_alone}
UPDATE_FAILURES = Trait(
    name="update-failures",
    kind="spelling",
    values=Literal["propstats", "response", "error", "first"],
    default="propstats",
    description="A PROPPATCH that failed: a propstat for each outcome, the status of the first failure for the whole "
    "resource without propstats, the error of the first failure, or the propstat of the first property that the request names, and of no other.",
    reports=("sabre/dav#726", "owncloud/core#28628", "caldav#702"),
    hooks=_hooks,
)
