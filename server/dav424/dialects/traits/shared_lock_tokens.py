"""A write under several shared locks (RFC 4918 6.2): the token of one is enough, or a client needs all of them."""

from __future__ import annotations

from typing import Literal

from dav424.core import condition_codes
from dav424.core.batch import Refused
from dav424.core.paths import href
from dav424.dialects.trait import Hooks, Trait
from dav424.spine.exchange import OpenExchange

_NO_WRITES = frozenset({"LOCK", "UNLOCK"})


def _hooks(_: str) -> Hooks:
    return Hooks(before=_before)


def _before(exchange: OpenExchange) -> None:
    request, draft = exchange.request, exchange.draft
    facts = exchange.methods.get(request.method)
    if facts is None or facts.safe or request.method in _NO_WRITES:
        return
    known = exchange.tokens | exchange.overlooked
    locks = draft.locks_on(request.path)
    missing = [lock for lock in locks if lock.token not in known]
    if missing and (len(locks) > 1 or not missing[0].exclusive):
        nearest = max(missing, key=lambda lock: len(lock.root))
        raise Refused(
            423,
            f"{href(request.path)} has locks of other clients. This server wants the token of each lock.",
            condition_codes.lock_token_submitted(draft.href_of(nearest.root)),
            by=tuple(missing),
        )


SHARED_LOCK_TOKENS = Trait(
    name="shared-lock-tokens",
    kind="offer",
    values=Literal["one", "all"],
    default="one",
    description="A write to a resource with several shared locks: the token of one lock is enough, or it takes all.",
    hooks=_hooks,
)
