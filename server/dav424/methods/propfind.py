"""PROPFIND (RFC 4918 9.1): named properties, all of them, or their names; depth 0, 1 and infinity."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from itertools import chain
from typing import TYPE_CHECKING

from msgspec import Struct

from dav424.core.batch import Group, Refused
from dav424.core.message import Response
from dav424.core.method_facts import RESOURCES, Facts, MethodFacts
from dav424.core.namespaces import DAV
from dav424.core.paths import href
from dav424.dav import headers, multistatus, request_xml
from dav424.dav.live_properties import LIVE, LiveResource
from dav424.dav.multistatus import Propstat
from dav424.spine import conditional_requests
from dav424.spine.exchange import OpenExchange
from dav424.store.locks import Lock
from dav424.store.tree import Collection, walk

if TYPE_CHECKING:
    from dav424.core.message import Request
    from dav424.core.paths import Path
    from dav424.store.tree import Node

_ALLPROP = tuple(name for name, live in LIVE.items() if live.in_allprop)
_KINDS = (f"{DAV}propname", f"{DAV}allprop", f"{DAV}prop")
_FLUSH = 1 << 16

FACTS: Facts = {"PROPFIND": MethodFacts(safe=True, lists_properties=True, privilege="read", allowed_on=RESOURCES)}


class Wanted(Struct, frozen=True):
    """What a PROPFIND asks for: ``names``, all properties besides, or the names of all."""

    names: tuple[str, ...] = ()
    all: bool = False
    values: bool = True
    minimal: bool = False


def plan(exchange: OpenExchange) -> Sequence[Group]:
    """Do nothing: reading is all in the answer."""
    exchange.target()
    conditional_requests.check(exchange)
    return ()


def answer(exchange: OpenExchange) -> Response:
    """Answer 207, written as it is sent, from the one root that the request began with."""
    request = exchange.request
    wanted = read(request)
    depth = headers.depth(request, "0", "1", "infinity")
    pieces = responses(exchange, request.path, depth, wanted)
    preference = [("Preference-Applied", "return=minimal")] if wanted.minimal else []
    return Response(
        207,
        [("Content-Type", multistatus.XML_TYPE), *preference],
        multistatus.document("{DAV:}multistatus", "".join(pieces)) if depth == 0 else _whole_if_short(stream(pieces)),
    )


def _whole_if_short(chunks: Iterator[bytes]) -> bytes | Iterable[bytes]:
    """Give the first of the chunks as a body if there is no other."""
    first, second = next(chunks), next(chunks, None)
    return first if second is None else chain((first, second), chunks)


def responses(
    exchange: OpenExchange, top: Path, depth: float, wanted: Wanted, seen: set[Path] | None = None
) -> Iterator[str]:
    """Write a response for each resource at or below a path, but for those that were ``seen`` already."""
    for path, node in walk(exchange.draft.get(top), top, depth):
        if seen is None or path not in seen:
            yield _response(exchange, path, node, wanted)
        if seen is not None:
            seen.add(path)


def stream(pieces: Iterable[str]) -> Iterator[bytes]:
    """Write a multistatus in chunks, so that a large one is never held whole."""
    opening, closing = multistatus.document("{DAV:}multistatus", "\0").split(b"\0")
    chunk, size = [opening], 0
    for piece in pieces:
        encoded = piece.encode()
        chunk.append(encoded)
        size += len(encoded)
        if size > _FLUSH:
            yield b"".join(chunk)
            chunk, size = [], 0
    yield b"".join([*chunk, closing])


def read(request: Request) -> Wanted:
    """Read what is asked for; an empty body asks for all properties (RFC 4918 9.1)."""
    minimal = headers.prefers_minimal(request)
    if not request.body.strip():
        return Wanted(all=True, minimal=minimal)
    root = request_xml.parse(request)
    if root.tag != f"{DAV}propfind":
        raise Refused(400, f"The body of {request.method} must be a DAV:propfind, and it is {root.tag}.")
    asked = {child.tag: child for child in request_xml.elements(root)}
    kinds = [child.tag.removeprefix(DAV) for child in request_xml.elements(root) if child.tag in _KINDS]
    if len(kinds) != 1:
        raise Refused(400, "DAV:propfind must hold exactly one of DAV:prop, DAV:allprop and DAV:propname.")
    include = asked.get(f"{DAV}include")
    if include is not None and kinds != ["allprop"]:
        raise Refused(400, "DAV:include can only stand beside DAV:allprop.")
    listed = include if kinds == ["allprop"] else asked.get(f"{DAV}prop")
    names = tuple(dict.fromkeys(each.tag for each in request_xml.elements(listed))) if listed is not None else ()
    return Wanted(names, all=kinds != ["prop"], values=kinds != ["propname"], minimal=minimal)


def _response(exchange: OpenExchange, path: Path, node: Node, wanted: Wanted) -> str:
    draft, base = exchange.draft, exchange.request.base
    locks: tuple[Lock, ...] = tuple(draft.locks_on(path)) if draft.root.locked else ()
    resource = LiveResource(path, node, draft, base, locks, exchange.world.methods)
    names = wanted.names
    if wanted.all:
        every = (*_ALLPROP, *sorted(node.properties)) if wanted.values else (*LIVE, *sorted(node.properties))
        names = tuple(dict.fromkeys((*every, *names)))
    found, missing = [], []
    for name in names:
        xml = _property(resource, name, values=wanted.values)
        if xml is not None:
            found.append(xml)
        elif not wanted.all or name in wanted.names:
            missing.append(multistatus.empty(name))
    propstats = [Propstat(200, found)] if found or not missing or wanted.minimal else []
    if missing and not wanted.minimal:
        propstats.append(Propstat(404, missing))
    return multistatus.response(base, href(path, collection=isinstance(node, Collection)), propstats)


def _property(resource: LiveResource, name: str, *, values: bool) -> str | None:
    """Write one property, or None if the resource has none of that name."""
    live = LIVE.get(name)
    if live is None:
        kept = resource.node.properties.get(name)
        return kept if values or kept is None else multistatus.empty(name)
    value = live.read(resource)
    if value is None:
        return None
    return multistatus.element(name, value) if values and value else multistatus.empty(name)
