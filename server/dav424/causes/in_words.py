"""The settings of causes in words."""

from __future__ import annotations

from collections.abc import Mapping, Sequence


def in_words(value: object) -> str:
    """Write settings in words, such as ``users bob, methods GET, HEAD``, or the value of one setting."""
    if isinstance(value, bool) or value is None:
        return {True: "true", False: "false", None: "none"}[value]
    if isinstance(value, Mapping):
        return ", ".join(f"{key} {in_words(part)}" for key, part in value.items())
    if isinstance(value, Sequence) and not isinstance(value, str):
        return ", ".join(map(in_words, value)) or "none"
    return str(value)
