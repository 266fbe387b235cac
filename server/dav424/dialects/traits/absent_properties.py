"""Live properties that a server does not have."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from typing import Literal

from dav424.dialects.answer import SpelledAnswer
from dav424.dialects.property_values import take_listed
from dav424.dialects.trait import Hooks, Trait
from dav424.spine.exchange import OpenExchange


def _hooks(value: Sequence[str]) -> Hooks:
    return Hooks(answer=partial(_taken, frozenset(f"{{DAV:}}{name}" for name in value)))


def _taken(names: frozenset[str], exchange: OpenExchange, answer: SpelledAnswer) -> None:
    take_listed(exchange, answer, names)


ABSENT_PROPERTIES = Trait(
    name="absent-properties",
    kind="spelling",
    values=list[
        Literal[
            "creationdate",
            "displayname",
            "getcontentlanguage",
            "getcontentlength",
            "getcontenttype",
            "getetag",
            "getlastmodified",
            "lockdiscovery",
            "supportedlock",
        ]
    ],
    default=[],
    description="Properties of RFC 4918 that no listing has; one that a request names is answered with 404. Headers and the answer to LOCK keep "
    "what they say.",
    servers=("go", "nginx", "rclone"),
    hooks=_hooks,
)
