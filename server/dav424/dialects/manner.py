"""The manner in which an XML answer is written: prefixes, declarations, white space, statuses."""

from __future__ import annotations

from collections.abc import Callable

from msgspec import Struct, field

from dav424.core.reason_phrases import reason
from dav424.dav.multistatus import DECLARATION, XML_TYPE
from dav424.dialects.xml_tree import Declared


class Layout(Struct, frozen=True):
    """White space between elements: those down to ``deepest`` stand on lines of their own, indented by ``unit``."""

    unit: str = ""
    deepest: int = -1


LAYOUTS = {
    "usual": Layout(" ", 3),
    "none": Layout(),
    "lines": Layout("", 4),
    "indented": Layout("  ", 4),
}
USUAL = "usual"


class ChildOrder(Struct, frozen=True):
    """Where the children stand; the propstats of a response stand where its properties do."""

    response: tuple[str, ...]
    propstat: tuple[str, ...]


def _alike(*names: str) -> ChildOrder:
    return ChildOrder(names, names)


CHILD_ORDERS = {
    "status-before-error": _alike("href", "prop", "status", "error", "responsedescription"),
    "error-before-status": _alike("href", "prop", "error", "status", "responsedescription"),
    "status-first": ChildOrder(
        ("href", "responsedescription", "status", "prop", "error"),
        ("status", "responsedescription", "prop", "error"),
    ),
    "description-first": _alike("href", "responsedescription", "status", "prop", "error"),
}
"""The orders of children; the first is that of RFC 4918 14."""


class Manner(Struct):
    """How an answer is written. The defaults write it as the methods do.

    ``dav`` is the prefix of ``DAV:``, empty for the default namespace, and ``of_properties`` the one of properties in
    ``DAV:``, if it is another. ``numbered`` is the prefix of the other properties: None keeps their own prefixes, and an
    empty one is the default namespace. With a number at its end, it is counted up for each namespace of the document.
    ``declared`` is the element that declares these prefixes. ``known`` are the prefixes that the request has declared:
    properties keep those. ``undeclared`` is a prefix that nothing declares, of properties and conditions in ``DAV:``.
    """

    dav: str = "D"
    of_properties: str | None = None
    numbered: str | None = None
    declared: str = "property"
    undeclared: str | None = None
    known: Declared = field(default_factory=dict)
    layout: str = USUAL
    empty: str = "/>"
    declaration: str = DECLARATION
    xml_type: str = XML_TYPE
    children: ChildOrder = CHILD_ORDERS["status-before-error"]
    protocol: str = "HTTP/1.1"
    phrase: Callable[[int], str] = reason
    """Gives the text after a status: a reason phrase, or with an empty one nothing, and no space before it."""

    def status(self, code: int) -> str:
        """Write the text of a ``DAV:status``."""
        phrase = self.phrase(code)
        return f"{self.protocol} {code} {phrase.removeprefix(' ')}" if phrase else f"{self.protocol} {code}"
