"""The entity-tag of the destination in the answer to COPY and MOVE."""

from __future__ import annotations

from typing import Literal

from dav424.core.batch import Refused
from dav424.dav import headers
from dav424.dialects.answer import SpelledAnswer
from dav424.dialects.trait import Hooks, Trait
from dav424.spine.exchange import OpenExchange
from dav424.store.tree import Document


def _hooks(_: str) -> Hooks:
    return Hooks(answer=_sent)


def _sent(exchange: OpenExchange, answer: SpelledAnswer) -> None:
    if exchange.request.method not in ("COPY", "MOVE") or answer.status not in (201, 204):
        return
    try:
        made = exchange.draft.find(headers.destination(exchange.request))
    except Refused:
        return  # a dialect answers so to a request that was refused
    if isinstance(made, Document):
        answer.set_header("ETag", made.etag)


COPIED_ETAG = Trait(
    name="copied-etag",
    kind="spelling",
    values=Literal["absent", "sent"],
    default="absent",
    description="Whether the answer to a COPY or MOVE that was done has the entity-tag of the document at the destination.",
    servers=("cyrus",),
    hooks=_hooks,
)
