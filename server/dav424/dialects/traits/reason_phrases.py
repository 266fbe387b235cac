"""The reason phrases in ``DAV:status``."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Literal

from dav424.dialects.answer import SpelledAnswer
from dav424.dialects.outcomes import first_failed
from dav424.dialects.trait import Hooks, Trait
from dav424.spine.exchange import OpenExchange


def _absent(_: int) -> str:
    return ""


def _blank(_: int) -> str:
    return " "


def _made_up(_: int) -> str:
    return "(status)"


_PHRASES: dict[str, Callable[[int], str]] = {
    "absent": _absent,
    "blank": _blank,
    "made-up": _made_up,
    "made-up-in-failures": _made_up,
}


def _hooks(value: str) -> Hooks:
    return Hooks(answer=partial(_with_phrases, value))


def _with_phrases(value: str, exchange: OpenExchange, answer: SpelledAnswer) -> None:
    failed = exchange.request.method == "PROPPATCH" and first_failed(exchange) is not None
    if value != "made-up-in-failures" or failed:
        answer.manner.phrase = _PHRASES[value]


REASON_PHRASES = Trait(
    name="reason-phrases",
    kind="spelling",
    values=Literal["registered", "absent", "blank", "made-up", "made-up-in-failures"],
    default="registered",
    description="The text after the code of a DAV:status: the registered phrase, none, a space alone, or '(status)', in "
    "all answers or in those to a PROPPATCH that failed.",
    reports=("neon#188", "davclient#13", "easysync#72", "opendal#7711"),
    hooks=_hooks,
)
