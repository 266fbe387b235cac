"""Plain data as types: msgspec, one thread at a time.

What msgspec knows of a class it finds out when the class is first asked for, and two threads that do so at the same time
end the process with a segmentation fault (msgspec 0.22): here the first request of a server and the
lines that it prints, which both load a scenario.
"""

from __future__ import annotations

import threading
from typing import Any

import msgspec

_ONE_AT_A_TIME = threading.Lock()


def convert(data: Any, kind: Any) -> Any:
    """Take plain data as a type; raises ``msgspec.ValidationError``."""
    with _ONE_AT_A_TIME:
        return msgspec.convert(data, kind)


def decode(content: bytes, kind: Any) -> Any:
    """Read JSON as a type; raises ``msgspec.DecodeError``."""
    with _ONE_AT_A_TIME:
        return msgspec.json.decode(content, type=kind)
