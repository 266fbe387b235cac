"""Where each reported status stands in the bytes of a body, so that a page can mark it.

The places are in the order of ``proof.answer_body.read_body``: one entry for each status that it reads.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Sequence
from xml.parsers import expat

from msgspec import Struct

from dav424.core.namespaces import DAV
from dav424.proof.answer_body import ReportedStatus

Span = tuple[int, int]
"""The first byte, and the one after the last."""
_STATUS_LINE = re.compile(rb"HTTP/1\.1 [0-9]{3}[^\r\n]*")
_DAV = DAV.strip("{}")


def places(content_type: str, body: bytes, reported: Sequence[ReportedStatus]) -> list[list[Span]]:
    """Give the spans of each reported status; none where a body has another form than expected."""
    found = _found(content_type, body, reported)
    return found if len(found) == len(reported) else [[] for _ in reported]


def _found(content_type: str, body: bytes, reported: Sequence[ReportedStatus]) -> list[list[Span]]:
    kind = content_type.partition(";")[0].strip().lower()
    if kind.endswith("xml"):
        return _in_xml(body)
    if kind.endswith("json"):
        return _in_json(body, reported)
    if kind == "multipart/mixed":
        return _in_multipart(body, reported)
    return []


class _Element(Struct):
    """An element of an XML body: its name in Clark notation without braces, its span, and its children."""

    name: str
    start: int
    end: int
    children: list[_Element]

    def all(self, local: str) -> Iterator[_Element]:
        """Iterate over the children with a name in the namespace ``DAV:``."""
        return (child for child in self.children if child.name == f"{_DAV} {local}")

    @property
    def span(self) -> Span:
        """The bytes of the element."""
        return self.start, self.end


def _in_xml(body: bytes) -> list[list[Span]]:
    root = _parse(body)
    if root is None:
        return []
    if root.name == f"{_DAV} multistatus":
        return [spans for response in root.all("response") for spans in _in_response(response)]
    return list(_in_propstats(root)) if root.name == f"{_DAV} mkcol-response" else []


def _in_response(response: _Element) -> Iterator[list[Span]]:
    status = next(response.all("status"), None)
    if status is None:
        yield from _in_propstats(response)
    else:
        yield [*(href.span for href in response.all("href")), status.span]


def _in_propstats(parent: _Element) -> Iterator[list[Span]]:
    for propstat in parent.all("propstat"):
        statuses = [status.span for status in propstat.all("status")]
        for prop in propstat.all("prop"):
            for named in prop.children:
                yield [named.span, *statuses]


def _parse(body: bytes) -> _Element | None:
    """Read the elements with their places; None for a body that is not well-formed, or that declares entities."""
    parser = expat.ParserCreate(namespace_separator=" ")
    top = _Element("", 0, 0, [])
    open_elements = [top]

    def start(name: str, _: object) -> None:
        element = _Element(name, parser.CurrentByteIndex, 0, [])
        open_elements[-1].children.append(element)
        open_elements.append(element)

    def end(_: str) -> None:
        element = open_elements.pop()
        tag_end = _end_of_tag(body, element.start)
        is_empty = body[tag_end - 2 : tag_end] == b"/>"
        element.end = tag_end if is_empty else body.index(b">", parser.CurrentByteIndex) + 1

    def refuse(*_: object) -> None:
        raise ValueError("a body of this server has no document type")

    parser.StartElementHandler, parser.EndElementHandler, parser.StartDoctypeDeclHandler = start, end, refuse
    try:
        parser.Parse(body, True)
    except (expat.ExpatError, ValueError):
        return None
    return top.children[0]


def _end_of_tag(body: bytes, start: int) -> int:
    """Find the end of the tag that begins at a place; a > in the value of an attribute is none."""
    quote = 0
    for place in range(start, len(body)):
        byte = body[place]
        if quote:
            quote = 0 if byte == quote else quote
        elif byte in b"\"'":
            quote = byte
        elif byte == ord(">"):
            return place + 1
    return len(body)


def _in_json(body: bytes, reported: Sequence[ReportedStatus]) -> list[list[Span]]:
    """Find the entries of a batch by id, or those of a problem in their order."""
    text = body.decode(errors="replace")
    if len(text.encode()) != len(body):
        return []
    entries = dict(_entries(text))
    by_id = {str(json.loads(text[slice(*span)]).get("id")): span for span in entries.get("responses", [])}
    if by_id:
        return [[_in_bytes(text, by_id[each.id])] if each.id in by_id else [] for each in reported]
    listed = [*entries.get("through", []), *entries.get("causes", [])]
    return [[_in_bytes(text, span)] for span in listed]


def _entries(text: str) -> Iterator[tuple[str, list[Span]]]:
    """Give the spans of the objects in the arrays of the outermost object, by the name of the array."""
    decoder, skip = json.JSONDecoder(), re.compile(r"[\s,:]*")
    place = skip.match(text, text.find("{") + 1)
    at = place.end() if place else len(text)
    try:
        while at < len(text) and text[at] == '"':
            name, at = decoder.raw_decode(text, at)
            at = _after(skip, text, at)
            end = decoder.raw_decode(text, at)[1]
            if text[at] == "[":
                yield str(name), list(_elements(decoder, skip, text, at + 1, end - 1))
            at = _after(skip, text, end)
    except (ValueError, RecursionError):
        return


def _elements(decoder: json.JSONDecoder, skip: re.Pattern[str], text: str, at: int, end: int) -> Iterator[Span]:
    at = _after(skip, text, at)
    while at < end:
        start, (value, at) = at, decoder.raw_decode(text, at)
        if isinstance(value, dict):
            yield start, at
        at = _after(skip, text, at)


def _after(skip: re.Pattern[str], text: str, at: int) -> int:
    match = skip.match(text, at)
    return match.end() if match else at


def _in_bytes(text: str, span: Span) -> Span:
    """Turn places in a text into places in its bytes."""
    start = len(text[: span[0]].encode())
    return start, start + len(text[slice(*span)].encode())


def _in_multipart(body: bytes, reported: Sequence[ReportedStatus]) -> list[list[Span]]:
    """Find the status line of each part: that of the part, for the statuses inside it too."""
    lines = [match.span() for match in _STATUS_LINE.finditer(body)]
    found: list[list[Span]] = []
    part = -1
    for each in reported:
        part += not each.href and each.property is None
        found.append([lines[part]] if 0 <= part < len(lines) else [])
    return found
