"""The head of a request: the request line and the headers, read strictly (RFC 9112 2 to 6).

A head that two parsers could read differently is refused: above all if they could disagree on where the body ends and
the next request begins.
"""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Iterable

from msgspec import Struct

from dav424.core.batch import Refused
from dav424.core.memory import Held, forgotten, hold
from dav424.core.writable import FIELD_BYTES

MOST_FIELDS = 1000
CONTINUE = "100-continue"
"""The one expectation that RFC 9110 10.1.1 defines."""
_ONLY_ONCE = frozenset(
    [
        "authorization",
        "content-length",
        "content-range",
        "content-type",
        "depth",
        "destination",
        "host",
        "if",
        "if-modified-since",
        "if-range",
        "if-unmodified-since",
        "lock-token",
        "overwrite",
        "range",
    ]
)
"""Headers whose values are not lists: a second header of the name is refused, unless its value is the same."""
_TOKEN = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]+")
_TARGET = re.compile(r"[\x21\x22\x24-\x7e]+")
_LINE = re.compile(rf"({_TOKEN.pattern}) ({_TARGET.pattern}) HTTP/1\.1")
"""The request lines of HTTP/1.1 that are well-formed."""
_VERSION = re.compile(r"HTTP/[0-9]\.[0-9]")
_HOST = re.compile(r"(?:\[[0-9A-Za-z:.%_~-]+\]|[A-Za-z0-9._~!$&'()*+,;=%-]*)(?::[0-9]*)?")
_LENGTH = re.compile(r"[0-9]{1,15}")


class Head(Struct, frozen=True):
    """A parsed head. Header names are lower-case, header values are decoded as Latin-1.

    * ``length`` of the body in bytes; 0 if the body is ``chunked``, since its length is unknown.
    * ``latest``: the client speaks HTTP/1.1 rather than 1.0.
    * ``persistent``: the client wants to keep the connection.
    * ``waits``: the client sends the body after a 100 Continue (RFC 9110 10.1.1).
    """

    method: str
    target: str
    headers: dict[str, str]
    length: int
    chunked: bool
    latest: bool
    persistent: bool
    waits: bool


class _Fields(Struct, frozen=True):
    """The headers of a request of HTTP/1.1, and what follows from them alone."""

    headers: dict[str, str]
    length: int
    chunked: bool
    persistent: bool
    waits: bool
    held: Held


_MOST_KNOWN, _LONGEST_KNOWN = 128, 2048
_OF_FIELDS, _OF_A_FIELD = 1000, 60
"""The estimated size of known headers, and of one of them, without the texts, in bytes."""
_known: dict[bytes, _Fields] = {}
"""The headers that were read before, by their bytes: a client sends the same ones again and again."""
forgotten(_known)


def parse(data: bytes) -> Head:
    """Parse a head, without the empty line at its end.

    Refuses a malformed head with 400, too many headers with 431, a transfer coding other than ``chunked`` with 501, and
    a major version other than HTTP/1 with 505.
    """
    line, _, rest = data.partition(b"\r\n")
    fields = _known.get(rest)
    found = _LINE.fullmatch(line.decode("latin-1")) if fields is not None else None
    if fields is None or found is None:
        return _parse_whole(data, rest)
    return Head(
        found[1],
        found[2],
        fields.headers,
        fields.length,
        fields.chunked,
        latest=True,
        persistent=fields.persistent,
        waits=fields.waits,
    )


def _parse_whole(data: bytes, rest: bytes) -> Head:
    """Parse a head whose headers, in the ``rest`` of it, are not known."""
    first, *fields = data.decode("latin-1").split("\r\n")
    if data.translate(None, FIELD_BYTES) != b"\r\n" * len(fields):
        raise _stray(data)
    method, target, latest = _request_line(first)
    headers = _headers(fields)
    _check_host(headers.get("host"), needed=latest)
    length, chunked = _framing(headers, latest=latest)
    options = headers.get("connection")
    connection_options = words(options) if options is not None else ()
    persistent = "close" not in connection_options and (latest or "keep-alive" in connection_options)
    waits = latest and (chunked or length > 0) and "expect" in headers and CONTINUE in words(headers["expect"])
    if first.endswith(" HTTP/1.1") and len(rest) <= _LONGEST_KNOWN:
        if len(_known) >= _MOST_KNOWN:
            _known.clear()
        held = hold(_OF_FIELDS + 3 * len(rest) + 2 * _OF_A_FIELD * len(headers))
        _known[rest] = _Fields(headers, length, chunked, persistent, waits, held)
    return Head(method, target, headers, length, chunked, latest, persistent, waits)


def target_of(data: bytes) -> str:
    """Give the second word of a request line, which is the target unless the line is malformed; empty without one."""
    line = data.partition(b"\n")[0].decode("latin-1").split()
    return line[1] if len(line) > 1 else ""


def _stray(data: bytes) -> Refused:
    stray = re.search(rb"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f]|\r(?!\n)|(?<!\r)\n", data)
    assert stray is not None, "the caller found such a byte"
    line = data.count(b"\n", 0, stray.start()) + 1
    return Refused(
        400, f"Line {line} of the head has the control character {ord(stray[0]):#04x}; end each line with CR LF."
    )


def _request_line(line: str) -> tuple[str, str, bool]:
    """Read the method and the target from a request line, and whether the version is 1.1 or later (RFC 9112 3)."""
    parts = line.split(" ")
    if len(parts) != 3:
        raise Refused(
            400,
            f"The request line {line[:80]!r} is malformed; send a method, a target and a version, separated by spaces.",
        )
    method, target, version = parts
    if version != "HTTP/1.1":
        if not _VERSION.fullmatch(version):
            raise Refused(
                400, f"The request line ends in {version[:40]!r}, which is not a version of HTTP; send HTTP/1.1."
            )
        if version[5] != "1":
            raise Refused(505, f"The server does not support {version}; send HTTP/1.1.")
    if not _TOKEN.fullmatch(method):
        raise Refused(
            400,
            f"{method[:40]!r} can't be a method; a method has only letters, digits and some punctuation (RFC 9110 5.6.2).",
        )
    if not _TARGET.fullmatch(target):
        raise Refused(400, f"The target {target[:80]!r} has a character that must be percent-encoded.")
    return method, target, version != "HTTP/1.0"


def _headers(fields: Iterable[str]) -> dict[str, str]:
    """Parse the header lines; join the values of headers with the same name to a list (RFC 9110 5.3)."""
    headers: dict[str, str] = {}
    for count, field in enumerate(fields):
        name, colon, value = field.partition(":")
        if not colon or not _TOKEN.fullmatch(name):
            raise _not_a_field(name, colon)
        if count >= MOST_FIELDS:
            raise Refused(431, f"The request has more than {MOST_FIELDS} headers; send fewer.")
        name, value = name.lower(), value.strip(" \t")
        if name in headers:
            value = _joined(name, headers[name], value)
        headers[name] = value
    return headers


def _not_a_field(name: str, colon: str) -> Refused:
    if name[:1] in (" ", "\t"):
        return Refused(400, "A header continues on a second line; write each header on one line (RFC 9112 5.2).")
    if colon and name.rstrip(" \t") != name:
        return Refused(
            400, f"White space stands between {name.rstrip()[:40]!r} and its colon; remove it (RFC 9112 5.1)."
        )
    return Refused(400, f"The header line begins with {name[:40]!r}, which is not a header name and a colon.")


def _joined(name: str, before: str, value: str) -> str:
    if name not in _ONLY_ONCE:
        return f"{before}, {value}"
    if name == "host" or before != value:
        raise Refused(400, f"The request has more than one {name} header; send one.")
    return value


def _check_host(host: str | None, *, needed: bool) -> None:
    """Refuse a request without a valid Host header with 400 (RFC 9112 3.2)."""
    if host is None:
        if needed:
            raise Refused(400, "The request has no Host header; HTTP/1.1 requires it.")
    elif not is_authority(host):
        raise Refused(400, f"Host: {host[:80]!r} is not a host with an optional port.")


def is_authority(text: str) -> bool:
    """Say whether a text is a host with an optional port; brackets hold an IPv6 address, also with a zone (RFC 3986 3.2.2)."""
    if not _HOST.fullmatch(text):
        return False
    if text.startswith("["):
        try:
            ipaddress.IPv6Address(text[1 : text.index("]")].partition("%")[0])
        except ValueError:
            return False
    return True


def _framing(headers: dict[str, str], *, latest: bool) -> tuple[int, bool]:
    """Give the length of the body, and whether it is chunked (RFC 9112 6.3)."""
    coding, length = headers.get("transfer-encoding"), headers.get("content-length")
    if coding is not None:
        if length is not None:
            raise Refused(400, "The request has Transfer-Encoding and Content-Length; send only one of them.")
        if not latest:
            raise Refused(
                400, "The request has Transfer-Encoding, which HTTP/1.0 does not know; send a Content-Length."
            )
        codings = words(coding)
        if set(codings) != {"chunked"}:
            raise Refused(501, f"Transfer-Encoding: {coding[:40]!r} is not supported; send only chunked.")
        if len(codings) > 1:
            raise Refused(400, "Transfer-Encoding has chunked more than once; send it once.")
        return 0, True
    if length is None:
        return 0, False
    if not _LENGTH.fullmatch(length):
        raise Refused(400, f"Content-Length: {length[:40]!r} is not a number of bytes of up to 15 digits.")
    return int(length), False


def words(value: str) -> list[str]:
    """Split a comma-separated list into its words, in lower case."""
    return [word.strip(" \t").lower() for word in value.split(",") if word.strip(" \t")]
