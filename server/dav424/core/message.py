"""A request whose head and target were parsed, and its response."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from functools import lru_cache

from msgspec import Struct, field

from dav424.core.paths import Path, href


class Request(Struct, frozen=True):
    """A request whose target was parsed and whose body was read whole.

    ``base_path`` is the path of the world on the server, and ``path`` the path of the resource in the world. Header
    names are in lower case. ``user`` is empty for an anonymous request. ``target`` is the request target as it was
    sent, and ``scheme`` the scheme of the URL. With ``strict``, a malformed request is refused. ``around`` is the method of
    the request of which this one is a part, such as BDELETE for the DELETE of one target.
    """

    method: str
    path: Path
    slash: bool = False
    headers: Mapping[str, str] = field(default_factory=dict)
    body: bytes = b""
    base_path: Path = ()
    user: str = ""
    target: str = ""
    scheme: str = "http"
    strict: bool = False
    around: str = ""

    @property
    def names(self) -> tuple[str, ...]:
        """The methods by which a cause can name the request: its own, and that of the request around it."""
        return (self.method, self.around) if self.around else (self.method,)

    @property
    def base(self) -> str:
        """The path of the world as all its URLs begin: percent-encoded, without a slash at the end, such as ``/NAME``."""
        return _base(self.base_path)


@lru_cache(maxsize=1024)
def _base(path: Path) -> str:
    return href(path) if path else ""


class Response(Struct, frozen=True):
    """A response. A body that isn't bytes is streamed. ``phrase`` replaces the registered reason phrase."""

    status: int
    headers: Sequence[tuple[str, str]] = ()
    body: bytes | Iterable[bytes] = b""
    phrase: str = ""


def text_response(status: int, message: str, *headers: tuple[str, str]) -> Response:
    """Make a response whose body is one line of text."""
    return Response(status, [("Content-Type", "text/plain; charset=utf-8"), *headers], f"{message}\n".encode())
