"""The static files of the pages: all files in the folder ``static``, by name."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from functools import cache
from pathlib import Path

from msgspec import Struct

from dav424.core.batch import Refused
from dav424.core.message import Response

FOLDER = Path(__file__).parent / "static"
_TYPES = {
    ".css": "text/css; charset=utf-8",
    ".js": "text/javascript; charset=utf-8",
    ".svg": "image/svg+xml",
    ".txt": "text/plain; charset=utf-8",
}


class StaticFile(Struct, frozen=True):
    """A file as the server sends it; its ``etag`` is a digest of its content."""

    content: bytes
    media_type: str
    etag: str


@cache
def _files() -> Mapping[str, StaticFile]:
    """Read all files. They stay in memory, so that a file that changes on disk never gets the ETag of another one."""
    return {
        path.name: StaticFile(content, _TYPES[path.suffix], f'"{hashlib.sha256(content).hexdigest()[:20]}"')
        for path in sorted(FOLDER.iterdir())
        for content in [path.read_bytes()]
    }


def answer(name: str, headers: Mapping[str, str]) -> Response:
    """Answer with a file, or with 304 if the client has it (RFC 9110 13.1.2); refuses with 404 an unknown one.

    A browser asks each time whether the file has changed, so that it never mixes the files of two versions.
    """
    file = _files().get(name)
    if file is None:
        raise Refused(404, f"There is no file {name[:80]!r} among those of the pages.")
    validators = [("ETag", file.etag), ("Cache-Control", "no-cache")]
    known = [tag.strip(" \t").removeprefix("W/") for tag in headers.get("if-none-match", "").split(",")]
    if file.etag in known or "*" in known:
        return Response(304, validators)
    return Response(200, [("Content-Type", file.media_type), *validators], file.content)
