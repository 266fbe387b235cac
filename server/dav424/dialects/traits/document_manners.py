"""The manner of XML documents that are no listings: a server often writes them with other code."""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial
from typing import Any, Literal, TypedDict

from dav424.dialects.answer import ERROR, MKCOL_RESPONSE, MULTISTATUS, SpelledAnswer
from dav424.dialects.trait import HeaderText, Hooks, Trait
from dav424.dialects.traits.empty_elements import ENDS
from dav424.dialects.traits.xml_declaration import DeclarationText, declared
from dav424.spine.exchange import OpenExchange

Key = Literal["xml-declaration", "white-space", "empty-elements", "xml-type"]
DocumentManner = TypedDict(
    "DocumentManner",
    {
        "xml-declaration": DeclarationText,
        "white-space": Literal["usual", "none", "lines", "indented"],
        "empty-elements": Literal["one-tag", "one-tag-with-space", "two-tags"],
        "xml-type": HeaderText,
    },
    total=False,
)
"""The values of the traits of these names, for some documents alone."""


def _hooks(root: str, value: Mapping[Key, Any]) -> Hooks:
    return Hooks(answer=partial(_in_manner, root, value))


def _of_updates(value: Mapping[Key, Any]) -> Hooks:
    return Hooks(answer=partial(_updates_in_manner, value))


def _updates_in_manner(value: Mapping[Key, Any], exchange: OpenExchange, answer: SpelledAnswer) -> None:
    root = MULTISTATUS if exchange.request.method == "PROPPATCH" else MKCOL_RESPONSE
    _in_manner(root, value, exchange, answer)


def _in_manner(root: str, value: Mapping[Key, Any], _: OpenExchange, answer: SpelledAnswer) -> None:
    if answer.root != root:
        return
    manner = answer.manner
    if "xml-declaration" in value:
        manner.declaration = declared(value["xml-declaration"])
    manner.layout = value.get("white-space", manner.layout)
    if "empty-elements" in value:
        manner.empty = ENDS[value["empty-elements"]]
    if "xml-type" in value:
        answer.change_header("Content-Type", lambda _: value["xml-type"])


LOCK_MANNER = Trait(
    name="lock-manner",
    kind="spelling",
    values=DocumentManner,
    default={},
    description="How the answer to a LOCK that was granted is written, if otherwise than a multistatus.",
    servers=("go", "sabre", "wsgidav"),
    hooks=partial(_hooks, "{DAV:}prop"),
)
ERROR_MANNER = Trait(
    name="error-manner",
    kind="spelling",
    values=DocumentManner,
    default={},
    description="How a DAV:error is written that is the whole body of an answer, if otherwise than a multistatus.",
    servers=("sabre", "wsgidav"),
    hooks=partial(_hooks, ERROR),
)
UPDATE_MANNER = Trait(
    name="update-manner",
    kind="spelling",
    values=DocumentManner,
    default={},
    description="How the answer to a PROPPATCH, or to an extended MKCOL, is written, if otherwise than a listing.",
    servers=("copyparty", "cyrus"),
    hooks=_of_updates,
)
