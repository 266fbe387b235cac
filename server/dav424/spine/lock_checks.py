"""Whether a request may write where locks are (RFC 4918 7)."""

from __future__ import annotations

from collections.abc import Iterable

from dav424.core import condition_codes
from dav424.core.batch import Refused
from dav424.core.paths import Path
from dav424.spine.exchange import OpenExchange
from dav424.store.locks import Lock


def check_locks(exchange: OpenExchange, *paths: Path) -> None:
    """Refuse with 423 unless each path may be written.

    A user may write a path under locks if the user holds one of them: the exclusive lock, or any of the shared locks
    (RFC 4918 6.2, 7). To add or remove a member is to write its collection.
    """
    draft = exchange.draft
    if not draft.root.locked:
        return
    missing = [
        lock for locks in map(draft.locks_on, paths) if locks and not may_write_under(exchange, locks) for lock in locks
    ]
    if missing:
        roots = [draft.href_of(root) for root in sorted({lock.root for lock in missing})]
        raise Refused(
            423,
            f"Locked: {', '.join(roots)}. Send the token of the lock in an If header.",
            condition_codes.lock_token_submitted(*roots),
            by=tuple(missing),
        )


def may_write_under(exchange: OpenExchange, locks: Iterable[Lock]) -> bool:
    """Say whether the user holds one of the locks, or a dialect overlooks one."""
    return any(lock.token in exchange.overlooked or holds(exchange, lock) for lock in locks)


def holds(exchange: OpenExchange, lock: Lock) -> bool:
    """Say whether a lock is the user's, and its token was submitted (RFC 4918 6.4)."""
    return lock.token in exchange.tokens and lock.principal == exchange.request.user
