"""A login that was good, and has expired: 401 with a new challenge (RFC 9110 15.5.2)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

from msgspec import Meta

from dav424.causes.cause import Cause, TreePath, below
from dav424.core.batch import Refused
from dav424.core.paths import Path, href
from dav424.dav.headers import destination

if TYPE_CHECKING:
    from dav424.core.message import Request
    from dav424.core.method_facts import MethodFacts


class LoginExpired(Cause, frozen=True, kw_only=True, tag="login-expired"):
    """Refuses whoever is logged in, as though the login had expired, with 401 and a challenge.

    The whole request is refused if its URI or its Destination is at the path or below it. To a Digest login the
    challenge says ``stale=true`` (RFC 7616 3.3): the password is right, and is to be sent once more. Counters
    say when it expires and how often: with ``nth: 3`` the third request is refused, and works when it is repeated.
    """

    section = "RFC 9110 15.5.2"

    path: TreePath = "/"
    users: Annotated[tuple[str, ...], Meta(description="Whose; nobody named: everybody's.")] | None = None
    methods: Annotated[tuple[str, ...], Meta(description="For what; none named: every method.")] | None = None

    def refuse_request(self, request: Request, method: MethodFacts) -> Refused | None:
        """Refuse the request."""
        if self.users is not None and request.user not in self.users:
            return None
        if self.methods is not None and request.method not in self.methods:
            return None
        if below(request.path, self.path):
            return self._refused(request, request.path)
        if "destination" in request.headers and below(destination(request), self.path):
            return self._refused(request, destination(request))
        return None

    def _refused(self, request: Request, path: Path) -> Refused:
        whose = f"The login of {request.user}" if request.user else "The login"
        return Refused(401, f"{whose} for {href(path)} has expired.")
