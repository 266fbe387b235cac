"""The flags of ``serve`` for spaces that many servers share."""

from __future__ import annotations

from dav424.commands.flag_numbers import seconds_above_zero
from dav424.commands.flag_types import Flag

STORE_FLAGS = (
    Flag(
        name="--store",
        metavar="URL",
        default="",
        default_text="none: the spaces are in memory",
        help="share the spaces with all servers that use this Valkey or Redis: valkey://HOST:PORT, or valkeys:// for TLS; the variable DAV424_STORE_PASSWORD has the password",
    ),
    Flag(
        name="--store-timeout",
        metavar="SECONDS",
        default="2",
        convert=seconds_above_zero,
        help="answer 503 if the store of --store has not answered after this time",
    ),
)
"""Where the spaces are, and how long a request waits for them."""
