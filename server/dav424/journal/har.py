"""The journal as an HTTP Archive (HAR 1.2), which browsers and many tools read.

The archive has what the journal has: no credentials, at most 64 KiB of each body, and no durations. Keys that begin
with ``_`` are our own, as HAR allows.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any
from urllib.parse import parse_qsl, quote

import msgspec

from dav424 import __version__
from dav424.journal.entries import JournalEntry
from dav424.journal.render import as_text
from dav424.journal.report import ExchangeReport, MessagePart, report, target_of

_SAFE = "%/:?#[]@!$&'()*+,;=~"
_UNKNOWN = -1
"""A size that is not known (HAR 1.2)."""


def har(entries: Iterable[JournalEntry]) -> Iterator[bytes]:
    """Write an archive in pieces: one for each exchange."""
    creator = msgspec.json.encode({"name": "dav424", "version": __version__})
    yield b'{"log": {"version": "1.2", "creator": %b, "entries": [' % creator
    separator = b"\n"
    for entry in entries:
        yield separator + msgspec.json.encode(_entry(entry))
        separator = b",\n"
    yield b"\n]}}\n"


def _entry(entry: JournalEntry) -> Mapping[str, Any]:
    exchange = report(entry)
    return {
        "startedDateTime": exchange.at,
        "time": 0,
        "request": _request(exchange, _url(entry)),
        "response": _response(exchange, exchange.sent or exchange.answer),
        "cache": {},
        "timings": {"send": 0, "wait": 0, "receive": 0},
        "comment": as_text(exchange),
        "_number": exchange.number,
        "_scenario": exchange.scenario,
        "_user": exchange.user,
        "_dialect": exchange.dialect,
        "_facts": exchange.facts,
        "_refused": exchange.refused,
        **_true_answer(exchange),
    }


def _true_answer(exchange: ExchangeReport) -> Mapping[str, Any]:
    """Give the faults, and the answer without them, of an exchange whose ``response`` they have changed."""
    if exchange.sent is None:
        return {}
    return {"_faults": exchange.faults, "_trueResponse": _response(exchange, exchange.answer)}


def _url(entry: JournalEntry) -> str:
    target = quote(target_of(entry), safe=_SAFE)
    host = entry.request.headers.get("host", "localhost")
    return f"{entry.request.scheme}://{host}{target}" if target.startswith("/") else target


def _request(exchange: ExchangeReport, url: str) -> Mapping[str, Any]:
    part = exchange.request
    query = url.partition("#")[0].partition("?")[2]
    written = {
        "method": exchange.method,
        "url": url,
        "httpVersion": "HTTP/1.1",
        "cookies": [],
        "headers": _headers(part),
        "queryString": [{"name": name, "value": value} for name, value in parse_qsl(query, keep_blank_values=True)],
        "headersSize": _UNKNOWN,
        "bodySize": part.size,
    }
    if part.size:
        post = {"mimeType": _header(part, "content-type"), "text": part.body, "params": []}
        written["postData"] = {**post, **_about(part, "_encoding")}
    return written


def _response(exchange: ExchangeReport, part: MessagePart) -> Mapping[str, Any]:
    content = {"size": part.size, "mimeType": _header(part, "content-type"), "text": part.body}
    return {
        "status": exchange.status,
        "statusText": exchange.reason,
        "httpVersion": "HTTP/1.1",
        "cookies": [],
        "headers": _headers(part),
        "content": {**content, **_about(part, "encoding")},
        "redirectURL": _header(part, "location"),
        "headersSize": _UNKNOWN,
        "bodySize": _UNKNOWN if part.streamed else part.size,
    }


def _headers(part: MessagePart) -> list[Mapping[str, str]]:
    return [{"name": name, "value": value} for name, value in part.headers]


def _header(part: MessagePart, wanted: str) -> str:
    return next((value for name, value in part.headers if name.lower() == wanted), "")


def _about(part: MessagePart, encoding: str) -> Mapping[str, str]:
    """Say that a body is in base64, and that the journal has only a part of it."""
    found = {encoding: "base64"} if part.base64 else {}
    if part.streamed:
        return {**found, "comment": "The response was streamed; the journal does not have its body."}
    if part.truncated:
        return {**found, "comment": f"The body has {part.size} bytes; the journal has only its beginning."}
    return found
