"""Compare two answers element by element, whatever differs between two runs put aside: hosts, paths, tokens, dates."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from lxml import etree
from msgspec import Struct

_HOST = re.compile(r"http(:|%3A)//(?:127\.0\.0\.1|localhost)(?:(?::|%3A)\d+)?")
_TOKEN = re.compile(r"(?:opaquelocktoken:|urn:uuid:)[^<>\s)\x22]+")
_DATE = re.compile(r"\w{3}, \d{2} \w{3} \d{4} \d{2}:\d{2}:\d{2} GMT|\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}[^<\s]*")
_NUMBER = re.compile(r"\d+$")


class Element(Struct, frozen=True):
    """One XML element: its name with its prefix, its namespace, the prefixes that it declares and uses, and its text.

    A number at the end of a prefix is put aside, since servers count as they like.
    """

    depth: int
    name: str
    namespace: str
    declares: tuple[str, ...]
    text: str


def told(status: int, content_type: str | None, body: str, base: str) -> list[object]:
    """Describe an answer, for comparisons: its status, its type, and the elements of its body.

    ``base`` is where the world of the conversation begins on this server. Of a page and of a text only the type is
    compared, since our sentences name the cause.
    """
    text = _normal(body, base)
    kind = (content_type or "").replace(" ", "").lower()
    if text.startswith("<") and "html" not in kind:
        return [status, kind, *elements(text)]
    return [status, kind if status >= 300 else ""]


def elements(text: str) -> Iterator[Element]:
    """List the elements of a document, in their order; a document that is not well-formed is read as far as it goes.

    The order of members, and that of the elements in a lock, are put aside: no dialect sets them.
    """
    root = etree.fromstring(text.encode(), etree.XMLParser(recover=True))
    for token in root.iterfind(".//{DAV:}locktoken/{DAV:}href"):
        token.text = "TOKEN"
    for lock in root.iter("{DAV:}activelock"):
        lock[:] = sorted(lock, key=lambda each: str(each.tag))
    first, *others = root.findall("{DAV:}response") or [root]
    if first is not root:
        root[:] = [first, *sorted(others, key=_named), *root.findall("{DAV:}responsedescription")]
    used = {each.prefix for each in root.iter(etree.Element)}
    for each in root.iter(etree.Element):
        above = {} if each.getparent() is None else each.getparent().nsmap
        new = {prefix for prefix, uri in each.nsmap.items() if above.get(prefix) != uri and prefix in used}
        namespace, _, local = str(each.tag).rpartition("}")
        prefix = _NUMBER.sub("", each.prefix or "")
        yield Element(
            len(list(each.iterancestors())),
            f"{prefix}:{local}",
            namespace.removeprefix("{"),
            tuple(sorted(_NUMBER.sub("", prefix or "") for prefix in new)),
            _text(str(each.tag), (each.text or "").strip()),
        )


def _text(tag: str, text: str) -> str:
    """Put aside the values that a server chooses, and keep their forms."""
    if tag == "{DAV:}getetag" and text:
        return form_of_etag(text)
    return re.sub(r"[\d.]+", "N", text) if tag == "{DAV:}timeout" else text


def form_of_etag(etag: str) -> str:
    """Say how an entity-tag is written."""
    return "weak" if etag.startswith("W/") else "strong" if etag.startswith('"') else "unquoted"


def _named(response: Any) -> str:
    return str(response.findtext("{DAV:}href"))


def _normal(text: str, base: str) -> str:
    """Put aside what differs between two servers that say the same."""
    inner = base.strip("/")
    if inner:
        text = text.replace(f"/{inner}", "").replace(f"{inner}/", "")
    text = _HOST.sub(r"http\1//HOST", text)
    text = _TOKEN.sub("TOKEN", text)
    return _DATE.sub("DATE", text).strip()
