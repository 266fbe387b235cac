"""The reason phrases of HTTP statuses."""

from __future__ import annotations

from functools import lru_cache
from http import HTTPStatus

_PHRASES = {413: "Content Too Large", 414: "URI Too Long", 416: "Range Not Satisfiable", 422: "Unprocessable Content"}
"""The phrases of RFC 9110 for which older versions of Python have older ones."""


_REGISTERED = frozenset(HTTPStatus)


def is_registered(status: int) -> bool:
    """Say whether a status is registered."""
    return status in _REGISTERED


@lru_cache(maxsize=128)
def reason(status: int) -> str:
    """Return the registered reason phrase of a status; ``Unknown`` if it is not registered."""
    if status not in _REGISTERED:
        return "Unknown"
    return _PHRASES.get(status) or HTTPStatus(status).phrase
