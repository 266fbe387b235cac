"""A delay: the answer takes its time."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

from msgspec import Meta

from dav424.causes.cause import Cause, TreePath, below

if TYPE_CHECKING:
    from dav424.core.message import Request


class Delay(Cause, frozen=True, kw_only=True, tag="delay"):
    """Holds a request up before it is looked at; no other request waits with it."""

    path: TreePath = "/"
    methods: tuple[str, ...] | None = None
    milliseconds: Annotated[int, Meta(ge=0, le=60_000)]

    def seconds(self, request: Request) -> float:
        """Say how long the request is to be held up."""
        if not below(request.path, self.path) or (self.methods is not None and request.method not in self.methods):
            return 0.0
        return self.milliseconds / 1000
