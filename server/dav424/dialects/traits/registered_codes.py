"""The codes of failures inside a multistatus: registered ones, or others of the same class."""

from __future__ import annotations

from dav424.dialects.answer import PropstatAnswer, ResourceAnswer, SpelledAnswer
from dav424.dialects.outcomes import dependency_status
from dav424.dialects.trait import Hooks, Trait
from dav424.spine.exchange import OpenExchange

_UNKNOWN = {4: 499, 5: 599}


def _hooks(_: object) -> Hooks:
    return Hooks(answer=_with_unknown_codes)


def _with_unknown_codes(exchange: OpenExchange, answer: SpelledAnswer) -> None:
    """Replace the code of each failure that did not depend on another one; 404 stays for properties that are not there."""
    kept = (dependency_status(exchange), 404)

    def change(item: ResourceAnswer | PropstatAnswer) -> None:
        if item.status is not None and item.status not in kept:
            item.status = _UNKNOWN.get(item.status // 100, item.status)

    def change_all(propstats: list[PropstatAnswer]) -> list[PropstatAnswer]:
        for each in propstats:
            change(each)
        return propstats

    answer.each_resource(change)
    answer.each_propstats(change_all)


REGISTERED_CODES = Trait(
    name="registered-codes",
    kind="spelling",
    values=bool,
    default=True,
    description="Whether failures in a multistatus have registered codes; otherwise 499 for 4xx and 599 for 5xx. The codes "
    "of properties that a resource does not have, and of dependencies, stay.",
    reports=("neon#188", "davclient#13", "easysync#72"),
    hooks=_hooks,
)
