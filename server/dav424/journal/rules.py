"""The rules by which an action depends on others or is refused, with the sections that define them."""

from __future__ import annotations

from dav424.causes.cause import Cause
from dav424.causes.lock import Locked
from dav424.core.batch import Failed
from dav424.core.condition_codes import ConditionCode
from dav424.core.method_facts import Rule

_DEPENDENCY: Rule = ("An action fails if it depends on a failed action.", "RFC 4918 11.4")

_BY_CONDITION: dict[str, Rule] = {
    "{DAV:}lock-token-submitted": (
        "Only a client that sends the lock token can change a locked resource.",
        "RFC 4918 7.5",
    ),
    "{DAV:}no-conflicting-lock": ("An exclusive lock excludes all other locks.", "RFC 4918 6.2"),
    "{DAV:}lock-token-matches-request-uri": ("The lock of the token must cover the Request-URI.", "RFC 4918 9.11.1"),
    "{DAV:}cannot-modify-protected-property": ("Clients can't set a protected property.", "RFC 4918 15"),
    "{DAV:}need-privileges": ("The user needs the privilege for the method.", "RFC 3744 7.1.1"),
    "{DAV:}sufficient-disk-space": ("The server must have enough space to store a write.", "RFC 4331 6"),
    "{DAV:}quota-not-exceeded": ("A write must not exceed the quota.", "RFC 4331 6"),
    "{DAV:}resource-must-be-null": ("The resource to create must not exist.", "RFC 4791 5.3.1.1"),
    "{urn:ietf:params:xml:ns:caldav}calendar-collection-location-ok": (
        "A calendar can't contain another calendar.",
        "RFC 4791 4.2",
    ),
    "{DAV:}propfind-finite-depth": ("The list of scenarios supports only depth 0 and 1.", "RFC 4918 9.1.1"),
    "{DAV:}no-external-entities": ("An XML body must not refer to external entities.", "RFC 4918 20.6"),
    "{DAV:}valid-resourcetype": ("The server must know the resource type of the collection.", "RFC 5689 3.3"),
    "{DAV:}collection-must-be-ordered": ("Only an ordered collection has positions.", "RFC 3648 6.1"),
    "{DAV:}segment-must-identify-member": ("A position must name a member of the collection.", "RFC 3648 6.1"),
    "{urn:ietf:params:xml:ns:caldav}valid-calendar-data": (
        "A calendar contains only valid calendar data.",
        "RFC 4791 5.3.2.1",
    ),
    "{urn:ietf:params:xml:ns:caldav}no-uid-conflict": ("A UID must be unique in a calendar.", "RFC 4791 5.3.2.1"),
    "{urn:ietf:params:xml:ns:caldav}supported-calendar-data": (
        "A calendar contains only documents of the type text/calendar.",
        "RFC 4791 5.3.2.1",
    ),
    "{urn:ietf:params:xml:ns:caldav}valid-calendar-object-resource": (
        "A calendar object has one UID, and components of one type beside its time zones.",
        "RFC 4791 5.3.2.1",
    ),
    "{urn:ietf:params:xml:ns:caldav}supported-calendar-component": (
        "A calendar contains only the components that it supports.",
        "RFC 4791 5.3.2.1",
    ),
    "{urn:ietf:params:xml:ns:caldav}max-resource-size": (
        "A calendar object must not exceed the maximum size.",
        "RFC 4791 5.3.2.1",
    ),
    "{urn:ietf:params:xml:ns:caldav}min-date-time": (
        "A calendar object must not begin before the earliest time of the calendar.",
        "RFC 4791 5.3.2.1",
    ),
    "{urn:ietf:params:xml:ns:caldav}max-date-time": (
        "A calendar object must not end after the latest time of the calendar.",
        "RFC 4791 5.3.2.1",
    ),
    "{urn:ietf:params:xml:ns:caldav}max-instances": (
        "A recurring calendar object must not exceed the maximum number of instances.",
        "RFC 4791 5.3.2.1",
    ),
    "{urn:ietf:params:xml:ns:caldav}max-attendees-per-instance": (
        "An event must not exceed the maximum number of attendees.",
        "RFC 4791 5.3.2.1",
    ),
    "{urn:ietf:params:xml:ns:carddav}valid-address-data": (
        "An address book contains only valid vCards.",
        "RFC 6352 6.3.2.1",
    ),
    "{urn:ietf:params:xml:ns:carddav}no-uid-conflict": ("A UID must be unique in an address book.", "RFC 6352 6.3.2.1"),
    "{urn:ietf:params:xml:ns:carddav}addressbook-collection-location-ok": (
        "An address book can't contain another address book.",
        "RFC 6352 5.2",
    ),
    "{urn:ietf:params:xml:ns:carddav}supported-address-data": (
        "An address book contains only documents of the type text/vcard.",
        "RFC 6352 6.3.2.1",
    ),
    "{urn:ietf:params:xml:ns:carddav}max-resource-size": (
        "A vCard must not exceed the maximum size.",
        "RFC 6352 6.3.2.1",
    ),
    "{DAV:}supported-report": ("A resource answers only the reports that it supports.", "RFC 3253 3.6"),
    "{DAV:}valid-sync-token": ("A sync token must be of a state that the server remembers.", "RFC 6578 3.2"),
    "{DAV:}number-of-matches-within-limits": (
        "A report must not exceed the maximum number of members.",
        "RFC 6578 3.6",
    ),
    "{urn:ietf:params:xml:ns:caldav}valid-filter": ("The filter of a query must be valid.", "RFC 4791 7.8"),
    "{urn:ietf:params:xml:ns:caldav}supported-filter": (
        "The server must support all properties and parameters of the filter.",
        "RFC 4791 7.8",
    ),
    "{urn:ietf:params:xml:ns:caldav}supported-collation": (
        "The server must support the collation of a text match.",
        "RFC 4791 7.8",
    ),
    "{urn:ietf:params:xml:ns:carddav}supported-filter": (
        "The server must support all properties and parameters of the filter.",
        "RFC 6352 8.6",
    ),
    "{urn:ietf:params:xml:ns:carddav}supported-collation": (
        "The server must support the collation of a text match.",
        "RFC 6352 8.6",
    ),
    "{http://me.com/_namespace/}ctag-ok": (
        "The collection must be unchanged since the client read its CTag.",
        "calendarserver-bulk-change",
    ),
    "{http://me.com/_namespace/}max-bytes": (
        "A bulk request must not exceed the maximum size.",
        "calendarserver-bulk-change",
    ),
    "{http://me.com/_namespace/}max-resources": (
        "A bulk request must not exceed the maximum number of resources.",
        "calendarserver-bulk-change",
    ),
}
"""Why the protocol itself refuses an action, by condition code."""
_SECTIONS: dict[int, str] = {
    301: "RFC 9110 15.4.2",
    302: "RFC 9110 15.4.3",
    303: "RFC 9110 15.4.4",
    304: "RFC 9110 15.4.5",
    307: "RFC 9110 15.4.8",
    308: "RFC 9110 15.4.9",
    400: "RFC 9110 15.5.1",
    401: "RFC 9110 15.5.2",
    403: "RFC 9110 15.5.4",
    404: "RFC 9110 15.5.5",
    405: "RFC 9110 15.5.6",
    406: "RFC 9110 15.5.7",
    409: "RFC 9110 15.5.10",
    412: "RFC 9110 15.5.13",
    413: "RFC 9110 15.5.14",
    414: "RFC 9110 15.5.15",
    415: "RFC 9110 15.5.16",
    416: "RFC 9110 15.5.17",
    422: "RFC 9110 15.5.21",
    423: "RFC 4918 11.3",
    431: "RFC 6585 5",
    500: "RFC 9110 15.6.1",
    501: "RFC 9110 15.6.2",
    502: "RFC 4918 9.8.5",
    503: "RFC 9110 15.6.4",
    505: "RFC 9110 15.6.6",
    507: "RFC 4918 11.5",
    508: "RFC 5842 7.2",
}
"""Where the status of a refusal without a condition code is defined. The detail of the refusal is the sentence."""


_TRANSACTION: Rule = (
    (
        "Exchange defines this status as Method Failure: the method can't be part of a transaction. RFC 4918 11.4 "
        "defines it as a failed dependency: the method depends on the transaction, which the server can't begin."
    ),
    "Exchange, Transaction header",
)


def of_dependency(rule: Rule | None, phrase: str = "") -> Rule:
    """Give the rule by which an action of a request depends on another: that of its method, or the general one.

    ``phrase`` is the reason phrase of the response if it isn't the registered one: another meaning of the number.
    """
    return _TRANSACTION if phrase else rule or _DEPENDENCY


def of_refusal(failed: Failed, cause: Cause | None) -> Rule:
    """Give the rule by which a cause of the scenario, or the protocol itself, refuses an action.

    The sentence is empty if the detail of the refusal already says it.
    """
    if cause is not None and not isinstance(cause, Locked):  # the rule of a lock depends on the method
        return (type(cause).__doc__ or "").partition("\n")[0].replace("``", ""), cause.section
    name = failed.condition.name if isinstance(failed.condition, ConditionCode) else ""
    return _BY_CONDITION.get(name) or ("", _SECTIONS.get(failed.status, f"HTTP {failed.status}"))
