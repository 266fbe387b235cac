"""Escaping of text for XML: character data and attribute values."""

from __future__ import annotations

import re

_MARKUP = re.compile(r"[&<>\r]")

_TEXT = str.maketrans({"&": "&amp;", "<": "&lt;", ">": "&gt;", "\r": "&#13;"})

_ATTRIBUTE = str.maketrans(
    {"&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&quot;", "\r": "&#13;", "\n": "&#10;", "\t": "&#9;"}
)


def escape(text: str) -> str:
    """Escape character data.

    ``xml.sax.saxutils`` has such a function, but it imports ``urllib.request``, which takes as long to load as lxml.
    """
    return text.translate(_TEXT) if _MARKUP.search(text) else text


def quoteattr(text: str) -> str:
    """Escape the value of an attribute, and put it into quotes."""
    return f'"{text.translate(_ATTRIBUTE)}"'
