"""Where a listing has the collection itself."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from functools import partial
from typing import Literal

from dav424.dialects.answer import Item, ResourceAnswer, SpelledAnswer
from dav424.dialects.trait import Hooks, Trait
from dav424.spine.exchange import OpenExchange
from dav424.store.tree import Collection


def _hooks(value: str) -> Hooks:
    return Hooks(answer=partial(_placed, value == "last"))


def _placed(last: bool, exchange: OpenExchange, answer: SpelledAnswer) -> None:  # noqa: FBT001 - of a partial
    """Move or drop the first response: PROPFIND lists the collection before its members."""
    request = exchange.request
    listed = request.method == "PROPFIND" and request.headers.get("depth", "").strip(" \t") != "0"
    if listed and answer.is_multistatus and isinstance(exchange.draft.find(request.path), Collection):
        behind = _first_behind if last else _without_first
        moved = behind(answer.items)
        answer.items = moved if answer.streamed else list(moved)


def _first_behind(items: Iterable[Item]) -> Iterator[Item]:
    own: Item | None = None
    for item in items:
        if own is None and isinstance(item, ResourceAnswer):
            own = item
            continue
        yield item
    if own is not None:
        yield own


def _without_first(items: Iterable[Item]) -> Iterator[Item]:
    found = False
    for item in items:
        if not found and isinstance(item, ResourceAnswer):
            found = True
            continue
        yield item


SELF = Trait(
    name="self",
    kind="spelling",
    values=Literal["first", "last", "absent"],
    default="first",
    description="The response of the collection itself in its listing: before its members, behind them, or left out.",
    reports=("gowebdav#89", "go-webdav#124", "webdav-fs#4", "internxt/cli#414"),
    hooks=_hooks,
)
