"""What the types of a collection demand of a document that comes into it: PUT, COPY, MOVE and the bulk requests ask here.

A collection without types demands nothing, so that what reads objects is imported at the first document in one that has some.
"""

from __future__ import annotations

from dav424.core.paths import Path
from dav424.spine.exchange import OpenExchange
from dav424.store.content import Content
from dav424.store.tree import Collection, find


def check_document(
    exchange: OpenExchange, path: Path, content: Content, content_type: str, leaving: Path | None = None
) -> None:
    """Refuse a document that may not come into the collection around a path.

    ``leaving`` is the path from which a MOVE takes it.
    """
    node = find(exchange.draft.state.root, path[:-1])
    if isinstance(node, Collection) and node.types:
        from dav424.methods.object_demands import check_object_document  # noqa: PLC0415 - see above

        check_object_document(exchange, node, path, content, content_type, leaving=leaving)
