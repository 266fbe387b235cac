"""A delay before a request is carried out."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

from msgspec import Meta

from dav424.causes.cause import Cause, SubtreePath, below

if TYPE_CHECKING:
    from dav424.core.message import Request


class Delay(Cause, frozen=True, kw_only=True, tag="delay"):
    """The cause delays requests before they are carried out, and refuses nothing.

    No other request waits for a delayed one. If several delays match a request, it waits for all of them.
    """

    path: SubtreePath = "/"
    methods: Annotated[tuple[str, ...], Meta(description="The delayed methods (default: all).")] | None = None
    milliseconds: Annotated[int, Meta(ge=0, le=60_000, description="The length of the delay.")]

    def seconds(self, request: Request) -> float:
        """Return the length of the delay; 0 if the request doesn't match."""
        if not below(request.path, self.path) or (self.methods is not None and request.method not in self.methods):
            return 0.0
        return self.milliseconds / 1000
