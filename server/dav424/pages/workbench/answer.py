"""An answer byte by byte: its head as the server writes it, and its body as far as a page shows it."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping

from msgspec import Struct

from dav424.core.message import Response
from dav424.core.reason_phrases import reason

MOST_SHOWN = 200_000
"""The bytes of a body that a page shows; marks and results come from these alone."""


class Received(Struct, frozen=True):
    """An answer. ``size`` is that of the whole body; ``body`` has its beginning if it is longer than ``MOST_SHOWN``."""

    status: int
    reason: str
    headers: tuple[tuple[str, str], ...]
    body: bytes
    size: int

    @property
    def by_name(self) -> Mapping[str, str]:
        """The headers by name."""
        return dict(self.headers)

    @property
    def cut(self) -> bool:
        """Whether the body goes on."""
        return self.size > len(self.body)

    @property
    def content_type(self) -> str:
        """The media type of the body, with its parameters."""
        return next((value for name, value in self.headers if name.lower() == "content-type"), "")

    @property
    def exchange(self) -> str:
        """The number of the exchange in the journal; empty if the answer does not say it."""
        return self.by_name.get("Dav424-Exchange", "")

    @property
    def head(self) -> str:
        """The status line and the headers, a line each."""
        return "\n".join(
            [f"HTTP/1.1 {self.status} {self.reason}", *(f"{name}: {value}" for name, value in self.headers)]
        )


def receive(response: Response, method: str, look_for_client: Callable[[], object]) -> Received:
    """Read the answer to a request of this process as a client on a socket gets it.

    Raises an OSError if the reader has gone meanwhile.
    """
    content = response.body
    body, size = (content[:MOST_SHOWN], len(content)) if isinstance(content, bytes) else _read(content, look_for_client)
    headers = list(response.headers)
    if isinstance(content, bytes):
        if response.status not in (204, 304):
            headers.append(("Content-Length", str(size)))
    else:
        headers.append(("Transfer-Encoding", "chunked"))
    headers.append(("Server", "dav424"))
    if method == "HEAD":
        body, size = b"", 0
    return Received(response.status, response.phrase or reason(response.status), tuple(headers), body, size)


def _read(pieces: Iterable[bytes], look_for_client: Callable[[], object]) -> tuple[bytes, int]:
    kept, size = bytearray(), 0
    for piece in pieces:
        look_for_client()
        kept += piece[: max(0, MOST_SHOWN - size)]
        size += len(piece)
    return bytes(kept), size
