"""The body of a request that failed as a whole."""

from __future__ import annotations

from functools import partial
from typing import Literal

from dav424.dialects.answer import SpelledAnswer
from dav424.dialects.error_bodies import BODIES
from dav424.dialects.outcomes import in_own_words
from dav424.dialects.trait import Hooks, Trait
from dav424.spine.exchange import OpenExchange


def _hooks(value: str) -> Hooks:
    return Hooks(answer=partial(_with_body, value))


def _with_body(value: str, exchange: OpenExchange, answer: SpelledAnswer) -> None:
    if answer.is_error and not in_own_words(exchange):
        BODIES[value](exchange, answer)


ERROR_BODY = Trait(
    name="error-body",
    kind="spelling",
    values=Literal[
        "usual",
        "none",
        "condition",
        "phrase",
        "apache",
        "tomcat",
        "lighttpd",
        "nginx",
        "zope",
        "nephele",
        "sabre",
        "sabre-1",
        "wsgidav",
        "cyrus",
        "xandikos",
    ],
    default="usual",
    description="The body of a request that failed as a whole: that of dav424, none, the condition code, the reason phrase, or what the named "
    "server sends: HTML, JSON, or a DAV:error with the name of an exception. A body from a scenario stays.",
    reports=("neon#81", "caldav#702", "xandikos#546", "opendal#7711", "webdav-client#417"),
    hooks=_hooks,
)
