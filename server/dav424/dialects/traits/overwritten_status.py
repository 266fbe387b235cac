"""The status of a PUT, COPY or MOVE that has replaced a resource (RFC 9110 9.3.4, RFC 4918 9.8.5)."""

from __future__ import annotations

from functools import partial
from typing import Literal

from dav424.dialects.answer import SpelledAnswer
from dav424.dialects.trait import Hooks, Trait
from dav424.spine.exchange import OpenExchange


def _hooks(value: int) -> Hooks:
    return Hooks(answer=partial(_with_status, value))


def _with_status(status: int, exchange: OpenExchange, answer: SpelledAnswer) -> None:
    if exchange.request.method in ("PUT", "COPY", "MOVE") and answer.status == 204:
        answer.status = status


OVERWRITTEN_STATUS = Trait(
    name="overwritten-status",
    kind="spelling",
    values=Literal[204, 200, 201],
    default=204,
    description="The status of a PUT, COPY or MOVE that has replaced a resource.",
    hooks=_hooks,
)
