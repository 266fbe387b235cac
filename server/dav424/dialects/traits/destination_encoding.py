"""A ``Destination`` with characters that a URI can't have, such as a space: refused, or taken as most servers do."""

from __future__ import annotations

from typing import Literal
from urllib.parse import quote

from dav424.dialects.trait import Hooks, Trait
from dav424.dialects.trait_values import set_header
from dav424.spine.exchange import OpenExchange

_IN_URIS = "%!$&'()*+,;=:@/?[]~#"


def _hooks(_: str) -> Hooks:
    return Hooks(before=_encode)


def _encode(exchange: OpenExchange) -> None:
    """Percent-encode what a URI can't have; the header was read as ISO-8859-1, so that its bytes are kept."""
    sent = exchange.request.headers.get("destination")
    if sent is not None:
        set_header(exchange, "destination", quote(sent.strip(" \t").encode("latin-1"), safe=_IN_URIS))


DESTINATION_ENCODING = Trait(
    name="destination-encoding",
    kind="offer",
    values=Literal["strict", "lenient"],
    default="strict",
    description="A Destination with characters that a URI can't have, such as a space: refused with 400, or encoded.",
    hooks=_hooks,
)
