"""The entity-tag in the answer to HEAD."""

from __future__ import annotations

from functools import partial
from typing import Literal

from dav424.dialects.answer import SpelledAnswer
from dav424.dialects.trait import Hooks, Trait
from dav424.spine.exchange import OpenExchange


def _hooks(value: str) -> Hooks:
    return Hooks(answer=partial(_changed, value))


def _changed(value: str, exchange: OpenExchange, answer: SpelledAnswer) -> None:
    if exchange.request.method == "HEAD":
        answer.change_header("ETag", lambda etag: _other(etag) if value == "other" else None)


def _other(etag: str) -> str:
    return f'{etag[:-1]}-head"' if etag.endswith('"') else f"{etag}-head"


HEAD_ETAG = Trait(
    name="head-etag",
    kind="spelling",
    values=Literal["same", "other", "absent"],
    default="same",
    description="The entity-tag in the answer to HEAD: that of GET, another one, or none.",
    reports=("davx5-ose#1365",),
    hooks=_hooks,
)
