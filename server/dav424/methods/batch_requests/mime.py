"""The MIME of multipart batches, read strictly (RFC 2046 5.1, RFC 9112 2, OData Protocol 11.7.7).

The standard library's reader of e-mail mends what is malformed, and two readers who mend differently see
different requests. So parts are read here, and what is malformed is refused with its place.
"""

from __future__ import annotations

import re
from contextlib import suppress
from itertools import pairwise

from dav424.methods.batch_requests.items import (
    HEADER_VALUE,
    MAX_BYTES,
    MOST_PARTS,
    MOST_PROBLEMS,
    NOT_INSIDE,
    REQUEST_ID,
    TOKEN,
    WITHOUT_BODY,
    BatchItem,
    BatchProblem,
    MalformedBatch,
    has_authority,
    is_batch,
)
from dav424.methods.batch_requests.json_bodies import media_type

_BOUNDARY = re.compile(r';\s*boundary\s*=\s*(?:"([^"]{1,70})"|([^\s;"]{1,70}))\s*(?:;|$)', re.IGNORECASE)
_LINE = re.compile(r"([^ ]+) ([^ ]+)(?: HTTP/1\.[01])?")
_URI = re.compile(r"https?://[^/?#]+(/[^#]*)?", re.IGNORECASE)
_LENGTH = re.compile(r"[0-9]{1,15}")
_UNENCODED = frozenset({"7bit", "8bit", "binary"})
_HEADS = frozenset({"content-length", "host"})
"""Headers that a request in a part has and that say nothing to whoever carries it out."""


def read(body: bytes, content_type: str, safe: frozenset[str]) -> list[BatchItem]:
    """Read the parts of a batch; raises ``MalformedBatch`` with its problems, up to a number.

    A method that is ``safe`` can't be in a change set.
    """
    if len(body) > MAX_BYTES:
        raise MalformedBatch(
            [BatchProblem("", f"The batch has {len(body)} bytes; at most {MAX_BYTES} are accepted.")], 413
        )
    reader = _MimeParser(safe)
    with suppress(_TooMuchWrong):
        reader.read(body, content_type, "")
    if reader.problems:
        raise MalformedBatch(reader.problems)
    return reader.parts


class _TooMuchWrong(Exception):
    """Enough was found to tell."""


class _MimeParser:
    """Reads a batch and the change sets in it, and notes what is wrong where: ``2.1`` is the first in the second."""

    def __init__(self, safe: frozenset[str]) -> None:
        self._safe = safe
        self.parts: list[BatchItem] = []
        self.problems: list[BatchProblem] = []
        self._ids: set[str] = set()

    def _wrong(self, place: str, detail: str) -> None:
        self.problems.append(BatchProblem(place, detail))
        if len(self.problems) >= MOST_PROBLEMS:
            raise _TooMuchWrong

    def read(self, body: bytes, content_type: str, place: str) -> None:
        """Read all parts of a multipart body; those of a change set if ``place`` says which."""
        for number, segment in enumerate(self._segments(body, content_type, place), 1):
            here = f"{place}.{number}" if place else str(number)
            head, content = _cut(segment)
            found = self._headers(here, head)
            kind = media_type(found.get("content-type", ""))
            if found.get("content-transfer-encoding", "binary").lower() not in _UNENCODED:
                self._wrong(here, "A part is sent as it is: with Content-Transfer-Encoding: binary, or without any.")
            elif kind == "application/http":
                self._request(here, content, found.get("content-id", "").strip(" \t"), place)
            elif kind == "multipart/mixed" and not place:
                before = len(self.parts)
                self.read(content, found["content-type"], here)
                if len(self.parts) == before and not self.problems:
                    self._wrong(here, "The change set has no parts.")
            else:
                change_set = "" if place else ", or multipart/mixed for a change set"
                self._wrong(here, f"The Content-Type of a part is application/http{change_set}.")

    def _segments(self, body: bytes, content_type: str, place: str) -> list[bytes]:
        """Cut a body at its boundary; what stands before the first and after the last means nothing."""
        match = _BOUNDARY.search(content_type)
        if match is None:
            self._wrong(place, "multipart/mixed needs a boundary of 1 to 70 characters.")
            return []
        boundary = (match[1] or match[2]).encode("latin-1")
        delimiter = re.compile(rb"(?:\A|\r\n)--" + re.escape(boundary) + rb"(--)?[ \t]*(?=\r\n|\Z)")
        marks = list(delimiter.finditer(body))
        last = next((at for at, mark in enumerate(marks) if mark[1]), None)
        if last is None:
            written = boundary.decode("latin-1")
            self._wrong(place, f"No line --{written}-- ends the parts. Lines end in CR LF here, as in HTTP.")
            return []
        return [
            body[mark.end() + 2 : max(mark.end() + 2, following.start())]
            for mark, following in pairwise(marks[: last + 1])
        ]

    def _headers(self, place: str, head: str) -> dict[str, str]:
        """Read header lines; names become lower-case."""
        found: dict[str, str] = {}
        for line in head.split("\r\n") if head else ():
            name, colon, value = line.partition(":")
            if not colon or not TOKEN.fullmatch(name) or not HEADER_VALUE.fullmatch(value):
                self._wrong(place, f"{line[:80]!r} is not a header.")
            elif name.lower() in found:
                self._wrong(place, f"The header {name} stands there twice.")
            else:
                found[name.lower()] = value.strip(" \t")
        return found

    def _request(self, place: str, content: bytes, name: str, change_set: str) -> None:
        """Read the request in a part of application/http."""
        if len(self.parts) >= MOST_PARTS:
            raise MalformedBatch([BatchProblem(place, f"A batch may have {MOST_PARTS} requests.")], 413)
        head, body = _cut(content)
        line, _, rest = head.partition("\r\n")
        match = _LINE.fullmatch(line)
        if match is None or not TOKEN.fullmatch(match[1]):
            self._wrong(place, f"{line[:80]!r} is not the first line of a request.")
            return
        known = len(self.problems)
        method, url = match[1], self._url(place, match[1], match[2])
        sent = self._headers(place, rest)
        body = self._sized(place, body, sent.get("content-length"))
        for each in sorted(NOT_INSIDE & sent.keys() - _HEADS):
            self._wrong(place, f"{each} can't be sent within a batch; it is the batch's.")
        if body and method in WITHOUT_BODY:
            self._wrong(place, f"A {method} has no body.")
        self._check_name(place, method, name, change_set)
        part = BatchItem(
            name or f"part {place}",
            method,
            url,
            {header: value for header, value in sent.items() if header not in _HEADS},
            body,
            f"change set {change_set}" if change_set else None,
        )
        for each in part.references.values():
            if each not in self._ids:
                self._wrong(place, f"${each[:80]} refers to no Content-ID that precedes it.")
        if name:
            self._ids.add(name)
        if len(self.problems) == known:
            self.parts.append(part)

    def _url(self, place: str, method: str, url: str) -> str:
        """Check a URL, of which there are three forms: relative, an absolute path, or with a server, which isn't compared."""
        if has_authority(url):
            match = _URI.fullmatch(url)
            if match is None:
                self._wrong(place, f"{url[:80]!r} is neither a path nor an http URL.")
                return url
            url = match[1] or "/"
        if "#" in url:
            self._wrong(place, "A URL that is requested has no '#'.")
        if method == "POST" and is_batch(url):
            self._wrong(place, "A batch can't hold another batch.")
        return url

    def _check_name(self, place: str, method: str, name: str, change_set: str) -> None:
        if change_set and method in self._safe:
            self._wrong(place, f"{method} changes nothing, and has no place in a change set.")
        if change_set and not name:
            self._wrong(place, "A part of a change set needs a Content-ID.")
        elif name and not REQUEST_ID.fullmatch(name):
            self._wrong(place, "A Content-ID has 1 to 256 letters, digits, '-', '.', '_' or '~'.")
        elif name in self._ids:
            self._wrong(place, f"There is a part with the Content-ID {name} already.")

    def _sized(self, place: str, body: bytes, declared: str | None) -> bytes:
        """Cut a body to its Content-Length, if it has one: nothing but line ends may follow."""
        if declared is None:
            return body
        length = int(declared) if _LENGTH.fullmatch(declared) else -1
        if not 0 <= length <= len(body) or body[length:].strip(b"\r\n"):
            self._wrong(place, f"Content-Length: {declared[:40]!r} doesn't fit the body, which has {len(body)} bytes.")
        return body[: max(length, 0)]


def _cut(segment: bytes) -> tuple[str, bytes]:
    """Cut headers from what they head, at the first empty line; without one, all are headers."""
    if segment.startswith(b"\r\n"):
        return "", segment[2:]
    head, _, content = segment.partition(b"\r\n\r\n")
    return head.decode("latin-1").removesuffix("\r\n"), content
