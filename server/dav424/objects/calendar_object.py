"""A calendar object resource as it was read (RFC 4791 4.1): what filters and preconditions look at."""

from __future__ import annotations

import math

from msgspec import Struct

from dav424.objects.components import Component
from dav424.objects.moments import Moment, Times


class Alarm(Struct, frozen=True, gc=False):
    """The times of a VALARM: a time, or seconds from the start or the end of its component, and its repetitions."""

    at: Moment | None = None
    seconds: float = 0.0
    from_end: bool = False
    repeat: int = 0
    every: float = 0.0


class Part(Struct, frozen=True, gc=False):
    """A component of the object other than a time zone.

    ``replaces`` is its RECURRENCE-ID: it stands for that instance, and with ``this_and_future`` for later ones too.
    """

    component: Component
    times: Times
    alarms: tuple[Alarm, ...] = ()
    replaces: Moment | None = None
    this_and_future: bool = False
    is_free: bool = False
    is_tentative: bool = False


class CalendarObject(Struct, frozen=True, gc=False):
    """A calendar object: its type such as VEVENT, its UID, and its parts, the main one first.

    No instance starts before ``earliest`` or ends after ``latest``, give or take a day. ``instances`` is the most that it
    has in all; infinity for a rule without an end. ``size`` is the number of its lines, values and parameters, and
    ``steps_of_instance`` and ``steps_to_write`` are those that it takes to make one instance, and to write it.
    """

    kind: str
    uid: str
    root: Component
    parts: tuple[Part, ...]
    recurs: bool = False
    earliest: float = -math.inf
    latest: float = math.inf
    instances: float = 1
    size: int = 0
    steps_of_instance: float = 0.0
    steps_to_write: float = 0.0
