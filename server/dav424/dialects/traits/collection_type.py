"""How ``DAV:resourcetype`` says that a resource is a collection."""

from __future__ import annotations

from functools import partial
from typing import Literal

from dav424.dialects.answer import PropstatAnswer, SpelledAnswer
from dav424.dialects.listings import LISTING
from dav424.dialects.trait import Hooks, Trait
from dav424.dialects.xml_tree import XmlElement, with_text
from dav424.spine.exchange import OpenExchange

_RESOURCETYPE = "{DAV:}resourcetype"


def _hooks(value: str) -> Hooks:
    return Hooks(answer=partial(_malformed, "collection" if value == "text" else ""))


def _malformed(text: str, exchange: OpenExchange, answer: SpelledAnswer) -> None:
    def change(element: XmlElement, propstat: PropstatAnswer) -> XmlElement:
        typed = element.name == _RESOURCETYPE and propstat.status == 200 and element.elements
        return with_text(_RESOURCETYPE, text) if typed else element

    if exchange.request.method in LISTING:
        answer.each_property(change)


COLLECTION_TYPE = Trait(
    name="collection-type",
    kind="spelling",
    values=Literal["element", "text", "empty"],
    default="element",
    description="The resourcetype of a collection in a listing: with an element for each type, or malformed: with the "
    "word 'collection' alone, or empty, so that a client takes the collection for a document.",
    reports=("neon#81",),
    hooks=_hooks,
)
