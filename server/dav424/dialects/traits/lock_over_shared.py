"""A shared lock of a collection with a shared lock on a member: granted (RFC 4918 6.2), or refused as WsgiDAV does."""

from __future__ import annotations

from collections.abc import Iterable
from functools import partial
from typing import Literal, Never

from dav424.core import condition_codes
from dav424.core.batch import Action, Group, Refused
from dav424.core.subject import Subject
from dav424.dialects.plan_changes import each_member_of_lock
from dav424.dialects.trait import Hooks, Trait
from dav424.spine.exchange import OpenExchange
from dav424.store.draft import Draft
from dav424.store.locks import Lock


def _hooks(_: int) -> Hooks:
    return Hooks(plan=_plan)


def _plan(exchange: OpenExchange, groups: Iterable[Group]) -> Iterable[Group]:
    return each_member_of_lock(partial(_refusing, exchange.draft), exchange, groups)


def _refusing(draft: Draft, action: Action, subject: Subject) -> Action:
    """Let each lock on a member refuse the lock, whatever its scope."""
    node = draft.find(subject.path)
    locks = tuple(lock for lock in node.locks if lock.alive(draft.now)) if node is not None else ()
    return Action(subject, partial(_refuse, draft.href_of(subject.path), locks), action.needs) if locks else action


def _refuse(root: str, locks: tuple[Lock, ...]) -> Never:
    raise Refused(
        423,
        f"{root} has a lock. This server grants no lock over another one, not even if both are shared.",
        condition_codes.no_conflicting_lock(root),
        by=locks,
    )


LOCK_OVER_SHARED = Trait(
    name="lock-over-shared",
    kind="offer",
    values=Literal["granted", 423],
    default="granted",
    description="A shared lock of a collection of which a member has a shared lock: granted, or refused with 423.",
    hooks=_hooks,
)
