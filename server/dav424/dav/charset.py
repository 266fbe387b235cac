"""The character encoding of a body: the byte order mark, then ``charset``, then the XML declaration (RFC 7303 3.2)."""

from __future__ import annotations

import codecs
from urllib.parse import unquote

from dav424.core.memory import Remembered
from dav424.core.patterns import pattern

_BYTE_ORDER_MARKS = (
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF32_LE, "utf-32"),  # before UTF-16, whose mark is the beginning of this one
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
_DECLARED = pattern(r"""\ufeff?<\?xml\s[^>]*?\sencoding\s*=\s*["']([A-Za-z][A-Za-z0-9._-]*)["']""")
_PARAMETER = pattern(r';[ \t]*([^=;"\s]*)[ \t]*(?:=[ \t]*(?:"([^"\\]*+(?:\\.[^"\\]*+)*+)"|([^;]*+)))?')
"""One parameter. Other text is passed over, and each character is looked at once."""
_ESCAPED = pattern(r"\\(.)")
_LONGEST_NAME = 64
_NO_CHARSETS = frozenset({"idna", "oem", "mbcs", "punycode", "raw-unicode-escape", "undefined", "unicode-escape"})
"""Codecs of Python that no registered charset has (RFC 2978), and some of which are slow."""


def charset(content_type: str) -> str:
    """Read the parameter ``charset`` of a media type, in lower case and without quotes; empty if there is none.

    >>> charset('text/xml; charset="UTF-8"')
    'utf-8'
    """
    return _CHARSETS[content_type] if ";" in content_type else ""


def _charset(content_type: str) -> str:
    for match in _PARAMETER.finditer(content_type, content_type.index(";")):
        name, quoted, token = match[1].lower(), match[2], match[3]
        if name not in ("charset", "charset*"):
            continue
        value = _ESCAPED.sub(r"\1", quoted) if quoted is not None else (token or "").strip(" \t")
        if name == "charset*":  # RFC 8187 3.2: charset*=us-ascii'en'utf-8
            value = unquote(value.rpartition("'")[2])
        return value.strip(" \t'").lower() if value.isascii() else "?"
    return ""


_CHARSETS = Remembered(_charset, most=100)


def marked(body: bytes) -> str:
    """Name the encoding that a byte order mark at the beginning of a body tells; empty without a mark.

    >>> marked(codecs.BOM_UTF8 + b"<a/>")
    'utf-8'
    """
    return next((encoding for mark, encoding in _BYTE_ORDER_MARKS if body.startswith(mark)), "")


def declared(text: str) -> str:
    """Read the encoding in the XML declaration of a text; empty if the text declares none."""
    match = _DECLARED.match(text)
    return match[1] if match else ""


def codec(name: str) -> str:
    """Find the codec of a charset; raises LookupError if there is none."""
    if len(name) > _LONGEST_NAME:
        raise LookupError(name[:_LONGEST_NAME])
    found = codecs.lookup(name).name
    if found.replace("_", "-") in _NO_CHARSETS:
        raise LookupError(name)
    return found


def decoded(body: bytes, content_type: str, *, xml: bool) -> str:
    """Decode a text by its byte order mark, its charset or, with ``xml``, its declaration (default: UTF-8).

    The mark stays in a text that is UTF-8. Raises LookupError for an unknown charset, and UnicodeError for a body that
    isn't written in its encoding.
    """
    mark = marked(body)
    encoding = (mark if xml or not charset(content_type) else "") or charset(content_type)
    if not encoding and xml:
        encoding = declared(body[:1024].decode("latin-1"))
    return body.decode(codec(encoding or "utf-8"))


def encoded(text: str, content_type: str, *, xml: bool) -> bytes:
    """Encode a text by its charset or, with ``xml``, as its declaration says (default: UTF-8); raises as ``decoded`` does."""
    encoding = charset(content_type) or (declared(text) if xml else "")
    return text.encode(codec(encoding or "utf-8"))
