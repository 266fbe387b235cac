"""The methods that a resource allows: what ``Allow`` and ``DAV:supported-method-set`` list."""

from __future__ import annotations

from msgspec.structs import replace

from dav424.core.message import Response
from dav424.core.method_facts import Facts, ResourceKind
from dav424.core.paths import Path
from dav424.store.principals import Principal, PrincipalCollection
from dav424.store.tree import Derived, Document, Node


def allowed_methods(methods: Facts, path: Path, node: Node | None) -> list[str]:
    """List those of some methods that the resource at a path allows, or the unmapped URL if there is no node."""
    kind, takes_post = _kind(node), isinstance(node, Derived) and node.takes_post
    return [
        name
        for name, facts in methods.items()
        if kind in facts.allowed_on or path in facts.allowed_at or (takes_post and name == "POST")
    ]


def _kind(node: Node | None) -> ResourceKind:
    match node:
        case None:
            return "unmapped"
        case Derived():
            return "derived"
        case Document():
            return "document"
        case Principal() | PrincipalCollection():
            return "principal"
        case _:
            return "collection"


def with_allow(response: Response, methods: Facts, path: Path, node: Node | None, refused: str = "") -> Response:
    """Add ``Allow`` to a 405, which must have it (RFC 9110 15.5.6); any other response stays unchanged.

    It does not list the ``refused`` method, even if the resource allows that unless a cause answers with 405.
    """
    if response.status != 405:
        return response
    allow = ("Allow", ", ".join(name for name in allowed_methods(methods, path, node) if name != refused))
    return replace(response, headers=[*response.headers, allow])
