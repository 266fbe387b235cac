"""The head of a request: its first line and its headers, read strictly (RFC 9112 2 to 6).

What two readers could understand differently is refused, whatever stands behind it: most of all where
the body ends, and with it where the next request begins.
"""

from __future__ import annotations

import re
from collections.abc import Iterable

from msgspec import Struct

from dav424.core.batch import Refused

MOST_FIELDS = 1000
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
        "timeout",
    ]
)
"""Headers whose values are no lists: a second one is refused, unless it says the same."""
_TOKEN = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]+")
_TARGET = re.compile(r"[\x21\x22\x24-\x7e]+")
_VERSION = re.compile(r"HTTP/[0-9]\.[0-9]")
_HOST = re.compile(r"(?:\[[0-9A-Za-z:.%_~-]+\]|[A-Za-z0-9._~!$&'()*+,;=%-]*)(?::[0-9]*)?")
_LENGTH = re.compile(r"[0-9]{1,15}")
_TEXT = bytes([0x09, *range(0x20, 0x7F), *range(0x80, 0x100)])
"""What a field value may hold (RFC 9110 5.5); line breaks come between lines alone."""


class Head(Struct, frozen=True):
    """What a head says. Names of headers are lower-case, their values Latin-1.

    ``length`` is that of the body in bytes, unknown if it is ``chunked``. ``latest`` says if the client
    speaks HTTP/1.1 rather than 1.0, ``persistent`` if it wants to keep the connection, ``waits`` if it sends
    no body before it is told to continue (RFC 9110 10.1.1).
    """

    method: str
    target: str
    headers: dict[str, str]
    length: int
    chunked: bool
    latest: bool
    persistent: bool
    waits: bool


def parse(data: bytes) -> Head:
    """Read a head, given without the empty line at its end.

    Refuses with 400 what is malformed, 431 too many headers, 501 a transfer coding other than chunks, and
    505 another version than HTTP/1.
    """
    first, *fields = data.decode("latin-1").split("\r\n")
    if data.translate(None, _TEXT) != b"\r\n" * len(fields):
        raise _stray(data)
    method, target, latest = _request_line(first)
    headers = _headers(fields)
    _check_host(headers.get("host"), needed=latest)
    length, chunked = _framing(headers, latest=latest)
    options = headers.get("connection")
    wanted = _words(options) if options is not None else ()
    return Head(
        method,
        target,
        headers,
        length,
        chunked,
        latest,
        persistent="close" not in wanted and (latest or "keep-alive" in wanted),
        waits=latest and "expect" in headers and headers["expect"].lower() == "100-continue",
    )


def _stray(data: bytes) -> Refused:
    stray = re.search(rb"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f]|\r(?!\n)|(?<!\r)\n", data)
    assert stray is not None, "it is what was found to be there"
    line = data.count(b"\n", 0, stray.start()) + 1
    return Refused(400, f"Line {line} of the head holds the character {ord(stray[0]):#04x}; lines end in CR LF.")


def _request_line(line: str) -> tuple[str, str, bool]:
    """Take method and target from a request line, and whether the version is 1.1 or later (RFC 9112 3)."""
    parts = line.split(" ")
    if len(parts) != 3:
        raise Refused(400, f"The request line {line[:80]!r} is not a method, a target and a version.")
    method, target, version = parts
    if version != "HTTP/1.1":
        if not _VERSION.fullmatch(version):
            raise Refused(400, f"The request line ends in {version[:40]!r}, which is not a version of HTTP.")
        if version[5] != "1":
            raise Refused(505, f"{version} is not spoken here; HTTP/1.1 is.")
    if not _TOKEN.fullmatch(method):
        raise Refused(400, f"{method[:40]!r} can't be the name of a method.")
    if not _TARGET.fullmatch(target):
        raise Refused(400, f"The target {target[:80]!r} holds a character that must be percent-encoded.")
    return method, target, version != "HTTP/1.0"


def _headers(fields: Iterable[str]) -> dict[str, str]:
    """Read the header lines; those of one name become one, as a list (RFC 9110 5.3)."""
    found: dict[str, str] = {}
    for count, field in enumerate(fields):
        name, colon, value = field.partition(":")
        if not colon or not _TOKEN.fullmatch(name):
            raise _not_a_field(name, colon)
        if count >= MOST_FIELDS:
            raise Refused(431, f"There are more than {MOST_FIELDS} headers.")
        name, value = name.lower(), value.strip(" \t")
        if name in found:
            value = _together(name, found[name], value)
        found[name] = value
    return found


def _not_a_field(name: str, colon: str) -> Refused:
    if name[:1] in (" ", "\t"):
        return Refused(400, "A header goes on in a second line; write it in one (RFC 9112 5.2).")
    if colon and name.rstrip(" \t") != name:
        return Refused(400, f"There is white space between {name.rstrip()[:40]!r} and its colon (RFC 9112 5.1).")
    return Refused(400, f"{name[:40]!r} is not the name of a header, with a colon behind it.")


def _together(name: str, before: str, value: str) -> str:
    if name not in _ONLY_ONCE:
        return f"{before}, {value}"
    if name == "host" or before != value:
        raise Refused(400, f"There is more than one {name} header.")
    return value


def _check_host(host: str | None, *, needed: bool) -> None:
    """Refuse with 400 a request that doesn't name its host (RFC 9112 3.2)."""
    if host is None:
        if needed:
            raise Refused(400, "HTTP/1.1 needs a Host header.")
    elif not _HOST.fullmatch(host):
        raise Refused(400, f"Host: {host[:80]!r} is not a host with or without a port.")


def _framing(headers: dict[str, str], *, latest: bool) -> tuple[int, bool]:
    """Say how long the body is, and whether it comes in chunks (RFC 9112 6.3)."""
    coding, length = headers.get("transfer-encoding"), headers.get("content-length")
    if coding is not None:
        if length is not None:
            raise Refused(400, "A body has either chunks or a Content-Length, not both.")
        if not latest:
            raise Refused(400, "HTTP/1.0 has no Transfer-Encoding; send a Content-Length.")
        codings = _words(coding)
        if set(codings) != {"chunked"}:
            raise Refused(501, f"Transfer-Encoding: {coding[:40]!r} can't be read; send chunked alone.")
        if len(codings) > 1:
            raise Refused(400, "Transfer-Encoding: chunked is said more than once.")
        return 0, True
    if length is None:
        return 0, False
    if not _LENGTH.fullmatch(length):
        raise Refused(400, f"Content-Length: {length[:40]!r} is not a number of bytes.")
    return int(length), False


def _words(value: str) -> list[str]:
    """Read a list of words, in lower case."""
    return [word.strip(" \t").lower() for word in value.split(",") if word.strip(" \t")]
