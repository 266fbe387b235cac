"""The base class of all faults, and the answer that a fault gets."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Annotated, ClassVar

from msgspec import Meta, Struct
from msgspec.structs import replace

from dav424.causes.cause import below
from dav424.causes.counted import Counted
from dav424.core.message import Delivery, Request, Response, SizedBody

Body = bytes | Iterable[bytes]
"""The body of a response."""
BODILESS = (204, 304)
"""The statuses of responses without a body."""
MOST_REWRITTEN = 4 << 20
"""The longest body in bytes whose XML faults can change; a longer one is never held whole."""
MOST_MILLISECONDS = 60_000
Milliseconds = Annotated[int, Meta(ge=1, le=MOST_MILLISECONDS)]


class AnswerToSpoil(Struct, frozen=True):
    """A request and its response as other faults have left it; ``early`` if the body of the request was not read yet."""

    request: Request
    response: Response
    early: bool = False

    @property
    def body(self) -> Body:
        """The body that the client gets: none for HEAD, 204 and 304."""
        bodiless = self.request.method == "HEAD" or self.response.status in BODILESS
        return b"" if bodiless else self.response.body

    @property
    def length(self) -> int | None:
        """The length of the body in bytes; None for a streamed body, whose length is not known before."""
        body = self.body
        if isinstance(body, bytes):
            return len(body)
        return body.length if isinstance(body, SizedBody) else None

    def delivered(self, **changes: object) -> Response:
        """Give the response with other settings of its delivery."""
        delivery = self.response.delivery or Delivery()
        return replace(self.response, delivery=replace(delivery, **changes))


class Spoilt(Struct, frozen=True):
    """The response that a fault has changed, and a sentence about what it did."""

    response: Response
    did: str


class Fault(Counted, frozen=True, kw_only=True):
    """A fault: what happens to the answers of some requests on their way to the client.

    A match is a request of the users, with the methods, at the path or below it, whose answer the fault can change. A kind
    of fault is a subclass with a ``tag``, which overrides ``spoil``. Its docstring is in the JSON Schema of scenario files.
    """

    needs_connection: ClassVar[bool] = False
    """True for a kind that is about the connection, which a WSGI application doesn't have."""

    path: Annotated[
        str, Meta(pattern=r"^/", description="The fault is about requests for this path and for everything below it.")
    ] = "/"
    users: Annotated[tuple[str, ...], Meta(description="The users who meet the fault (default: all).")] | None = None
    methods: (
        Annotated[tuple[str, ...], Meta(description="The methods whose answers it changes (default: all).")] | None
    ) = None

    def matches(self, request: Request) -> bool:
        """Say whether the user, the method and the path of a request match."""
        return (
            (self.users is None or request.user in self.users)
            and (self.methods is None or request.method in self.methods)
            and below(request.path, self.path)
        )

    def spoil(self, answer: AnswerToSpoil) -> Spoilt | None:
        """Change the response; None if there is nothing in it that the fault could change."""
        raise NotImplementedError
