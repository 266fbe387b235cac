"""The XML declaration at the beginning of an answer."""

from __future__ import annotations

from functools import partial
from typing import Annotated

from msgspec import Meta

from dav424.dav.multistatus import DECLARATION
from dav424.dialects.answer import SpelledAnswer
from dav424.dialects.trait import Hooks, Trait
from dav424.spine.exchange import OpenExchange

_DECLARATION = (
    r"""^(<\?xml version=("1.0"|'1.0')( encoding=("[Uu][Tt][Ff]-8"|'[Uu][Tt][Ff]-8'))?"""
    r"""( standalone=("yes"|'yes'))? ?\?>)?$(?!\n)"""
)


DeclarationText = Annotated[str, Meta(pattern=_DECLARATION, description="A declaration of UTF-8, or empty for none.")]


def _hooks(value: str) -> Hooks:
    return Hooks(answer=partial(_with_declaration, declared(value)))


def _with_declaration(text: str, _: OpenExchange, answer: SpelledAnswer) -> None:
    answer.manner.declaration = text


def declared(value: str) -> str:
    """Write a declaration, on a line of its own."""
    return f"{value}\n" if value else ""


XML_DECLARATION = Trait(
    name="xml-declaration",
    kind="spelling",
    values=DeclarationText,
    default=DECLARATION.rstrip("\n"),
    description="The XML declaration of each XML document that the server writes.",
    reports=("webdav-client-cpp#17", "gowebdav#39"),
    hooks=_hooks,
)
