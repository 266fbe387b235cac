"""Where a listing has ``DAV:lockdiscovery``."""

from __future__ import annotations

from typing import Literal

from dav424.dav.live_properties import activelocks
from dav424.dialects.answer import PropstatAnswer, ResourceAnswer, SpelledAnswer
from dav424.dialects.answer_reader import read_elements
from dav424.dialects.listings import LISTING
from dav424.dialects.outcomes import path_at
from dav424.dialects.property_values import take_listed
from dav424.dialects.trait import Hooks, Trait
from dav424.dialects.xml_tree import XmlElement
from dav424.spine.exchange import OpenExchange

_LOCKDISCOVERY = "{DAV:}lockdiscovery"


def _hooks(_: str) -> Hooks:
    return Hooks(answer=_moved)


def _moved(exchange: OpenExchange, answer: SpelledAnswer) -> None:
    """Place it beside the properties, whether or not the request names it; among them it is missing if the request names it."""
    if exchange.request.method not in LISTING:
        return
    take_listed(exchange, answer, (_LOCKDISCOVERY,))

    def beside_prop(resource: ResourceAnswer) -> None:
        path = path_at(exchange, resource.hrefs[0])
        if not resource.propstats or exchange.draft.find(path) is None:
            return
        if not any(each.status == 200 for each in resource.propstats):
            resource.propstats = [PropstatAnswer([], 200), *resource.propstats]
        locks = activelocks(exchange.draft.locks_on(path), exchange.draft, exchange.request.base)
        for each in resource.propstats:
            if each.status == 200:
                each.rest += [XmlElement(_LOCKDISCOVERY, content=list(read_elements(locks)))]

    answer.each_resource(beside_prop)


LOCKDISCOVERY_PLACE = Trait(
    name="lockdiscovery-place",
    kind="spelling",
    values=Literal["in-prop", "beside-prop"],
    default="in-prop",
    description="lockdiscovery in a listing: among the properties, or in DAV:propstat beside DAV:prop, where no client looks for it; there it always stands, and it is missing for a request that names it.",
    servers=("asgiwebdav",),
    hooks=_hooks,
)
