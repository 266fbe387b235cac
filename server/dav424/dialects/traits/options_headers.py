"""The headers of an answer to OPTIONS (RFC 4918 10.1): what each server announces in words of its own."""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial
from typing import Annotated, TypeAlias

from msgspec import Meta
from msgspec.structs import replace

from dav424.core.message import Response
from dav424.core.writable import FIELD_VALUE
from dav424.dialects.trait import Hooks, Trait
from dav424.spine.exchange import OpenExchange

_Name: TypeAlias = Annotated[
    str, Meta(pattern=r"^[A-Za-z0-9!#$%&'*+.^_`|~-]+$(?!\n)", description="The name of a header.")
]
_Text: TypeAlias = Annotated[str, Meta(pattern=FIELD_VALUE)]


def _hooks(value: Mapping[str, str | list[str]]) -> Hooks:
    return Hooks(told=partial(_announce, value))


def _announce(announced: Mapping[str, str | list[str]], exchange: OpenExchange, response: Response) -> Response:
    """Replace the named headers of an answer to OPTIONS, in the order of the dialect; an empty one is left out."""
    if exchange.request.method != "OPTIONS" or response.status > 299:
        return response
    named = {name.lower() for name in announced}
    kept = [(name, value) for name, value in response.headers if name.lower() not in named]
    added = [(name, text) for name, value in announced.items() for text in _texts(value) if text]
    return replace(response, headers=[*added, *kept])


def _texts(value: str | list[str]) -> list[str]:
    return [value] if isinstance(value, str) else value


OPTIONS_HEADERS = Trait(
    name="options-headers",
    kind="spelling",
    values=Annotated[
        dict[_Name, _Text | list[_Text]],
        Meta(description="The value of each header, such as {DAV: '1, 2'}; a list for several; empty for none."),
    ],
    default={},
    description="Headers of an answer to OPTIONS, such as DAV, Allow, Public and MS-Author-Via, in place of the usual ones.",
    reports=("nginx-dav-ext#50",),
    hooks=_hooks,
)
