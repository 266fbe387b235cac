"""The answer to a PROPPATCH that failed."""

from __future__ import annotations

from typing import Literal

from dav424.dialects.answer import MULTISTATUS, ResourceAnswer, SpelledAnswer
from dav424.dialects.outcomes import answer_of, first_failed, own_url
from dav424.dialects.trait import Hooks, Trait
from dav424.spine.exchange import OpenExchange


def _hooks(value: str) -> Hooks:
    return Hooks(answer=_as_error if value == "error" else _as_response)


def _as_error(exchange: OpenExchange, answer: SpelledAnswer) -> None:
    failed = first_failed(exchange)
    if failed is not None and exchange.request.method == "PROPPATCH" and answer.is_multistatus:
        answer.take(answer_of(exchange, failed))


def _as_response(exchange: OpenExchange, answer: SpelledAnswer) -> None:
    failed = first_failed(exchange)
    if failed is not None and exchange.request.method == "PROPPATCH" and answer.is_multistatus:
        whole = ResourceAnswer([own_url(exchange)], status=failed.status, description=failed.detail)
        answer.say(answer.status, MULTISTATUS, [whole])


UPDATE_FAILURES = Trait(
    name="update-failures",
    kind="spelling",
    values=Literal["propstats", "response", "error"],
    default="propstats",
    description="A PROPPATCH that failed: a propstat for each outcome, the status of the first failure for the whole "
    "resource without propstats, or the error of the first failure.",
    reports=("sabre/dav#726", "owncloud/core#28628", "caldav#702"),
    hooks=_hooks,
)
