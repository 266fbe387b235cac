"""The reason phrase in the status line."""

from __future__ import annotations

from functools import partial
from typing import Annotated

from msgspec import Meta

from dav424.dialects.answer import SpelledAnswer
from dav424.dialects.trait import Hooks, Trait
from dav424.spine.exchange import OpenExchange

REGISTERED, ABSENT = "registered", "absent"


def _hooks(value: str) -> Hooks:
    return Hooks(answer=_without_phrase if value == ABSENT else partial(_of_multistatus, value))


def _without_phrase(_: OpenExchange, answer: SpelledAnswer) -> None:
    answer.phrase = " "


def _of_multistatus(phrase: str, _: OpenExchange, answer: SpelledAnswer) -> None:
    if answer.status == 207:
        answer.phrase = phrase


STATUS_LINE = Trait(
    name="status-line",
    kind="spelling",
    values=Annotated[str, Meta(pattern=r"^[A-Za-z][A-Za-z -]{0,63}$(?!\n)")],
    default=REGISTERED,
    description="The reason phrase in the status line: the registered one, 'absent' for none in all answers, as Tomcat has "
    "it, or another one of 207, such as Multi-status. A WSGI server always sends a phrase.",
    reports=("neon#81", "webdav-client#417", "opendal#7711"),
    hooks=_hooks,
)
