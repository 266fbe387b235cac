"""Which rule it was: why an action depends on others, and why one is refused, each with where it is written."""

from __future__ import annotations

from dav424.causes import Cause, Locked
from dav424.core.batch import Failed
from dav424.core.condition_codes import ConditionCode
from dav424.core.method_facts import Rule

_DEPENDENCY: Rule = ("An action fails if it depends on a failed action.", "RFC 4918 11.4")

_BY_CONDITION: dict[str, Rule] = {
    "{DAV:}lock-token-submitted": ("What is locked is changed by whoever sends the token of the lock.", "RFC 4918 7.5"),
    "{DAV:}no-conflicting-lock": ("An exclusive lock stands beside no other.", "RFC 4918 6.2"),
    "{DAV:}lock-token-matches-request-uri": ("The token's lock has to cover the Request-URI.", "RFC 4918 9.11.1"),
    "{DAV:}cannot-modify-protected-property": ("What the server computes can't be set.", "RFC 4918 15"),
    "{DAV:}need-privileges": ("Whoever does this needs the privilege for it.", "RFC 3744 7.1.1"),
    "{DAV:}sufficient-disk-space": ("There has to be room for what is stored.", "RFC 4331 6"),
    "{DAV:}quota-not-exceeded": ("A write stays within the quota.", "RFC 4331 6"),
    "{DAV:}resource-must-be-null": ("What is to be made must not be there.", "RFC 4791 5.3.1.1"),
    "{urn:ietf:params:xml:ns:caldav}calendar-collection-location-ok": (
        "A calendar can't lie in a calendar.",
        "RFC 4791 4.2",
    ),
    "{DAV:}propfind-finite-depth": ("The list of scenarios is read at depth 0 or 1.", "RFC 4918 9.1.1"),
    "{DAV:}no-external-entities": ("Bodies refer to nothing outside.", "RFC 4918 20.6"),
    "{DAV:}valid-resourcetype": ("The type of collection has to be known.", "RFC 5689 3.3"),
    "{DAV:}collection-must-be-ordered": ("A place among others needs an order.", "RFC 3648 6.1"),
    "{DAV:}segment-must-identify-member": ("An order is one of the members that there are.", "RFC 3648 6.1"),
    "{urn:ietf:params:xml:ns:caldav}valid-calendar-data": ("Calendars hold valid calendar data.", "RFC 4791 5.3.2.1"),
    "{urn:ietf:params:xml:ns:caldav}no-uid-conflict": ("A UID occurs once in a calendar.", "RFC 4791 5.3.2.1"),
    "{urn:ietf:params:xml:ns:carddav}valid-address-data": ("Address books hold valid cards.", "RFC 6352 6.3.2.1"),
    "{urn:ietf:params:xml:ns:carddav}no-uid-conflict": ("A UID occurs once in an address book.", "RFC 6352 6.3.2.1"),
    "{http://me.com/_namespace/}ctag-ok": ("The collection has to be as it was.", "calendarserver-bulk-change"),
    "{http://me.com/_namespace/}max-bytes": ("A bulk request is of a bounded size.", "calendarserver-bulk-change"),
    "{http://me.com/_namespace/}max-resources": (
        "A bulk request is of a bounded number of resources.",
        "calendarserver-bulk-change",
    ),
}
"""Why something is refused where no cause of the scenario did it, by condition."""
_BY_STATUS: dict[int, Rule] = {
    304: ("It was not modified.", "RFC 9110 15.4.5"),
    400: ("The request is malformed.", "RFC 9110 15.5.1"),
    401: ("Whoever asks has to log in.", "RFC 9110 15.5.2"),
    403: ("This can't be done here.", "RFC 9110 15.5.4"),
    404: ("Nothing is there.", "RFC 9110 15.5.5"),
    405: ("The method can't be used here.", "RFC 9110 15.5.6"),
    409: ("It doesn't fit what is there.", "RFC 9110 15.5.10"),
    412: ("A condition of the request doesn't hold.", "RFC 9110 15.5.13"),
    413: ("The body is larger than is accepted.", "RFC 9110 15.5.14"),
    414: ("The path is longer than is accepted.", "RFC 9110 15.5.15"),
    415: ("The body is of a type that the method has no use for.", "RFC 9110 15.5.16"),
    416: ("The range begins behind the end.", "RFC 9110 15.5.17"),
    422: ("The body is well-formed, and its contents make no sense.", "RFC 9110 15.5.21"),
    423: ("It is locked.", "RFC 4918 11.3"),
    431: ("The headers are larger than is accepted.", "RFC 6585 5"),
    500: ("A bug of this server.", "RFC 9110 15.6.1"),
    501: ("There is no such thing here.", "RFC 9110 15.6.2"),
    502: ("The destination is on another server, space or scenario.", "RFC 4918 9.8.5"),
    505: ("The version of HTTP is not known.", "RFC 9110 15.6.6"),
    507: ("There is no room.", "RFC 4918 11.5"),
    508: ("It would go round in a circle.", "RFC 5842 7.2"),
}


_TRANSACTION: Rule = (
    (
        "To Exchange the number means Method Failure: the method can't be part of a transaction. To RFC 4918 11.4 "
        "it means that the method depended on something that failed: the transaction, which can't be begun here."
    ),
    "Exchange, Transaction header",
)


def of_dependency(rule: Rule | None, phrase: str = "") -> Rule:
    """Give the rule by which an action of a request depends on another: that of its method, or the general one.

    ``phrase`` is the reason phrase of the response if it isn't the registered one: another meaning of the number.
    """
    return _TRANSACTION if phrase else rule or _DEPENDENCY


def of_refusal(failed: Failed, cause: Cause | None) -> Rule:
    """Give the rule by which something was refused, by a scenario's cause or by the protocol itself."""
    if cause is not None and not isinstance(cause, Locked):  # what a lock forbids depends on what was asked
        return (type(cause).__doc__ or "").partition("\n")[0].replace("``", ""), cause.section
    name = failed.condition.name if isinstance(failed.condition, ConditionCode) else ""
    return _BY_CONDITION.get(name) or _BY_STATUS.get(failed.status, ("It was refused.", f"HTTP {failed.status}"))
