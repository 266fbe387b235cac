"""The status of a property that a client can't change."""

from __future__ import annotations

from functools import partial
from typing import Literal

from dav424.core.condition_codes import CANNOT_MODIFY_PROTECTED_PROPERTY
from dav424.dialects.answer import PropstatAnswer, SpelledAnswer
from dav424.dialects.trait import Hooks, Trait
from dav424.spine.exchange import OpenExchange


def _hooks(value: int) -> Hooks:
    return Hooks(answer=partial(_with_status, value))


def _with_status(status: int, _: OpenExchange, answer: SpelledAnswer) -> None:
    def change(propstats: list[PropstatAnswer]) -> list[PropstatAnswer]:
        for each in propstats:
            if each.error is not None and _names_protection(each):
                each.status = status
        return propstats

    answer.each_propstats(change)


def _names_protection(propstat: PropstatAnswer) -> bool:
    error = propstat.error
    return error is not None and any(each.name == CANNOT_MODIFY_PROTECTED_PROPERTY.name for each in error.elements)


PROTECTED_STATUS = Trait(
    name="protected-status",
    kind="spelling",
    values=Literal[403, 409],
    default=403,
    description="The status of a protected property in a multistatus.",
    reports=("caldav#702", "WebDavClient#83"),
    hooks=_hooks,
)
