"""The status of a PROPPATCH of which nothing failed (RFC 4918 9.2.1 has 207)."""

from __future__ import annotations

from functools import partial
from typing import Literal

from dav424.dialects.answer import SpelledAnswer
from dav424.dialects.trait import Hooks, Trait
from dav424.spine.exchange import OpenExchange


def _hooks(value: int) -> Hooks:
    return Hooks(answer=partial(_with_status, value))


def _with_status(status: int, exchange: OpenExchange, answer: SpelledAnswer) -> None:
    if exchange.request.method != "PROPPATCH" or not answer.is_multistatus:
        return
    if all(each.status == 200 for resource in answer.resources() for each in resource.propstats):
        answer.say_bytes(None, b"")
        answer.status, answer.phrase = status, ""


PROPPATCH_SUCCESS = Trait(
    name="proppatch-success",
    kind="spelling",
    values=Literal[207, 204, 200],
    default=207,
    description="The status of a PROPPATCH of which nothing failed: a multistatus, or no content.",
    servers=("lighttpd",),
    hooks=_hooks,
)
