"""XML request bodies (RFC 4918 8.2, 17, 20.6).

The parser reads the bytes of the request alone: it resolves no entities, and opens no files or connections. The byte
order mark tells it the encoding, then ``charset`` of Content-Type, then the XML declaration (RFC 7303 3.2).
"""

from __future__ import annotations

import re
import threading
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from lxml import etree

from dav424.core import condition_codes
from dav424.core.batch import Refused
from dav424.core.patterns import pattern
from dav424.dav import charset, parser_names
from dav424.dav.property_writer import MOST_DECLARED, Allowance, PropertyWriter, allowed

if TYPE_CHECKING:
    from dav424.core.message import Request

MAX_BYTES = 16 * 1024 * 1024
MAX_DEPTH = 128
"""Half of the depth that libxml2 reads by default: the property also has to fit into the XML of a response."""
MAX_ELEMENTS = 250_000
_LIKE_ASCII = ("UTF-8", "UTF8", "US-ASCII", "ISO-8859", "LATIN", "WINDOWS-125")
_SHORT = 4096
"""Bytes: the names of a shorter body can't be much longer than the body."""
_NAMESPACE = pattern(rb"""\sxmlns[^\s=<>"']*+\s*+=\s*+(?:"[^"]*+"|'[^']*+')""")
_DOCTYPE = re.compile(rb"(?:\xef\xbb\xbf)?\s*+(?:<\?[^>]*+>\s*+|<!--[^>]*+>\s*+)*+<!DOCTYPE")
_threads = threading.local()
_LANG = "{http://www.w3.org/XML/1998/namespace}lang"
_XML_TYPES = ("application/xml", "text/xml")
_DEFAULT_TYPES = ("", "application/octet-stream", "application/x-www-form-urlencoded", "text/plain")
"""The types that HTTP libraries send by default. Other servers accept them too, except for MKCOL (RFC 4918 9.3)."""
_LIMITS = frozenset({etree.ErrorTypes.ERR_NAME_TOO_LONG, 114})
"""The codes of libxml2 for a limit: XML_ERR_NAME_TOO_LONG, and XML_ERR_RESOURCE_LIMIT, which lxml has no name for."""
_UNKNOWN_ENCODINGS = frozenset({etree.ErrorTypes.ERR_UNKNOWN_ENCODING, etree.ErrorTypes.ERR_UNSUPPORTED_ENCODING})
_LINE = pattern(r",?(?: a)? line \d+(?=.*, line \d+)")
"""The line in a message of libxml2, which lxml repeats at the end."""
_TOO_BIG = "too big"
"""What libxml2 says of a comment, CDATA section or processing instruction beyond its limit; the codes have other uses."""
_OPTIONS: dict[str, Any] = {"resolve_entities": False, "no_network": True, "load_dtd": False, "huge_tree": False}


def is_missing(request: Request) -> bool:
    """Say whether a request has no body, or white space alone; refuses another body as ``parse`` does by the head alone."""
    if not request.length:
        return True
    check_head(request)
    return not request.body.strip()


def check_head(request: Request) -> None:
    """Refuse with 413 a body that is too large, and with 415 one of another media type."""
    if request.length > MAX_BYTES:
        raise Refused(413, f"The XML body has {request.length} bytes; send at most {MAX_BYTES}.")
    if not may_be_xml(request):
        media_type = _media_type(request)
        raise Refused(
            415, f"{request.method} needs a body of application/xml or text/xml; the request has {media_type[:80]}."
        )


def parse(request: Request) -> etree._Element:
    """Parse a request's body and return its root.

    Refuses with 413 a body that is too large or too deep, with 415 another media type or an unknown charset, with 403 a
    document type declaration (RFC 4918 16, ``no-external-entities``), and with 400 XML that is not well-formed.
    """
    check_head(request)
    encoding = _encoding(request.body, request.headers.get("content-type", ""))
    if _DOCTYPE.match(request.body):  # most of them are found so, and what they declare is not even read
        raise _no_doctype()
    try:
        root = _read(request.body, encoding)
    except etree.XMLSyntaxError as error:
        if _has_doctype(request.body, encoding):
            raise _no_doctype() from None
        code: int = error.code  # type: ignore[attr-defined]  # lxml's types lack it
        if code == etree.ErrorTypes.ERR_NO_MEMORY:
            raise MemoryError from None
        detail = _LINE.sub("", error.msg or "")
        if code in _LIMITS or _TOO_BIG in detail:
            limit = detail.partition(", ")[0]
            raise Refused(413, f"The XML body exceeds a limit of the server: {limit}. Send less.") from None
        if code in _UNKNOWN_ENCODINGS:
            raise Refused(
                415, f"The server can't read the encoding that the XML declares: {detail}; send UTF-8."
            ) from None
        raise Refused(400, f"The body is not well-formed XML: {detail}.") from None
    if root.getroottree().docinfo.internalDTD is not None:
        raise _no_doctype()
    # Each element has at least one "<". Most bodies have so few of them that their elements need not be counted.
    most = request.body.count(b"<") if not _is_wide(root) else len(request.body)
    if most > MAX_DEPTH and depth(root) > MAX_DEPTH:
        raise Refused(413, f"The XML body has more than {MAX_DEPTH} levels of elements; send fewer.")
    if most > MAX_ELEMENTS and sum(1 for _ in root.iter()) > MAX_ELEMENTS:
        raise Refused(413, f"The XML body has more than {MAX_ELEMENTS} elements; send fewer.")
    _check_names(request.body, root)
    return root


def _read(body: bytes, encoding: str | None) -> etree._Element:
    try:
        return etree.fromstring(body, _parser(encoding))
    finally:
        note_names(len(body))


def note_names(length: int) -> None:
    """Note that this thread read ``length`` bytes of XML. The parser keeps the names in them, and forgets them from time to time."""
    if parser_names.read(length):
        vars(_threads).clear()


def parse_as(request: Request, *names: str, status: int = 400) -> etree._Element:
    """Parse a request's body as ``parse`` does, and refuse with ``status`` a root element with none of these names.

    ``names`` are in Clark notation.
    """
    root = parse(request)
    if root.tag not in names:
        wanted = " or ".join(name.replace("{DAV:}", "DAV:") for name in names)
        raise Refused(
            status, f"The body of {request.method} must be a {wanted} element; its root element is {root.tag[:200]}."
        )
    return root


def may_be_xml(request: Request) -> bool:
    """Tell whether the Content-Type of a request is one of XML, or one that clients send where they name none."""
    media_type = _media_type(request)
    default_types = _DEFAULT_TYPES if request.method != "MKCOL" else ("",)
    return media_type in _XML_TYPES or media_type.endswith("+xml") or media_type in default_types


def _media_type(request: Request) -> str:
    return request.headers.get("content-type", "").partition(";")[0].strip().lower()


def depth(root: etree._Element) -> int:
    """Count the levels of elements in a tree."""
    levels, level = 0, [root]
    while level:
        levels, level = levels + 1, [child for element in level for child in element]
    return levels


def _encoding(body: bytes, content_type: str) -> str | None:
    """Give the encoding that ``charset`` tells the parser; None if the byte order mark or the declaration tells it."""
    sent = charset.charset(content_type)
    if not sent or charset.marked(body):
        return None
    if sent == "utf-16":  # without the mark that it needs; "<" tells the order of the bytes
        return "utf-16be" if body.startswith(b"\0") else "utf-16le"
    return sent


def _parser(encoding: str | None) -> etree.XMLParser:
    """Return the parser of this thread for an encoding, in place of the declared one; None keeps the declared one.

    The parsers for None and for UTF-8 are reused, because a new parser takes longer than a small body.
    """
    if encoding not in (None, "utf-8"):
        return _new_parser(encoding)
    name = "parser" if encoding is None else "parser_of_utf_8"
    parser: etree.XMLParser | None = getattr(_threads, name, None)
    if parser is None:
        parser = _new_parser(encoding)
        setattr(_threads, name, parser)
    return parser


def _new_parser(encoding: str | None, **options: Any) -> etree.XMLParser:
    try:
        return etree.XMLParser(encoding=encoding, **_OPTIONS, **options)
    except LookupError:
        raise Refused(
            415, f"The server doesn't know charset={encoding[:40] if encoding else ''}; send UTF-8."
        ) from None


def _no_doctype() -> Refused:
    return Refused(
        403, "The body declares a document type; send XML without one.", condition_codes.NO_EXTERNAL_ENTITIES
    )


class _DoctypeSpotter:
    """A parser target that notices a document type declaration, and ignores everything else."""

    def __init__(self) -> None:
        self.spotted = False

    def doctype(self, *_: object) -> None:
        self.spotted = True

    def start(self, *_: object) -> None:
        """Ignore elements."""

    def close(self) -> None:
        """Return no result."""


def _has_doctype(body: bytes, encoding: str | None) -> bool:
    spotter = _DoctypeSpotter()
    parser = _new_parser(encoding, target=spotter)
    try:
        etree.fromstring(body, parser)
    except etree.XMLSyntaxError:
        return spotter.spotted
    return spotter.spotted


def elements(parent: etree._Element) -> Iterator[etree._Element]:
    """Iterate over child elements, without comments and processing instructions."""
    return (child for child in parent if isinstance(child.tag, str))


def text(element: etree._Element) -> str:
    """Return all character data of an element, that of its descendants included."""
    if not len(element):
        return element.text or ""
    return etree.tostring(element, method="text", encoding="unicode", with_tail=False)


class Scope:
    """Facts about a body that decide how its properties are stored, looked up once for the whole body.

    ``languages``: the body may have ``xml:lang``, which properties inherit. The ``writer`` writes properties with the
    namespaces that they use; None if they can take along all.
    """

    def __init__(self, source: bytes, root: etree._Element, *, languages: bool, crowded: bool) -> None:
        self.languages = languages
        self._allowance = Allowance(len(source))
        self.writer = PropertyWriter(root, self._allowance) if crowded else None
        self._languages: dict[etree._Element, str | None] = {}

    def language_around(self, element: etree._Element) -> str | None:
        """Give the language that an element inherits; refuses with 413 if the properties inherit too much text."""
        parent = element.getparent()
        found = self._language_in(parent) if parent is not None else None
        if found is not None:
            self._allowance.take(len(found))
        return found

    def _language_in(self, element: etree._Element) -> str | None:
        if element not in self._languages:
            own, parent = element.get(_LANG), element.getparent()
            self._languages[element] = own if own is not None or parent is None else self._language_in(parent)
        return self._languages[element]


def _is_wide(root: etree._Element) -> bool:
    """Say whether the encoding of a body writes ASCII characters with other bytes than ASCII does."""
    encoding = (root.getroottree().docinfo.encoding or "UTF-8").upper()
    return not encoding.startswith(_LIKE_ASCII)


def scope(source: bytes, root: etree._Element) -> Scope:
    """Look for ``xml:lang`` and for namespace declarations in the bytes of a body, whose root element is ``root``."""
    wide = b"\0" in source[:4] or _is_wide(root)
    declared = source.count(b"xmlns")
    crowded = wide or declared > MOST_DECLARED or _repeats(source, declared)
    return Scope(source, root, languages=wide or b"lang" in source, crowded=crowded)


def _repeats(source: bytes, times: int = 1) -> bool:
    """Say whether the longest namespace of a body could, repeated for each element, be far longer than the body."""
    if len(source) < _SHORT:
        return False
    longest, at = 0, source.find(b"xmlns")
    while at > 0:
        match = _NAMESPACE.match(source, at - 1)
        longest = max(longest, len(match[0])) if match else longest
        at = source.find(b"xmlns", match.end() if match else at + 1)
    return source.count(b"<") * longest * times > allowed(len(source))


def _check_names(source: bytes, root: etree._Element) -> None:
    """Refuse with 413 a body whose names, each with its whole namespace, are far longer than the body."""
    if not _repeats(source) and not (len(source) >= _SHORT and _is_wide(root)):
        return
    left = allowed(len(source))
    for element in root.iter(etree.Element):
        left -= len(element.tag) + (sum(map(len, element.attrib)) if element.attrib else 0)
        if left < 0:
            raise Refused(
                413, "The XML body uses long namespaces in too many names; use shorter namespaces, or fewer elements."
            )


def serialize(element: etree._Element, around: Scope) -> str:
    """Write the element of a property for the store, with its prefixes and the language in scope (RFC 4918 4.3)."""
    if around.languages and element.get(_LANG) is None:
        lang = around.language_around(element)
        if lang is not None:
            element.set(_LANG, lang)
    if around.writer is not None:
        return around.writer.write(element)
    return etree.tostring(element, encoding="unicode", with_tail=False)


def inside(xml: str) -> str:
    """Write the content of a stored element: each child element with the namespaces that it uses, in place or above."""
    return "".join(
        etree.tostring(child, encoding="unicode", with_tail=False) for child in elements(etree.fromstring(xml))
    )
