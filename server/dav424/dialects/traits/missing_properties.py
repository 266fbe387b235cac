"""Where a listing has the properties that a resource does not have."""

from __future__ import annotations

from typing import Literal

from dav424.dialects.answer import PropstatAnswer, ResourceAnswer, SpelledAnswer
from dav424.dialects.listings import LISTING
from dav424.dialects.outcomes import node_at
from dav424.dialects.trait import Hooks, Trait
from dav424.spine.exchange import OpenExchange


def _hooks(value: str) -> Hooks:
    return Hooks(answer={"first": _first, "left-out": _left_out, "beside-dead": _beside_dead}[value])


def _first(exchange: OpenExchange, answer: SpelledAnswer) -> None:
    if exchange.request.method in LISTING:
        answer.each_propstats(lambda propstats: sorted(propstats, key=lambda each: each.status != 404))


def _left_out(exchange: OpenExchange, answer: SpelledAnswer) -> None:
    if exchange.request.method in LISTING:
        answer.each_propstats(_without_missing)


def _beside_dead(exchange: OpenExchange, answer: SpelledAnswer) -> None:
    def of_resource(resource: ResourceAnswer) -> None:
        node = node_at(exchange, resource.hrefs[0])
        if node is not None and not node.properties:
            resource.propstats = _without_missing(resource.propstats)

    if exchange.request.method in LISTING:
        answer.each_resource(of_resource)


def _without_missing(propstats: list[PropstatAnswer]) -> list[PropstatAnswer]:
    """Drop the propstats of 404; where nothing else is left, the resource has an empty one of 200."""
    return [each for each in propstats if each.status != 404] or [PropstatAnswer([], 200)]


MISSING_PROPERTIES = Trait(
    name="missing-properties",
    kind="spelling",
    values=Literal["last", "first", "left-out", "beside-dead"],
    default="last",
    description="The propstat of the properties that a resource does not have, in an answer to PROPFIND, BPROPFIND or REPORT: "
    "it is the last one, the first one, left out, or left out of a resource without dead properties.",
    reports=("AsterDrive#256", "opendal#7822", "nextcloud/server#10123", "sabre/dav#208"),
    servers=("asgiwebdav",),
    hooks=_hooks,
)
