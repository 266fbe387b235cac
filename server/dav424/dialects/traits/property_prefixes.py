"""The prefixes of properties in other namespaces than that of WebDAV."""

from __future__ import annotations

from functools import partial
from typing import Annotated

from msgspec import Meta

from dav424.dialects.answer import SpelledAnswer
from dav424.dialects.request_names import declared_in_body
from dav424.dialects.trait import PREFIX, Hooks, Trait
from dav424.spine.exchange import OpenExchange

OWN, REQUEST = "~own", "~request"
_VALUES = Annotated[
    str,
    Meta(
        pattern=f"^~(own|request)$(?!\\n)|{PREFIX}",
        description="~own: the prefix that the client has stored. ~request: those that the request "
        "declares. Otherwise a prefix; with a number at its end, such as ns1, it is counted up for each namespace. "
        "An empty one is the default namespace.",
    ),
]


def _hooks(value: str) -> Hooks:
    return Hooks(answer=_of_request if value == REQUEST else partial(_numbered, value))


def _numbered(prefix: str, _: OpenExchange, answer: SpelledAnswer) -> None:
    answer.manner.numbered = prefix


def _of_request(exchange: OpenExchange, answer: SpelledAnswer) -> None:
    answer.manner.numbered = "ns1"
    if answer.root is not None:
        answer.manner.known = declared_in_body(exchange.request)


PROPERTY_PREFIXES = Trait(
    name="property-prefixes",
    kind="spelling",
    values=_VALUES,
    default=OWN,
    description="The prefixes of properties in other namespaces than DAV:.",
    reports=("webdav-client#24", "webdav-client#338", "AFWebDAVManager#3", "rucio#5700", "webdav-client-cpp#17"),
    hooks=_hooks,
)
