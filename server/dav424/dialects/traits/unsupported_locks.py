"""What a listing says of locks where the server has none (RFC 4918 15.8, 15.10)."""

from __future__ import annotations

from typing import Literal

from dav424.dialects.answer import ResourceAnswer, SpelledAnswer
from dav424.dialects.listings import LISTING
from dav424.dialects.outcomes import node_at
from dav424.dialects.property_values import give_listed, take
from dav424.dialects.request_names import named_in_body
from dav424.dialects.trait import Hooks, Trait
from dav424.spine.exchange import OpenExchange
from dav424.store.tree import Collection

_LOCKDISCOVERY = "{DAV:}lockdiscovery"
_OF_LOCKS = (_LOCKDISCOVERY, "{DAV:}supportedlock")


def _hooks(value: str) -> Hooks:
    return Hooks(answer=_empty if value == "empty" else _of_documents)


def _empty(exchange: OpenExchange, answer: SpelledAnswer) -> None:
    give_listed(exchange, answer, _LOCKDISCOVERY, lambda _: "")


def _of_documents(exchange: OpenExchange, answer: SpelledAnswer) -> None:
    if answer.root is None or exchange.request.method not in LISTING:
        return
    named = named_in_body(exchange.request)

    def of_resource(resource: ResourceAnswer) -> None:
        if resource.propstats and isinstance(node_at(exchange, resource.hrefs[0]), Collection):
            resource.propstats = take(resource.propstats, _OF_LOCKS, named)

    answer.each_resource(of_resource)


UNSUPPORTED_LOCKS = Trait(
    name="unsupported-locks",
    kind="spelling",
    values=Literal["absent", "empty", "absent-from-collections"],
    default="absent",
    description="lockdiscovery in a listing of a server without the method LOCK: no resource has it, or each has an empty one; of a server "
    "that locks documents alone: no collection has it, nor supportedlock.",
    servers=("cyrus", "xandikos"),
    hooks=_hooks,
)
