"""A request whose head and target were parsed, and its response."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from msgspec import Struct, field

from dav424.core.paths import Path


class Request(Struct, frozen=True):
    """A request with its whole body.

    ``path`` is the path in the world, and ``slash`` says whether it ended in a slash. ``base`` is the path of the world
    in URLs (``/NAME``). Header names are lower-case. ``user`` is empty for an anonymous client. ``target`` is the request
    target from the request line, and ``scheme`` is that of its URL. If ``strict``, malformed headers are refused.
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
