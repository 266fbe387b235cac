"""A calendar or an address book that refuses an object with a precondition of the scenario's choice (RFC 4791 5.3.2.1)."""

from __future__ import annotations

from typing import Annotated, Literal

from msgspec import Meta

from dav424.causes.cause import Cause, SubtreePath, TreePath
from dav424.core import condition_codes
from dav424.core.batch import Refused
from dav424.core.condition_codes import ConditionCode
from dav424.core.paths import Path, href, split
from dav424.objects.calendar_data import CALENDAR, Kind

Precondition = Literal[
    "valid-data",
    "supported-data",
    "valid-calendar-object-resource",
    "supported-calendar-component",
    "no-uid-conflict",
    "max-resource-size",
    "min-date-time",
    "max-date-time",
    "max-instances",
    "max-attendees-per-instance",
]
_OF_BOTH = ("valid-data", "supported-data", "no-uid-conflict", "max-resource-size")
_CONDITIONS = {
    "valid-calendar-object-resource": condition_codes.VALID_CALENDAR_OBJECT_RESOURCE,
    "supported-calendar-component": condition_codes.SUPPORTED_CALENDAR_COMPONENT,
    "min-date-time": condition_codes.MIN_DATE_TIME,
    "max-date-time": condition_codes.MAX_DATE_TIME,
    "max-instances": condition_codes.MAX_INSTANCES,
    "max-attendees-per-instance": condition_codes.MAX_ATTENDEES_PER_INSTANCE,
}


class ObjectRefused(Cause, frozen=True, kw_only=True, tag="object-refused"):
    """The cause refuses with 403 an object that its calendar or address book would take, with a precondition.

    A PUT, COPY, MOVE or import of an object gets the precondition, as from a server with rules of its own. Those about
    calendars alone leave cards as they are. ``valid-data`` and ``supported-data`` are ``C:valid-calendar-data`` and
    ``C:supported-calendar-data`` of a calendar, and ``CARD:valid-address-data`` and ``CARD:supported-address-data`` of an
    address book.
    """

    section = "RFC 4791 5.3.2.1"

    path: SubtreePath = "/"
    precondition: Annotated[Precondition, Meta(description="The precondition that is not met.")]
    other: (
        Annotated[TreePath, Meta(description="The resource that has the UID already: no-uid-conflict names it.")] | None
    ) = None

    def refused(self, path: Path, kind: Kind) -> Refused | None:
        """Give the refusal of an object at a path; None if the precondition is not about its kind."""
        condition = self._condition(kind)
        if condition is None:
            return None
        detail = f"The scenario refuses the object at {href(path)}, as if it did not meet {condition.name.partition('}')[2]}."
        return Refused(403, detail, condition)

    def _condition(self, kind: Kind) -> ConditionCode | None:
        if kind is not CALENDAR and self.precondition not in _OF_BOTH:
            return None
        match self.precondition:
            case "valid-data":
                return kind.valid
            case "supported-data":
                return kind.supported
            case "max-resource-size":
                return kind.max_size
            case "no-uid-conflict":
                hrefs = (href(split(self.other)[0]),) if self.other is not None else ()
                return ConditionCode(kind.no_conflict, hrefs)
        return _CONDITIONS[self.precondition]
