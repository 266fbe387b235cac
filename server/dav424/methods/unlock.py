"""UNLOCK (RFC 4918 9.11): remove a lock, by its token and any resource in its scope."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from typing import TYPE_CHECKING

from msgspec.structs import replace

from dav424.core import condition_codes, namespaces
from dav424.core.batch import Action, Failed, Group, Refused
from dav424.core.message import Response
from dav424.core.paths import href
from dav424.core.subject import Subject
from dav424.dav import headers
from dav424.dav.multistatus import error_response
from dav424.spine import conditional_requests
from dav424.spine.exchange import OpenExchange
from dav424.store.locks import Lock

if TYPE_CHECKING:
    from dav424.store.draft import Draft


def plan(exchange: OpenExchange) -> Sequence[Group]:
    """Plan one action, which removes the lock."""
    request, draft = exchange.request, exchange.draft
    token = headers.lock_token(request)
    exchange.target()
    conditional_requests.check(exchange)
    lock = next((lock for lock in draft.locks_on(request.path) if lock.token == token), None)
    if lock is None:
        raise Refused(
            409,
            f"{href(request.path)} has no lock with the token {token!r}. DAV:lockdiscovery lists the current locks.",
            condition_codes.LOCK_TOKEN_MATCHES_REQUEST_URI,
        )
    if lock.principal != request.user:
        raise Refused(
            403,
            f"The lock belongs to {lock.principal or 'an anonymous user'}; only that user can remove it.",
            condition_codes.need_privileges(draft.href_of(request.path), f"{namespaces.DAV}unlock"),
        )
    return [[Action(Subject("unlock", lock.root), partial(remove, draft, lock))]]


def remove(draft: Draft, lock: Lock) -> None:
    """Remove a lock from the resource at its root."""
    node = draft.get(lock.root)
    others = tuple(other for other in node.locks if other.token != lock.token and other.alive(draft.now))
    draft.replace(lock.root, replace(node, locks=others))


def answer(exchange: OpenExchange) -> Response:
    """Answer 204, or with the refusal."""
    outcome = exchange.outcomes[0]
    return error_response(outcome, exchange.request.base) if isinstance(outcome, Failed) else Response(204)
