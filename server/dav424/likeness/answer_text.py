"""Put aside what differs between two servers that say the same: hosts, paths, tokens, dates."""

from __future__ import annotations

import gzip
import re
import zlib
from collections.abc import Callable
from urllib.parse import quote, unquote

from msgspec import Struct

from dav424.probe.exchange import Probed

HERE = "/@"
"""Stands for the collection of a look."""
_TOKEN = re.compile(r"(?:opaquelocktoken:|urn:uuid:)[^<>\s)\x22]+")
_DATES = (
    (re.compile(r"\w{3}, \d{2} \w{3} \d{4} \d{2}:\d{2}:\d{2} (GMT|UTC|[+-]\d{4})"), r"DATE-HTTP-\1"),
    (re.compile(r"\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}\.\d+(Z|[+-]\d{2}:?\d{2})"), r"DATE-ISO-FRACTION-\1"),
    (re.compile(r"\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}(Z|[+-]\d{2}:?\d{2}|)"), r"DATE-ISO-\1"),
)
_SECONDS = re.compile(r"\bSecond-(\d+)(\.\d+)?")


class OfServer(Struct, frozen=True):
    """What two servers that say the same have each in its own form: the URL, and weak entity-tags that are strong later."""

    origin: str
    etags_settle: bool = False


def normaliser(server: OfServer, base: str) -> Callable[[str], str]:
    """Make the function that puts aside the names of one server; ``base`` is the path of the collection of a look."""
    origin = server.origin
    scheme, _, host = origin.partition("://")
    hosts = {origin: f"{scheme}://HOST", quote(origin, safe="/"): f"{scheme}%3A//HOST", f"//{host}": "//HOST"}
    inner = base.strip("/")
    last = inner.rpartition("/")[2]
    spellings = dict.fromkeys([inner, quote(unquote(inner), safe="/~")] if inner else [])

    def normal(text: str) -> str:
        for own, put_aside in hosts.items():
            text = text.replace(own, put_aside)
        for spelled in spellings:
            text = text.replace(f"/{spelled}", HERE).replace(spelled, "@")
        if last:
            text = text.replace(last, "@")  # events have it in their UIDs
        if server.etags_settle:
            text = text.replace('W/"', '"').replace("W/&quot;", "&quot;")
        text = _TOKEN.sub("TOKEN", text)
        for date, kind in _DATES:
            text = date.sub(kind, text)
        return _SECONDS.sub(_rounded, text)

    return normal


def _rounded(found: re.Match[str]) -> str:
    """Round the seconds of a lock up: some of them have passed since it was granted. Of a fraction, only that it is there stays."""
    seconds = int(found[1]) + bool(found[2])
    return f"Second-{-(-seconds // 10) * 10}{'.FRACTION' if found[2] else ''}"


def body_text(answer: Probed) -> str:
    """Give the body as text, without its content coding."""
    body = answer.body
    if "gzip" in answer.headers.get("content-encoding", "") and body:
        try:
            body = gzip.decompress(body)
        except (OSError, EOFError, zlib.error):
            return "a body that is no gzip"
    return body.decode("utf-8", "replace")
