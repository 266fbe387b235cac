"""White space between the elements of an XML answer."""

from __future__ import annotations

from functools import partial
from typing import Literal

from dav424.dialects.answer import SpelledAnswer
from dav424.dialects.trait import Hooks, Trait
from dav424.spine.exchange import OpenExchange


def _hooks(value: str) -> Hooks:
    return Hooks(answer=partial(_with_layout, value))


def _with_layout(value: str, _: OpenExchange, answer: SpelledAnswer) -> None:
    answer.manner.layout = value


WHITE_SPACE = Trait(
    name="white-space",
    kind="spelling",
    values=Literal["usual", "none", "lines", "indented"],
    default="usual",
    description="White space between elements: that of dav424, none, each element on its own line, or each on its own "
    "line and indented by two spaces. Values of properties keep their own.",
    reports=("webdav-client-cpp#17", "AFWebDAVManager#3"),
    hooks=_hooks,
)
