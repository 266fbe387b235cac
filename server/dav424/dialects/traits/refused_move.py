"""A member that a MOVE could not take away: it stays where it is alone, or it is at the destination, too."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from functools import partial
from typing import Literal

from dav424.core.batch import Action, Failed, Group
from dav424.core.subject import Effect, Subject
from dav424.dav import headers
from dav424.dialects.trait import Hooks, Trait
from dav424.spine.exchange import OpenExchange
from dav424.store.tree import Collection, Node, without_locks


def _hooks(_: str) -> Hooks:
    return Hooks(after=_after)


def _after(exchange: OpenExchange) -> Iterable[Group]:
    return [[action] for action in _copies(exchange)] if exchange.request.method == "MOVE" else []


def _copies(exchange: OpenExchange) -> Iterator[Action]:
    """Give an action for each member that stayed, and whose place at the destination is free."""
    source, target = exchange.request.path, headers.destination(exchange.request)
    draft = exchange.draft
    for action, outcome in zip(exchange.actions, exchange.outcomes, strict=True):
        path = action.subject.path
        place = (*target, *path[len(source) :])
        if not isinstance(outcome, Failed) or path == source or path[: len(source)] != source:
            continue
        node = draft.find(path)
        if node is not None and draft.find(place) is None and isinstance(draft.find(place[:-1]), Collection):
            yield Action(Subject("copy", place), partial(_copy, exchange, place, node))


def _copy(exchange: OpenExchange, place: tuple[str, ...], node: Node) -> Effect:
    exchange.draft.replace(place, without_locks(node), another=True)
    return Effect(created=True)


REFUSED_MOVE = Trait(
    name="refused-move",
    kind="fault",
    values=Literal["left", "copied"],
    default="left",
    description="A member that a MOVE could not take away, such as one with a lock: left where it is, or copied, so that it is "
    "at both places.",
    hooks=_hooks,
)
