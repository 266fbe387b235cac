"""The condition codes of failures inside a multistatus."""

from __future__ import annotations

from typing import Literal

from dav424.dialects.answer import PropstatAnswer, ResourceAnswer, SpelledAnswer
from dav424.dialects.trait import Hooks, Trait
from dav424.spine.exchange import OpenExchange


def _hooks(value: str) -> Hooks:
    return Hooks(answer=_without_conditions if value == "absent" else _of_properties)


def _without_conditions(_: OpenExchange, answer: SpelledAnswer) -> None:
    answer.each_resource(_drop)
    answer.each_propstats(_drop_all)


def _of_properties(_: OpenExchange, answer: SpelledAnswer) -> None:
    answer.each_resource(_drop)


def _drop_all(propstats: list[PropstatAnswer]) -> list[PropstatAnswer]:
    for each in propstats:
        _drop(each)
    return propstats


def _drop(item: ResourceAnswer | PropstatAnswer) -> None:
    item.error = None


CONDITIONS = Trait(
    name="conditions",
    kind="spelling",
    values=Literal["sent", "of-properties", "absent"],
    default="sent",
    description="The DAV:error with the condition code of failures inside a multistatus or a mkcol-response: sent, sent with "
    "properties and not with resources, or absent.",
    reports=("caldav#702", "xandikos#546"),
    hooks=_hooks,
)
