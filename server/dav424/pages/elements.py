"""The ``main`` of a page as JSON, from which a script makes elements: no text becomes markup in the browser.

An element is ``[NAME, {ATTRIBUTE: VALUE}, [CHILD, ...]]``, and a child is an element or a text.
"""

from __future__ import annotations

from typing import Any

import lxml.html
import msgspec
from lxml.html import HtmlElement

MEDIA_TYPE = "application/vnd.dav424.elements+json"


def elements(html: str) -> bytes:
    """Write the title and the ``main`` of a page as JSON."""
    document = lxml.html.fromstring(html)
    (main,) = document.iter("main")
    return msgspec.json.encode({"title": document.findtext(".//title"), "main": _element(main)})


def _element(element: HtmlElement) -> list[Any]:
    # A browser skips a line break at the beginning of a textarea, and the parser here keeps it.
    text = (element.text or "").removeprefix("\n") if element.tag == "textarea" else element.text
    children: list[Any] = [text] if text else []
    for child in element:
        if isinstance(child.tag, str):
            children.append(_element(child))
        if child.tail:
            children.append(child.tail)
    return [element.tag, dict(element.attrib), children]
