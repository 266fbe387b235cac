"""Request targets and URL references as paths of the tree (RFC 3986, RFC 9112 3.2).

Content is in memory, so no path can reach a file, but for a folder that a provider of WsgiDAV serves. Paths are refused that a client and the server could read differently.
"""

from __future__ import annotations

import re
from urllib.parse import quote, unquote_to_bytes, urlsplit

from dav424.core.batch import Refused
from dav424.core.patterns import pattern

LONGEST_PATH = 65_536
_PLAIN = re.compile(r"(?:/+(?!\.\.?(?:/|$))[A-Za-z0-9._~!$&'()*+,;=:@-]+)*/*")
"""A path that needs no decoding and has no error."""
_BAD_ESCAPE = pattern(r"%(?![0-9A-Fa-f]{2})")
_URI = pattern(r"(?>(?:[A-Za-z0-9\-._~:/?\[\]@!$&'()*+,;=]++|%[0-9A-Fa-f]{2})*)")
_AUTHORITY = pattern(
    r"(?:[^\[\]@]*@)?(?:\[(?:[0-9A-Fa-f:.]+|[vV][0-9A-Fa-f]+\.[A-Za-z0-9._~!$&'()*+,;=:-]+)\]|[^\[\]:@]+)(?::[0-9]*)?"
)
"""A host, with or without a user and a port (RFC 3986 3.2)."""
_NAMED = pattern(r"//(?:[^@/?]*@)?[^@:/?]*(?::[0-9]*)?(?:[/?]|$)")
"""The part of a URI after its scheme that starts with the name of a host, which may be empty."""
_SCHEME = pattern(r"[A-Za-z][A-Za-z0-9+.-]*:")
_CONTROL = pattern(r"[\x00-\x1f\x7f]")


def is_uri(text: str) -> bool:
    """Say whether a text is an absolute URI without a fragment (RFC 3986 4.3)."""
    scheme = _SCHEME.match(text)
    if scheme is None or not _URI.fullmatch(text) or "[" in text or "]" in text:
        return False
    return not text.startswith("//", scheme.end()) or _NAMED.match(text, scheme.end()) is not None


def split(path: str) -> tuple[Path, bool]:
    """Split an absolute path, as sent by a client, into its decoded segments; and say whether it ends in a slash.

    Repeated slashes count as one. Refuses with 400 a path that isn't UTF-8 or has a control character, an encoded
    slash, a segment ``.`` or ``..``, or a ``%`` without two hexadecimal digits; with 414 one that is too long.

    >>> split("/a%20b/c/")
    (('a b', 'c'), True)
    """
    if len(path) > LONGEST_PATH:
        raise Refused(414, f"The path has {len(path)} characters; send at most {LONGEST_PATH}.")
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
        raise Refused(400, f"The path segment {raw[:80]!r} is not UTF-8; percent-encode it, as UTF-8.") from None
    if "/" in segment:
        raise Refused(400, f"The path segment {raw[:80]!r} has an encoded slash; a name can't contain a slash.")
    if segment in (".", ".."):
        raise Refused(400, f"The path holds the segment {raw[:80]!r}; send the path without dot segments.")
    if _CONTROL.search(segment):
        raise Refused(400, f"The path segment {raw[:80]!r} has a control character; a name can't contain one.")
    return segment


def on_server(reference: str, header: str) -> tuple[Path, bool] | None:
    """Resolve an absolute URI or absolute path to a path on the server; None for a URL that no resource of a server has.

    The authority is not compared: behind a mapped port or a proxy, the client uses another one than the server.
    Refuses with 400 a reference that is neither (RFC 4918 8.3); the detail names the ``header`` it stands in.
    """
    if not reference.isascii():
        shown = reference.encode("latin-1", "replace").decode("utf-8", "replace")  # headers are read as ISO-8859-1
        raise Refused(400, f"{header}: {shown[:80]!r} has characters beyond ASCII; percent-encode them, as UTF-8.")
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
        raise malformed  # only a host can have them (RFC 3986 3.2.2)
    path, question, _ = reference.partition("?")
    try:
        segments, slash = split(path)
    except Refused as refused:
        raise Refused(refused.status, f"{header}: {refused.detail}") from None
    return None if question else (segments, slash)


def _http_path(reference: str, malformed: Refused) -> str:
    """Return the path and query of an http URL, which must have a host."""
    try:
        parts = urlsplit(reference)
        if not _AUTHORITY.fullmatch(parts.netloc) or (parts.port is not None and not 0 <= parts.port <= 65_535):
            raise malformed
    except ValueError:
        raise malformed from None
    return (parts.path or "/") + (f"?{parts.query}" if "?" in reference else "")


Path = tuple[str, ...]

_NOTHING_TO_ENCODE = re.compile(r"[A-Za-z0-9._~!$&'()*+,;=:@/-]*")
"""A path in which no character needs encoding, unless a segment contains a slash."""


def href(path: Path, *, collection: bool = False) -> str:
    """Write a path for a URL: percent-encoded (RFC 3986), and with a slash at the end for a collection.

    >>> href(("a b", "ü"), collection=True)
    '/a%20b/%C3%BC/'
    """
    written = "/".join(["", *path])
    if written.count("/") != len(path) or not _NOTHING_TO_ENCODE.fullmatch(written):
        written = "".join("/" + quote(segment, safe="!$&'()*+,;=:@") for segment in path)
    return written + "/" if collection or not path else written
