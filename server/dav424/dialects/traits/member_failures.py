"""The answer to a DELETE, COPY or MOVE of a collection with members that failed."""

from __future__ import annotations

from typing import Literal

from dav424.dialects.answer import MULTISTATUS, ResourceAnswer, SpelledAnswer
from dav424.dialects.outcomes import answer_of, first_failed, own_url
from dav424.dialects.trait import Hooks, Trait
from dav424.spine.exchange import OpenExchange


def _hooks(value: str) -> Hooks:
    return Hooks(answer={"error": _as_error, "empty": _as_nothing, "of-request": _as_one}[value])


def _failed(exchange: OpenExchange, answer: SpelledAnswer) -> bool:
    return exchange.request.method in ("DELETE", "COPY", "MOVE") and answer.is_multistatus


def _as_error(exchange: OpenExchange, answer: SpelledAnswer) -> None:
    failed = first_failed(exchange)
    if failed is not None and _failed(exchange, answer):
        answer.take(answer_of(exchange, failed))


def _as_nothing(exchange: OpenExchange, answer: SpelledAnswer) -> None:
    if _failed(exchange, answer):
        answer.say(answer.status, MULTISTATUS, [])


def _as_one(exchange: OpenExchange, answer: SpelledAnswer) -> None:
    failed = first_failed(exchange)
    if failed is not None and _failed(exchange, answer):
        answer.say(answer.status, MULTISTATUS, [ResourceAnswer([own_url(exchange)], status=failed.status)])


MEMBER_FAILURES = Trait(
    name="member-failures",
    kind="spelling",
    values=Literal["multistatus", "error", "empty", "of-request"],
    default="multistatus",
    description="A DELETE, COPY or MOVE of a collection of which members failed: a multistatus with these members, the error "
    "of the first of them, an empty multistatus, or one with the status of the first of them for the Request-URI.",
    reports=("opendal#4170", "webdav-client#218", "sardine#210", "redmine_dmsf#672"),
    hooks=_hooks,
)
