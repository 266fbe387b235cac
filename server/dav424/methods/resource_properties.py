"""How PROPFIND and the reports answer with properties: one ``DAV:response`` for each resource (RFC 4918 9.1, 14.24)."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from types import MappingProxyType
from typing import TYPE_CHECKING

from msgspec import Struct

from dav424.core.batch import Refused
from dav424.core.namespaces import DAV
from dav424.dav import multistatus, request_xml
from dav424.dav.live_properties import LIVE
from dav424.dav.live_resource import LiveResource
from dav424.dav.multistatus import Propstat
from dav424.spine.exchange import OpenExchange
from dav424.store.locks import Lock
from dav424.store.slices import in_order

if TYPE_CHECKING:
    from lxml.etree import _Element

    from dav424.core.hrefs import Base
    from dav424.core.paths import Path
    from dav424.store.tree import Node

_ALLPROP = tuple(name for name, live in LIVE.items() if live.in_allprop)
_KINDS = (f"{DAV}propname", f"{DAV}allprop", f"{DAV}prop")
ReadProperty = Callable[[LiveResource], str | None]
"""Gives the XML of a whole property element; None if the resource has no such property. May raise ``Refused``."""
_NO_OTHERS: Mapping[str, ReadProperty] = MappingProxyType({})


class PropertySelection(Struct, frozen=True):
    """The properties that a request asks for.

    These are the properties ``names``, and with ``all`` every other. Without ``values`` the client wants the names
    only; with ``minimal`` it wants no propstat for properties that the resource doesn't have (RFC 8144 2.1). ``others`` are
    properties that this request alone can read, such as ``C:calendar-data`` in a report.
    """

    names: tuple[str, ...] = ()
    all: bool = False
    values: bool = True
    minimal: bool = False
    others: Mapping[str, ReadProperty] = _NO_OTHERS


def read_selection(root: _Element, *, minimal: bool) -> PropertySelection:
    """Read the one of ``DAV:prop``, ``DAV:allprop`` and ``DAV:propname`` in an element; refuses with 400 none, and several."""
    children = {child.tag: child for child in request_xml.elements(root)}
    kinds = [child.tag.removeprefix(DAV) for child in request_xml.elements(root) if child.tag in _KINDS]
    if len(kinds) != 1:
        received = " and ".join(f"DAV:{kind}" for kind in kinds)[:200] or "none"
        raise Refused(
            400,
            f"{str(root.tag)[:200].replace('{DAV:}', 'DAV:')} must hold exactly one of DAV:prop, DAV:allprop and "
            f"DAV:propname; the request has {received}.",
        )
    include = children.get(f"{DAV}include")
    if include is not None and kinds != ["allprop"]:
        raise Refused(400, f"DAV:include needs DAV:allprop; the request has it with DAV:{kinds[0]}.")
    listed = include if kinds == ["allprop"] else children.get(f"{DAV}prop")
    names = tuple(dict.fromkeys(child.tag for child in request_xml.elements(listed))) if listed is not None else ()
    return PropertySelection(names, all=kinds != ["prop"], values=kinds != ["propname"], minimal=minimal)


def live_resource(exchange: OpenExchange, base: Base, path: Path, node: Node) -> LiveResource:
    """Give a resource as live properties need it; ``base`` is that of the request."""
    draft = exchange.draft
    locks: tuple[Lock, ...] = tuple(draft.locks_on(path)) if draft.root.locked else ()
    return LiveResource(path, node, draft, base, locks, exchange.methods, exchange.request.user, exchange.privileges)


def propstats(
    resource: LiveResource, selection: PropertySelection, change: Callable[[str, str], str] | None = None
) -> list[Propstat]:
    """Read the selected properties of a resource; those that can't be read have a propstat each, with the reason.

    ``change`` gets the name and the XML of each property that the resource has, and gives the XML for the response
    (default: the same).
    """
    named = frozenset(selection.names)
    present, missing, failed = [], [], []
    for name in selected_names(resource.node, selection):
        try:
            xml = read_property(resource, name, selection)
        except Refused as refused:
            failed.append(Propstat(refused.status, [multistatus.empty(name)], refused.condition, refused.detail))
            continue
        if xml is not None:
            present.append(xml if change is None else change(name, xml))
        elif not selection.all or name in named:
            missing.append(multistatus.empty(name))
    return listed_propstats(present, missing, failed, minimal=selection.minimal)


def listed_propstats(
    present: Sequence[str], missing: Sequence[str], failed: Sequence[Propstat] = (), *, minimal: bool
) -> list[Propstat]:
    """List the propstats of a response: that of the properties that are there, of those that are missing, and of failures."""
    listed = [Propstat(200, present)] if present or not (missing or failed) or minimal else []
    if missing and not minimal:
        listed.append(Propstat(404, missing))
    return [*listed, *failed]


def selected_names(node: Node, selection: PropertySelection) -> Iterable[str]:
    """List the properties that a selection asks of a node, each once; of all, those that the server computes are first."""
    if not selection.all:
        return selection.names
    computed, stored = _ALLPROP if selection.values else LIVE, node.properties
    if not stored and not selection.names:
        return computed
    return dict.fromkeys((*computed, *in_order(stored), *selection.names))


def read_property(resource: LiveResource, name: str, selection: PropertySelection) -> str | None:
    """Write one property; None if the resource doesn't have it."""
    live, values = LIVE.get(name), selection.values
    if live is None:
        other = selection.others.get(name)
        xml = resource.node.properties.get(name) if other is None else other(resource)
        return xml if values or xml is None else multistatus.empty(name)
    if live.kept != "never" and name in resource.node.properties:
        return resource.node.properties[name] if values else multistatus.empty(name)
    value = live.read(resource)
    if value is None:
        return None
    return multistatus.element(name, value) if values and value else multistatus.empty(name)
