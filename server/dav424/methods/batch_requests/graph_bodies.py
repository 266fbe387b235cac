"""The bodies in a batch of Microsoft Graph: JSON as JSON, and all others, text too, in base64.

In a request, base64 can have either alphabet, with or without padding. In an answer it has the standard one (RFC 4648 4),
and only application/json is JSON: Graph's SDKs read no other type as JSON.
"""

from __future__ import annotations

import base64
import binascii
import re
from typing import Any

import msgspec
from msgspec import Raw

from dav424.core.message import Response
from dav424.methods.batch_requests.items import JSON_TYPE
from dav424.methods.batch_requests.json_bodies import BINARY, BodyError, combined, media_type

_EITHER_ALPHABET = re.compile(r"[A-Za-z0-9+/_-]*={0,2}")
_TO_STANDARD = str.maketrans("-_", "+/")


def from_graph(raw: bytes, value: Any) -> bytes:
    """Give the content of a ``body`` in bytes: a string is base64, and any other value is JSON, kept as it was received.

    ``raw`` is the JSON of the value. Raises ``BodyError`` for a string that is not base64.
    """
    return _from_base64(value) if isinstance(value, str) else raw


def _from_base64(value: str) -> bytes:
    message = (
        f"The body must be a JSON object or base64 (RFC 4648), and it is {value[:40]!r}. Encode text in base64, too."
    )
    bare = value.rstrip("=").translate(_TO_STANDARD)
    if not _EITHER_ALPHABET.fullmatch(value) or ("=" in value and len(value) % 4):
        raise BodyError(message)
    try:
        data = base64.b64decode(bare + "=" * (-len(bare) % 4), validate=True)
    except binascii.Error:
        raise BodyError(message) from None
    if base64.b64encode(data).decode().rstrip("=") != bare:
        raise BodyError(message)  # bits after the last byte are not zero (RFC 4648 3.5)
    return data


def to_graph(response: Response) -> dict[str, Any]:
    """Give the ``headers``, named as in HTTP, and the ``body`` of a response object."""
    headers = combined(response.headers)
    assert isinstance(response.body, bytes), "a batch never streams the response of an item"
    if not response.body:
        return {"headers": headers} if headers else {}
    json = as_json(response)
    if json is not None:
        return {"headers": headers, "body": Raw(response.body)}
    name = next((name for name in headers if name.lower() == "content-type"), "Content-Type")
    kind = headers.get(name, BINARY)
    headers[name] = BINARY if media_type(kind) == JSON_TYPE else kind
    return {"headers": headers, "body": base64.b64encode(response.body).decode()}


def as_json(response: Response) -> list[Any] | None:
    """Give the JSON of a response in a list of one; None if its media type or its body is not JSON."""
    kind = next((value for name, value in response.headers if name.lower() == "content-type"), BINARY)
    if media_type(kind) != JSON_TYPE or not isinstance(response.body, bytes):
        return None
    try:
        return [msgspec.json.decode(response.body)]
    except (msgspec.MsgspecError, UnicodeError, RecursionError):
        return None
