"""The bodies in a JSON batch (OData JSON 4.01 19.1): JSON as JSON, text as text, all others as base64url."""

from __future__ import annotations

import base64
import binascii
import re
from collections.abc import Iterable
from typing import Any

import msgspec
from msgspec import Raw

from dav424.core.message import Response
from dav424.dav import charset
from dav424.methods.batch_requests.items import JSON_TYPE

_BASE64URL = re.compile(r"[A-Za-z0-9_-]*={0,2}")
BINARY = "application/octet-stream"


class BodyError(ValueError):
    """A body that doesn't fit its media type; the message says how to write it."""


def media_type(content_type: str) -> str:
    """Give a media type without its parameters, in lower case."""
    return content_type.partition(";")[0].strip().lower()


def from_json(raw: bytes, value: Any, content_type: str) -> bytes:
    """Give the content of a ``body`` in bytes; ``raw`` is the JSON as it was received. Raises ``BodyError``."""
    kind = media_type(content_type)
    if _is_json(kind):
        return raw
    if not isinstance(value, str):
        form = "text" if kind.startswith("text/") else "base64url"
        message = f"A body of {kind[:80]} must be a string, of {form}."
        raise BodyError(message)
    if kind.startswith("text/"):
        try:
            return charset.encoded(value, content_type, xml=_is_xml(kind))
        except (LookupError, UnicodeError):
            encoding = charset.charset(content_type) or charset.declared(value) or "utf-8"
            message = f"The text can't be encoded in {encoding[:80]}. Send another charset."
            raise BodyError(message) from None
    return _from_base64url(value, kind)


def _from_base64url(value: str, kind: str) -> bytes:
    hint = ". Or send it as text/xml, whose body is text" if kind == "application/xml" else ""
    message = f"A body of {kind[:80]} must be base64url, with '-' and '_' (RFC 4648 5){hint}."
    if not _BASE64URL.fullmatch(value):
        raise BodyError(message)
    bare = value.rstrip("=")
    try:
        data = base64.urlsafe_b64decode(bare + "=" * (-len(bare) % 4))
    except binascii.Error:
        raise BodyError(message) from None
    if _base64url(data) != bare or (bare != value and len(value) % 4):
        raise BodyError(message)
    return data


def _base64url(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


def to_json(response: Response, accept: str = "") -> dict[str, Any]:
    """Give the ``headers`` and the ``body`` of a response object.

    A request that accepts text/xml gets XML as text. A body that doesn't fit its type becomes application/octet-stream.
    """
    headers = {name.lower(): value for name, value in combined(response.headers).items()}
    assert isinstance(response.body, bytes), "a batch never streams the response of an item"
    if not response.body:
        return {"headers": headers} if headers else {}
    content_type = headers.get("content-type", BINARY)
    if media_type(content_type) == "application/xml" and _wants_text(accept):
        content_type = "text/xml" + content_type[len("application/xml") :]
    body = _readable(response.body, content_type)
    if body is None:
        content_type = content_type if _is_binary(content_type) else BINARY
        body = _base64url(response.body)
    return {"headers": {**headers, "content-type": content_type}, "body": body}


def combined(headers: Iterable[tuple[str, str]]) -> dict[str, str]:
    """Combine the values of headers of one name, which may differ in case, in a list (RFC 9110 5.3)."""
    spelled: dict[str, str] = {}
    values: dict[str, str] = {}
    for sent, value in headers:
        name = spelled.setdefault(sent.lower(), sent)
        values[name] = f"{values[name]}, {value}" if name in values else value
    return values


def _wants_text(accept: str) -> bool:
    accepted = [media_type(entry) for entry in accept.split(",")]
    return "text/xml" in accepted and "application/xml" not in accepted


def _readable(body: bytes, content_type: str) -> str | Raw | None:
    """Give JSON or text; None for other types, and for a body that doesn't fit its type."""
    kind = media_type(content_type)
    try:
        if _is_json(kind):
            msgspec.json.decode(body)
            return Raw(body)
        return charset.decoded(body, content_type, xml=_is_xml(kind)) if kind.startswith("text/") else None
    except (msgspec.MsgspecError, UnicodeError, LookupError, RecursionError):
        return None


def _is_json(kind: str) -> bool:
    return kind == JSON_TYPE or (kind.startswith("application/") and kind.endswith("+json"))


def _is_binary(content_type: str) -> bool:
    kind = media_type(content_type)
    return not _is_json(kind) and not kind.startswith("text/")


def _is_xml(kind: str) -> bool:
    return kind == "text/xml" or kind.endswith("+xml")
