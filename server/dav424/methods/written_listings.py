"""The body of a PROPFIND of a collection, which is written once for the same question about the same node.

A collection that has not changed is the same node, and so are all resources below it. The body is kept if it follows from them, and
from what ``_key`` names: not if it tells of a lock, of a refusal, or of a property that follows more than the nodes. Then
``ResponseWriter`` says so, and the next answer is written anew.
"""

from __future__ import annotations

from collections.abc import Hashable, Iterable, Iterator
from typing import TYPE_CHECKING

from dav424.core.message import whole_if_short
from dav424.dav.multistatus import multistatus_chunks
from dav424.methods.response_writer import ResponseWriter
from dav424.store.written import ANSWERS, MOST_OF_ONE, Same

if TYPE_CHECKING:
    from collections.abc import Mapping

    from dav424.core.batch import Failed
    from dav424.core.paths import Path
    from dav424.methods.resource_properties import PropertySelection
    from dav424.spine.exchange import OpenExchange
    from dav424.store.tree import Node


def listing(
    exchange: OpenExchange, depth: float, selection: PropertySelection, refused: Mapping[Path, Failed]
) -> bytes | Iterable[bytes]:
    """Give the body of a 207 about the target and the resources at most ``depth`` levels below it, streamed if it is long."""
    top = exchange.request.path
    node = exchange.draft.get(top)
    key = _key(exchange, node, depth, selection) if not refused else None
    known = ANSWERS.find(node, key) if key is not None else None
    if known is not None:
        return known[0] if len(known) == 1 else iter(known)
    writer = ResponseWriter(exchange, selection)
    chunks = multistatus_chunks(writer.responses(top, depth, refused))
    return whole_if_short(chunks if key is None else _keeping(exchange, node, key, writer, chunks))


def _key(exchange: OpenExchange, node: Node, depth: float, selection: PropertySelection) -> Hashable | None:
    """Name all that decides the body beside the node; None if the node does not hold all that it says, or is locked."""
    request, draft = exchange.request, exchange.draft
    if selection.others or not draft.knows_changes:
        return None
    if draft.root.locked and (node.locked or draft.locks_on(request.path)):
        return None
    base = request.base
    asked = selection.names, selection.all, selection.values, selection.minimal
    return (
        request.path,
        depth,
        base.path,
        base.spellings,
        asked,
        Same(exchange.methods),
        draft.arrived(request.path[:-1]),
    )


def _keeping(
    exchange: OpenExchange, node: Node, key: Hashable, writer: ResponseWriter, chunks: Iterator[bytes]
) -> Iterator[bytes]:
    """Give the chunks of a body, and keep them once all were given, if they follow from the node and the key."""
    draft, root = exchange.draft, exchange.draft.root
    kept: list[bytes] | None = []
    size = 0
    for chunk in chunks:
        size += len(chunk)
        if kept is not None and (size > MOST_OF_ONE or not writer.follows_nodes):
            kept = None
        if kept is not None:
            kept.append(chunk)
        yield chunk
    if kept is not None and draft.root is root:
        ANSWERS.keep(node, key, tuple(kept), draft.budget)
