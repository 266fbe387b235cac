"""The locks of a resource that are rooted above it (RFC 4918 7.4, 15.8)."""

from __future__ import annotations

from typing import Literal

from dav424.dialects.answer import ResourceAnswer, SpelledAnswer
from dav424.dialects.lock_elements import ACTIVELOCK, lockdiscoveries
from dav424.dialects.outcomes import node_at
from dav424.dialects.trait import Hooks, Trait
from dav424.dialects.xml_tree import XmlElement, walk
from dav424.spine.exchange import OpenExchange

_HREF = "{DAV:}href"


def _hooks(_: str) -> Hooks:
    return Hooks(answer=_own_alone)


def _own_alone(exchange: OpenExchange, answer: SpelledAnswer) -> None:
    def of_resource(resource: ResourceAnswer) -> None:
        node = node_at(exchange, resource.hrefs[0]) if resource.propstats else None
        if node is not None:
            tokens = {lock.token for lock in node.locks}
            for propstat in resource.propstats:
                for each in lockdiscoveries(propstat):
                    each.content = [lock for lock in each.content if not _is_inherited(lock, tokens)]

    if answer.is_multistatus:
        answer.each_resource(of_resource)


def _is_inherited(lock: object, own: set[str]) -> bool:
    if not isinstance(lock, XmlElement) or lock.name != ACTIVELOCK:
        return False
    return not any(each.name == _HREF and each.text.strip() in own for each in walk(lock))


INHERITED_LOCKS = Trait(
    name="inherited-locks",
    kind="spelling",
    values=Literal["listed", "absent"],
    default="listed",
    description="lockdiscovery of a member of a collection with a deep lock: it lists that lock, or those alone that are rooted at the member.",
    servers=("wsgidav", "pywebdav3"),
    hooks=_hooks,
)
