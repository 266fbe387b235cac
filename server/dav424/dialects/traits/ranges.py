"""Requests for a range of bytes (RFC 9110 14): served, ignored, or answered in ways that clients don't expect."""

from __future__ import annotations

import re
from typing import Literal

from msgspec.structs import replace

from dav424.core.batch import Refused
from dav424.core.message import Response
from dav424.dav.multistatus import error_response
from dav424.dialects.answer import SpelledAnswer
from dav424.dialects.trait import Hooks, Trait
from dav424.dialects.trait_values import set_header
from dav424.spine.exchange import OpenExchange

_WHOLE = "bytes=-9999999999999999999"
"""The last bytes of any content, as many as it has; an empty content is still sent with 200."""
_LAST = re.compile(r"[ \t]*bytes[ \t]*=[ \t]*[0-9]+[ \t]*-[ \t]*([0-9]{1,18})[ \t]*", re.IGNORECASE)
_SENT = re.compile(r"bytes [0-9]+-[0-9]+/([0-9]+)")


def _hooks(value: str) -> Hooks:
    match value:
        case "ignored":
            return Hooks(before=_ignore, told=_without_offer)
        case "unasked":
            return Hooks(before=_ask)
        case _:
            return Hooks(answer=_refuse_overlap)


def _ignore(exchange: OpenExchange) -> None:
    if "range" in exchange.request.headers:
        set_header(exchange, "range", None)


def _without_offer(_: OpenExchange, response: Response) -> Response:
    headers = [(name, value) for name, value in response.headers if name != "Accept-Ranges"]
    return replace(response, headers=headers)


def _ask(exchange: OpenExchange) -> None:
    if exchange.request.method == "GET" and "range" not in exchange.request.headers:
        set_header(exchange, "range", _WHOLE)


def _refuse_overlap(exchange: OpenExchange, answer: SpelledAnswer) -> None:
    """Answer 416 if the range that was asked for ends behind the content, of which a part was about to be sent."""
    asked = _LAST.fullmatch(exchange.request.headers.get("range", ""))
    sent = _SENT.fullmatch(answer.header("Content-Range") or "")
    if answer.status != 206 or asked is None or sent is None or int(asked[1]) < int(sent[1]):
        return
    exchange.refused = Refused(416, f"This server wants a range that ends in the content, which has {sent[1]} bytes.")
    refusal = error_response(exchange.refused)
    answer.status, answer.body = refusal.status, refusal.body
    answer.headers = [*refusal.headers, ("Content-Range", f"bytes */{sent[1]}")]


RANGES = Trait(
    name="ranges",
    kind="offer",
    values=Literal["served", "ignored", "unasked", "inside"],
    default="served",
    description="A GET with Range: served with 206; ignored, so that 200 sends all; served with 206 unasked, too; or "
    "refused with 416 unless it ends inside the content.",
    reports=(
        "opendal#4618",
        "webdav-client#31",
        "r2-webdav#24",
        "GCDWebServer#248",
        "PyWebDAV3#21",
        "asgi-webdav#61",
        "hacdias/webdav#178",
    ),
    hooks=_hooks,
)
