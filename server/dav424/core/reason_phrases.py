"""The reason phrases of HTTP statuses."""

from __future__ import annotations

from functools import lru_cache
from http import HTTPStatus

_PHRASES = {413: "Content Too Large", 414: "URI Too Long", 416: "Range Not Satisfiable", 422: "Unprocessable Content"}
"""The phrases of RFC 9110 for which older versions of Python have older ones."""


@lru_cache(maxsize=128)
def reason(status: int) -> str:
    """Return the registered reason phrase of a status; empty if there is none."""
    try:
        return _PHRASES.get(status) or HTTPStatus(status).phrase
    except ValueError:
        return ""
