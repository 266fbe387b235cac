"""The entity-tag in the answer to PUT."""

from __future__ import annotations

from functools import partial
from typing import Literal

from dav424.dialects.answer import SpelledAnswer
from dav424.dialects.trait import Hooks, Trait
from dav424.dialects.traits.etags import weak
from dav424.spine.exchange import OpenExchange


def _hooks(value: str) -> Hooks:
    return Hooks(answer=partial(_changed, value))


def _changed(value: str, exchange: OpenExchange, answer: SpelledAnswer) -> None:
    if exchange.request.method == "PUT":
        answer.change_header("ETag", lambda etag: weak(etag) if value == "weak" else None)


PUT_ETAG = Trait(
    name="put-etag",
    kind="spelling",
    values=Literal["strong", "weak", "absent"],
    default="strong",
    description="The entity-tag in the answer to PUT: as etags says, a weak one, or none.",
    reports=("owncloud contacts#920", "pimcore#3398", "sabre/dav#70"),
    hooks=_hooks,
)
