"""Resources that failed with one status: a response for each, or one response for all."""

from __future__ import annotations

from dav424.dialects.answer import Item, ResourceAnswer, SpelledAnswer
from dav424.dialects.listings import LISTING
from dav424.dialects.trait import Hooks, Trait
from dav424.spine.exchange import OpenExchange


def _hooks(_: object) -> Hooks:
    return Hooks(answer=_together)


def _together(exchange: OpenExchange, answer: SpelledAnswer) -> None:
    """Put the hrefs of one status into one response, as RFC 4918 14.24 allows; the first condition and description stay."""
    if not answer.is_multistatus or exchange.request.method in LISTING:
        return
    items: list[Item] = []
    by_status: dict[int, ResourceAnswer] = {}
    for item in answer.all_items():
        if not isinstance(item, ResourceAnswer) or item.status is None:
            items.append(item)
        elif item.status in by_status:
            by_status[item.status].hrefs += item.hrefs
        else:
            by_status[item.status] = item
            items.append(item)
    answer.items = items


HREFS_TOGETHER = Trait(
    name="hrefs-together",
    kind="spelling",
    values=bool,
    default=False,
    description="Whether one response has the hrefs of all resources that failed with one status, instead of a response for "
    "each.",
    reports=("sardine#210", "gowebdav#89"),
    hooks=_hooks,
)
