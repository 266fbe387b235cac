"""The names and the prefixes in the XML body of a request, for answers that repeat them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

from lxml import etree

from dav424.core.batch import Refused
from dav424.core.message import Request
from dav424.dav import request_xml

if TYPE_CHECKING:
    from collections.abc import Sequence

    from dav424.dialects.xml_tree import Declared

_PROP = "{DAV:}prop"


def named_in_body(request: Request) -> list[str]:
    """List the properties that a body names in ``DAV:prop``, in its order; none if it is missing or malformed."""
    root = _root(request)
    if root is None:
        return []
    names = [str(child.tag) for prop in root.iter(_PROP) for child in prop if isinstance(child.tag, str)]
    return list(dict.fromkeys(names))


def wants(request: Request) -> Literal["named", "names", "all"]:
    """Say what a listing is to have: the properties that the request names, the names of all, or all with their values."""
    root = _root(request)
    if root is not None and root.find(_PROP) is not None:
        return "named"
    return "names" if root is not None and root.find("{DAV:}propname") is not None else "all"


def with_names(request: Request, names: Sequence[str]) -> bytes | None:
    """Write the body of a request that names properties so that it names these too; None if it names them, or none."""
    root = _root(request)
    prop = None if root is None else root.find(_PROP)
    missing = [] if prop is None else [name for name in names if prop.find(name) is None]
    if root is None or prop is None or not missing:
        return None
    for name in missing:
        etree.SubElement(prop, name)
    return etree.tostring(root, encoding="utf-8")


def declared_in_body(request: Request) -> Declared:
    """List the namespaces that a body declares, by prefix; the first one of a prefix counts."""
    found: Declared = {}
    root = _root(request)
    if root is not None:
        # nsmap of each element would have those of all elements around it, again and again.
        parser = etree.XMLPullParser(events=("start-ns",), resolve_entities=False, no_network=True, huge_tree=True)
        parser.feed(etree.tostring(root, encoding="utf-8"))
        for event in parser.read_events():
            assert event[1] is not None, "it is the declaration"
            prefix, namespace = event[1]
            if prefix:
                found.setdefault(str(prefix), str(namespace))
    return found


def _root(request: Request) -> etree._Element | None:
    if not request.body:
        return None
    try:
        return request_xml.parse(request)
    except Refused:
        return None
