"""Remove credentials from requests, so that every user may read a journal."""

from __future__ import annotations

from msgspec.structs import replace

from dav424.core.message import Request
from dav424.core.patterns import pattern

_SECRET = frozenset({"authorization", "cookie", "proxy-authorization", "x-api-key", "x-auth-token"})

_SCHEMES = frozenset({"basic", "bearer", "digest", "negotiate"})

_USER_IN_URL = pattern(r"(?<=://)[^/?#@\s<>]*@")


def without_secrets(request: Request) -> Request:
    """Replace the credentials in the headers and the target of a request by ``[redacted]``."""
    headers = request.headers
    if _SECRET.isdisjoint(headers) and "@" not in request.target and "@" not in "".join(headers.values()):
        return request
    redacted = {name: _redacted(name, value) for name, value in headers.items()}
    return replace(request, headers=redacted, target=_without_user(request.target))


def _redacted(name: str, value: str) -> str:
    """Redact a header; of credentials only the scheme stays."""
    if name not in _SECRET:
        return _without_user(value)
    scheme, space, _ = value.partition(" ")
    return f"{scheme} [redacted]" if space and scheme.lower() in _SCHEMES else "[redacted]"


def _without_user(text: str) -> str:
    """Redact the user and the password in URLs."""
    return _USER_IN_URL.sub("[redacted]@", text) if "@" in text else text
