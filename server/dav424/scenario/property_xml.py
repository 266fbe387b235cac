"""The XML element of a property, made from text or from an element in a scenario file."""

from __future__ import annotations

import re

from lxml import etree

from dav424.core.markup import escape
from dav424.dav import multistatus
from dav424.scenario.model import XmlProperty


def property_xml(name: str, value: str | XmlProperty) -> str:
    """Give the element to store for a property; text becomes the content of an element with the property's name.

    Raises ValueError if the XML of the value is not an element with the property's name.
    """
    written = _in_dav(multistatus.element(name, escape(value))) if isinstance(value, str) else value.xml
    try:
        root = etree.fromstring(written, etree.XMLParser(resolve_entities=False, no_network=True))
    except (etree.XMLSyntaxError, ValueError) as error:
        message = f"the XML of {name} is not well-formed: {error}"
        raise ValueError(message) from None
    if root.tag != name:
        message = f"the XML of {name} is an element named {root.tag}; name the element {name}"
        raise ValueError(message)
    if root.getroottree().docinfo.internalDTD is not None:
        message = f"the XML of {name} declares a document type; write it without one"
        raise ValueError(message)
    return etree.tostring(root, encoding="unicode")


def _in_dav(element: str) -> str:
    """Declare the prefix ``D`` on an element in the namespace ``DAV:``, so that it is well-formed alone."""
    return re.sub(r"^<(D:[^\s/>]+)", r'<\1 xmlns:D="DAV:"', element)
