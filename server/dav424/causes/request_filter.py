"""The requests that a cause is about: chosen by user, by method, and by the path of a resource that they touch."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

from msgspec import Meta

from dav424.causes.cause import Cause, SubtreePath, below

if TYPE_CHECKING:
    from dav424.causes.resource_access import ResourceAccess
    from dav424.core.message import Request


class RequestFilter(Cause, frozen=True, kw_only=True):
    """A cause that is about requests of certain users, with certain methods, at or below a path.

    ``methods`` names the method of the request, whatever the request does to a resource: ``DELETE`` is not a MOVE, which
    removes its source. The request can touch the resource as its Request-URI, its ``Destination``, or a member of one.
    """

    path: SubtreePath = "/"
    users: Annotated[tuple[str, ...], Meta(description="The refused users (default: all).")] | None = None
    methods: Annotated[tuple[str, ...], Meta(description="The refused methods (default: all).")] | None = None

    def matches(self, access: ResourceAccess) -> bool:
        """Say whether the user, the method and the path of an access match."""
        return self.matches_sender(access.request) and below(access.path, self.path)

    def matches_sender(self, request: Request) -> bool:
        """Say whether the user of a request matches, and its method or that of the request around it."""
        return (self.users is None or request.user in self.users) and (
            self.methods is None or any(name in self.methods for name in request.names)
        )
