"""The status of a DELETE that was done."""

from __future__ import annotations

from functools import partial
from typing import Literal

from dav424.dialects.answer import SpelledAnswer
from dav424.dialects.trait import Hooks, Trait
from dav424.spine.exchange import OpenExchange


def _hooks(value: int) -> Hooks:
    return Hooks(answer=partial(_with_status, value))


def _with_status(status: int, exchange: OpenExchange, answer: SpelledAnswer) -> None:
    if exchange.request.method == "DELETE" and answer.status == 204:
        answer.status = status


DELETE_STATUS = Trait(
    name="delete-status",
    kind="spelling",
    values=Literal[204, 200],
    default=204,
    description="The status of a DELETE that was done.",
    reports=("easywebdav#43", "WebDAVClient#38"),
    hooks=_hooks,
)
