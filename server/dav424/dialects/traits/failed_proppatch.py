"""A PROPPATCH of which an instruction fails: all of it is undone (RFC 4918 9.2), or some of it stays."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Literal

from dav424.core.batch import Action, Group
from dav424.core.method_facts import Rule
from dav424.dialects.plan_changes import each_alone
from dav424.dialects.trait import Hooks, Trait
from dav424.spine.exchange import OpenExchange

_IN_ORDER: Rule = ("This server carries out the instructions one after the other, until one fails.", "RFC 4918 9.2")


def _hooks(value: str) -> Hooks:
    return Hooks(plan=_keep_others if value == "others-kept" else _until_failure)


def _keep_others(exchange: OpenExchange, groups: Iterable[Group]) -> Iterable[Group]:
    if exchange.request.method != "PROPPATCH":
        return groups
    return each_alone(groups)


def _until_failure(exchange: OpenExchange, groups: Iterable[Group]) -> Iterable[Group]:
    """Make each instruction a group that needs the one before it, so that those behind a failure depend on it."""
    if exchange.request.method != "PROPPATCH":
        return groups
    exchange.rule = _IN_ORDER
    actions = [action for group in groups for action in group]
    return [
        [Action(action.subject, action.run, (position - 1,) if position else ())]
        for position, action in enumerate(actions)
    ]


FAILED_PROPPATCH = Trait(
    name="failed-proppatch",
    kind="fault",
    values=Literal["undone", "until-failure", "others-kept"],
    default="undone",
    description="A PROPPATCH of which an instruction fails: all of it is undone; the instructions before the failure "
    "stay done; or all stay done that could be.",
    hooks=_hooks,
)
