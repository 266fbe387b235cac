"""UNLOCK (RFC 4918 9.11): take a lock away, wherever in its scope the request names it."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from typing import TYPE_CHECKING

from msgspec.structs import replace

from dav424 import condition, headers, preconditions
from dav424.batch import Action, Failed, Group, Refused
from dav424.exchange import Exchange, Response, refusal
from dav424.label import Label
from dav424.tree import Lock, href

if TYPE_CHECKING:
    from dav424.store import Draft


def plan(exchange: Exchange) -> Sequence[Group]:
    """Make one action of it."""
    request, draft = exchange.request, exchange.draft
    token = headers.lock_token(request)
    exchange.target()
    preconditions.check(exchange)
    lock = next((each for each in draft.locks_on(request.path) if each.token == token), None)
    if lock is None:
        raise Refused(
            409,
            f"No lock on {href(request.path)} has the token {token!r}.",
            condition.LOCK_TOKEN_MATCHES_REQUEST_URI,
        )
    if lock.principal != request.user:
        raise Refused(
            403,
            f"The lock is {lock.principal or 'an anonymous user'}'s.",
            condition.need_privileges(href(request.path), f"{condition.DAV}unlock"),
        )
    return [[Action(Label("unlock", lock.root), partial(_take, draft, lock))]]


def _take(draft: Draft, lock: Lock) -> None:
    node = draft.get(lock.root)
    left = tuple(each for each in node.locks if each.token != lock.token and each.alive(draft.now))
    draft.replace(lock.root, replace(node, locks=left))


def answer(exchange: Exchange) -> Response:
    """Answer 204, or why not."""
    outcome = exchange.outcomes[0]
    return refusal(outcome, exchange.request.base) if isinstance(outcome, Failed) else Response(204)
