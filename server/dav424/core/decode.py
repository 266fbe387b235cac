"""Plain data as values of a type, from any thread."""

from __future__ import annotations

import threading
from typing import Any

import msgspec

_prepared: set[Any] = set()
_preparing = threading.Lock()


def to_type(data: Any, kind: Any) -> Any:
    """Take plain data as a type that msgspec knows; raises ``msgspec.ValidationError`` if it isn't one.

    msgspec prepares a type when it is first met, and two threads that do so at once crash it (seen with
    0.22.0: a segmentation fault): so the first conversion to each type has the turn to itself.
    """
    if kind in _prepared:
        return msgspec.convert(data, kind)
    with _preparing:
        try:
            return msgspec.convert(data, kind)
        finally:
            _prepared.add(kind)
