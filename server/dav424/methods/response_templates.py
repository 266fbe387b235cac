"""Templates of responses: what all resources of one kind have in common is written once.

    "...<D:getetag>%s</D:getetag>...<D:resourcetype/>..."  %  ('"3-8cdc1683"',)

A kind is a document, or a collection of the same types, with stored properties of the same names. In an answer, the resources of
a kind differ in the values that follow their nodes. A resource with locks, a derived one and a principal have no template,
and neither has a selection with a property that follows more than the node: ``resource_properties`` writes these one by one.
"""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, TypeAlias

from msgspec import Struct, field

from dav424.core.hrefs import Base
from dav424.core.memory import Recent
from dav424.dav import multistatus
from dav424.dav.live_properties import LIVE, ReadNode
from dav424.dav.live_resource import LiveResource
from dav424.methods.resource_properties import PropertySelection, listed_propstats, read_property, selected_names
from dav424.store.slices import in_order
from dav424.store.tree import Collection, Document, Node
from dav424.store.written import Same

if TYPE_CHECKING:
    from dav424.core.method_facts import Facts
    from dav424.store.draft import Draft

_MOST_STORED = 32
"""A resource with more stored properties has no template."""
_MOST_KINDS = 64
"""The most kinds of one selection that have a template."""
_MOST_SELECTIONS = 200
"""The most selections whose templates are remembered; clients choose them."""
_LONGEST = 4000
"""The most characters in the names of a selection whose templates are remembered."""
_PLACE = "\0"
"""Stands for a value in XML, which has no such character."""
Kind: TypeAlias = "type[Node] | tuple[type[Node], tuple[str, ...], tuple[str, ...]]"
_NO_BASE = Base()


class Template(Struct, frozen=True):
    """The text of a response behind its href, with a place for each value that ``reads`` gives."""

    text: str
    reads: tuple[ReadNode, ...]

    def fill(self, node: Node, arrived: float) -> str | None:
        """Write the text about a node; None if one of the values is empty, which the text can't show."""
        if not self.reads:
            return self.text
        values = [read(node, arrived) for read in self.reads]
        return self.text % tuple(values) if all(values) else None


class Templates(Struct):
    """The templates of one selection in worlds with the same ``methods``; None for a kind without one."""

    selection: PropertySelection
    methods: Facts
    _known: dict[Kind, Template | None] = field(default_factory=dict)

    def find(self, node: Node, draft: Draft) -> Template | None:
        """Give the template for a node without locks; None if it has none."""
        kind = _kind(node)
        if kind is None:
            return None
        try:
            return self._known[kind]
        except KeyError:
            if len(self._known) >= _MOST_KINDS:
                return None
            template = self._known[kind] = _template(node, self.selection, self.methods, draft)
            return template


def _kind(node: Node) -> Kind | None:
    kind = type(node)
    if kind is Document:
        types: tuple[str, ...] = ()
    elif isinstance(node, Collection) and kind is Collection:
        types = node.types
    else:
        return None
    stored = node.properties
    if not stored:
        return (kind, types, ()) if types else kind
    return (kind, types, tuple(in_order(stored))) if len(stored) <= _MOST_STORED else None


def _template(node: Node, selection: PropertySelection, methods: Facts, draft: Draft) -> Template | None:
    """Make the template of the kind of a node; None if there is a property that follows more than the node."""
    resource = LiveResource((), node, draft, _NO_BASE, (), methods)
    present: list[str] = []
    missing: list[str] = []
    reads: list[ReadNode] = []
    for name in selected_names(node, selection):
        live = LIVE.get(name)
        if live is not None and live.kept != "never" and name in node.properties:
            live = None  # the stored value replaces the computed one
        if live is not None and live.follows == "more" and not (live.on_collections and isinstance(node, Document)):
            return None
        xml = read_property(resource, name, selection)
        read = partial(_stored, name) if live is None else live.of_node
        if xml is None:
            missing.append(name)
        elif not selection.values or read is None:
            present.append(_escaped(xml))
        else:
            present.append("%s" if live is None else _escaped(multistatus.element(name, _PLACE)).replace(_PLACE, "%s"))
            reads.append(read)
    asked = frozenset(selection.names)
    named = [_escaped(multistatus.empty(name)) for name in missing if not selection.all or name in asked]
    listed = listed_propstats(present, named, minimal=selection.minimal)
    text = multistatus.behind_href(_NO_BASE, listed)
    return Template(text if reads else text % (), tuple(reads))


def _escaped(xml: str) -> str:
    """Write XML into a text with places for values."""
    return xml.replace("%", "%%")


def _stored(name: str, node: Node, _: float) -> str:
    return node.properties[name]


_RECENT = Recent[tuple[object, ...], Templates](_MOST_SELECTIONS)


def templates(selection: PropertySelection, methods: Facts) -> Templates | None:
    """Give the templates of a selection in worlds with these methods; None if only the request itself can read a property."""
    if selection.others:
        return None
    if sum(map(len, selection.names)) > _LONGEST:
        return Templates(selection, methods)
    key = (selection.names, selection.all, selection.values, selection.minimal, Same(methods))
    found = _RECENT.find(key)
    if found is None:
        found = Templates(selection, methods)
        _RECENT.keep(key, found)
    return found
