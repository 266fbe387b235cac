"""What the server can write on every way out: in XML, in a header, as a date, as a number.

Each way in accepts only such values: requests, imports, the admin API and scenario files check them with this module. A
value that is accepted therefore never makes a response malformed.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime

from dav424.core.clocks import real_datetime
from dav424.core.patterns import pattern

_from_timestamp = real_datetime().fromtimestamp
EARLIEST_YEAR = 1000
"""The first year that every format writes with four digits."""
LARGEST_NUMBER = 2**53 - 1
"""The largest whole number that every reader of JSON reads exactly (RFC 7493 2.2)."""
NOT_XML_POINTS = (*range(0x09), 0x0B, 0x0C, *range(0x0E, 0x20), 0xFFFE, 0xFFFF)
"""The code points that XML 1.0 can't hold; text that was UTF-8 or JSON has no surrogates."""
NOT_XML = r"\x00-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff"
"""The same as the inside of a character class."""
XML_TEXT = rf"^[^{NOT_XML}]*$"
"""The pattern of a text that XML can hold."""
FIELD_VALUE = r"^[\t\x20-\x7e\x80-\xff]*$(?!\n)"
"""The pattern of a header value (RFC 9110 5.5): no line breaks, and nothing beyond Latin-1."""
MEDIA_TYPE = r"^[\t\x20-\x7e\xa0-\xff]+$(?!\n)"
"""The pattern of a media type that the server stores."""
MOMENT = (
    r"^[1-9][0-9]{3}-[01][0-9]-[0-3][0-9]T[0-2][0-9]:[0-5][0-9]:[0-5][0-9](\.[0-9]{1,6})?"
    r"(Z|[+-][0-2][0-9]:[0-5][0-9])$(?!\n)"
)
"""The pattern of a time in the format of RFC 3339, without leap seconds."""
ENTITY_TAG = r'"[\t\x20\x21\x23-\x7e\x80-\xff]*"'
"""The pattern of a strong entity-tag. RFC 9110 8.8.3 has no blanks in it; the examples of RFC 4918 10.4 have them."""
XML_NAME = r"^(\{[!#-;=?-\[\]_a-z~]*\})?[^\x00-@\[-\^`{-\xbf\xd7\xf7][^\x00-,/:-@\[-\^`{-\xb6\xb8-\xbf\xd7\xf7]*$(?!\n)"
"""The pattern of the name of an XML element in Clark notation (Namespaces in XML 1.0, 3 and 4).

It is exact for Latin-1. Beyond, only an XML parser knows which names are valid: a pattern would be too slow to generate from.
"""
FIELD_BYTES = bytes([0x09, *range(0x20, 0x7F), *range(0x80, 0x100)])
"""The bytes that a field value may have (RFC 9110 5.5); line breaks only separate lines."""
_UNWRITABLE = pattern(f"[{NOT_XML}]")


def unwritable(text: str) -> str | None:
    r"""Name the first character of a text that XML can't hold; None if XML can hold the text.

    >>> unwritable("a\x01b")
    'the character U+0001'
    """
    found = _UNWRITABLE.search(text)
    return f"the character U+{ord(found[0]):04X}" if found is not None else None


def utc(seconds: float) -> datetime:
    """Give the time in UTC at these seconds since the epoch."""
    return _from_timestamp(seconds, UTC)


def is_date(seconds: float) -> bool:
    """Say whether the server can write a time, in seconds since the epoch, in UTC with a year of four digits."""
    try:
        return utc(seconds).year >= EARLIEST_YEAR
    except (OverflowError, ValueError):
        return False


def seconds_of(text: str) -> float:
    """Read a time in the format of RFC 3339, in seconds since the epoch; raises ValueError if there is no such time.

    >>> seconds_of("1970-01-01T01:00:01+01:00")
    1.0
    """
    return real_datetime().fromisoformat(text).timestamp()


def timestamp(at: float) -> str:
    """Write a time in UTC, in the format of RFC 3339.

    >>> timestamp(1.5)
    '1970-01-01T00:00:01.500000Z'
    """
    return utc(at).isoformat().replace("+00:00", "Z")


def head(lines: Sequence[str]) -> bytes:
    """Write the lines of a head, each of which ends in CR LF.

    Raises ValueError if a line has a control character, such as a line break, or a character beyond Latin-1: such a line
    would add headers, or end the head.
    """
    data = "\r\n".join((*lines, "")).encode("latin-1")
    if data.translate(None, FIELD_BYTES) != b"\r\n" * len(lines):
        bad = next(line for line in lines if line.encode("latin-1").translate(None, FIELD_BYTES))
        raise ValueError(f"the header line {bad[:80]!r} has a control character")
    return data
