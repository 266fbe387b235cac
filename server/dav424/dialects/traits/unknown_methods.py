"""The status of a method that is none of WebDAV's, or that the server does not know (RFC 9110 9.1, 15.6.2)."""

from __future__ import annotations

from functools import partial
from typing import Literal

from dav424.dav.allowed_methods import allowed_methods
from dav424.dialects.answer import SpelledAnswer
from dav424.dialects.outcomes import in_own_words
from dav424.dialects.trait import Hooks, Trait
from dav424.methods import METHODS
from dav424.spine.exchange import OpenExchange


def _hooks(value: int) -> Hooks:
    return Hooks(answer=partial(_with_status, value))


def _with_status(status: int, exchange: OpenExchange, answer: SpelledAnswer) -> None:
    request = exchange.request
    known = request.method in METHODS or request.method in exchange.methods
    if known or answer.status not in (405, 501) or in_own_words(exchange):
        return
    answer.status = status
    node = exchange.draft.find(request.path)
    allowed = ", ".join(allowed_methods(exchange.methods, request.path, node)) if status == 405 else None
    answer.set_header("Allow", allowed)


UNKNOWN_METHODS = Trait(
    name="unknown-methods",
    kind="spelling",
    values=Literal["usual", 400, 403, 404, 405, 501],
    default="usual",
    description="The status of a method that the server does not know: usual is 405 for PATCH and 501 for others.",
    servers=("copyparty", "go", "lighttpd", "nginx", "tomcat", "xandikos"),
    hooks=_hooks,
)
