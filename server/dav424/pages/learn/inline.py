"""The marks in a text of a page: code, bold words, links, and sections of RFCs, which become links."""

from __future__ import annotations

import re

from markupsafe import Markup, escape

_MARKS = re.compile(
    r"`(?P<code>[^`]+)`|\*\*(?P<bold>[^*]+)\*\*|\[(?P<name>[^\]]+)\]\((?P<url>[^)\s]+)\)"
    r"|RFC (?P<rfc>[0-9]{4})(?: (?P<section>[0-9]+(?:\.[0-9]+)*))?"
)


def inline(text: str, mount: str = "") -> Markup:
    """Write a text with marks as HTML; a link that begins with a slash stands below ``mount``."""
    pieces, end = [], 0
    for mark in _MARKS.finditer(text):
        pieces += [escape(text[end : mark.start()]), _written(mark, mount)]
        end = mark.end()
    return Markup("").join([*pieces, escape(text[end:])])


def _written(mark: re.Match[str], mount: str) -> Markup:
    if mark["code"]:
        return Markup("<code>{}</code>").format(mark["code"])
    if mark["bold"]:
        return Markup("<strong>{}</strong>").format(mark["bold"])
    if mark["url"]:
        url = mount + mark["url"] if mark["url"].startswith("/") else mark["url"]
        return Markup('<a href="{}">{}</a>').format(url, inline(mark["name"]))
    anchor = f"#section-{mark['section']}" if mark["section"] else ""
    return Markup('<a href="https://www.rfc-editor.org/rfc/rfc{}{}">{}</a>').format(mark["rfc"], anchor, mark[0])
