"""The settings of all spaces of a server."""

from __future__ import annotations

from collections.abc import Callable

from msgspec import Struct

from dav424.core.clocks import monotonic, real_time
from dav424.core.memory import NO_LIMIT, Budget
from dav424.journal.journal import MOST_BYTES, MOST_ENTRIES

CLOCK_START = 1_767_225_600.0
"""The first time of a virtual clock: 2026-01-01T00:00:00Z."""
AUTO_IDLE = 3600.0
"""The seconds without a request after which a space expires that a request made, unless the settings say otherwise."""


class Settings(Struct, frozen=True):
    """The settings of all spaces of a server.

    A named space expires after ``idle`` seconds without a request, unless it was made with a time of its own; with 0 it
    never expires. With None, a space that a request made expires after ``AUTO_IDLE`` seconds, and another one never.
    There can be ``most`` named spaces. With ``auto``, the first request to a space makes it. ``start`` is the first time
    of the clocks, in seconds since the epoch; with None they show the real time. A journal keeps at most
    ``journal_entries`` exchanges in at most ``journal_bytes`` bytes. All spaces together may hold the bytes of the
    ``budget``. With ``connections``, the server sends its responses itself, so that faults can break them. ``idle_clock`` gives the seconds by which the spaces are idle,
    and ``real_clock`` the real time in seconds since the epoch.

    The well-known URLs at the root of the server are those of the scenario ``well_known``; empty for none.
    """

    idle: float | None = None
    most: int = 10_000
    auto: bool = True
    start: float | None = CLOCK_START
    journal_entries: int = MOST_ENTRIES
    journal_bytes: int = MOST_BYTES
    budget: Budget = NO_LIMIT
    connections: bool = True
    idle_clock: Callable[[], float] = monotonic
    real_clock: Callable[[], float] = real_time
    well_known: str = ""
