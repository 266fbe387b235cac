"""The length of a collection."""

from __future__ import annotations

from functools import partial
from typing import Literal

from dav424.dialects.answer import SpelledAnswer
from dav424.dialects.property_values import give_missing
from dav424.dialects.trait import Hooks, Trait
from dav424.spine.exchange import OpenExchange


def _hooks(value: str) -> Hooks:
    return Hooks(answer=partial(_given, "0" if value == "zero" else ""))


def _given(text: str, exchange: OpenExchange, answer: SpelledAnswer) -> None:
    give_missing(exchange, answer, "{DAV:}getcontentlength", text)


COLLECTION_LENGTH = Trait(
    name="collection-length",
    kind="spelling",
    values=Literal["missing", "zero", "empty"],
    default="missing",
    description="getcontentlength of a collection, if the request names it: no such property, 0, or an empty element.",
    reports=("easysync#13", "opendal#7822", "reva#1870"),
    hooks=_hooks,
)
