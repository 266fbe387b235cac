"""A DELETE that a locked member has refused: the member stays (RFC 4918 9.6.1), or it is deleted all the same."""

from __future__ import annotations

from collections.abc import Iterable
from functools import partial
from typing import Literal

from dav424.core.batch import Action, Failed, Group
from dav424.core.subject import Subject
from dav424.dialects.trait import Hooks, Trait
from dav424.spine.exchange import OpenExchange
from dav424.store.tree import Collection


def _hooks(value: str) -> Hooks:
    return Hooks(after=partial(_after, always=value == "done"))


def _after(exchange: OpenExchange, *, always: bool) -> Iterable[Group]:
    """Delete the collection that was named without a slash, as WsgiDAV 4.4 does after it has reported the 423."""
    request, draft = exchange.request, exchange.draft
    if request.method != "DELETE" or (request.slash and not always):
        return []
    refused = any(isinstance(outcome, Failed) for outcome in exchange.outcomes)
    if not refused or not isinstance(draft.find(request.path), Collection):
        return []
    return [[Action(Subject("delete", request.path), partial(draft.delete, request.path))]]


REFUSED_DELETE = Trait(
    name="refused-delete",
    kind="fault",
    values=Literal["kept", "done-without-slash", "done"],
    default="kept",
    description="A DELETE that a member refused, as the response says: the member stays; or the collection is deleted "
    "with all members all the same, always or if it was named without a slash.",
    hooks=_hooks,
)
