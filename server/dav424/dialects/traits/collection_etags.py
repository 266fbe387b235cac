"""The entity-tag of a collection, which RFC 4918 15.6 neither demands nor forbids."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Literal

from dav424.dialects.answer import SpelledAnswer
from dav424.dialects.outcomes import node_at
from dav424.dialects.property_values import give_listed
from dav424.dialects.trait import Hooks, Trait
from dav424.spine.exchange import OpenExchange
from dav424.store.tree import Collection
from dav424.store.written import ctag


def _hooks(value: str) -> Hooks:
    return Hooks(answer=partial(_given, _FORMS[value]))


def _given(form: Callable[[str], str], exchange: OpenExchange, answer: SpelledAnswer) -> None:
    def text(href: str) -> str | None:
        node = node_at(exchange, href)
        return form(ctag(node)) if isinstance(node, Collection) else None

    give_listed(exchange, answer, "{DAV:}getetag", text)


_FORMS: dict[str, Callable[[str], str]] = {
    "strong": '"{}"'.format,
    "weak": 'W/"{}"'.format,
    "unquoted": "{}".format,
}
COLLECTION_ETAGS = Trait(
    name="collection-etags",
    kind="spelling",
    values=Literal["missing", "strong", "weak", "unquoted"],
    default="missing",
    description="getetag of a collection in a listing: no such property, or an entity-tag that changes with the members and their content; it is strong, "
    "weak, or without quotes.",
    servers=("apache", "lighttpd", "nephele"),
    hooks=_hooks,
)
