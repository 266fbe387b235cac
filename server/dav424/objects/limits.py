"""What a collection demands of its objects (RFC 4791 5.2, RFC 6352 6.2): its limits, and the refusal of what exceeds them.

A collection states its limits in properties, and a cause can lower them. A limit that neither states has no bound but the
server's own.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from datetime import UTC, datetime

from msgspec import Struct

from dav424.core import condition_codes
from dav424.core.batch import Refused
from dav424.core.namespaces import CALDAV
from dav424.dav.object_properties import MOST_BYTES, MOST_INSTANCES
from dav424.objects.calendar_data import Kind
from dav424.objects.calendar_object import CalendarObject


class CollectionLimits(Struct, frozen=True):
    """The limits of a collection; times are in seconds since the epoch."""

    bytes: int = MOST_BYTES
    components: tuple[str, ...] = ()
    earliest: float = -math.inf
    latest: float = math.inf
    instances: int = MOST_INSTANCES
    attendees: int | None = None

    def check_size(self, size: int, kind: Kind) -> None:
        """Refuse with 403 ``max-resource-size`` an object that is too large."""
        if size > self.bytes:
            raise Refused(403, f"The object has {size} bytes; at most {self.bytes} are accepted.", kind.max_size)

    def check(self, read: CalendarObject) -> None:
        """Refuse with 403 a calendar object that exceeds a limit, with the precondition of that limit."""
        if self.components and read.kind not in self.components:
            known = ", ".join(self.components)
            raise Refused(
                403,
                f"The calendar takes no {read.kind[:40]}. It takes: {known}.",
                condition_codes.SUPPORTED_CALENDAR_COMPONENT,
            )
        self._check_times(read)
        if read.instances > self.instances:
            raise Refused(
                403,
                f"The object has up to {read.instances:.0f} instances; at most {self.instances} are accepted.",
                condition_codes.MAX_INSTANCES,
            )
        attendees = max(len(part.component.named("ATTENDEE")) for part in read.parts)
        if self.attendees is not None and attendees > self.attendees:
            raise Refused(
                403,
                f"An instance has {attendees} attendees; at most {self.attendees} are accepted.",
                condition_codes.MAX_ATTENDEES_PER_INSTANCE,
            )

    def _check_times(self, read: CalendarObject) -> None:
        if math.isfinite(read.earliest) and read.earliest < self.earliest:
            raise Refused(
                403,
                f"The object begins at {_written(read.earliest)}, and the calendar at {_written(self.earliest)}.",
                condition_codes.MIN_DATE_TIME,
            )
        # A rule without an end is no time beyond the limit (RFC 4791 5.2.7).
        if math.isfinite(read.latest) and read.latest > self.latest:
            raise Refused(
                403,
                f"The object ends at {_written(read.latest)}, and the calendar at {_written(self.latest)}.",
                condition_codes.MAX_DATE_TIME,
            )


def _written(seconds: float) -> str:
    try:
        return datetime.fromtimestamp(seconds, UTC).strftime("%Y%m%dT%H%M%SZ")
    except (ValueError, OverflowError, OSError):  # a time that has no calendar date
        return f"second {seconds:.0f}"


def read_time(text: str) -> float:
    """Read a date with time in UTC, such as 20260131T120000Z; raises ``ValueError`` for another text."""
    return datetime.strptime(text.strip(), "%Y%m%dT%H%M%SZ").replace(tzinfo=UTC).timestamp()


def stated(texts: Mapping[str, str], components: tuple[str, ...]) -> CollectionLimits:
    """Make the limits that properties state: ``texts`` by the names of the properties; a text that is no limit states none."""
    return CollectionLimits(
        min(MOST_BYTES, _number(texts, "max-resource-size", MOST_BYTES)),
        components,
        _time(texts, "min-date-time", -math.inf),
        _time(texts, "max-date-time", math.inf),
        _number(texts, "max-instances", MOST_INSTANCES),
        _number(texts, "max-attendees-per-instance", 0) or None,
    )


def _number(texts: Mapping[str, str], name: str, default: int) -> int:
    text = texts.get(f"{CALDAV}{name}", "").strip()
    return int(text) if text.isascii() and text.isdigit() and len(text) < 19 else default


def _time(texts: Mapping[str, str], name: str, default: float) -> float:
    text = texts.get(f"{CALDAV}{name}")
    try:
        return read_time(text) if text is not None else default
    except ValueError:
        return default
