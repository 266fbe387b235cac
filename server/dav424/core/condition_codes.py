"""Precondition and postcondition codes: the machine-readable reasons of refusals (RFC 4918 16)."""

from __future__ import annotations

from msgspec import Struct

from dav424.core.namespaces import CALDAV, CARDDAV, DAV, ME


class ConditionCode(Struct, frozen=True):
    """One code. ``name`` is in Clark notation, such as ``{DAV:}lock-token-submitted``.

    ``hrefs`` are the resources that the code names: paths in the world, percent-encoded. ``privilege`` is a name in
    Clark notation, for ``DAV:need-privileges`` alone.
    """

    name: str
    hrefs: tuple[str, ...] = ()
    privilege: str = ""


CANNOT_MODIFY_PROTECTED_PROPERTY = ConditionCode(f"{DAV}cannot-modify-protected-property")
COLLECTION_MUST_BE_ORDERED = ConditionCode(f"{DAV}collection-must-be-ordered")  # RFC 3648 6.1
LOCK_TOKEN_MATCHES_REQUEST_URI = ConditionCode(f"{DAV}lock-token-matches-request-uri")
NO_EXTERNAL_ENTITIES = ConditionCode(f"{DAV}no-external-entities")
PRESERVED_LIVE_PROPERTIES = ConditionCode(f"{DAV}preserved-live-properties")
PROPFIND_FINITE_DEPTH = ConditionCode(f"{DAV}propfind-finite-depth")
QUOTA_NOT_EXCEEDED = ConditionCode(f"{DAV}quota-not-exceeded")  # RFC 4331 6
RESOURCE_MUST_BE_NULL = ConditionCode(f"{DAV}resource-must-be-null")  # RFC 4791 5.3.1.1
SEGMENT_MUST_IDENTIFY_MEMBER = ConditionCode(f"{DAV}segment-must-identify-member")  # RFC 3648 6.1
SUFFICIENT_DISK_SPACE = ConditionCode(f"{DAV}sufficient-disk-space")  # RFC 4331 6
SUPPORTED_REPORT = ConditionCode(f"{DAV}supported-report")  # RFC 3253 3.6
VALID_SYNC_TOKEN = ConditionCode(f"{DAV}valid-sync-token")  # RFC 6578 3.2
NUMBER_OF_MATCHES_WITHIN_LIMITS = ConditionCode(f"{DAV}number-of-matches-within-limits")  # RFC 3744 9.5, RFC 6578 3.6
VALID_RESOURCETYPE = ConditionCode(f"{DAV}valid-resourcetype")  # RFC 5689 3.3
VALID_CALENDAR_DATA = ConditionCode(f"{CALDAV}valid-calendar-data")  # RFC 4791 5.3.2.1
VALID_ADDRESS_DATA = ConditionCode(f"{CARDDAV}valid-address-data")  # RFC 6352 6.3.2.1
SUPPORTED_CALENDAR_DATA = ConditionCode(f"{CALDAV}supported-calendar-data")
SUPPORTED_ADDRESS_DATA = ConditionCode(f"{CARDDAV}supported-address-data")
SUPPORTED_CALENDAR_COMPONENT = ConditionCode(f"{CALDAV}supported-calendar-component")
VALID_CALENDAR_OBJECT_RESOURCE = ConditionCode(f"{CALDAV}valid-calendar-object-resource")
MAX_RESOURCE_SIZE = ConditionCode(f"{CALDAV}max-resource-size")
MAX_RESOURCE_SIZE_OF_CARDS = ConditionCode(f"{CARDDAV}max-resource-size")
MIN_DATE_TIME = ConditionCode(f"{CALDAV}min-date-time")
MAX_DATE_TIME = ConditionCode(f"{CALDAV}max-date-time")
MAX_INSTANCES = ConditionCode(f"{CALDAV}max-instances")
MAX_ATTENDEES_PER_INSTANCE = ConditionCode(f"{CALDAV}max-attendees-per-instance")
VALID_FILTER = ConditionCode(f"{CALDAV}valid-filter")  # RFC 4791 7.8
SUPPORTED_FILTER = ConditionCode(f"{CALDAV}supported-filter")
SUPPORTED_COLLATION = ConditionCode(f"{CALDAV}supported-collation")
SUPPORTED_FILTER_OF_CARDS = ConditionCode(f"{CARDDAV}supported-filter")  # RFC 6352 8.6
SUPPORTED_COLLATION_OF_CARDS = ConditionCode(f"{CARDDAV}supported-collation")
NO_UID_CONFLICT = f"{CALDAV}no-uid-conflict"
NO_UID_CONFLICT_OF_CARDS = f"{CARDDAV}no-uid-conflict"
CTAG_OK = ConditionCode(f"{ME}ctag-ok")
MAX_BYTES = ConditionCode(f"{ME}max-bytes")
MAX_RESOURCES = ConditionCode(f"{ME}max-resources")
CALENDAR_COLLECTION_LOCATION_OK = ConditionCode(f"{CALDAV}calendar-collection-location-ok")
ADDRESS_BOOK_COLLECTION_LOCATION_OK = ConditionCode(f"{CARDDAV}addressbook-collection-location-ok")


def lock_token_submitted(*hrefs: str) -> ConditionCode:
    """Make the code with the locked resources, at least one, whose tokens the client did not submit."""
    return ConditionCode(f"{DAV}lock-token-submitted", hrefs)


def no_conflicting_lock(*hrefs: str) -> ConditionCode:
    """Make the code with the roots of the conflicting locks."""
    return ConditionCode(f"{DAV}no-conflicting-lock", hrefs)


def need_privileges(href: str, privilege: str) -> ConditionCode:
    """Make the code with the privilege that the user lacks on a resource (RFC 3744 7.1.1)."""
    return ConditionCode(f"{DAV}need-privileges", (href,), privilege)
