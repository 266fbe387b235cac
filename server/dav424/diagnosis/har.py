"""Read the exchanges of a HAR file (HTTP Archive 1.2), as browsers and proxies save them."""

from __future__ import annotations

import base64
import binascii
from collections.abc import Iterator, Mapping
from typing import Any

from dav424.diagnosis.pasted import PastedAnswer


def is_har(data: object) -> bool:
    """Say whether parsed JSON is a HAR file."""
    return isinstance(data, dict) and isinstance(data.get("log"), dict) and isinstance(data["log"].get("entries"), list)


def read_har(data: Mapping[str, Any]) -> Iterator[PastedAnswer]:
    """Give every exchange of a HAR file that has an answer, in their order. Members of a wrong type count as absent."""
    for entry in data["log"]["entries"]:
        request, response = _object(entry, "request"), _object(entry, "response")
        status = response.get("status")
        if not isinstance(status, int) or not 100 <= status <= 599:
            continue
        yield PastedAnswer(
            status=status,
            headers=_fields(response),
            body=_content(_object(response, "content")),
            method=_text(request, "method").upper(),
            target=_text(request, "url"),
            request_headers=_fields(request),
            request_body=_content(_object(request, "postData")),
        )


def _object(data: object, name: str) -> Mapping[str, Any]:
    value = data.get(name) if isinstance(data, dict) else None
    return value if isinstance(value, dict) else {}


def _text(data: Mapping[str, Any], name: str) -> str:
    value = data.get(name)
    return value if isinstance(value, str) else ""


def _fields(message: Mapping[str, Any]) -> dict[str, str]:
    fields = message.get("headers")
    listed = [field for field in fields if isinstance(field, dict)] if isinstance(fields, list) else []
    return {_text(field, "name").lower(): _text(field, "value") for field in listed}


def _content(content: Mapping[str, Any]) -> bytes:
    text = _text(content, "text")
    if content.get("encoding") == "base64":
        try:
            return base64.b64decode(text)
        except binascii.Error:
            return b""
    return text.encode("utf-8", "replace")
