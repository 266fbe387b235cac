"""Conversion of plain data, such as parsed JSON or YAML, to typed values; safe in threads."""

from __future__ import annotations

import threading
from typing import Any

import msgspec

_prepared: set[Any] = set()
_preparing = threading.Lock()


def to_type(data: Any, kind: Any) -> Any:
    """Convert plain data to a type that msgspec knows. Raises ``msgspec.ValidationError`` if the data doesn't fit it.

    msgspec prepares a type at the first conversion to it. Two threads that do so at once crash the process (seen with
    0.22.0: a segmentation fault), so the first conversion to each type holds a lock.
    """
    if kind in _prepared:
        return msgspec.convert(data, kind)
    with _preparing:
        try:
            return msgspec.convert(data, kind)
        finally:
            _prepared.add(kind)
