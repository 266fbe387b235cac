"""Conversion of plain data, such as parsed JSON or YAML, to typed values; safe in threads."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterable
from typing import Any

import msgspec

_prepared: set[Any] = set()
_preparing = threading.Lock()


def to_type(data: Any, kind: Any) -> Any:
    """Convert plain data to a type that msgspec knows. Raises ``msgspec.ValidationError`` if the data doesn't fit it."""
    return _safely(msgspec.convert, data, kind)


def from_json(text: bytes, kind: Any) -> Any:
    """Read JSON of a type. Raises ``msgspec.DecodeError`` if it is malformed, and ``ValidationError``, which is one, as above."""
    return _safely(_decode, text, kind)


def json_schema(kind: Any, ref_template: str) -> dict[str, Any]:
    """Write the JSON Schema of a type; ``ref_template`` has ``{name}`` for the name of a part."""
    with _preparing:
        return msgspec.json.schema(kind, ref_template=ref_template)


def json_schemas(kinds: Iterable[Any], ref_template: str) -> tuple[tuple[dict[str, Any], ...], dict[str, Any]]:
    """Write the JSON Schemas of several types, and their common parts by name."""
    with _preparing:
        return msgspec.json.schema_components(kinds, ref_template=ref_template)


def _decode(text: bytes, kind: Any) -> Any:
    return msgspec.json.decode(text, type=kind)


def _safely(read: Callable[[Any, Any], Any], data: Any, kind: Any) -> Any:
    """Read data of a type.

    msgspec prepares a type when it is first used, for its JSON Schema too. A thread that uses a type while another one
    prepares it crashes the process (seen with 0.22.0: a segmentation fault), so the first use of each type holds a lock.
    All types are used through this module.
    """
    if kind in _prepared:
        return read(data, kind)
    with _preparing:
        try:
            return read(data, kind)
        finally:
            _prepared.add(kind)
