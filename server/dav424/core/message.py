"""A request whose head and target were parsed, and its response."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from msgspec import Struct, field

from dav424.core.paths import Path


class Request(Struct, frozen=True):
    """A request whose target was understood and whose body has arrived whole.

    ``path`` is within the world, ``base`` the world's own path as it stands in URLs (``/NAME``);
    header names are lower-case; ``user`` is empty for anonymous. ``target`` is what stood on the request line,
    ``scheme`` that of its URL. With ``strict`` nothing malformed is let pass.
    """

    method: str
    path: Path
    slash: bool = False
    headers: Mapping[str, str] = field(default_factory=dict)
    body: bytes = b""
    base: str = ""
    user: str = ""
    target: str = ""
    scheme: str = "http"
    strict: bool = False


class Response(Struct, frozen=True):
    """A response. A body that isn't bytes is streamed. ``phrase`` replaces the registered reason phrase."""

    status: int
    headers: Sequence[tuple[str, str]] = ()
    body: bytes | Iterable[bytes] = b""
    phrase: str = ""


def text_response(status: int, message: str, *headers: tuple[str, str]) -> Response:
    """Make a response whose body is one line of text."""
    return Response(status, [("Content-Type", "text/plain; charset=utf-8"), *headers], f"{message}\n".encode())
