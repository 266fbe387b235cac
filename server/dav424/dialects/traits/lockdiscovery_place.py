"""Where a listing has ``DAV:lockdiscovery``."""

from __future__ import annotations

from typing import Literal

from dav424.dialects.answer import PropstatAnswer, SpelledAnswer
from dav424.dialects.listings import LISTING
from dav424.dialects.property_values import take_listed
from dav424.dialects.trait import Hooks, Trait
from dav424.spine.exchange import OpenExchange

_LOCKDISCOVERY = "{DAV:}lockdiscovery"


def _hooks(_: str) -> Hooks:
    return Hooks(answer=_moved)


def _moved(exchange: OpenExchange, answer: SpelledAnswer) -> None:
    """Move it, and then say that it is missing if the request names it."""
    if exchange.request.method not in LISTING:
        return

    def beside_prop(propstats: list[PropstatAnswer]) -> list[PropstatAnswer]:
        for each in propstats:
            if each.status == 200:
                each.rest += [element for element in each.properties if element.name == _LOCKDISCOVERY]
        return propstats

    answer.each_propstats(beside_prop)
    take_listed(exchange, answer, (_LOCKDISCOVERY,))


LOCKDISCOVERY_PLACE = Trait(
    name="lockdiscovery-place",
    kind="spelling",
    values=Literal["in-prop", "beside-prop"],
    default="in-prop",
    description="lockdiscovery in a listing: among the properties, or in DAV:propstat beside DAV:prop, where no client looks for it; for a request that names it, it is missing.",
    servers=("asgiwebdav",),
    hooks=_hooks,
)
