"""Answers in the content coding gzip (RFC 9110 8.4.1): never, where a client accepts it, or always."""

from __future__ import annotations

import gzip
import re
import zlib
from collections.abc import Iterable, Iterator
from functools import partial
from typing import Literal

from msgspec.structs import replace

from dav424.core.message import Response
from dav424.dialects.trait import Hooks, Trait
from dav424.spine.exchange import OpenExchange

_ACCEPTED = re.compile(
    r"[ \t]*(?:gzip|x-gzip|\*)[ \t]*(?:;[ \t]*q=(?:1(?:\.0*)?|0?\.[0-9]*[1-9][0-9]*)[ \t]*)?", re.IGNORECASE
)
_GZIP = 16 + zlib.MAX_WBITS
_CODED = frozenset({200, 201, 207})


def _hooks(value: str) -> Hooks:
    return Hooks(told=partial(_coded, asked=value == "accepted"))


def _coded(exchange: OpenExchange, response: Response, *, asked: bool) -> Response:
    """Code the body of a success. A part of a content stays unchanged: its positions are those of the content.

    A strong entity-tag becomes a weak one, since it names the bytes without the coding (RFC 9110 8.8.1).
    """
    names = {name.lower() for name, _ in response.headers}
    if response.status not in _CODED or not response.body or "content-encoding" in names:
        return response
    varying = [("Vary", "Accept-Encoding")] if asked else []
    if asked and not _accepts(exchange):
        return replace(response, headers=[*response.headers, *varying])
    body = response.body
    if not isinstance(body, bytes) and exchange.request.method == "HEAD":
        return response  # the length of what GET would send is not known
    headers = [
        (name, f"W/{value}" if name == "ETag" and value.startswith('"') else value)
        for name, value in response.headers
        if name != "Accept-Ranges"
    ]
    coded = gzip.compress(body, mtime=0) if isinstance(body, bytes) else _pieces(body)
    return replace(response, headers=[*headers, ("Content-Encoding", "gzip"), *varying], body=coded)


def _accepts(exchange: OpenExchange) -> bool:
    return any(map(_ACCEPTED.fullmatch, exchange.request.headers.get("accept-encoding", "").split(",")))


def _pieces(body: Iterable[bytes]) -> Iterator[bytes]:
    coder = zlib.compressobj(wbits=_GZIP)
    for piece in body:
        if coded := coder.compress(piece):
            yield coded
    yield coder.flush()


GZIP = Trait(
    name="gzip",
    kind="offer",
    values=Literal["never", "accepted", "always"],
    default="never",
    description="The content coding gzip of answers: never, where Accept-Encoding has it, or always. The journal has the "
    "body without it.",
    reports=(
        "davros#94",
        "sandstorm#2691",
        "owncloud/client#1399",
        "nextcloud/server#41494",
        "sftpgo#295",
        "xbmc#9237",
        "webdav-client-python-3#64",
    ),
    hooks=_hooks,
)
