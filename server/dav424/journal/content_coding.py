"""The body of a response that was sent in a content coding (RFC 9110 8.4), as a reader of the journal wants it."""

from __future__ import annotations

import zlib
from collections.abc import Sequence

MOST_DECODED = 64 << 20
"""The most bytes of a body without its coding: a small body can hold a huge one."""
_GZIP = 16 + zlib.MAX_WBITS
BEGIN_OF_GZIP = b"\x1f\x8b"
"""The first bytes of every body in gzip (RFC 1952 2.3.1)."""


def decoded(body: bytes, headers: Sequence[tuple[str, str]]) -> bytes:
    """Give the body of a response without gzip. One that is huge, or only claims to have this coding, stays unchanged."""
    codings = [value.strip().lower() for name, value in headers if name == "Content-Encoding"]
    if codings != ["gzip"]:
        return body
    coder = zlib.decompressobj(_GZIP)
    try:
        plain = coder.decompress(body, MOST_DECODED)
    except zlib.error:
        return body
    return plain if coder.eof else body
