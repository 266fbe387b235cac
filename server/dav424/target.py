"""Request targets and URL references as paths of the tree (RFC 3986, RFC 9112 3.2).

Content lives in memory, so no path can reach a file; what is refused here is refused because two
readers could understand it differently.
"""

from __future__ import annotations

import re
from urllib.parse import unquote_to_bytes, urlsplit

from dav424.batch import Refused
from dav424.tree import Path

LONGEST_PATH = 65_536
_BAD_ESCAPE = re.compile(r"%(?![0-9A-Fa-f]{2})")
_CONTROL = re.compile(r"[\x00-\x1f\x7f]")


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
    Refuses with 400, naming the ``header``, what is neither.
    """
    try:
        parts = urlsplit(reference)
    except ValueError:
        raise Refused(400, f"{header}: {reference[:80]!r} is not a URL.") from None
    if not parts.scheme and not reference.startswith("/"):
        raise Refused(400, f"{header}: {reference[:80]!r} is neither an http URL nor an absolute path.")
    if parts.fragment or parts.query or (parts.scheme and parts.scheme not in ("http", "https")):
        raise Refused(400, f"{header}: {reference[:80]!r} must be an http URL or an absolute path, with no query.")
    try:
        path, slash = split(parts.path or "/")
    except Refused as refused:
        raise Refused(refused.status, f"{header}: {refused.detail}") from None
    if path[: len(base)] != base:
        return None
    return path[len(base) :], slash
