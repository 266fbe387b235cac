"""Request targets and URL references as paths of the tree (RFC 3986, RFC 9112 3.2).

Content lives in memory, so no path can reach a file; what is refused here is refused because two
readers could understand it differently.
"""

from __future__ import annotations

import re
from urllib.parse import quote, unquote_to_bytes, urlsplit

from dav424.core.batch import Refused

LONGEST_PATH = 65_536
_PLAIN = re.compile(r"(?:/+(?!\.\.?(?:/|$))[A-Za-z0-9._~!$&'()*+,;=:@-]+)*/*")
"""A path in which nothing has to be decoded, and nothing can be wrong."""
_BAD_ESCAPE = re.compile(r"%(?![0-9A-Fa-f]{2})")
_URI = re.compile(r"(?:[A-Za-z0-9\-._~:/?\[\]@!$&'()*+,;=]|%[0-9A-Fa-f]{2})*")
_AUTHORITY = re.compile(
    r"(?:[^\[\]@]*@)?(?:\[(?:[0-9A-Fa-f:.]+|[vV][0-9A-Fa-f]+\.[A-Za-z0-9._~!$&'()*+,;=:-]+)\]|[^\[\]:@]+)(?::[0-9]*)?"
)
"""A host, with or without a user and a port (RFC 3986 3.2)."""
_NAMED = re.compile(r"//(?:[^@/?]*@)?[^@:/?]*(?::[0-9]*)?(?:[/?]|$)")
"""The beginning of what follows a scheme, where it is the name of a host, or of nothing."""
_SCHEME = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*:")
_CONTROL = re.compile(r"[\x00-\x1f\x7f]")


def is_uri(text: str) -> bool:
    """Say whether a text is an absolute URI without a fragment (RFC 3986 4.3)."""
    scheme = _SCHEME.match(text)
    if scheme is None or not _URI.fullmatch(text) or "[" in text or "]" in text:
        return False
    return not text.startswith("//", scheme.end()) or _NAMED.match(text, scheme.end()) is not None


def split(path: str) -> tuple[Path, bool]:
    """Take an absolute path as sent apart: its decoded segments, and whether it ends in a slash.

    Repeated slashes count as one. Refuses with 400 what is not UTF-8, holds NUL or another control
    character, an encoded slash, ``.`` or ``..``, or a ``%`` that starts no escape.

    >>> split("/a%20b/c/")
    (('a b', 'c'), True)
    """
    if len(path) > LONGEST_PATH:
        raise Refused(414, f"The path has {len(path)} characters; at most {LONGEST_PATH} are accepted.")
    if not path.startswith("/"):
        raise Refused(400, f"{path[:80]!r} is not an absolute path: it must start with a slash.")
    if _PLAIN.fullmatch(path):
        return tuple(filter(None, path.split("/"))), path.endswith("/")
    if _BAD_ESCAPE.search(path):
        raise Refused(400, f"The path {path[:80]!r} has a % that isn't followed by two hexadecimal digits.")
    segments = tuple(_decode(raw) for raw in path.split("/") if raw)
    return segments, path.endswith("/")


def _decode(raw: str) -> str:
    try:
        segment = unquote_to_bytes(raw.encode("latin-1")).decode()
    except UnicodeError:
        raise Refused(400, f"The path segment {raw[:80]!r} is not UTF-8.") from None
    if "/" in segment:
        raise Refused(400, f"The path segment {raw[:80]!r} holds an encoded slash, which can't be part of a name.")
    if segment in (".", ".."):
        raise Refused(400, f"The path holds the segment {raw[:80]!r}; send the path without dot segments.")
    if _CONTROL.search(segment):
        raise Refused(400, f"The path segment {raw[:80]!r} holds a control character.")
    return segment


def within(reference: str, base: Path, header: str) -> tuple[Path, bool] | None:
    """Resolve an absolute URI or absolute path to a path below ``base``; None if it is elsewhere.

    The authority is not compared: behind a mapped port or a proxy, the client's differs from ours.
    Refuses with 400, naming the ``header``, what is neither (RFC 4918 8.3).
    """
    malformed = Refused(400, f"{header}: {reference[:80]!r} is neither an absolute URI nor an absolute path.")
    if not _URI.fullmatch(reference):
        raise malformed
    if not reference.startswith("/"):
        if not _SCHEME.match(reference):
            raise malformed
        if not reference.lower().startswith(("http:", "https:")):
            return None
        reference = _http_path(reference, malformed)
    elif reference.startswith("//"):
        raise malformed
    if "[" in reference or "]" in reference:
        raise malformed  # they belong to a host, and nowhere else (RFC 3986 3.2.2)
    path, question, _ = reference.partition("?")
    try:
        segments, slash = split(path)
    except Refused as refused:
        raise Refused(refused.status, f"{header}: {refused.detail}") from None
    return None if question or segments[: len(base)] != base else (segments[len(base) :], slash)


def _http_path(reference: str, malformed: Refused) -> str:
    """Take the path and query from an http URL, which has to name a host."""
    try:
        parts = urlsplit(reference)
        if not _AUTHORITY.fullmatch(parts.netloc) or (parts.port is not None and not 0 <= parts.port <= 65_535):
            raise malformed
    except ValueError:
        raise malformed from None
    return (parts.path or "/") + (f"?{parts.query}" if "?" in reference else "")


Path = tuple[str, ...]

_NOTHING_TO_ENCODE = re.compile(r"[A-Za-z0-9._~!$&'()*+,;=:@/-]*")
"""A path in which no character has to be encoded, as far as no segment has a slash in it."""


def href(path: Path, *, collection: bool = False) -> str:
    """Spell a path as clients must send it: percent-encoded (RFC 3986), a collection's with its slash.

    >>> href(("a b", "ü"), collection=True)
    '/a%20b/%C3%BC/'
    """
    spelled = "/".join(["", *path])
    if spelled.count("/") != len(path) or not _NOTHING_TO_ENCODE.fullmatch(spelled):
        spelled = "".join("/" + quote(segment, safe="!$&'()*+,;=:@") for segment in path)
    return spelled + "/" if collection or not path else spelled
