"""Collations (RFC 4790) of text matches: what a text becomes before two texts are compared."""

from __future__ import annotations

import unicodedata
from collections.abc import Callable, Mapping

from dav424.dav.object_properties import COLLATION_NAMES

DEFAULT_OF_CALENDARS = "i;ascii-casemap"
DEFAULT_OF_CARDS = "i;unicode-casemap"
_ASCII_LOWER = {upper: upper + 32 for upper in range(ord("A"), ord("Z") + 1)}


def _unicode_casemap(text: str) -> str:
    """Map a text as RFC 5051 does: titlecase of each character, decomposed."""
    return text.lower() if text.isascii() else unicodedata.normalize("NFKD", text.title()).lower()


def _ascii_casemap(text: str) -> str:
    return text.translate(_ASCII_LOWER)


def _octet(text: str) -> str:
    return text


COLLATIONS: Mapping[str, Callable[[str], str]] = dict(
    zip(COLLATION_NAMES, (_ascii_casemap, _octet, _unicode_casemap), strict=True)
)
