"""LOCK (RFC 4918 9.10): lock a whole hierarchy, or nothing.

A lock of depth infinity is one group. It has an action for each member that may refuse the lock, which are the
members with locks and the members that a cause names, and an action that puts the lock on the Request-URI.
"""

from __future__ import annotations

import uuid
from collections.abc import Callable, Iterator, Sequence
from functools import partial
from typing import TYPE_CHECKING

from msgspec.structs import replace

from dav424.causes.apply import refused_members
from dav424.core import condition_codes
from dav424.core.batch import Action, Done, Failed, Group, Refused
from dav424.core.media_types import guess_type
from dav424.core.message import Response
from dav424.core.namespaces import DAV
from dav424.core.paths import Path, href
from dav424.core.subject import Effect, Subject
from dav424.dav import headers, live_properties, multistatus, request_xml
from dav424.dav.if_header import CTAG, NO_LOCK
from dav424.dav.multistatus import error_response, multistatus_response
from dav424.methods.failure_answers import first_failure, outcome_response
from dav424.spine import conditional_requests, lock_checks
from dav424.spine.exchange import OpenExchange
from dav424.store.locks import Lock, counted
from dav424.store.tree import Collection, Node, find

if TYPE_CHECKING:
    from lxml.etree import _Element

    from dav424.core.message import Request
    from dav424.store.draft import Draft


def plan(exchange: OpenExchange) -> Sequence[Group]:
    """Plan one group: for a new lock, or for the refresh of a lock."""
    request, draft = exchange.request, exchange.draft
    timeout = headers.timeout(request)
    if _is_refresh(request):
        return _plan_refresh(exchange, timeout)
    depth = headers.depth(request, "0", "infinity")
    node = _check_resource(exchange)
    _refuse_conflict(draft.locks_on(request.path), draft, exclusive=False)
    if request_xml.is_missing(request):  # the body is white space
        return _plan_refresh(exchange, timeout)
    exclusive, owner = _read_lockinfo(request)
    lock = Lock(
        token=f"urn:uuid:{uuid.uuid5(uuid.NAMESPACE_URL, f'{exchange.world.name}/{draft.serial()}')}",
        root=request.path,
        exclusive=exclusive,
        infinite=depth == headers.INFINITY,
        principal=request.user,
        owner=owner,
        expires=_expiry(draft, timeout),
    )
    _refuse_conflict(draft.locks_on(request.path), draft, exclusive=exclusive)
    return [_lock_unmapped_url(exchange, lock) if node is None else _lock_resource(exchange, node, lock)]


def _is_refresh(request: Request) -> bool:
    """Say whether a LOCK has no body. Without an ``If`` header that need not be known yet: only a refresh has to have both.

    So the checks of a new lock, which need no body, come before the body is looked at.
    """
    if "if" not in request.headers and request.length:
        return False
    return request_xml.is_missing(request)


def _expiry(draft: Draft, timeout: float) -> float | None:
    return None if timeout == headers.INFINITY else draft.now + timeout


def _read_lockinfo(request: Request) -> tuple[bool, str]:
    """Read a ``DAV:lockinfo``: whether the lock is exclusive, and the ``DAV:owner`` as it was sent."""
    root = request_xml.parse_as(request, f"{DAV}lockinfo")
    scopes, types = _names_in(root, "lockscope"), _names_in(root, "locktype")
    if types != [f"{DAV}write"]:
        raise Refused(400, f"DAV:locktype must hold DAV:write; the request has {_listed(types)}.")
    if scopes not in ([f"{DAV}exclusive"], [f"{DAV}shared"]):
        raise Refused(
            400, f"DAV:lockscope must hold either DAV:exclusive or DAV:shared; the request has {_listed(scopes)}."
        )
    owner = root.find(f"{DAV}owner")
    written = request_xml.serialize(owner, request_xml.scope(request.body, root)) if owner is not None else ""
    return scopes == [f"{DAV}exclusive"], written


def _names_in(root: _Element, name: str) -> list[str]:
    return [child.tag for parent in root.findall(f"{DAV}{name}") for child in request_xml.elements(parent)]


def _listed(names: Sequence[str]) -> str:
    return ", ".join(names)[:200] or "no element there"


def _check_resource(exchange: OpenExchange) -> Node | None:
    """Find the resource to lock; None for an unmapped URL. Refuses a request that may not write there."""
    request, draft = exchange.request, exchange.draft
    node = draft.find(request.path)
    if node is not None:
        exchange.target()
    else:
        draft.parent(request.path)
        if request.slash:
            raise Refused(
                409, f"The collection {href(request.path, collection=True)} doesn't exist. Create it with MKCOL first."
            )
    conditional_requests.check(exchange)
    if node is None:
        lock_checks.check_locks(exchange, request.path[:-1])
    return node


def _lock_resource(exchange: OpenExchange, node: Node, lock: Lock) -> Group:
    """Plan the lock of a resource and of its members."""
    draft = exchange.draft
    members = [
        Action(Subject("lock", path), partial(_refuse_conflict, locks, draft, exclusive=lock.exclusive))
        for path, locks in _members_that_may_refuse(exchange, node, lock)
    ]
    return [*members, Action(Subject("lock", lock.root), partial(_place, draft, lock))]


def _lock_unmapped_url(exchange: OpenExchange, lock: Lock) -> Group:
    """Plan an empty document and its lock, which needs the document (RFC 4918 7.3)."""
    draft, path = exchange.draft, lock.root
    position = headers.position(exchange.request)
    draft.check_place(path, position)

    def create() -> Effect:
        draft.put_content(path, b"", guess_type(path[-1]))
        draft.place(path, position)
        return Effect(created=True)

    return [
        Action(Subject("write", path), create),
        Action(Subject("lock", path), partial(_place, draft, lock), needs=(0,)),
    ]


def _refuse_conflict(others: Sequence[Lock], draft: Draft, *, exclusive: bool) -> None:
    """Refuse with 423 an exclusive or shared lock that conflicts with one of the others (RFC 4918 9.10.5)."""
    conflicting = [other for other in others if exclusive or other.exclusive]
    if conflicting:
        roots = [draft.href_of(other.root) for other in conflicting]
        raise Refused(
            423,
            f"The lock conflicts with an existing lock on {', '.join(roots)}. UNLOCK that, or wait until it expires.",
            condition_codes.no_conflicting_lock(*roots),
            by=tuple(conflicting),
        )


def _members_that_may_refuse(exchange: OpenExchange, node: Node, lock: Lock) -> Iterator[tuple[Path, list[Lock]]]:
    """List the members that may refuse the lock, with the locks that are rooted at the member."""
    if not lock.infinite or not isinstance(node, Collection):
        return
    now = exchange.draft.now
    todo: list[tuple[Path, Node]] = [(lock.root, node)]
    seen: set[Path] = set()
    while todo:
        path, member = todo.pop()
        alive = [other for other in member.locks if other.alive(now)]
        if alive and path != lock.root:
            seen.add(path)
            yield path, alive
        if isinstance(member, Collection):
            todo += [((*path, name), member.children[name]) for name in sorted(member.locked_children, reverse=True)]

    def exists(path: Path) -> bool:
        return find(node, path[len(lock.root) :]) is not None

    refusing = exchange.world.cause_index.paths_refusing("lock", lock.root)
    for path in sorted({*refusing, *refused_members(exchange.cause_context, lock.root, exists)}):
        if path not in seen and exists(path):
            seen.add(path)
            yield path, []


def _place(draft: Draft, lock: Lock) -> Lock:
    put_locks(draft, lock.root, lambda locks: (*locks, counted(lock)))
    return draft.get(lock.root).locks[-1]  # a storage with locks of its own gives the lock its token


def put_locks(draft: Draft, path: Path, change: Callable[[tuple[Lock, ...]], tuple[Lock, ...]]) -> None:
    """Change the locks that are rooted at a path; those that have expired are dropped."""
    node = draft.get(path)
    alive = tuple(lock for lock in node.locks if lock.alive(draft.now))
    draft.replace(path, replace(node, locks=change(alive)))


def _plan_refresh(exchange: OpenExchange, timeout: float) -> Sequence[Group]:
    request, draft = exchange.request, exchange.draft
    if "if" not in request.headers:
        raise Refused(
            400,
            "LOCK without a body refreshes a lock, and the request has no If header. "
            "Send the lock token in an If header, or a DAV:lockinfo body to create a lock.",
        )
    exchange.target()
    _refuse_several_tokens(exchange)
    locks = draft.locks_on(request.path)
    own = [lock for lock in locks if lock_checks.holds(exchange, lock)]
    if not own:
        raise Refused(
            412,
            f"The If header names no lock of this user on {href(request.path)}. Send the token of such a lock.",
            condition_codes.LOCK_TOKEN_MATCHES_REQUEST_URI,
        )
    conditional_requests.check(exchange)
    refreshed = replace(own[0], expires=_expiry(draft, timeout))
    return [[Action(Subject("lock", request.path), partial(_refresh, draft, refreshed))]]


def _refuse_several_tokens(exchange: OpenExchange) -> None:
    """Refuse with 400 a refresh that names several locks: one lock is refreshed at a time (RFC 4918 9.10.2).

    A negated token names a lock that must not be there, and is none of them.
    """
    conditions = [condition for state_list in exchange.if_lists for condition in state_list.conditions]
    named = {each.state for each in conditions if not each.is_etag and not each.negated}
    tokens = sorted(token for token in named if token != NO_LOCK and not token.startswith(CTAG))
    if len(tokens) > 1:
        listed = ", ".join(f"<{token}>" for token in tokens[:8])
        raise Refused(
            400,
            f"If: a refresh must name one lock token, and the request has {len(tokens)}: {listed}. "
            "Send one LOCK for each.",
        )


def _refresh(draft: Draft, lock: Lock) -> Lock:
    put_locks(draft, lock.root, lambda locks: tuple(lock if other.token == lock.token else other for other in locks))
    return next(kept for kept in draft.get(lock.root).locks if kept.token == lock.token)


def answer(exchange: OpenExchange) -> Response:
    """Answer 200 or 201 with the lock; else 207 with the members that refused, and 424 for the Request-URI."""
    last = exchange.outcomes[-1]
    return _locked(exchange, last.value) if isinstance(last, Done) else _not_locked(exchange)


def _locked(exchange: OpenExchange, lock: Lock) -> Response:
    request, draft = exchange.request, exchange.draft
    created = any(action.subject.verb == "write" for action in exchange.actions)
    # Clients read the token of the first lock, so the new lock stands before the other shared locks.
    locks = sorted(draft.locks_on(request.path), key=lambda other: other.token != lock.token)
    active = live_properties.activelocks(locks, draft, request.base)
    content = multistatus.document(f"{DAV}prop", multistatus.element(f"{DAV}lockdiscovery", active))
    token = [("Lock-Token", f"<{lock.token}>")] if request.body.strip() else []
    return Response(201 if created else 200, [("Content-Type", multistatus.XML_TYPE), *token], content)


def _not_locked(exchange: OpenExchange) -> Response:
    request, draft = exchange.request, exchange.draft
    failed = {
        position: action.subject.path
        for position, action in enumerate(exchange.actions)
        if isinstance(exchange.outcomes[position], Failed)
    }
    first = first_failure(exchange)
    if first is not None and set(failed.values()) == {request.path}:
        return error_response(first, request.base)
    return multistatus_response(
        outcome_response(exchange, position, draft.href_of(action.subject.path), request.base)
        for position, action in enumerate(exchange.actions)
        if position in failed or action.subject.path == request.path
    )
