"""Locks on members that a request on their collection overlooks: the peers' most frequent bug (RFC 4918 7.5, 9.6.1)."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from typing import Literal

from dav424.core.batch import Action, Refused
from dav424.core.paths import Path
from dav424.core.subject import Subject
from dav424.dav import headers
from dav424.dialects.lock_trees import locks_in
from dav424.dialects.plan_changes import each_member_of_lock, nothing
from dav424.dialects.trait import Hooks, Trait
from dav424.spine.exchange import OpenExchange


def _hooks(value: Sequence[str]) -> Hooks:
    methods = frozenset(value)
    plan = partial(each_member_of_lock, _granting) if "LOCK" in methods else None
    return Hooks(before=partial(_before, methods), plan=plan)


def _before(methods: frozenset[str], exchange: OpenExchange) -> None:
    """Overlook the locks below the resource that a DELETE or MOVE removes, and below the one that a COPY or MOVE replaces."""
    method = exchange.request.method
    if method not in methods or method == "LOCK":
        return
    tops = [exchange.request.path] if method != "COPY" else []
    if method != "DELETE":
        tops += _destination(exchange)
    below = {
        lock.token for top in tops for path, lock in locks_in(exchange.draft.find(top), exchange.draft.now) if path
    }
    exchange.overlooked |= below


def _destination(exchange: OpenExchange) -> list[Path]:
    try:
        return [headers.destination(exchange.request)]
    except Refused:
        return []  # the method refuses it


def _granting(action: Action, subject: Subject) -> Action:
    """Let no member with a lock refuse a LOCK of its collection: the new lock covers the member, too."""
    return Action(subject, nothing, action.needs)


MEMBER_LOCKS_IGNORED = Trait(
    name="member-locks-ignored",
    kind="fault",
    values=list[Literal["DELETE", "COPY", "MOVE", "LOCK"]],
    default=[],
    description="Methods on a collection that overlook the locks on its members: DELETE removes them, COPY overwrites "
    "them, MOVE takes them along, and LOCK is granted over them.",
    reports=("owncloud/core#34239",),
    hooks=_hooks,
)
