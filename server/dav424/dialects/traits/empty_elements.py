"""How an element without content is written."""

from __future__ import annotations

from functools import partial
from typing import Literal

from dav424.dialects.answer import SpelledAnswer
from dav424.dialects.trait import Hooks, Trait
from dav424.spine.exchange import OpenExchange

ENDS = {"one-tag": "/>", "one-tag-with-space": " />", "two-tags": "></>"}
"""The end of an element without content, by the values of the trait."""


def _hooks(value: str) -> Hooks:
    return Hooks(answer=partial(_ended, ENDS[value]))


def _ended(end: str, _: OpenExchange, answer: SpelledAnswer) -> None:
    answer.manner.empty = end


EMPTY_ELEMENTS = Trait(
    name="empty-elements",
    kind="spelling",
    values=Literal["one-tag", "one-tag-with-space", "two-tags"],
    default="one-tag",
    description="An element without content: <a/>, <a /> or <a></a>.",
    reports=("webdav-client-cpp#17", "AFWebDAVManager#3"),
    hooks=_hooks,
)
