"""PROPFIND (RFC 4918 9.1): named properties, all of them, or their names; depth 0, 1 and infinity."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING

from msgspec import Struct

from dav424.causes.apply import AlreadyRefused, refused_members
from dav424.core.batch import Action, Failed, Group, Refused
from dav424.core.message import Response, whole_if_short
from dav424.core.method_facts import RESOURCES, Facts, MethodFacts
from dav424.core.namespaces import DAV
from dav424.core.paths import href
from dav424.core.subject import Subject
from dav424.dav import headers, multistatus, request_xml
from dav424.dav.live_properties import LIVE, LiveResource
from dav424.dav.multistatus import Propstat, multistatus_chunks, multistatus_response
from dav424.methods.failure_answers import failures
from dav424.spine import conditional_requests
from dav424.spine.exchange import OpenExchange
from dav424.store.locks import Lock
from dav424.store.slices import in_order
from dav424.store.tree import Collection, walk

if TYPE_CHECKING:
    from dav424.core.message import Request
    from dav424.core.paths import Path
    from dav424.store.tree import Node

_ALLPROP = tuple(name for name, live in LIVE.items() if live.in_allprop)
_KINDS = (f"{DAV}propname", f"{DAV}allprop", f"{DAV}prop")

FACTS: Facts = {
    "PROPFIND": MethodFacts(
        safe=True, reaches_members=True, lists_properties=True, privilege="read", allowed_on=RESOURCES
    )
}


class PropertySelection(Struct, frozen=True):
    """The properties that a PROPFIND requests.

    These are the properties ``names``, and with ``all`` every other. Without ``values`` the client wants the names
    only; with ``minimal`` it wants no propstat for properties that the resource doesn't have (RFC 8144 2.1).
    """

    names: tuple[str, ...] = ()
    all: bool = False
    values: bool = True
    minimal: bool = False


def plan(exchange: OpenExchange) -> Sequence[Group]:
    """Plan a refusal for each member that a cause forbids to list; the answer reads the properties of all others.

    The causes decide here, once, and not while the answer is streamed.
    """
    request, draft = exchange.request, exchange.draft
    exchange.target()
    conditional_requests.check(exchange)
    depth = headers.depth(request, "0", "1", "infinity")
    refused = refused_members(exchange.cause_context, request.path, lambda path: draft.find(path) is not None, depth)
    return [[Action(Subject("read", path), AlreadyRefused(refusal))] for path, refusal in refused.items()]


def answer(exchange: OpenExchange) -> Response:
    """Answer 207, streamed if it is long. All of it describes the tree at the start of the request."""
    request = exchange.request
    selection = read(request)
    depth = headers.depth(request, "0", "1", "infinity")
    written = responses(exchange, request.path, depth, selection, dict(failures(exchange)))
    preference = [("Preference-Applied", "return=minimal")] if selection.minimal else []
    if depth == 0:
        return multistatus_response(written, *preference)
    body = whole_if_short(multistatus_chunks(written))
    return Response(207, [("Content-Type", multistatus.XML_TYPE), *preference], body)


def responses(
    exchange: OpenExchange,
    top: Path,
    depth: float,
    selection: PropertySelection,
    refused: Mapping[Path, Failed],
    *,
    seen: set[Path] | None = None,
) -> Iterator[str]:
    """Write a response for each resource at or below a path, except for those in ``seen``, and add them to it.

    A resource that is ``refused`` is one response with its status, and nothing below it is listed (RFC 4918 9.1).
    """
    for path, node in walk(exchange.draft.get(top), top, depth, closed=refused):
        if seen is None or path not in seen:
            yield _response(exchange, path, node, selection, refused.get(path))
        if seen is not None:
            seen.add(path)


def read(request: Request) -> PropertySelection:
    """Read the properties that are requested; an empty body requests all (RFC 4918 9.1)."""
    minimal = headers.prefers_minimal(request)
    if request_xml.is_missing(request):
        return PropertySelection(all=True, minimal=minimal)
    root = request_xml.parse_as(request, f"{DAV}propfind")
    children = {child.tag: child for child in request_xml.elements(root)}
    kinds = [child.tag.removeprefix(DAV) for child in request_xml.elements(root) if child.tag in _KINDS]
    if len(kinds) != 1:
        received = " and ".join(f"DAV:{kind}" for kind in kinds)[:200] or "none"
        raise Refused(
            400,
            "DAV:propfind must hold exactly one of DAV:prop, DAV:allprop and DAV:propname; "
            f"the request has {received}.",
        )
    include = children.get(f"{DAV}include")
    if include is not None and kinds != ["allprop"]:
        raise Refused(400, f"DAV:include needs DAV:allprop; the request has it with DAV:{kinds[0]}.")
    listed = include if kinds == ["allprop"] else children.get(f"{DAV}prop")
    names = tuple(dict.fromkeys(child.tag for child in request_xml.elements(listed))) if listed is not None else ()
    return PropertySelection(names, all=kinds != ["prop"], values=kinds != ["propname"], minimal=minimal)


def _response(
    exchange: OpenExchange, path: Path, node: Node, selection: PropertySelection, refused: Failed | None
) -> str:
    draft, base = exchange.draft, exchange.request.base
    if refused is not None:
        return multistatus.failed_response(base, href(path, collection=isinstance(node, Collection)), refused)
    locks: tuple[Lock, ...] = tuple(draft.locks_on(path)) if draft.root.locked else ()
    resource = LiveResource(path, node, draft, base, locks, exchange.world.methods)
    names = selection.names
    if selection.all:
        every = (*(_ALLPROP if selection.values else LIVE), *in_order(node.properties))
        names = tuple(dict.fromkeys((*every, *names)))
    named = frozenset(selection.names)
    present, missing = [], []
    for name in names:
        xml = _property(resource, name, values=selection.values)
        if xml is not None:
            present.append(xml)
        elif not selection.all or name in named:
            missing.append(multistatus.empty(name))
    propstats = [Propstat(200, present)] if present or not missing or selection.minimal else []
    if missing and not selection.minimal:
        propstats.append(Propstat(404, missing))
    return multistatus.response(base, href(path, collection=isinstance(node, Collection)), propstats)


def _property(resource: LiveResource, name: str, *, values: bool) -> str | None:
    """Write one property; None if the resource doesn't have it."""
    live = LIVE.get(name)
    if live is None:
        xml = resource.node.properties.get(name)
        return xml if values or xml is None else multistatus.empty(name)
    value = live.read(resource)
    if value is None:
        return None
    return multistatus.element(name, value) if values and value else multistatus.empty(name)
