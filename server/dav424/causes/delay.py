"""A delay before a request is carried out."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

from msgspec import Meta

from dav424.causes.cause import Cause, SubtreePath

if TYPE_CHECKING:
    from dav424.core.message import Request


class Delay(Cause, frozen=True, kw_only=True, tag="delay"):
    """The cause delays requests before they are carried out, and refuses nothing.

    A request matches if its URI or its ``Destination`` is at the path or below it, or if it touches a member there. What
    the body of a request names does not count: the requests of a batch, and the targets of a B method. No other request
    waits for a delayed one. If several delays match a request, it waits for all of them.
    """

    path: SubtreePath = "/"
    methods: Annotated[tuple[str, ...], Meta(description="The delayed methods (default: all).")] | None = None
    milliseconds: Annotated[int, Meta(ge=0, le=60_000, description="The length of the delay.")]

    def matches(self, request: Request) -> bool:
        """Say whether the method of a request matches."""
        return self.methods is None or request.method in self.methods
