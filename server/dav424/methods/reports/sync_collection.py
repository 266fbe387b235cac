"""``sync-collection`` (RFC 6578): the members that have changed since the state that a token names, and a new token.

    no token           every member                         <- the members by name, from where a first listing had come
    a token            members made, rewritten or removed    <- the changes that the tree remembers
    more than fit      507 for the collection, and a token with which the client goes on

The cost is that of the changes, and for a first listing that of the members. ``DAV:sync-level`` is 1 or infinite; without one,
``Depth`` says it, as in drafts of the RFC.
"""

from __future__ import annotations

import re
from collections.abc import Container, Iterator, Mapping, Sequence
from itertools import islice
from typing import TYPE_CHECKING

from msgspec import Struct

from dav424.causes.member_access import refused_reads
from dav424.causes.report_bounds import check_age, limited
from dav424.core.batch import Group, Refused
from dav424.core.condition_codes import NUMBER_OF_MATCHES_WITHIN_LIMITS
from dav424.core.markup import escape
from dav424.core.message import Response
from dav424.core.namespaces import DAV
from dav424.core.paths import Path, href
from dav424.dav import headers, multistatus
from dav424.dav.sync_token import SyncPoint, invalid_token, read_sync_token, sync_token
from dav424.methods.failure_answers import failures
from dav424.methods.reports.object_data import has_data, object_selection
from dav424.methods.reports.report_kind import multistatus_report, plan_refusals
from dav424.methods.resource_properties import PropertySelection
from dav424.methods.response_writer import ResponseWriter
from dav424.spine.exchange import OpenExchange
from dav424.store.slices import in_order
from dav424.store.tree import Collection

if TYPE_CHECKING:
    from lxml.etree import _Element

    from dav424.store.changes import TreeChange
    from dav424.store.tree import Node

_NUMBER = re.compile(r"[1-9][0-9]{0,8}")


class SyncRequest(Struct, frozen=True):
    """What a client asks: the state that it knows, None for none; whether it wants all levels; the most members."""

    known: SyncPoint | None
    infinite: bool
    most: int | None


class SyncPage(Struct, frozen=True):
    """The members to report, the state that the client then knows, and the reason if there are more members.

    ``members`` says for each path whether a collection is or was there.
    """

    members: Mapping[Path, bool]
    state: SyncPoint
    cut: Refused | None


def plan(exchange: OpenExchange, root: _Element) -> Sequence[Group]:
    """Plan a refusal for each member that can't be reported, and one for the collection if not all members fit."""
    asked = _read(exchange, root)
    if asked.known is not None:
        check_age(exchange.cause_context, exchange.draft.state.changes.number - asked.known.base)
    page = exchange.prepared = _page(exchange, asked)
    gone = {
        path: Refused(404, f"{href(path)} was removed.") for path in page.members if exchange.draft.find(path) is None
    }
    reads_content = has_data(object_selection(exchange.request, root))
    there = [path for path in page.members if path not in gone]
    refused = refused_reads(exchange.cause_context, there, reads_content=reads_content)
    shown = {path: refusal for path, refusal in refused.items() if not _is_inside(exchange, path, refused)}
    return plan_refusals({**shown, **gone, **({exchange.request.path: page.cut} if page.cut is not None else {})})


def answer(exchange: OpenExchange, root: _Element) -> Response:
    """Answer 207: a response for each member, 507 for the collection if there are more, and the token of the new state."""
    page = exchange.prepared
    assert isinstance(page, SyncPage), "the plan has made it"
    return multistatus_report(exchange, _written(exchange, page, object_selection(exchange.request, root)))


def _written(exchange: OpenExchange, page: SyncPage, selection: PropertySelection) -> Iterator[str]:
    base, top, failed = exchange.request.base, exchange.request.path, dict(failures(exchange))
    writer = ResponseWriter(exchange, selection)
    for path, collection in page.members.items():
        node, failure = exchange.draft.find(path), failed.get(path)
        if failure is not None:
            yield multistatus.failed_response(base, href(path, collection=collection), failure)
        elif node is not None and not _is_inside(exchange, path, failed):
            yield writer.response(path, node)
    if top in failed:
        yield multistatus.failed_response(base, href(top, collection=True), failed[top])
    token = sync_token(exchange.draft.state.changes, top, page.state)
    yield f" <D:sync-token>{escape(token)}</D:sync-token>\n"


def _is_inside(exchange: OpenExchange, path: Path, refused: Container[Path]) -> bool:
    """Say whether a member is in a collection below the Request-URI that is refused: it is not reported for itself."""
    return any(path[:depth] in refused for depth in range(len(exchange.request.path) + 1, len(path)))


def _read(exchange: OpenExchange, root: _Element) -> SyncRequest:
    token = root.findtext(f"{DAV}sync-token")
    if token is None:
        raise Refused(400, "The report needs a DAV:sync-token; send an empty one to list all members.")
    known = (
        read_sync_token(token.strip(), exchange.draft.state.changes, exchange.request.path) if token.strip() else None
    )
    return SyncRequest(known, _is_infinite(exchange, root), _most(root))


def _is_infinite(exchange: OpenExchange, root: _Element) -> bool:
    """Read the level: ``DAV:sync-level`` or, in the drafts of RFC 6578, ``Depth``.

    RFC 6578 3.2 wants ``Depth: 0`` beside a level. Clients send another depth, which only a strict server refuses.
    """
    level, depth = root.findtext(f"{DAV}sync-level"), headers.depth(exchange.request, "1", "infinity", "0")
    if level is None:
        if depth == 0:
            raise Refused(400, "The report needs a DAV:sync-level: 1 or infinite.")
        return depth > 1
    if level.strip() not in ("1", "infinite"):
        raise Refused(400, f"DAV:sync-level must be 1 or infinite; received {level.strip()[:40]!r}.")
    if depth != 0:
        note = "Depth: a sync-collection with a DAV:sync-level has Depth 0 (RFC 6578 3.2)"
        if exchange.request.strict:
            raise Refused(400, f"{note}; send 0, or no Depth.")
        exchange.notes = [f"{note}; with --strict the server refuses another one."]
    return level.strip() == "infinite"


def _most(root: _Element) -> int | None:
    """Read ``DAV:limit`` (RFC 6578 3.7)."""
    limit = root.find(f"{DAV}limit")
    if limit is None:
        return None
    sent = (limit.findtext(f"{DAV}nresults") or "").strip()
    if not _NUMBER.fullmatch(sent):
        raise Refused(400, f"DAV:limit must hold a DAV:nresults with a number from 1 on; received {sent[:40]!r}.")
    return int(sent)


def _page(exchange: OpenExchange, asked: SyncRequest) -> SyncPage:
    """Choose the members that fit."""
    found = _candidates(exchange, asked)
    end = SyncPoint(exchange.draft.state.changes.number)
    limit = limited(exchange.cause_context, len(found))
    if asked.most is not None and asked.most < len(found) and (limit is None or asked.most < limit[0]):
        detail = (
            f"{len(found)} members have changed, and the request wants at most {asked.most}; go on with the new token."
        )
        limit = asked.most, Refused(507, detail, NUMBER_OF_MATCHES_WITHIN_LIMITS)
    if limit is None:
        return SyncPage({path: each.collection for path, each in found.items()}, end, None)
    most, cut = limit
    fitting = dict(islice(found.items(), most))
    return SyncPage({path: each.collection for path, each in fitting.items()}, [*fitting.values()][-1].state, cut)


class _Candidate(Struct, frozen=True):
    """A member to report, and the state that a client knows once it has this member and all before it."""

    collection: bool
    state: SyncPoint


def _candidates(exchange: OpenExchange, asked: SyncRequest) -> dict[Path, _Candidate]:
    """List the members to report: those of a first listing that were not listed yet, then those that have changed."""
    known = asked.known
    if known is not None and not known.after:
        return _changed(exchange, known, infinite=asked.infinite)
    top, now = exchange.request.path, exchange.draft.state.changes.number
    begun = known.number if known is not None else now
    after = known.after if known is not None else ()
    listed = {
        path: _Candidate(isinstance(node, Collection), SyncPoint(begun, path[len(top) :]))
        for path, node in _members(exchange.draft.get(top), top, (*top, *after), infinite=asked.infinite)
    }
    changed = _changed(exchange, SyncPoint(begun), infinite=asked.infinite)
    return listed | {path: each for path, each in changed.items() if path not in listed}


def _members(node: Node, path: Path, after: Path, *, infinite: bool) -> Iterator[tuple[Path, Node]]:
    """Give the members of a collection whose paths come after another one, by name, a collection before its own members."""
    levels = [(path, node, iter(in_order(node.children)))] if isinstance(node, Collection) else []
    while levels:
        above, collection, names = levels[-1]
        name = next(names, None)
        if name is None:
            levels.pop()
            continue
        where, child = (*above, name), collection.children[name]
        if where > after:
            yield where, child
        if infinite and isinstance(child, Collection) and (where > after or where == after[: len(where)]):
            levels.append((where, child, iter(in_order(child.children))))


def _changed(exchange: OpenExchange, known: SyncPoint, *, infinite: bool) -> dict[Path, _Candidate]:
    """List the members that a client that knows an earlier state does not know as they are, by their last change."""
    top, draft = exchange.request.path, exchange.draft
    changed: dict[Path, _Candidate] = {}
    for path, (first, last) in _net_changes(exchange, known.base, infinite=infinite).items():
        if last <= known.number:
            continue
        node, state = draft.find(path), SyncPoint(last, since=known.base)
        if node is None:
            removed_with = any(draft.find(path[:depth]) is None for depth in range(len(top) + 1, len(path)))
            if first.existed and not removed_with:
                changed[path] = _Candidate(first.collection, state)
            continue
        changed[path] = _Candidate(isinstance(node, Collection), state)
        if infinite and isinstance(node, Collection):
            if first.existed:
                where = href(path, collection=True)
                raise invalid_token(f"{where} was made anew, and its earlier members are not known")
            for below, member in _members(node, path, path, infinite=True):
                changed[below] = _Candidate(isinstance(member, Collection), state)
    return changed


def _net_changes(exchange: OpenExchange, since: int, *, infinite: bool) -> dict[Path, tuple[TreeChange, int]]:
    """Give for each member its first change after a state, and the number of its last one, in the order of the last ones."""
    top = exchange.request.path
    found: dict[Path, tuple[TreeChange, int]] = {}
    for number, change in exchange.draft.state.changes.since(since):
        path = change.path
        if path == top[: len(path)]:
            raise invalid_token(f"{href(top, collection=True)} was made anew since then")
        if path[: len(top)] == top and (infinite or len(path) == len(top) + 1):
            first, _ = found.pop(path, (change, number))
            found[path] = first, number
    return found
