"""The reader of multipart batches, which is strict (RFC 2046 5.1, RFC 9112 2, OData Protocol 11.7.7).

The e-mail parser of the standard library repairs malformed MIME, and two parsers with different repairs see
different requests. This reader reports malformed MIME with its place instead.
"""

from __future__ import annotations

import re
from contextlib import suppress
from itertools import pairwise

from dav424.methods.batch_requests.items import (
    HEADER_VALUE,
    ID_RULE,
    MAX_BYTES,
    MOST_ITEMS,
    MOST_PROBLEMS,
    NESTED_BATCH,
    NOT_INSIDE,
    REQUEST_ID,
    TOKEN,
    WITHOUT_BODY,
    WITHOUT_EFFECT,
    BatchItem,
    BatchProblem,
    MalformedBatch,
    forbidden_body,
    forbidden_header,
    has_authority,
    is_batch,
)
from dav424.methods.batch_requests.json_bodies import media_type

_BOUNDARY = re.compile(r';\s*boundary\s*=\s*(?:"([^"]{1,70})"|([^\s;"]{1,70}))\s*(?:;|$)', re.IGNORECASE)
_LINE = re.compile(r"([^ ]+) ([^ ]+)(?: HTTP/1\.[01])?")
_URI = re.compile(r"https?://[^/?#]+(/[^#]*)?", re.IGNORECASE)
_LENGTH = re.compile(r"[0-9]{1,15}")
_UNENCODED = frozenset({"7bit", "8bit", "binary"})


def read(body: bytes, content_type: str, safe: frozenset[str]) -> list[BatchItem]:
    """Read the items of a batch; raises ``MalformedBatch`` with all problems, up to ``MOST_PROBLEMS``.

    A change set can't contain a ``safe`` method.
    """
    if len(body) > MAX_BYTES:
        raise MalformedBatch(
            [BatchProblem("", f"The batch has {len(body)} bytes; at most {MAX_BYTES} are accepted.")], 413
        )
    reader = _MultipartParser(safe)
    with suppress(_TooManyProblems):
        reader.read(body, content_type, "")
    if reader.problems:
        raise MalformedBatch(reader.problems)
    return reader.items


class _TooManyProblems(Exception):
    """There are enough problems to stop reading."""


class _MultipartParser:
    """Reads a batch and its change sets. The place of a problem is a number: ``2.1`` is the first part in the second."""

    def __init__(self, safe: frozenset[str]) -> None:
        self._safe = safe
        self.items: list[BatchItem] = []
        self.problems: list[BatchProblem] = []
        self._ids: set[str] = set()

    def _wrong(self, place: str, detail: str) -> None:
        self.problems.append(BatchProblem(place, detail))
        if len(self.problems) >= MOST_PROBLEMS:
            raise _TooManyProblems

    def read(self, body: bytes, content_type: str, place: str) -> None:
        """Read all parts of a multipart body: of the batch or, with a ``place``, of the change set at that place."""
        for number, segment in enumerate(self._segments(body, content_type, place), 1):
            part = f"{place}.{number}" if place else str(number)
            head, content = _cut(segment)
            headers = self._headers(part, head)
            kind = media_type(headers.get("content-type", ""))
            if headers.get("content-transfer-encoding", "binary").lower() not in _UNENCODED:
                self._wrong(
                    part, "A part must not be encoded. Send Content-Transfer-Encoding: binary, or leave it out."
                )
            elif kind == "application/http":
                self._request(part, content, headers.get("content-id", "").strip(" \t"), place)
            elif kind == "multipart/mixed" and not place:
                before = len(self.items)
                self.read(content, headers["content-type"], part)
                if len(self.items) == before and not self.problems:
                    self._wrong(part, "The change set has no parts. Send at least one.")
            else:
                change_set = "" if place else ", or multipart/mixed for a change set"
                self._wrong(part, f"The Content-Type of a part must be application/http{change_set}.")

    def _segments(self, body: bytes, content_type: str, place: str) -> list[bytes]:
        """Split a body at its boundary, and drop the preamble and the epilogue."""
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
            self._wrong(
                place, f"The line --{written}-- after the last part is missing. Lines must end in CR LF, as in HTTP."
            )
            return []
        if b"--" + boundary in body[: marks[0].start()]:
            detail = "There is a boundary in the text before the first part. A boundary must begin a line."
            self._wrong(place, detail)
        elif last == 0 and not place:
            detail = f"The batch has no parts. Send at least one, after a line --{boundary.decode('latin-1')}."
            self._wrong(place, detail)
        return [
            body[mark.end() + 2 : max(mark.end() + 2, following.start())]
            for mark, following in pairwise(marks[: last + 1])
        ]

    def _headers(self, place: str, head: str) -> dict[str, str]:
        """Read header lines; names become lower-case."""
        headers: dict[str, str] = {}
        for line in head.split("\r\n") if head else ():
            name, colon, value = line.partition(":")
            if not colon or not TOKEN.fullmatch(name) or not HEADER_VALUE.fullmatch(value):
                self._wrong(place, f"{line[:80]!r} is not a valid header.")
            elif name.lower() in headers:
                self._wrong(place, f"The header {name} occurs twice.")
            else:
                headers[name.lower()] = value.strip(" \t")
        return headers

    def _request(self, place: str, content: bytes, name: str, change_set: str) -> None:
        """Read the request in a part of application/http."""
        if len(self.items) >= MOST_ITEMS:
            raise MalformedBatch(
                [BatchProblem(place, f"The batch has more than {MOST_ITEMS} requests, which is the limit.")], 413
            )
        head, body = _cut(content.removeprefix(b"\r\n"))  # RFC 9112 2.2: one empty line may precede a request line
        line, _, rest = head.partition("\r\n")
        match = _LINE.fullmatch(line)
        if match is None or not TOKEN.fullmatch(match[1]):
            self._wrong(place, f"{line[:80]!r} is not a valid request line, such as GET /path HTTP/1.1.")
            return
        known = len(self.problems)
        method, url = match[1], self._url(place, match[1], match[2])
        headers = self._headers(place, rest)
        body = self._sized(place, body, headers.get("content-length"))
        for header in sorted(NOT_INSIDE & headers.keys() - WITHOUT_EFFECT):
            self._wrong(place, forbidden_header(header))
        if body and method in WITHOUT_BODY:
            self._wrong(place, forbidden_body(method))
        self._check_name(place, method, name, change_set)
        item = BatchItem(
            name or f"part {place}",
            method,
            url,
            {header: value for header, value in headers.items() if header not in WITHOUT_EFFECT},
            body,
            f"change set {change_set}" if change_set else None,
        )
        for reference in item.references.values():
            if reference not in self._ids:
                self._wrong(place, f"${reference[:80]} refers to no Content-ID before this part.")
        if name:
            self._ids.add(name)
        if len(self.problems) == known:
            self.items.append(item)

    def _url(self, place: str, method: str, url: str) -> str:
        """Check a URL: a relative path, an absolute path, or a URL with a server, whose name is ignored."""
        if has_authority(url):
            match = _URI.fullmatch(url)
            if match is None:
                self._wrong(place, f"{url[:80]!r} is neither a path nor an http URL.")
                return url
            url = match[1] or "/"
        if "#" in url:
            self._wrong(place, "The URL of a request must not contain '#'.")
        if method == "POST" and is_batch(url):
            self._wrong(place, NESTED_BATCH)
        return url

    def _check_name(self, place: str, method: str, name: str, change_set: str) -> None:
        if change_set and method in self._safe:
            self._wrong(place, f"{method} changes nothing, and a change set must not contain it.")
        if change_set and not name:
            self._wrong(place, "A part of a change set needs a Content-ID.")
        elif name and not REQUEST_ID.fullmatch(name):
            self._wrong(place, f"A Content-ID must have {ID_RULE}.")
        elif name in self._ids:
            self._wrong(place, f"The Content-ID {name} occurs twice.")

    def _sized(self, place: str, body: bytes, declared: str | None) -> bytes:
        """Cut a body to its Content-Length, if there is one: nothing but line ends may follow."""
        if declared is None:
            return body
        length = int(declared) if _LENGTH.fullmatch(declared) else -1
        if not 0 <= length <= len(body) or body[length:].strip(b"\r\n"):
            self._wrong(
                place, f"Content-Length: {declared[:40]!r} doesn't match the body, which has {len(body)} bytes."
            )
        return body[: max(length, 0)]


def _cut(segment: bytes) -> tuple[str, bytes]:
    """Split headers from the content at the first empty line; without one, all lines are headers."""
    if segment.startswith(b"\r\n"):
        return "", segment[2:]
    head, _, content = segment.partition(b"\r\n\r\n")
    return head.decode("latin-1").removesuffix("\r\n"), content
