"""Where the logs are: the URL of the engine, and how long a request waits for it."""

from __future__ import annotations

from msgspec import Struct

STORE_TIMEOUT = 2.0
"""The seconds that a request may wait for the engine, unless the user says otherwise."""


class SharedStore(Struct, frozen=True):
    """The engine at a ``url``; a request waits at most ``timeout`` seconds for it, and for other requests of its space.

    The ``password`` counts if the URL has none.
    """

    url: str
    timeout: float = STORE_TIMEOUT
    password: str = ""
