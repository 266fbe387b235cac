"""What to do about a failure: whose turn it is, what to change, and whether the same bytes can succeed later."""

from __future__ import annotations

from typing import Literal

from msgspec import Struct

from dav424.causes.protected_property import PROTECTED_BY_RFC4918
from dav424.core.namespaces import CALDAV, CARDDAV, DAV
from dav424.diagnosis.pasted import PROPSTAT, SaidStatus

Turn = Literal["user", "developer", "administrator", "unknown"]
Retry = Literal["same bytes", "same bytes later", "changed bytes", "unknown"]


class Advice(Struct, frozen=True):
    """What to do about one failure.

    ``turn`` says who can do it. ``retry`` says which bytes can succeed afterwards: the same ones once the cause is gone,
    the same ones after a while, or changed ones. ``section`` is where the status or the condition is defined.
    """

    turn: Turn
    retry: Retry
    cure: str
    section: str


_PROTECTED = f"{DAV}cannot-modify-protected-property"
PROTECTED_PROPERTIES = frozenset(cause.property for cause in PROTECTED_BY_RFC4918)
_UNLOCK = "Send the lock token in the If header, have the lock removed with UNLOCK, or wait until the lock expires."
_MAKE_ROOM = "Delete something, or raise the quota or the size of the disk."

_BY_CONDITION: dict[str, Advice] = {
    _PROTECTED: Advice("developer", "changed bytes", "Leave the protected property out of the request.", "RFC 4918 16"),
    f"{DAV}lock-token-submitted": Advice("user", "same bytes", _UNLOCK, "RFC 4918 16"),
    f"{DAV}no-conflicting-lock": Advice(
        "user", "same bytes", "Have the other lock removed, or wait until it expires.", "RFC 4918 16"
    ),
    f"{DAV}need-privileges": Advice(
        "administrator", "same bytes", "Grant the user the privilege, or log in as another user.", "RFC 3744 7.1.1"
    ),
    f"{DAV}quota-not-exceeded": Advice("user", "same bytes", _MAKE_ROOM, "RFC 4331 6"),
    f"{DAV}sufficient-disk-space": Advice("administrator", "same bytes", _MAKE_ROOM, "RFC 4331 6"),
    f"{DAV}propfind-finite-depth": Advice(
        "developer", "changed bytes", "Send Depth: 0 or Depth: 1, and walk the collections.", "RFC 4918 9.1.1"
    ),
    f"{DAV}valid-resourcetype": Advice(
        "developer", "changed bytes", "Request a resource type that the server supports.", "RFC 5689 3.3"
    ),
    f"{DAV}valid-sync-token": Advice(
        "developer", "changed bytes", "Synchronize again without a token.", "RFC 6578 3.2"
    ),
    f"{DAV}number-of-matches-within-limits": Advice(
        "developer",
        "changed bytes",
        "Go on with the new DAV:sync-token, or ask for fewer members: not all of them fitted.",
        "RFC 6578 3.6",
    ),
    f"{DAV}supported-report": Advice(
        "developer", "changed bytes", "Send a report that DAV:supported-report-set lists.", "RFC 3253 3.6"
    ),
    f"{CALDAV}no-uid-conflict": Advice(
        "developer",
        "changed bytes",
        "Update the resource that has this UID, or choose another UID.",
        "RFC 4791 5.3.2.1",
    ),
    f"{CARDDAV}no-uid-conflict": Advice(
        "developer",
        "changed bytes",
        "Update the resource that has this UID, or choose another UID.",
        "RFC 6352 6.3.2.1",
    ),
    f"{CALDAV}valid-calendar-data": Advice(
        "developer", "changed bytes", "Send valid iCalendar data.", "RFC 4791 5.3.2.1"
    ),
    f"{CARDDAV}valid-address-data": Advice("developer", "changed bytes", "Send a valid vCard.", "RFC 6352 6.3.2.1"),
}

_BY_STATUS: dict[int, Advice] = {
    400: Advice("developer", "changed bytes", "Correct the request: the server can't read it.", "RFC 9110 15.5.1"),
    401: Advice("user", "same bytes", "Log in, and send the request again.", "RFC 9110 15.5.2"),
    403: Advice(
        "administrator",
        "same bytes",
        "Find the rule that refuses it: a permission that can be granted, or something that the server never allows.",
        "RFC 9110 15.5.4",
    ),
    404: Advice("developer", "same bytes", "Create the missing resource, or correct the URL.", "RFC 9110 15.5.5"),
    405: Advice(
        "developer",
        "changed bytes",
        "Use a method that the resource has; a MKCOL gets this if something is there already.",
        "RFC 9110 15.5.6",
    ),
    409: Advice(
        "developer", "same bytes", "Create the parent collection first, or resolve the conflict.", "RFC 9110 15.5.10"
    ),
    410: Advice("developer", "changed bytes", "Correct the URL: the resource is gone for good.", "RFC 9110 15.5.11"),
    412: Advice(
        "developer",
        "changed bytes",
        "Read the resource again, and send its new entity-tag or lock token.",
        "RFC 9110 15.5.13",
    ),
    413: Advice("developer", "changed bytes", "Send less at a time, or have the limit raised.", "RFC 9110 15.5.14"),
    415: Advice("developer", "changed bytes", "Send a media type that the server accepts.", "RFC 9110 15.5.16"),
    422: Advice(
        "developer", "changed bytes", "Correct the value: the server can read it, but not use it.", "RFC 9110 15.5.21"
    ),
    423: Advice("user", "same bytes", _UNLOCK, "RFC 4918 11.3"),
    429: Advice("developer", "same bytes later", "Send fewer requests, and wait as Retry-After says.", "RFC 6585 4"),
    500: Advice("administrator", "same bytes", "Look in the log of the server for the error.", "RFC 9110 15.6.1"),
    501: Advice("developer", "changed bytes", "Do without it: the server does not support it.", "RFC 9110 15.6.2"),
    502: Advice("administrator", "same bytes later", "Look at the server behind the gateway.", "RFC 9110 15.6.3"),
    503: Advice(
        "administrator", "same bytes later", "Wait, and see whether the server is overloaded.", "RFC 9110 15.6.4"
    ),
    504: Advice(
        "administrator", "same bytes later", "Look at the server behind the gateway: it is too slow.", "RFC 9110 15.6.5"
    ),
    507: Advice("administrator", "same bytes", _MAKE_ROOM, "RFC 4918 11.5"),
    508: Advice("administrator", "changed bytes", "Remove the loop of bindings or references.", "RFC 5842 7.2"),
}

_CONFLICT_OF_A_PROPERTY = Advice(
    "developer",
    "changed bytes",
    "Send a value that the server accepts. Some servers say 409 of a protected property: leave that one out.",
    "RFC 4918 9.2.1",
)
_REDIRECT = Advice("developer", "changed bytes", "Send the request to the URL in the Location.", "RFC 9110 15.4")
_CLIENT = Advice("developer", "changed bytes", "Correct the request.", "RFC 9110 15.5")
_SERVER = Advice("administrator", "same bytes", "Look in the log of the server for the error.", "RFC 9110 15.6")
HIDDEN = Advice(
    "administrator",
    "unknown",
    "Find the failure that the answer does not name: in the log of the server, or by sending its parts one by one.",
    "RFC 4918 11.4",
)
"""What to do about a 424 whose cause the answer hides."""


def condition_of(said: SaidStatus) -> str:
    """Give the condition code of a failure; where a server leaves it out of a refused RFC 4918 property, the one it means."""
    refused = said.status in {403, 409} and said.where == PROPSTAT
    return (
        _PROTECTED if not said.condition and refused and said.thing.property in PROTECTED_PROPERTIES else said.condition
    )


def advice(said: SaidStatus) -> Advice:
    """Give the advice for a failure: by its condition code, else by its status."""
    known = _BY_CONDITION.get(condition_of(said))
    if known is not None:
        return known
    if said.status is None:
        return HIDDEN
    if said.status == 409 and said.where == PROPSTAT:
        return _CONFLICT_OF_A_PROPERTY
    if said.status < 400:
        return _REDIRECT
    return _BY_STATUS.get(said.status, _CLIENT if said.status < 500 else _SERVER)
