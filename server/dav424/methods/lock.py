"""LOCK (RFC 4918 9.10): a whole hierarchy, or nothing.

A lock of depth infinity is one group: an action for each member that could refuse, those that have
locks and those that a cause speaks of, and the one that puts the lock on the Request-URI.
"""

from __future__ import annotations

import uuid
from collections.abc import Callable, Iterator, Sequence
from functools import partial
from typing import TYPE_CHECKING

from msgspec.structs import replace

from dav424.core import condition_codes
from dav424.core.batch import Action, Done, Failed, FailedDependency, Group, Refused
from dav424.core.message import Response
from dav424.core.method_facts import RESOURCES, UNMAPPED, Facts, MethodFacts
from dav424.core.namespaces import DAV
from dav424.core.paths import Path, href
from dav424.core.subject import Subject
from dav424.dav import headers, live_properties, multistatus, request_xml
from dav424.dav.multistatus import error_response
from dav424.methods.put import guess_type
from dav424.spine import conditional_requests, lock_checks
from dav424.spine.exchange import OpenExchange
from dav424.store.locks import Lock
from dav424.store.tree import Collection, Node, find

if TYPE_CHECKING:
    from lxml.etree import _Element

    from dav424.store.draft import Draft

FACTS: Facts = {
    "LOCK": MethodFacts(
        allowed_on=RESOURCES | UNMAPPED,
        rule=("A lock covers all of its resources, or the server does not grant it.", "RFC 4918 9.10.3"),
    )
}


def plan(exchange: OpenExchange) -> Sequence[Group]:
    """Make one group of the new lock, or of the refreshed one."""
    request, draft = exchange.request, exchange.draft
    timeout = headers.timeout(request)
    if not request.body.strip():
        return _plan_refresh(exchange, timeout)
    exclusive, owner = _read(request_xml.parse(request), request.body)
    depth = headers.depth(request, "0", "infinity")
    node = draft.find(request.path)
    if node is not None:
        exchange.target()
    else:
        draft.parent(request.path)
        if request.slash:
            raise Refused(409, f"{href(request.path, collection=True)} doesn't exist; make it with MKCOL first.")
    conditional_requests.check(exchange)
    if node is None:
        lock_checks.check_locks(exchange, request.path[:-1])
    lock = Lock(
        token=f"urn:uuid:{uuid.uuid5(uuid.NAMESPACE_URL, f'{exchange.world.name}/{draft.serial()}')}",
        root=request.path,
        exclusive=exclusive,
        infinite=depth == headers.INFINITY,
        principal=request.user,
        owner=owner,
        expires=_expiry(draft, timeout),
    )
    _refuse_conflict(lock, draft.locks_on(request.path), draft)
    members = [
        Action(Subject("lock", path), partial(_refuse_conflict, lock, locks, draft))
        for path, locks in _members_in_question(exchange, node, lock)
    ]
    if node is not None:
        return [[*members, Action(Subject("lock", request.path), partial(_place, draft, lock))]]
    # To lock what isn't there makes it: a write like any other, which the lock needs.
    position = headers.position(request)
    draft.check_place(request.path, position)

    def create() -> None:
        draft.put_content(request.path, b"", guess_type(request.path[-1]))
        draft.place(request.path, position)

    return [
        [
            Action(Subject("write", request.path), create),
            Action(Subject("lock", request.path), partial(_place, draft, lock), needs=(0,)),
        ]
    ]


def _expiry(draft: Draft, timeout: float) -> float | None:
    return None if timeout == headers.INFINITY else draft.now + timeout


def _read(root: _Element, source: bytes) -> tuple[bool, str]:
    """Read a ``DAV:lockinfo``: whether the lock is exclusive, and its owner as it was sent."""
    if root.tag != f"{DAV}lockinfo":
        raise Refused(400, f"The body of LOCK must be a DAV:lockinfo, and it is {root.tag}.")
    scopes = [each.tag for scope in root.findall(f"{DAV}lockscope") for each in request_xml.elements(scope)]
    types = [each.tag for kind in root.findall(f"{DAV}locktype") for each in request_xml.elements(kind)]
    if types != [f"{DAV}write"]:
        raise Refused(400, "DAV:locktype must hold DAV:write, the one type of lock there is.")
    if scopes not in ([f"{DAV}exclusive"], [f"{DAV}shared"]):
        raise Refused(400, "DAV:lockscope must hold either DAV:exclusive or DAV:shared.")
    owner = root.find(f"{DAV}owner")
    return scopes == [f"{DAV}exclusive"], request_xml.serialize(
        owner, request_xml.scope(source)
    ) if owner is not None else ""


def _refuse_conflict(lock: Lock, others: Sequence[Lock], draft: Draft) -> None:
    """Refuse with 423 if the lock can't stand beside the others (RFC 4918 9.10.5)."""
    conflicting = [each for each in others if lock.exclusive or each.exclusive]
    if conflicting:
        roots = [draft.href_of(each.root) for each in conflicting]
        raise Refused(
            423,
            f"There is a lock already: on {', '.join(roots)}.",
            condition_codes.no_conflicting_lock(*roots),
            by=tuple(conflicting),
        )


def _members_in_question(exchange: OpenExchange, node: Node | None, lock: Lock) -> Iterator[tuple[Path, list[Lock]]]:
    """Iterate over the members that could refuse, with the locks that are rooted at each."""
    if not lock.infinite or not isinstance(node, Collection):
        return
    now = exchange.draft.now
    todo: list[tuple[Path, Node]] = [(lock.root, node)]
    seen: set[Path] = set()
    while todo:
        path, here = todo.pop()
        alive = [each for each in here.locks if each.alive(now)]
        if alive and path != lock.root:
            seen.add(path)
            yield path, alive
        if isinstance(here, Collection):
            todo += [((*path, name), here.children[name]) for name in sorted(here.locked_children, reverse=True)]
    for path in exchange.world.cause_index.paths_refusing("lock", lock.root):
        if path not in seen and find(node, path[len(lock.root) :]) is not None:
            seen.add(path)
            yield path, []


def _place(draft: Draft, lock: Lock) -> Lock:
    _put_locks(draft, lock.root, lambda locks: (*locks, lock))
    return lock


def _put_locks(draft: Draft, path: Path, change: Callable[[tuple[Lock, ...]], tuple[Lock, ...]]) -> None:
    node = draft.get(path)
    alive = tuple(lock for lock in node.locks if lock.alive(draft.now))
    draft.replace(path, replace(node, locks=change(alive)))


def _plan_refresh(exchange: OpenExchange, timeout: float) -> Sequence[Group]:
    request, draft = exchange.request, exchange.draft
    if "if" not in request.headers:
        raise Refused(400, "LOCK without a body refreshes a lock; send its token in an If header.")
    exchange.target()
    locks = draft.locks_on(request.path)
    mine = [lock for lock in locks if lock_checks.holds_one_of([lock], exchange.tokens, request.user)]
    if not mine:
        raise Refused(
            412,
            f"No lock of yours on {href(request.path)} has a token that the If header names.",
            condition_codes.LOCK_TOKEN_MATCHES_REQUEST_URI,
        )
    conditional_requests.check(exchange)
    refreshed = replace(mine[0], expires=_expiry(draft, timeout))
    return [[Action(Subject("lock", request.path), partial(_refresh, draft, refreshed))]]


def _refresh(draft: Draft, lock: Lock) -> Lock:
    _put_locks(draft, lock.root, lambda locks: tuple(lock if each.token == lock.token else each for each in locks))
    return lock


def answer(exchange: OpenExchange) -> Response:
    """Answer 200 or 201 with the lock; else 207 with the culprits, and 424 for the Request-URI."""
    request, draft = exchange.request, exchange.draft
    own = exchange.outcomes[-1]
    if isinstance(own, Done):
        lock: Lock = own.value
        created = any(action.subject.verb == "write" for action in exchange.actions)
        # Beside other shared locks the new one comes first: clients read the token of the first.
        locks = sorted(draft.locks_on(request.path), key=lambda each: each.token != lock.token)
        found = live_properties.activelocks(locks, draft, request.base)
        content = multistatus.document(f"{DAV}prop", multistatus.element(f"{DAV}lockdiscovery", found))
        token = [("Lock-Token", f"<{lock.token}>")] if request.body.strip() else []
        return Response(201 if created else 200, [("Content-Type", multistatus.XML_TYPE), *token], content)
    culprits = {
        action.subject.path
        for action, each in zip(exchange.actions, exchange.outcomes, strict=True)
        if isinstance(each, Failed)
    }
    if culprits == {request.path}:
        failed = next(each for each in exchange.outcomes if isinstance(each, Failed))
        return error_response(failed, request.base)
    said = "".join(
        _response(exchange, position, action.subject.path)
        for position, action in enumerate(exchange.actions)
        if isinstance(exchange.outcomes[position], Failed) or action.subject.path == request.path
    )
    return Response(207, [("Content-Type", multistatus.XML_TYPE)], multistatus.document("{DAV:}multistatus", said))


def _response(exchange: OpenExchange, position: int, path: Path) -> str:
    where = exchange.draft.href_of(path)
    outcome = exchange.outcomes[position]
    match outcome:
        case Failed(status, detail, reason):
            return multistatus.resource_response(exchange.request.base, where, status, reason, detail)
        case FailedDependency(status=status):
            return multistatus.resource_response(exchange.request.base, where, status, None, exchange.because(position))
        case Done():
            raise AssertionError(outcome)  # in a group that failed, nothing is done
