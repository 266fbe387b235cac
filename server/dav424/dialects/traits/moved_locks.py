"""The locks of a resource that a MOVE takes away: gone (RFC 4918 7.7), or moved with it, as Zope and Cyrus do."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from functools import partial
from typing import Literal

from msgspec.structs import replace

from dav424.core.batch import Action, Group
from dav424.core.subject import Subject
from dav424.dav import headers
from dav424.dialects.lock_trees import locks_in
from dav424.dialects.trait import Hooks, Trait
from dav424.methods import lock as lock_method
from dav424.spine.exchange import OpenExchange
from dav424.store.locks import Lock, counted
from dav424.store.tree import find


def _hooks(_: str) -> Hooks:
    return Hooks(after=_after)


def _after(exchange: OpenExchange) -> Iterable[Group]:
    return [[action] for action in _placements(exchange)] if exchange.request.method == "MOVE" else []


def _placements(exchange: OpenExchange) -> Iterator[Action]:
    """Give an action for each lock that was in the source, whose resource has left its place and arrived at the target."""
    source, target = exchange.request.path, headers.destination(exchange.request)
    draft = exchange.draft
    for path, lock in locks_in(find(exchange.world.state.root, source), draft.now):
        place = (*target, *path)
        if draft.find((*source, *path)) is None and draft.find(place) is not None:
            moved = counted(replace(lock, root=place))
            yield Action(Subject("lock", place), partial(lock_method.put_locks, draft, place, partial(_with, moved)))


def _with(moved: Lock, locks: tuple[Lock, ...]) -> tuple[Lock, ...]:
    return (*locks, moved)


MOVED_LOCKS = Trait(
    name="moved-locks",
    kind="fault",
    values=Literal["removed", "moved"],
    default="removed",
    description="The locks of a resource that MOVE takes away: removed, or moved with it.",
    hooks=_hooks,
)
