"""The namespaces of dead properties in an answer."""

from __future__ import annotations

from collections.abc import Collection
from functools import partial
from typing import Literal

from dav424.dialects.answer import PropstatAnswer, SpelledAnswer
from dav424.dialects.trait import Hooks, Trait
from dav424.dialects.xml_tree import XmlElement, without_own_prefix
from dav424.spine.exchange import OpenExchange


def _hooks(value: Collection[str]) -> Hooks:
    return Hooks(answer=partial(_lost, value))


def _lost(methods: Collection[str], exchange: OpenExchange, answer: SpelledAnswer) -> None:
    if exchange.request.method in methods:
        answer.each_property(_without_namespace)


def _without_namespace(element: XmlElement, _: PropstatAnswer) -> XmlElement:
    if element.namespace in ("", "DAV:"):
        return element
    return XmlElement(
        element.name.rpartition("}")[2], element.attributes, without_own_prefix(element).declared, element.content
    )


NAMESPACES_LOST = Trait(
    name="namespaces-lost",
    kind="spelling",
    values=list[Literal["PROPFIND", "PROPPATCH", "MKCOL"]],
    default=[],
    description="Methods whose answers name properties that are not in DAV: without their namespaces, so that a client takes them for other properties.",
    servers=("asgiwebdav", "copyparty"),
    hooks=_hooks,
)
