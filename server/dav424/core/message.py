"""A request whose head and target were parsed, and its response."""

from __future__ import annotations

import errno
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from itertools import chain
from typing import Literal

from msgspec import Struct, field

from dav424.core.hrefs import Base, Spelling
from dav424.core.memory import Held, Remembered
from dav424.core.paths import Path, href, on_server
from dav424.core.space_names import path_in_world


class BodyNeeded(Exception):
    """The head of a request does not decide what happens: the server has to read the body first."""


class Request(Struct, frozen=True):
    """A request whose target was parsed and whose body was read whole.

    ``base_path`` is the path of the world on the server, and ``path`` the path of the resource in the world. Header
    names are in lower case. ``user`` is empty for an anonymous request. ``target`` is the request target as it was
    sent, and ``scheme`` the scheme of the URL. The body of a ``chunked`` request came in chunks. With ``strict``, a
    malformed request is refused. ``spellings`` tell how the request spelled its URLs, if not as the server does.
    ``around`` is the method of the request of which this one is a part, such as BDELETE for the DELETE of one target.
    ``counted`` counts the memory of a large body. ``mount`` is the path of the server in its URLs; None if the world stands
    at the mount of another server. ``dialect`` is the name of the dialect in which it is answered; empty for the answers of
    the RFCs. With ``connected``, the response goes over a connection of this server, which faults can break. A request that
    has ``waited`` was delayed by the causes that delay requests.
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
    spellings: tuple[Spelling, ...] = ()
    around: str = ""
    chunked: bool = False
    counted: Held | None = None
    mount: str | None = None
    dialect: str = ""
    connected: bool = False
    waited: bool = False

    def within_world(self, reference: str, header: str) -> tuple[Path, bool] | None:
        """Resolve a URL in the request to a path in its world, and say whether it ends in a slash; None if it is outside.

        The URL can name another dialect. Refuses with 400 as ``paths.on_server`` does.
        """
        resolved = on_server(reference, header)
        path = path_in_world(resolved[0], self.base_path) if resolved is not None else None
        return (path, resolved[1]) if resolved is not None and path is not None else None

    @property
    def names(self) -> tuple[str, ...]:
        """The methods by which a cause can name the request: its own, and that of the request around it."""
        return (self.method, self.around) if self.around else (self.method,)

    @property
    def base(self) -> Base:
        """The path of the world as all URLs in the response begin, without a slash at the end, such as ``/NAME``."""
        base = _BASES[self.base_path]
        return Base(base.path, self.spellings) if self.spellings else base

    @property
    def length(self) -> int:
        """The length of the body in bytes."""
        return len(self.body)


def _base(path: Path) -> Base:
    return Base(href(path) if path else "")


_BASES = Remembered(_base, most=1000)


class RequestHead(Request, frozen=True, kw_only=True):
    """A request whose body was not read: to look at the body raises ``BodyNeeded``.

    ``announced`` is the length of the body; None if the head does not say it. A method that finishes with such a request
    has decided by its head alone.
    """

    announced: int | None

    @property  # type: ignore[misc]  # the field of the base class is never read: there is no body
    def body(self) -> bytes:
        """Raise ``BodyNeeded``."""
        raise BodyNeeded

    @property
    def length(self) -> int:
        """The length of the body that follows; raises ``BodyNeeded`` if the head does not say it."""
        if self.announced is None:
            raise BodyNeeded
        return self.announced


def head_of(request: Request, announced: int | None) -> RequestHead:
    """Give a request without its body, of which the head announces a length, or that there is one."""
    fields = {name: getattr(request, name) for name in Request.__struct_fields__ if name != "body"}
    return RequestHead(**fields, announced=announced)


class AdminRequest(Struct, frozen=True):
    """A request for the admin API, whose body was not read.

    ``target`` is the request target below ``root``, the URL of the server's root. ``read_body`` reads the body, and refuses one
    that has more bytes than its argument. ``look_for_client`` raises an OSError if the client has gone. With
    ``any_host``, the ``Host`` header is right, whatever its value.
    """

    method: str
    target: str
    root: str
    headers: Mapping[str, str]
    read_body: Callable[[int], bytes]
    look_for_client: Callable[[], object] = lambda: None
    any_host: bool = False


class PagesRequest(AdminRequest, frozen=True, kw_only=True):
    """A request for a page, whose body was not read; ``mount`` is the path of the server in its URLs."""

    mount: str


class Ending(Struct, frozen=True):
    """The end of a connection that a fault causes: with a ``reset``, or as any ``close`` that no header announces.

    ``at`` says when. In the body, that is after ``bytes`` bytes of it; at the next request, when its head has arrived.
    """

    how: Literal["reset", "close"]
    at: Literal["before-head", "before-body", "in-body", "after-body", "next-request"]
    bytes: int = 0


class Delivery(Struct, frozen=True):
    """How the connection sends a response, if a fault wants it otherwise. A server without connections sends it as usual.

    ``length`` replaces the announced length of the body. The connection waits for ``head_pause`` seconds before the head,
    and for ``body_pause`` before the body. The body comes in pieces of ``piece`` bytes, each a chunk if it is ``chunked``,
    with ``piece_pause`` seconds between them; with 0, in those that it has. ``end`` is the end of the connection.
    """

    length: int | None = None
    head_pause: float = 0
    body_pause: float = 0
    piece: int = 0
    piece_pause: float = 0
    chunked: bool = False
    end: Ending | None = None


class Response(Struct, frozen=True):
    """A response. A body that isn't bytes is streamed. ``phrase`` replaces the registered reason phrase.

    A phrase that is a space alone is sent as none. ``delivery`` is there only if a fault is to change how the response is sent.
    """

    status: int
    headers: Sequence[tuple[str, str]] = ()
    body: bytes | Iterable[bytes] = b""
    phrase: str = ""
    delivery: Delivery | None = None


class SizedBody:
    """A body that is sent in pieces, and whose length is known.

    Raises OSError at its end if it was shorter than that: another process has cut the file meanwhile. The connection then ends.
    """

    __slots__ = ("_pieces", "length")

    def __init__(self, length: int, pieces: Iterator[bytes]) -> None:
        self.length = length
        self._pieces = pieces

    def __iter__(self) -> Iterator[bytes]:
        left = self.length
        for piece in self._pieces:
            left -= len(piece)
            yield piece
        if left:
            raise OSError(errno.EIO, "the content became shorter while it was sent")


class Reply(Struct, frozen=True):
    """The headers and the body that a refusal brings for its response; without a body, its detail is the body."""

    headers: Sequence[tuple[str, str]] = ()
    body: bytes | None = None


def text_response(status: int, message: str, *headers: tuple[str, str]) -> Response:
    """Make a response whose body is one line of text."""
    return Response(status, [("Content-Type", "text/plain; charset=utf-8"), *headers], f"{message}\n".encode())


def whole_if_short(chunks: Iterator[bytes]) -> bytes | Iterable[bytes]:
    """Give the body of a response that is written in chunks: a single chunk whole, so that the response has its length."""
    first, second = next(chunks), next(chunks, None)
    return first if second is None else chain((first, second), chunks)
