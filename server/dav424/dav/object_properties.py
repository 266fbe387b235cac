"""The properties in which calendars and address books state what objects they take (RFC 4791 5.2, RFC 6352 6.2)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from dav424.dav.supported_reports import ADDRESS_BOOK, CALENDAR
from dav424.store.tree import Collection

if TYPE_CHECKING:
    from dav424.dav.live_resource import LiveResource

MOST_BYTES = 1 << 20
"""The most bytes that the server reads as one object."""
MOST_INSTANCES = 100_000
"""The most instances that an object has up to the last time of the server."""
VERSIONS_OF_CARDS = ("3.0", "4.0")
COMPONENTS = ("VEVENT", "VTODO", "VJOURNAL", "VFREEBUSY")
"""The components that a calendar takes, and states, if it names none."""
COLLATION_NAMES = ("i;ascii-casemap", "i;octet", "i;unicode-casemap")


def _has_type(resource: LiveResource, name: str) -> bool:
    return isinstance(resource.node, Collection) and name in resource.node.types


def components(resource: LiveResource) -> str | None:
    """List the components that a calendar takes if it does not say which."""
    if not _has_type(resource, CALENDAR):
        return None
    return "".join(f'<C:comp xmlns:C="urn:ietf:params:xml:ns:caldav" name="{name}"/>' for name in COMPONENTS)


def calendar_data(resource: LiveResource) -> str | None:
    """List the media types of a calendar."""
    if not _has_type(resource, CALENDAR):
        return None
    return '<C:calendar-data xmlns:C="urn:ietf:params:xml:ns:caldav" content-type="text/calendar" version="2.0"/>'


def address_data(resource: LiveResource) -> str | None:
    """List the media types of an address book."""
    if not _has_type(resource, ADDRESS_BOOK):
        return None
    return "".join(
        f'<A:address-data-type xmlns:A="urn:ietf:params:xml:ns:carddav" content-type="text/vcard" version="{version}"/>'
        for version in VERSIONS_OF_CARDS
    )


def most_bytes_of_calendars(resource: LiveResource) -> str | None:
    """Give the most bytes of a calendar object."""
    return str(MOST_BYTES) if _has_type(resource, CALENDAR) else None


def most_bytes_of_cards(resource: LiveResource) -> str | None:
    """Give the most bytes of an address object."""
    return str(MOST_BYTES) if _has_type(resource, ADDRESS_BOOK) else None


def most_instances(resource: LiveResource) -> str | None:
    """Give the most instances of a calendar object."""
    return str(MOST_INSTANCES) if _has_type(resource, CALENDAR) else None


def calendar_collations(resource: LiveResource) -> str | None:
    """List the collations of calendar-query."""
    return _collations("urn:ietf:params:xml:ns:caldav") if _has_type(resource, CALENDAR) else None


def card_collations(resource: LiveResource) -> str | None:
    """List the collations of addressbook-query."""
    return _collations("urn:ietf:params:xml:ns:carddav") if _has_type(resource, ADDRESS_BOOK) else None


def _collations(namespace: str) -> str:
    return "".join(
        f'<X:supported-collation xmlns:X="{namespace}">{name}</X:supported-collation>' for name in COLLATION_NAMES
    )
