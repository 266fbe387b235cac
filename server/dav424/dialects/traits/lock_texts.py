"""The texts of a lock in ``DAV:lockdiscovery``: its time-out and its depth."""

from __future__ import annotations

import re
from collections.abc import Callable
from functools import partial
from typing import Literal

from dav424.dialects.answer import SpelledAnswer
from dav424.dialects.lock_elements import change_each_lock
from dav424.dialects.trait import Hooks, Trait
from dav424.dialects.xml_tree import XmlElement
from dav424.spine.exchange import OpenExchange

_SECONDS = re.compile(r"Second-(\d+)")


def _hooks(name: str, change: Callable[[str], str]) -> Hooks:
    return Hooks(answer=partial(_with_texts, f"{{DAV:}}{name}", change))


def _with_texts(name: str, change: Callable[[str], str], _: OpenExchange, answer: SpelledAnswer) -> None:
    change_each_lock(answer, partial(_with_text, name, change))


def _with_text(name: str, change: Callable[[str], str], lock: XmlElement) -> None:
    for each in lock.elements:
        if each.name == name:
            each.content = [change(each.text)]


def _endless(value: str, timeout: str) -> str:
    return value if timeout == "Infinite" else timeout


def _with_fraction(timeout: str) -> str:
    """Take a thousandth of a second away: so much has passed since the lock was granted."""
    found = _SECONDS.fullmatch(timeout)
    return f"Second-{int(found[1]) - 1}.999" if found and int(found[1]) else timeout


ENDLESS_TIMEOUT = Trait(
    name="endless-timeout",
    kind="spelling",
    values=Literal["Infinite", "Second-0", "Second-Infinite"],
    default="Infinite",
    description="The time-out in lockdiscovery of a lock that never ends.",
    servers=("go", "pywebdav3"),
    hooks=lambda value: _hooks("timeout", partial(_endless, value)),
)
TIMEOUT_FORM = Trait(
    name="timeout-form",
    kind="spelling",
    values=Literal["seconds", "fractions"],
    default="seconds",
    description="The time-out of each lock in lockdiscovery: whole seconds, or seconds with a fraction, such as Second-599.999.",
    servers=("nephele",),
    hooks=lambda _: _hooks("timeout", _with_fraction),
)
LOCK_DEPTH_FORM = Trait(
    name="lock-depth-form",
    kind="spelling",
    values=Literal["infinity", "Infinity"],
    default="infinity",
    description="The depth in lockdiscovery of a lock that includes all members: infinity, or Infinity, as Tomcat writes it.",
    servers=("tomcat",),
    hooks=lambda value: _hooks("depth", lambda depth: value if depth == "infinity" else depth),
)
