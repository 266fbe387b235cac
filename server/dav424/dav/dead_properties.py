"""The dead properties whose values the server itself uses: the rules for their values, for all clients and files."""

from __future__ import annotations

from dav424.core.namespaces import DAV
from dav424.dav.headers import language_tags

LANGUAGE = f"{DAV}getcontentlanguage"
"""The language of a document, which GET sends as Content-Language."""


def misfit(name: str, text: str) -> str | None:
    """Say what the text of a dead property must be, and is not; None for a value that the server can use."""
    if name == LANGUAGE and not language_tags(text):
        return f"{name} must be a list of language tags such as 'de, en'; received {text.strip()[:80]!r}"
    return None
