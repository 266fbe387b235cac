"""The requests that a cause is about: chosen by user, by method, and by the path of the URI or the ``Destination``."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

from msgspec import Meta

from dav424.causes.cause import Cause, SubtreePath, below
from dav424.dav.headers import destination

if TYPE_CHECKING:
    from dav424.core.message import Request
    from dav424.core.paths import Path


class RequestFilter(Cause, frozen=True, kw_only=True):
    """A cause that is about requests of certain users, with certain methods, at or below a path."""

    path: SubtreePath = "/"
    users: Annotated[tuple[str, ...], Meta(description="The refused users (default: all).")] | None = None
    methods: Annotated[tuple[str, ...], Meta(description="The refused methods (default: all).")] | None = None

    def matches_sender(self, request: Request) -> bool:
        """Say whether the user and the method of a request match."""
        return (self.users is None or request.user in self.users) and (
            self.methods is None or request.method in self.methods
        )

    def matched_path(self, request: Request) -> Path | None:
        """Return the path by which a request matches: that of its URI, else that of its ``Destination``, or None.

        Refuses with 400 or 502 a ``Destination`` that can't be used (RFC 4918 10.3).
        """
        if below(request.path, self.path):
            return request.path
        if "destination" in request.headers and below(destination(request), self.path):
            return destination(request)
        return None
