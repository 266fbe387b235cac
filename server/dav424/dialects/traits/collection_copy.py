"""A COPY of a collection that the server can't do: nothing changes, or the destination is gone, as of sabre's CalDAV."""

from __future__ import annotations

from collections.abc import Iterable
from functools import partial
from typing import Literal

from dav424.causes.apply import AlreadyRefused
from dav424.core.batch import Action, Group, Refused
from dav424.core.subject import Subject
from dav424.dav import headers
from dav424.dialects.trait import Hooks, Trait
from dav424.spine.exchange import OpenExchange
from dav424.store.tree import Collection


def _hooks(_: str) -> Hooks:
    return Hooks(plan=_plan)


def _plan(exchange: OpenExchange, groups: Iterable[Group]) -> Iterable[Group]:
    """Delete the resource at the Destination, whatever its locks, and then refuse the copy of a collection."""
    request, draft = exchange.request, exchange.draft
    if request.method != "COPY" or not isinstance(draft.find(request.path), Collection):
        return groups
    target = headers.destination(request)
    refused = Refused(405, "This server makes no copy of a collection.")
    copy = Action(Subject("copy", target), AlreadyRefused(refused))
    if draft.find(target) is None:
        return [[copy]]
    return [[Action(Subject("delete", target, name="the destination"), partial(draft.delete, target))], [copy]]


COLLECTION_COPY = Trait(
    name="collection-copy",
    kind="fault",
    values=Literal["done", "destination-deleted"],
    default="done",
    description="A COPY of a collection: done; or refused with 405 after the resource at the Destination was deleted.",
    hooks=_hooks,
)
