"""The dead properties of the resources of WsgiDAV, as XML.

The property manager of WsgiDAV stores them. A resource can also have some of its own, if its class overrides the methods of
WsgiDAV's base class.
"""

from __future__ import annotations

from typing import Any

from lxml import etree
from msgspec import Struct
from wsgidav.dav_error import DAVError
from wsgidav.dav_provider import _DAVResource

from dav424.dav.dead_properties import LANGUAGE
from dav424.dav.live_properties import LIVE

_COMPUTED = frozenset(
    {*LIVE, "{DAV:}displayname", "{DAV:}getcontentlanguage", "{DAV:}quota-used-bytes", "{DAV:}quota-available-bytes"}
)
"""The properties that a resource of WsgiDAV computes; those of them that are stored come from the property manager."""


class SavedProperty(Struct, frozen=True):
    """A property before a change: ``raw`` as the property manager has it, and ``xml`` as the resource tells it; None if it had none.

    ``alone`` says that the resource had no property at all.
    """

    raw: Any
    xml: str | None
    alone: bool


def read(resource: Any) -> dict[str, str]:
    """Read the dead properties of a resource: XML by name."""
    return {name: xml for name in _names_of(resource) if (xml := _xml_of(resource, name)) is not None}


def _names_of(resource: Any) -> list[str]:
    """Name the properties of a resource that it does not compute."""
    manager = resource.provider.prop_manager
    names = list(manager.get_properties(resource.get_ref_url(), resource.environ)) if manager is not None else []
    if type(resource).get_property_names is not _DAVResource.get_property_names:
        names += [name for name in resource.get_property_names(is_allprop=True) if name not in _COMPUTED]
    return list(dict.fromkeys(names))


def _xml_of(resource: Any, name: str) -> str | None:
    """Give a property as the XML of its element; None if the resource does not have it after all."""
    manager = resource.provider.prop_manager
    stored = manager.get_property(resource.get_ref_url(), name, resource.environ) if manager is not None else None
    if stored is not None:
        return fragment(stored)
    if type(resource).get_property_value is _DAVResource.get_property_value and name not in _COMPUTED:
        return None
    try:
        value = resource.get_property_value(name)
    except DAVError:
        return None
    if isinstance(value, str):
        element = etree.Element(name)
        element.text = value
        value = element
    return etree.tostring(value, encoding="unicode") if value is not None else None


def fragment(stored: str | bytes) -> str:
    """Give stored XML as text, without a declaration."""
    text = stored.decode() if isinstance(stored, bytes) else stored
    return text.partition("?>")[2].lstrip() if text.startswith("<?xml") else text


def save(resource: Any, name: str, *, known: bool = True, alone: bool = False) -> SavedProperty:
    """Give a property as ``put_back`` needs it. One that is not ``known`` has no value now; ``alone`` there is no other."""
    manager = resource.provider.prop_manager
    raw = None
    if known and manager is not None:
        raw = manager.get_property(resource.get_ref_url(), name, resource.environ)
    return SavedProperty(raw, _xml_of(resource, name) if raw is None and _has_own(resource) else None, alone)


def write(resource: Any, name: str, xml: str | None) -> None:
    """Set a property, or remove it with None."""
    if name != LANGUAGE:
        resource.set_property_value(name, etree.fromstring(xml) if xml is not None else None)
        return
    # The Content-Language of a PUT: resources of WsgiDAV refuse to set it, but the property manager can keep it.
    manager, url = resource.provider.prop_manager, resource.get_ref_url()
    if manager is None:
        return
    if xml is None:
        manager.remove_property(url, name, environ=resource.environ)
    else:
        manager.write_property(url, name, xml, environ=resource.environ)


def put_back(resource: Any, name: str, before: SavedProperty) -> None:
    """Set a property to its value before a change."""
    manager, url = resource.provider.prop_manager, resource.get_ref_url()
    if before.raw is not None:
        if manager.get_property(url, name, resource.environ) != before.raw:
            manager.write_property(url, name, before.raw, environ=resource.environ)
        return
    if manager is not None:
        if before.alone:
            manager.remove_properties(url, resource.environ)
        else:
            manager.remove_property(url, name, environ=resource.environ)
    if _has_own(resource) and _xml_of(resource, name) != before.xml:
        resource.set_property_value(name, etree.fromstring(before.xml) if before.xml is not None else None)


def _has_own(resource: Any) -> bool:
    """Say whether the class of a resource stores properties of its own."""
    kind = type(resource)
    return (
        kind.get_property_value is not _DAVResource.get_property_value
        or kind.set_property_value is not _DAVResource.set_property_value
    )
