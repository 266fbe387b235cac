"""``Accept-Ranges`` (RFC 9110 14.3) in the answers to each method."""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial
from typing import Annotated, Any, Literal

from msgspec import Meta

from dav424.dialects.answer import SpelledAnswer
from dav424.dialects.trait import Hooks, Trait
from dav424.dialects.trait_values import MethodName
from dav424.spine.exchange import OpenExchange
from dav424.store.tree import Collection

_HEADER = "Accept-Ranges"
_OF_COLLECTIONS = {"by-kind": "none", "documents": "absent"}
_Sent: Any = Literal["bytes", "none", "by-kind", "documents", "absent"]


def _hooks(value: Mapping[str, str]) -> Hooks:
    return Hooks(answer=partial(_sent, value))


def _sent(sent: Mapping[str, str], exchange: OpenExchange, answer: SpelledAnswer) -> None:
    value = sent.get(exchange.request.method)
    if value is None or not 200 <= answer.status < 300:
        return
    if value in _OF_COLLECTIONS:
        is_collection = isinstance(exchange.draft.find(exchange.request.path), Collection)
        value = _OF_COLLECTIONS[value] if is_collection else "bytes"
    answer.set_header(_HEADER, None if value == "absent" else value)


ACCEPT_RANGES = Trait(
    name="accept-ranges",
    kind="spelling",
    values=Annotated[
        dict[MethodName, _Sent], Meta(description="The value for each method, such as {PUT: bytes, GET: absent}.")
    ],
    default={},
    description="Accept-Ranges in the answer to a request that succeeded, by method: bytes, none, or absent; 'by-kind' is bytes with documents and none with "
    "collections, and 'documents' is bytes with documents alone. Other methods answer as usual: GET and HEAD of documents with bytes.",
    servers=("zope", "pywebdav3", "sabre"),
    hooks=_hooks,
)
