"""Locks that are gone after a request which must keep them, such as a lock that is granted and locks nothing."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from functools import partial
from typing import Literal

from dav424.core.batch import Action, Done, Group
from dav424.core.subject import Subject
from dav424.dav import headers
from dav424.dialects.trait import Hooks, Trait
from dav424.methods import unlock
from dav424.spine.exchange import OpenExchange


def _hooks(value: Sequence[str]) -> Hooks:
    return Hooks(after=partial(_after, frozenset(value)))


def _after(methods: frozenset[str], exchange: OpenExchange) -> Iterable[Group]:
    if exchange.request.method not in methods or not all(isinstance(each, Done) for each in exchange.outcomes):
        return []
    return [[action] for action in _removals(exchange)]


def _removals(exchange: OpenExchange) -> Iterator[Action]:
    """Give an action for each lock of the resource that the request has locked or written."""
    request, draft = exchange.request, exchange.draft
    node = draft.find(headers.destination(request) if request.method == "COPY" else request.path)
    for lock in node.locks if node is not None else ():
        if lock.alive(draft.now):
            yield Action(Subject("unlock", lock.root), partial(unlock.remove, draft, lock))


LOCKS_DROPPED = Trait(
    name="locks-dropped",
    kind="fault",
    values=list[Literal["LOCK", "PUT", "PROPPATCH", "COPY"]],
    default=[],
    description="Methods after which the locks of the resource are gone: after LOCK the client has a token that locks "
    "nothing, after the others it has lost its lock. Of a COPY it is the resource at the Destination.",
    reports=("owncloud/core#1199",),
    hooks=_hooks,
)
