"""The answer to a MKCOL or MKCALENDAR that was done."""

from __future__ import annotations

from functools import partial
from typing import Literal

from dav424.core.batch import Done
from dav424.dialects.answer import MKCOL_RESPONSE, MULTISTATUS, PropstatAnswer, ResourceAnswer, SpelledAnswer
from dav424.dialects.creation_failures import say_mkcalendar
from dav424.dialects.outcomes import own_url
from dav424.dialects.trait import Hooks, Trait
from dav424.dialects.xml_tree import XmlElement
from dav424.spine.exchange import OpenExchange


def _hooks(value: str) -> Hooks:
    return Hooks(answer=partial(_with_body, value))


def _with_body(value: str, exchange: OpenExchange, answer: SpelledAnswer) -> None:
    """List the properties that were set; without any, a multistatus has the status of the collection."""
    if exchange.request.method not in ("MKCOL", "MKCALENDAR") or answer.status != 201 or answer.body:
        return
    done = zip(exchange.actions, exchange.outcomes, strict=True)
    names = dict.fromkeys(
        action.subject.property for action, outcome in done if action.subject.property and isinstance(outcome, Done)
    )
    propstats = [PropstatAnswer([XmlElement(name) for name in names], 200)] if names else []
    if value == "mkcol-response":
        if names and exchange.request.method == "MKCALENDAR":
            say_mkcalendar(answer, 201, propstats)
        elif names:
            answer.say(201, MKCOL_RESPONSE, propstats)
        return
    whole = ResourceAnswer([own_url(exchange)], propstats, None if names else 201)
    answer.say(207, MULTISTATUS, [whole])


MKCOL_SUCCESS = Trait(
    name="mkcol-success",
    kind="spelling",
    values=Literal["empty", "mkcol-response", "multistatus"],
    default="empty",
    description="A MKCOL or MKCALENDAR that was done: 201 without a body, with a mkcol-response, or the "
    "mkcalendar-response of CalDAV, if properties were set, or 207 with a multistatus in which all is 200.",
    reports=("caldav#702", "davx5-ose#2211"),
    hooks=_hooks,
)
