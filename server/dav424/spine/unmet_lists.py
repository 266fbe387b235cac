"""Why no list of an ``If`` header holds, and which list would have held: the text of a 412 (RFC 4918 10.4, 12.1)."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import islice
from typing import TYPE_CHECKING

from dav424.core.paths import href
from dav424.dav import headers, if_header
from dav424.store.tree import Collection, Document

if TYPE_CHECKING:
    from dav424.core.paths import Path
    from dav424.dav.if_header import StateList
    from dav424.spine.exchange import OpenExchange
    from dav424.store.draft import Draft
    from dav424.store.tree import Node

_MOST_LISTS = 32
_MOST_RESOURCES = 32
_MOST_ABOVE = 8
"""Limits for the lists and the resources that are tried, and for the resources above each path."""
_MOST_TOKENS = 4
"""Limit for the lock tokens in a list that the server suggests: one is enough to write, and a list has to be read."""


def explanation(exchange: OpenExchange, lists: Sequence[StateList], path: Path | None = None) -> str:
    """Explain that none of the lists holds: name one that the client sent, and the resource for which it holds.

    If there is no such resource, name the state of the resource that the first list is about. ``path`` is the member that
    the lists were evaluated for (default: the path of each list).
    """
    draft = exchange.draft
    about = lists[0].path if path is None else path
    about = exchange.request.path if about is None else about
    where = f" for {_url(exchange, about)}" if path is not None else ""
    unmapped = draft.find(about) is None
    why = f" There is nothing at {_url(exchange, about)}, so it has no state (RFC 4918 10.4.4)." if unmapped else ""
    held = _list_that_holds(exchange, lists, about, everywhere=path is None)
    return f"No list of the If header holds{where}.{why} This list would hold: {held or _current(exchange, about)}."


def _list_that_holds(
    exchange: OpenExchange, lists: Sequence[StateList], about: Path, *, everywhere: bool
) -> str | None:
    """Find a list that holds for another resource: above this one, at the destination, or where its lock is.

    Of many lists and many resources, the first few are tried: the text is a hint.
    """
    tried = [each for each in lists[:_MOST_LISTS] if any(not condition.negated for condition in each.conditions)]
    if not tried:
        return None
    states = {
        path: if_header.ResourceState(exchange.draft, path)
        for path in islice(_candidates(exchange, about, everywhere=everywhere), _MOST_RESOURCES)
    }
    for state_list in tried:
        for path, state in states.items():
            if state_list.holds(state):
                return f"<{_url(exchange, path)}> {if_header.written(state_list.conditions)}"
    return None


def _candidates(exchange: OpenExchange, about: Path, *, everywhere: bool) -> Iterator[Path]:
    yield from _upwards(exchange.draft, about)
    if not everywhere:
        return
    yield from _upwards(exchange.draft, exchange.request.path)
    if exchange.request.method in ("COPY", "MOVE"):  # which have read their Destination before
        yield from _upwards(exchange.draft, headers.destination(exchange.request))
    yield from _locked(exchange.draft)


def _upwards(draft: Draft, path: Path) -> Iterator[Path]:
    """List the nearest resources at and above a path."""
    node: Node = draft.root
    depth = 0
    while depth < len(path) and isinstance(node, Collection) and path[depth] in node.children:
        node = node.children[path[depth]]
        depth += 1
    return (path[:level] for level in range(depth, max(-1, depth - _MOST_ABOVE), -1))


def _locked(draft: Draft) -> Iterator[Path]:
    """List the roots of locks; branches without locks are not visited."""
    todo: list[tuple[Path, Node]] = [((), draft.root)]
    while todo:
        path, node = todo.pop()
        if node.locks:
            yield path
        if isinstance(node, Collection):
            todo += [((*path, name), node.children[name]) for name in sorted(node.locked_children, reverse=True)]


def _current(exchange: OpenExchange, path: Path) -> str:
    """Write a tagged list that holds for a resource now: its entity-tag and its locks, or a list that needs no state."""
    draft = exchange.draft
    node = draft.find(path)
    shown = draft.shown(path, node)
    locks = draft.locks_on(path)[:_MOST_TOKENS] if node is not None else []
    state = [f"<{lock.token}>" for lock in locks] + ([f"[{shown.etag}]"] if isinstance(shown, Document) else [])
    return f"<{_url(exchange, path)}> ({' '.join(state) or f'Not <{if_header.NO_LOCK}>'})"


def _url(exchange: OpenExchange, path: Path) -> str:
    node = exchange.draft.find(path)
    slash = exchange.request.slash if path == exchange.request.path else False
    return exchange.request.base.url(href(path, collection=slash or isinstance(node, Collection)))
