"""XML request bodies: parsed without ever leaving the bytes that came (RFC 4918 8.2, 17, 20.6)."""

from __future__ import annotations

import copy
import re
import threading
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from lxml import etree
from msgspec import Struct

from dav424.core import condition_codes
from dav424.core.batch import Refused

if TYPE_CHECKING:
    from dav424.core.message import Request

MAX_BYTES = 16 * 1024 * 1024
MAX_DEPTH = 128
"""Half of what libxml2 reads by default: a property has to fit into an answer as well."""
MAX_ELEMENTS = 250_000
MOST_DECLARED = 16
"""Namespaces that a property keeps without asking which of them it uses: each property keeps them all."""
_PREFIX = re.compile(r"([^\W\d][\w.-]*):")
_threads = threading.local()
_LANG = "{http://www.w3.org/XML/1998/namespace}lang"
_XML_TYPES = ("application/xml", "text/xml")
_UNCALLED = ("", "application/octet-stream", "application/x-www-form-urlencoded", "text/plain")
"""What HTTP libraries call a body that nobody called anything; other servers don't ask (RFC 4918 9.3 does, of MKCOL)."""
_OPTIONS: dict[str, Any] = {"resolve_entities": False, "no_network": True, "load_dtd": False, "huge_tree": False}


def parse(request: Request) -> etree._Element:
    """Parse a request's body and return its root.

    Refuses with 413 what is too large, 415 what is called something else than XML, 403 what has a
    document type (RFC 4918 16, ``no-external-entities``), and 400 what isn't well-formed.
    """
    if len(request.body) > MAX_BYTES:
        raise Refused(413, f"The XML body has {len(request.body)} bytes; at most {MAX_BYTES} are accepted.")
    media_type = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if not _may_be_xml(media_type, _UNCALLED if request.method != "MKCOL" else ("",)):
        raise Refused(415, f"{request.method} takes application/xml or text/xml, and the body is {media_type[:80]}.")
    try:
        root = etree.fromstring(request.body, _parser())
    except etree.XMLSyntaxError as error:
        if _has_doctype(request.body):
            raise _no_doctype() from None
        raise Refused(400, f"The body is not well-formed XML: {error.msg}") from None
    if root.getroottree().docinfo.internalDTD is not None:
        raise _no_doctype()
    # Each element takes at least one "<", so that most bodies need no counting.
    if request.body.count(b"<") > MAX_DEPTH and _depth(root) > MAX_DEPTH:
        raise Refused(400, f"The XML body is nested more than {MAX_DEPTH} levels deep.")
    if request.body.count(b"<") > MAX_ELEMENTS and sum(1 for _ in root.iter()) > MAX_ELEMENTS:
        raise Refused(413, f"The XML body has more than {MAX_ELEMENTS} elements.")
    return root


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


def _may_be_xml(media_type: str, uncalled: tuple[str, ...]) -> bool:
    return media_type in _XML_TYPES or media_type.endswith("+xml") or media_type in uncalled


def _depth(root: etree._Element) -> int:
    depth, level = 0, [root]
    while level:
        depth, level = depth + 1, [child for element in level for child in element]
    return depth


def _parser() -> etree.XMLParser:
    """Give this thread's parser: it is used again, since a new one is made at a cost each time."""
    parser: etree.XMLParser | None = getattr(_threads, "parser", None)
    if parser is None:
        parser = _threads.parser = etree.XMLParser(**_OPTIONS)
    return parser


def _no_doctype() -> Refused:
    return Refused(
        403, "The body declares a document type; send XML without one.", condition_codes.NO_EXTERNAL_ENTITIES
    )


class _DoctypeSpotter:
    """A parser target that hears of a document type before anything in it is acted on."""

    def __init__(self) -> None:
        self.spotted = False

    def doctype(self, *_: object) -> None:
        self.spotted = True

    def start(self, *_: object) -> None:
        """Take no notice of elements."""

    def close(self) -> None:
        """Have nothing to give."""


def _has_doctype(body: bytes) -> bool:
    spotter = _DoctypeSpotter()
    parser = etree.XMLParser(target=spotter, **_OPTIONS)  # type: ignore[arg-type]  # lxml wants no more of a target
    try:
        etree.fromstring(body, parser)
    except etree.XMLSyntaxError:
        return spotter.spotted
    return spotter.spotted


def elements(parent: etree._Element) -> Iterator[etree._Element]:
    """Iterate over child elements, without comments and processing instructions."""
    return (each for each in parent if isinstance(each.tag, str))


def text(element: etree._Element) -> str:
    """Give all character data of an element."""
    if not len(element):
        return element.text or ""
    return "".join(str(piece) for piece in element.itertext())


class Scope(Struct, frozen=True):
    """What a property may have to keep of the elements around it: looked up once for a whole body."""

    languages: bool
    crowded: bool


def scope(source: bytes) -> Scope:
    """Say what can be in scope in a body: an ``xml:lang``, or more namespaces than are worth keeping unasked."""
    wide = b"\0" in source[:4]  # UTF-16, in which the words are spelled otherwise
    return Scope(languages=wide or b"lang" in source, crowded=wide or source.count(b"xmlns") > MOST_DECLARED)


def serialize(element: etree._Element, around: Scope) -> str:
    """Write a property as it is to be kept: its prefixes, and the language in scope (RFC 4918 4.3)."""
    if around.languages and element.get(_LANG) is None:
        lang = next((above.get(_LANG) for above in element.iterancestors() if _LANG in above.attrib), None)
        if lang is not None:
            element.set(_LANG, lang)
    if around.crowded and len(element.nsmap) > MOST_DECLARED:
        element = copy.deepcopy(element)
        etree.cleanup_namespaces(element, keep_ns_prefixes=_prefixes_in_values(element))
    return etree.tostring(element, encoding="unicode", with_tail=False)


def _prefixes_in_values(element: etree._Element) -> list[str]:
    """List the prefixes that text and attribute values may use, as ``xsi:type="xs:date"`` does."""
    values = [str(piece) for piece in element.itertext()]
    values += [str(value) for each in elements(element) for value in each.attrib.values()]
    values += [str(value) for value in element.attrib.values()]
    return sorted({prefix for value in values for prefix in _PREFIX.findall(value)})
