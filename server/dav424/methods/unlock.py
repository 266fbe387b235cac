"""UNLOCK (RFC 4918 9.11): take a lock away, wherever in its scope the request names it."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from typing import TYPE_CHECKING

from msgspec.structs import replace

from dav424.core import condition_codes, namespaces
from dav424.core.batch import Action, Failed, Group, Refused
from dav424.core.message import Response
from dav424.core.method_facts import RESOURCES, Facts, MethodFacts
from dav424.core.paths import href
from dav424.core.subject import Subject
from dav424.dav import headers
from dav424.dav.multistatus import error_response
from dav424.spine import conditional_requests
from dav424.spine.exchange import OpenExchange
from dav424.store.locks import Lock

if TYPE_CHECKING:
    from dav424.store.draft import Draft

FACTS: Facts = {"UNLOCK": MethodFacts(privilege="unlock", allowed_on=RESOURCES)}


def plan(exchange: OpenExchange) -> Sequence[Group]:
    """Make one action of it."""
    request, draft = exchange.request, exchange.draft
    token = headers.lock_token(request)
    exchange.target()
    conditional_requests.check(exchange)
    lock = next((each for each in draft.locks_on(request.path) if each.token == token), None)
    if lock is None:
        raise Refused(
            409,
            f"No lock on {href(request.path)} has the token {token!r}.",
            condition_codes.LOCK_TOKEN_MATCHES_REQUEST_URI,
        )
    if lock.principal != request.user:
        raise Refused(
            403,
            f"The lock is {lock.principal or 'an anonymous user'}'s.",
            condition_codes.need_privileges(href(request.path), f"{namespaces.DAV}unlock"),
        )
    return [[Action(Subject("unlock", lock.root), partial(_take, draft, lock))]]


def _take(draft: Draft, lock: Lock) -> None:
    node = draft.get(lock.root)
    left = tuple(each for each in node.locks if each.token != lock.token and each.alive(draft.now))
    draft.replace(lock.root, replace(node, locks=left))


def answer(exchange: OpenExchange) -> Response:
    """Answer 204, or why not."""
    outcome = exchange.outcomes[0]
    return error_response(outcome, exchange.request.base) if isinstance(outcome, Failed) else Response(204)
