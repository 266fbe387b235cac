"""The XML element of a property, made from text or from an element in a scenario file."""

from __future__ import annotations

import re

from lxml import etree

from dav424.core.markup import escape
from dav424.core.namespaces import CALENDARSERVER, DAV, INVITE
from dav424.core.writable import unwritable
from dav424.dav import dead_properties, multistatus, request_xml
from dav424.scenario.model import XmlProperty


def property_xml(name: str, value: str | XmlProperty) -> str:
    """Give the element to store for a property; text becomes the content of an element with the property's name.

    Raises ValueError if the XML of the value is not an element with the property's name.
    """
    if isinstance(value, str) and (bad := unwritable(value)) is not None:
        message = f"the value of {name} has {bad}, which XML can't hold; remove it"
        raise ValueError(message)
    written = _in_dav(multistatus.element(name, escape(value))) if isinstance(value, str) else value.xml
    try:
        root = etree.fromstring(written, etree.XMLParser(resolve_entities=False, no_network=True))
    except (etree.XMLSyntaxError, ValueError) as error:
        message = f"the XML of {name} is not well-formed: {error}"
        raise ValueError(message) from None
    finally:
        request_xml.note_names(len(written))
    if root.tag != name:
        message = f"the XML of {name} is an element named {root.tag}; name the element {name}"
        raise ValueError(message)
    if root.getroottree().docinfo.internalDTD is not None:
        message = f"the XML of {name} declares a document type; write it without one"
        raise ValueError(message)
    if written.count("<") > request_xml.MAX_ELEMENTS and sum(1 for _ in root.iter()) > request_xml.MAX_ELEMENTS:
        message = f"the XML of {name} has more than {request_xml.MAX_ELEMENTS} elements; write fewer"
        raise ValueError(message)
    if request_xml.depth(root) > request_xml.MAX_DEPTH:
        message = f"the XML of {name} is nested deeper than {request_xml.MAX_DEPTH} elements; nest it less"
        raise ValueError(message)
    misfit = dead_properties.misfit(name, request_xml.text(root))
    if misfit is None and name == INVITE:
        misfit = _bad_invitations(root)
    if misfit is not None:
        raise ValueError(misfit)
    return etree.tostring(root, encoding="unicode", with_tail=False)


def property_value(name: str, stored: str) -> str | XmlProperty:
    """Give the value for which ``property_xml`` makes a stored element: text if its content is all that it has."""
    root = etree.fromstring(stored, etree.XMLParser(resolve_entities=False, no_network=True))
    request_xml.note_names(len(stored))
    text = root.text or ""
    plain = not len(root) and not root.attrib and unwritable(text) is None
    return text if plain and property_xml(name, text) == stored else XmlProperty(xml=stored)


def _bad_invitations(root: etree._Element) -> str | None:
    """Say why the server can't use the invitations of a resource; None if it can."""
    addresses = [(user.findtext(f"{DAV}href") or "").strip() for user in root.iterchildren(f"{CALENDARSERVER}user")]
    if "" in addresses:
        return f"a user in {INVITE} has no DAV:href with an address; add one"
    if len(set(addresses)) < len(addresses):
        return f"two users in {INVITE} have one address; remove one of them"
    return None


def _in_dav(element: str) -> str:
    """Declare the prefix ``D`` on an element in the namespace ``DAV:``, so that it is well-formed alone."""
    return re.sub(r"^<(D:[^\s/>]+)", r'<\1 xmlns:D="DAV:"', element)
