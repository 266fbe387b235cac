"""A MKCOL or MKCALENDAR of which a property fails: nothing is made (RFC 5689 3), or the collection stays."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Literal

from dav424.core.batch import Group
from dav424.dialects.plan_changes import each_alone
from dav424.dialects.trait import Hooks, Trait
from dav424.spine.exchange import OpenExchange

_METHODS = frozenset({"MKCOL", "MKCALENDAR"})


def _hooks(value: str) -> Hooks:
    return Hooks(plan=_keep_others if value == "others-kept" else _collection_first)


def _collection_first(exchange: OpenExchange, groups: Iterable[Group]) -> Iterable[Group]:
    """Make the collection in a group of its own; the properties are another group, which needs it."""
    if exchange.request.method not in _METHODS:
        return groups
    return [part for group in groups for part in (group[:1], group[1:]) if part]


def _keep_others(exchange: OpenExchange, groups: Iterable[Group]) -> Iterable[Group]:
    if exchange.request.method not in _METHODS:
        return groups
    return each_alone(groups)


FAILED_MKCOL = Trait(
    name="failed-mkcol",
    kind="fault",
    values=Literal["undone", "collection-kept", "others-kept"],
    default="undone",
    description="A MKCOL or MKCALENDAR of which a property fails: nothing is made; the collection stays without its "
    "properties; or it stays with the properties that could be set.",
    reports=(
        "caldav#702",
        "davx5-ose#2211",
    ),
    hooks=_hooks,
)
