"""DELETE, COPY and MOVE of a collection that succeed or fail as a whole, as Apache's do (RFC 4918 9.6.1)."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from typing import Literal

from dav424.core.method_facts import Rule
from dav424.dialects.trait import Hooks, Trait
from dav424.spine.exchange import OpenExchange

_RULE: Rule = ("The server does all of the operation or nothing.", "RFC 5842 2.4")


def _hooks(value: Sequence[str]) -> Hooks:
    return Hooks(before=partial(_join, frozenset(value)))


def _join(methods: frozenset[str], exchange: OpenExchange) -> None:
    if exchange.request.method in methods:
        exchange.atomic, exchange.rule = True, _RULE


ATOMIC_METHODS = Trait(
    name="atomic-methods",
    kind="offer",
    values=list[Literal["DELETE", "COPY", "MOVE"]],
    default=[],
    description="The methods that deal with all members of a collection or with none. The others do what they can.",
    reports=("docker-webdav#22",),
    hooks=_hooks,
)
