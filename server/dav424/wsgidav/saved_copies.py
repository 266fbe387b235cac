"""Copies of the content that a request removes from a provider, for the undo: all in one temporary file.

The first bytes are in memory. However many documents a request deletes, it holds one file open.
"""

from __future__ import annotations

import tempfile
from collections.abc import Iterable, Iterator

from msgspec import Struct

IN_MEMORY = 1 << 20
"""The bytes that all copies of a request may take in memory; beyond that they are in a file."""
_PIECE = 1 << 18


class SavedCopy(Struct, frozen=True):
    """Where a copy is in the file."""

    start: int
    length: int


class SavedCopies:
    """The copies of one request."""

    def __init__(self) -> None:
        self._file: tempfile.SpooledTemporaryFile[bytes] | None = None
        self._end = 0

    def add(self, pieces: Iterable[bytes]) -> SavedCopy:
        """Copy a content; raises OSError if there is no room for it."""
        if self._file is None:
            self._file = tempfile.SpooledTemporaryFile(max_size=IN_MEMORY)  # noqa: SIM115 - close() closes it
        start = self._end
        self._file.seek(start)
        for piece in pieces:
            self._file.write(piece)
            self._end += len(piece)
        return SavedCopy(start, self._end - start)

    def pieces(self, copy: SavedCopy) -> Iterator[bytes]:
        """Read a copy in pieces."""
        assert self._file is not None, "there is a copy"
        at, end = copy.start, copy.start + copy.length
        while at < end:
            self._file.seek(at)
            piece = self._file.read(min(_PIECE, end - at))
            at += len(piece)
            yield piece

    def close(self) -> None:
        """Drop all copies."""
        if self._file is not None:
            self._file.close()
            self._file, self._end = None, 0
