"""Dead properties that a COPY, MOVE or PUT must keep (RFC 4918 9.8.2, 9.9.1), and that are gone after it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from functools import partial
from typing import TYPE_CHECKING, Literal

from dav424.core.batch import Action, Group
from dav424.core.subject import Subject
from dav424.dav import headers
from dav424.dialects.trait import Hooks, Trait
from dav424.methods.tree_steps import spend
from dav424.spine.exchange import OpenExchange
from dav424.store.slices import in_order
from dav424.store.tree import find, walk

if TYPE_CHECKING:
    from dav424.core.paths import Path


def _hooks(value: Sequence[str]) -> Hooks:
    return Hooks(after=partial(_after, frozenset(value)))


def _after(methods: frozenset[str], exchange: OpenExchange) -> Iterable[Group]:
    return list(_groups(exchange)) if exchange.request.method in methods else []


def _groups(exchange: OpenExchange) -> Iterator[Group]:
    """Give a group for each resource that was written and has properties; it removes all of them."""
    draft, request = exchange.draft, exchange.request
    source, target = request.path, request.path
    if request.method != "PUT":
        target = headers.destination(request)
    written, origin = draft.find(target), find(exchange.world.state.root, source)
    if written is None or origin is None:
        return
    for path, node in walk(written, target):
        spend(draft, len(path))
        if find(origin, path[len(target) :]) is not None and len(node.properties):
            yield [_removal(exchange, path, name) for name in in_order(node.properties)]


def _removal(exchange: OpenExchange, path: Path, name: str) -> Action:
    return Action(Subject("remove", path, name), partial(exchange.draft.set_property, path, name, None))


PROPERTIES_LOST = Trait(
    name="properties-lost",
    kind="fault",
    values=list[Literal["COPY", "MOVE", "PUT"]],
    default=[],
    description="Methods after which the dead properties are gone: those of the resources that a COPY or MOVE has "
    "brought to the Destination, or of the document that a PUT has replaced.",
    hooks=_hooks,
)
