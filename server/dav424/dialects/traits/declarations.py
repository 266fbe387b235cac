"""The element that declares the prefixes of properties."""

from __future__ import annotations

from functools import partial
from typing import Literal

from dav424.dialects.answer import SpelledAnswer
from dav424.dialects.trait import Hooks, Trait
from dav424.spine.exchange import OpenExchange


def _hooks(value: str) -> Hooks:
    return Hooks(answer=partial(_declared_in, value))


def _declared_in(value: str, _: OpenExchange, answer: SpelledAnswer) -> None:
    answer.manner.declared = value


DECLARATIONS = Trait(
    name="declarations",
    kind="spelling",
    values=Literal["property", "propstat", "response", "multistatus"],
    default="property",
    description="The element that declares the prefixes of dav-property-prefix and property-prefixes. For the "
    "multistatus, the server has to write the whole answer before it can send the first byte.",
    reports=("webdav-client#24", "webdav-client#338", "rucio#5700", "AFWebDAVManager#3"),
    hooks=_hooks,
)
