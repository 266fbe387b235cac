"""The Date of a response (RFC 9110 6.6.1)."""

from __future__ import annotations

from email.utils import formatdate
from functools import lru_cache

from msgspec.structs import replace

from dav424.core.message import Response


@lru_cache(maxsize=8)
def date_of(second: int) -> str:
    """Write a time, in seconds since the epoch, as an HTTP-date."""
    return formatdate(second, usegmt=True)


def with_date(response: Response, now: float) -> Response:
    """Add the Date header to a response."""
    return replace(response, headers=[*response.headers, ("Date", date_of(int(now)))])
