"""A prefix that the answer to a failed PROPPATCH uses and does not declare, as lighttpd does: the XML is not well-formed."""

from __future__ import annotations

from functools import partial
from typing import Annotated

from msgspec import Meta

from dav424.dialects.answer import SpelledAnswer
from dav424.dialects.outcomes import first_failed
from dav424.dialects.trait import PREFIX, Hooks, Trait
from dav424.spine.exchange import OpenExchange


def _hooks(value: str) -> Hooks:
    return Hooks(answer=partial(_undeclared, value))


def _undeclared(prefix: str, exchange: OpenExchange, answer: SpelledAnswer) -> None:
    if exchange.request.method == "PROPPATCH" and first_failed(exchange) is not None:
        answer.manner.of_properties = answer.manner.undeclared = prefix


UNDECLARED_PREFIX = Trait(
    name="undeclared-prefix",
    kind="spelling",
    values=Annotated[str, Meta(pattern=PREFIX, description="An XML prefix.")],
    default="",
    description="A prefix of the properties in DAV: and of the condition codes in the answer to a PROPPATCH "
    "that failed. Nothing declares it, so that a parser that knows namespaces rejects the answer.",
    reports=("rucio#5700", "neon#188"),
    hooks=_hooks,
)
