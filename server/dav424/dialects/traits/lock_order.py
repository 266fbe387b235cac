"""The order of the elements of a lock in ``DAV:lockdiscovery``."""

from __future__ import annotations

from functools import partial
from typing import Annotated

from msgspec import Meta

from dav424.dialects.answer import SpelledAnswer
from dav424.dialects.lock_elements import NAMES, change_each_lock
from dav424.dialects.trait import Hooks, Trait
from dav424.dialects.xml_tree import XmlElement
from dav424.spine.exchange import OpenExchange

_EACH = "|".join(NAMES)
_ORDER = Annotated[
    str,
    Meta(
        pattern=rf"^({_EACH})( ({_EACH}))*$(?!\n)",
        description="The names of the elements, with a space between two. One that is not named stands at the end.",
    ),
]


def _hooks(value: str) -> Hooks:
    return Hooks(answer=partial(_in_order, value.split()))


def _in_order(names: list[str], _: OpenExchange, answer: SpelledAnswer) -> None:
    change_each_lock(answer, partial(_sort, names))


def _sort(names: list[str], lock: XmlElement) -> None:
    def position(element: XmlElement) -> int:
        name = element.name.removeprefix("{DAV:}")
        return names.index(name) if name in names else len(names)

    lock.content = [*sorted(lock.elements, key=position)]


LOCK_ORDER = Trait(
    name="lock-order",
    kind="spelling",
    values=_ORDER,
    default=" ".join(NAMES),
    description="The order of the elements of each lock in lockdiscovery.",
    servers=("sabre", "nephele", "cyrus"),
    hooks=_hooks,
)
