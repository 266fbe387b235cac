"""The order of the propstats about properties that a request sets or removes."""

from __future__ import annotations

from functools import partial
from typing import Literal

from dav424.dialects.answer import PropstatAnswer, SpelledAnswer
from dav424.dialects.listings import LISTING
from dav424.dialects.outcomes import dependency_status, updated_names
from dav424.dialects.trait import Hooks, Trait
from dav424.spine.exchange import OpenExchange


def _hooks(value: str) -> Hooks:
    return Hooks(answer=_as_requested if value == "request" else partial(_by_outcome, value))


def _as_requested(exchange: OpenExchange, answer: SpelledAnswer) -> None:
    if exchange.request.method in LISTING or answer.root is None:
        return
    places = {name: place for place, name in enumerate(updated_names(exchange))}
    last = len(places)

    def ordered(propstats: list[PropstatAnswer]) -> list[PropstatAnswer]:
        for each in propstats:
            each.properties.sort(key=lambda element: places.get(element.name, last))
        return sorted(
            propstats, key=lambda each: min([places.get(p.name, last) for p in each.properties], default=last)
        )

    answer.each_propstats(ordered)


def _by_outcome(value: str, exchange: OpenExchange, answer: SpelledAnswer) -> None:
    if exchange.request.method in LISTING or answer.root is None:
        return
    dependency = dependency_status(exchange)
    first = value == "dependents-first"
    answer.each_propstats(lambda propstats: sorted(propstats, key=lambda each: (each.status == dependency) != first))


PROPSTAT_ORDER = Trait(
    name="propstat-order",
    kind="spelling",
    values=Literal["usual", "request", "causes-first", "dependents-first"],
    default="usual",
    description="The propstats in an answer to PROPPATCH, MKCOL or MKCALENDAR: in the order of their first properties, each "
    "property where the request has it, or the causes before or behind the properties that depended on them.",
    reports=("AsterDrive#256", "gowebdav#89", "caldav#702"),
    hooks=_hooks,
)
