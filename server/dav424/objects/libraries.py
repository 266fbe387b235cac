"""The extra ``calendars``: whether its libraries are installed, and what the server says without them."""

from __future__ import annotations

from functools import cache
from importlib.util import find_spec

from dav424.core.batch import Refused

NEEDED = ("icalendar", "recurring_ical_events", "vobject")


@cache
def installed() -> bool:
    """Say whether the server can read calendar objects and address objects; this imports nothing."""
    return all(find_spec(name) is not None for name in NEEDED)


def demand(what: str) -> None:
    """Refuse with 501 what needs the libraries, if they are not installed."""
    if not installed():
        raise Refused(
            501,
            f"{what} needs the libraries that read iCalendar and vCard, and they are not installed. "
            "Install them with: pip install 'dav424[calendars]'",
        )
