"""CollectionLimits of calendars and address books on each object (RFC 4791 5.2, RFC 6352 6.2)."""

from __future__ import annotations

import math
from typing import Annotated

from msgspec import Meta

from dav424.causes.cause import Cause, SubtreePath
from dav424.causes.counted import Count
from dav424.dav.object_properties import MOST_BYTES, MOST_INSTANCES
from dav424.objects.limits import CollectionLimits, read_time

Time = Annotated[
    str, Meta(pattern=r"^[0-9]{8}T[0-9]{6}Z$(?!\n)", description="A time in UTC, such as 20260131T120000Z.")
]
ComponentName = Annotated[str, Meta(pattern=r"^[A-Z][A-Z0-9-]*$(?!\n)", description="A component, such as VEVENT.")]


class ObjectLimits(Cause, frozen=True, kw_only=True, tag="object-limits"):
    """The cause refuses with 403 an object that exceeds a limit of its calendar or address book.

    A PUT, COPY, MOVE or import of an object gets the precondition of the limit, such as ``C:max-resource-size``. The limits
    other than ``bytes`` are about calendars.
    """

    section = "RFC 4791 5.3.2.1"

    path: SubtreePath = "/"
    bytes: Annotated[Count, Meta(description="The most bytes of an object: max-resource-size.")] | None = None
    components: (
        Annotated[
            tuple[ComponentName, ...],
            Meta(min_length=1, description="The components that a calendar takes: supported-calendar-component."),
        ]
        | None
    ) = None
    earliest: Annotated[Time, Meta(description="The first time of an object: min-date-time.")] | None = None
    latest: Annotated[Time, Meta(description="The last time of an object: max-date-time.")] | None = None
    instances: Annotated[Count, Meta(description="The most instances of a recurrence: max-instances.")] | None = None
    attendees: (
        Annotated[Count, Meta(description="The most attendees of an event: max-attendees-per-instance.")] | None
    ) = None

    @property
    def limits(self) -> CollectionLimits:
        """The limits on an object."""
        return CollectionLimits(
            self.bytes or MOST_BYTES,
            self.components or (),
            read_time(self.earliest) if self.earliest is not None else -math.inf,
            read_time(self.latest) if self.latest is not None else math.inf,
            self.instances or MOST_INSTANCES,
            self.attendees,
        )
