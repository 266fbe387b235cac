"""Content that stays in the storage behind a tree, and is read when it is needed."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterator
from typing import TypeAlias


class StoredContent(ABC):
    """The content of a document in a storage outside of the server, such as a file. ``len()`` gives its bytes."""

    @abstractmethod
    def __len__(self) -> int:
        """Give the number of bytes."""

    @abstractmethod
    def pieces(self, start: int = 0, stop: int | None = None) -> Iterator[bytes]:
        """Open the content at once, and read the bytes from ``start`` to ``stop`` (default: to the end) in pieces.

        Raises ``Refused`` if the content can't be opened.
        """


Content: TypeAlias = bytes | StoredContent


def whole(content: Content) -> bytes:
    """Read the whole content into memory."""
    return content if isinstance(content, bytes) else b"".join(content.pieces())
