"""The texts of ``DAV:timeout`` and ``DAV:depth`` of a lock (RFC 4918 14.29, 14.4)."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Literal

from dav424.dialects.answer import SpelledAnswer
from dav424.dialects.lock_elements import change_locks
from dav424.dialects.trait import Hooks, Trait
from dav424.dialects.xml_tree import XmlElement, walk
from dav424.spine.exchange import OpenExchange

_Form = Callable[[str], str]


def _hooks(name: str, forms: dict[str, _Form], value: str) -> Hooks:
    return Hooks(answer=partial(_written, name, forms[value]))


def _written(name: str, form: _Form, _: OpenExchange, answer: SpelledAnswer) -> None:
    def change(lockdiscovery: XmlElement) -> None:
        for each in walk(lockdiscovery):
            if each.name == name:
                each.content = [form(each.text)]

    change_locks(answer, change)


def _fraction(text: str) -> str:
    """Write the time a little before the whole second at which the lock ends."""
    seconds = text.removeprefix("Second-")
    return f"Second-{max(0, int(seconds) - 1)}.998" if seconds.isdecimal() else text


def _infinite(_: str) -> str:
    return "Infinite"


def _second_infinite(_: str) -> str:
    return "Second-Infinite"


TIMEOUT_FORM = Trait(
    name="timeout-form",
    kind="spelling",
    values=Literal["seconds", "fraction", "infinite", "second-infinite"],
    default="seconds",
    description="The text of DAV:timeout: whole seconds, seconds with a fraction, Infinite whatever the lock lasts, or Second-Infinite, which no client can read.",
    servers=("nephele", "pywebdav3"),
    hooks=partial(
        _hooks, "{DAV:}timeout", {"fraction": _fraction, "infinite": _infinite, "second-infinite": _second_infinite}
    ),
)
DEPTH_FORM = Trait(
    name="depth-form",
    kind="spelling",
    values=Literal["infinity", "Infinity"],
    default="infinity",
    description="The text of the DAV:depth of a lock that is as deep as the tree.",
    servers=("tomcat",),
    hooks=partial(_hooks, "{DAV:}depth", {"Infinity": str.title}),
)
