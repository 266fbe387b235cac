"""The hrefs in condition codes, such as the locked resources of ``DAV:lock-token-submitted``."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Literal

from dav424.dialects.answer import SpelledAnswer
from dav424.dialects.href_change import HREF, change_conditions
from dav424.dialects.trait import Hooks, Trait
from dav424.dialects.xml_tree import XmlElement, walk
from dav424.spine.exchange import OpenExchange


def _hooks(value: str) -> Hooks:
    return Hooks(answer=partial(_changed, _relative if value == "relative" else _absent))


def _changed(change: Callable[[XmlElement], None], _: OpenExchange, answer: SpelledAnswer) -> None:
    change_conditions(answer, change)


def _relative(error: XmlElement) -> None:
    for each in walk(error):
        if each.name == HREF:
            each.content = [each.text.strip("/")]


def _absent(error: XmlElement) -> None:
    for each in walk(error):
        each.content = [child for child in each.content if not (isinstance(child, XmlElement) and child.name == HREF)]


CONDITION_HREFS = Trait(
    name="condition-hrefs",
    kind="spelling",
    values=Literal["path", "relative", "absent"],
    default="path",
    description="The hrefs in condition codes: paths, paths without the slashes around them, which clients resolve to other "
    "URLs, or none.",
    reports=("infinidysk#888", "npm-WebDAV-Server#51"),
    hooks=_hooks,
)
