"""Methods that overlook all locks, such as the PROPPATCH of Cyrus (RFC 4918 7)."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial

from dav424.dialects.lock_trees import locks_in
from dav424.dialects.trait import Hooks, Trait
from dav424.dialects.trait_values import MethodName
from dav424.spine.exchange import OpenExchange


def _hooks(value: Sequence[str]) -> Hooks:
    return Hooks(before=partial(_before, frozenset(value)))


def _before(methods: frozenset[str], exchange: OpenExchange) -> None:
    if exchange.request.method in methods:
        exchange.overlooked |= {lock.token for _, lock in locks_in(exchange.draft.root, exchange.draft.now)}


LOCKS_IGNORED = Trait(
    name="locks-ignored",
    kind="fault",
    values=list[MethodName],
    default=[],
    description="Methods that a lock never refuses, with the token of the lock or without.",
    hooks=_hooks,
)
