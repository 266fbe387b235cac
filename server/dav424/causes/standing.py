"""Causes that stand in the tree, as locks and quotas of bytes, exactly while they would refuse the next attempt.

An attempt is a request that the cause refuses or, while it doesn't stand, would refuse. The counters decide:

    times: 2    stands | attempt: refused | stands | attempt: refused | gone
    after: 1    gone   | attempt: done    | stands | attempt: refused | stands

``State.dormant`` has the ids of the causes that don't stand now. It is a part of the state, so that an undo of a change
restores it together with the tree; ``settle`` then makes both agree with the counters again.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING

from msgspec.structs import replace

from dav424.causes.lock import Locked
from dav424.core.memory import NO_LIMIT

if TYPE_CHECKING:
    from dav424.causes.cause import Cause
    from dav424.store.draft import Draft


def install(cause: Cause, draft: Draft, matches: int = 0) -> None:
    """Install a cause that has had a number of matches, unless it would not apply to the next one.

    Raises ``Refused`` if the tree can't hold it.
    """
    dormant = cause.stands and not cause.applies_to(matches + 1)
    if not dormant:
        cause.install(draft)
    _note(cause, draft, dormant=dormant)


def settle(causes: Iterable[Cause], counts: Mapping[str, int], draft: Draft) -> None:
    """Let each of the standing causes stand if it would apply to its next match, and remove it if not.

    A full memory does not refuse that: no client asked for it.
    """
    budget, draft.budget = draft.budget, NO_LIMIT
    try:
        _settle(causes, counts, draft)
    finally:
        draft.budget = budget


def _settle(causes: Iterable[Cause], counts: Mapping[str, int], draft: Draft) -> None:
    for cause in causes:
        due = cause.applies_to(counts.get(cause.id, 0) + 1)
        if due and is_dormant(cause, draft):
            cause.install(draft)
            _note(cause, draft, dormant=False)
        elif not due and cause.id not in draft.state.dormant:
            cause.uninstall(draft)
            _note(cause, draft, dormant=True)


def is_dormant(cause: Cause, draft: Draft) -> bool:
    """Say whether the cause doesn't stand now, and could: a lock can only where its resource is."""
    return cause.id in draft.state.dormant and not (isinstance(cause, Locked) and draft.find(cause.subtree) is None)


def _note(cause: Cause, draft: Draft, *, dormant: bool) -> None:
    ids = draft.state.dormant
    if dormant != (cause.id in ids):
        draft.state = replace(draft.state, dormant=ids | {cause.id} if dormant else ids - {cause.id})
