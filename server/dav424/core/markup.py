"""Text as XML: character data and attribute values."""

from __future__ import annotations

import re

_MARKUP = re.compile(r"[&<>\r]")

_TEXT = str.maketrans({"&": "&amp;", "<": "&lt;", ">": "&gt;", "\r": "&#13;"})

_ATTRIBUTE = str.maketrans(
    {"&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&quot;", "\r": "&#13;", "\n": "&#10;", "\t": "&#9;"}
)


def escape(text: str) -> str:
    """Write character data.

    The standard library's function comes with a web client, which takes as long to load as lxml.
    """
    return text.translate(_TEXT) if _MARKUP.search(text) else text


def quoteattr(text: str) -> str:
    """Write the value of an attribute, with its quotes."""
    return f'"{text.translate(_ATTRIBUTE)}"'
