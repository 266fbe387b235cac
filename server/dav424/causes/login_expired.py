"""A login that was valid and has expired: 401 with a new challenge (RFC 9110 15.5.2)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from dav424.causes.request_filter import RequestFilter
from dav424.core.batch import Refused
from dav424.core.paths import href

if TYPE_CHECKING:
    from dav424.causes.resource_access import ResourceAccess


class LoginExpired(RequestFilter, frozen=True, kw_only=True, tag="login-expired"):
    """The cause refuses requests of users whose login has expired, with 401 and a new challenge.

    It refuses a request as a whole if its URI or its ``Destination`` is at the path or below it; at a member, it refuses
    what the request does to that member, with a ``DAV:status`` and without a challenge. For a Digest login the
    challenge has ``stale=true`` (RFC 7616 3.3): the client can send the same password again. ``nth``, ``after`` and
    ``times`` say when the login expires: with ``nth: 3`` the third request is refused, and works when it is repeated.
    """

    section = "RFC 9110 15.5.2"

    def refuse_access(self, access: ResourceAccess) -> Refused | None:
        """Refuse the access if it matches."""
        if not self.matches(access):
            return None
        whose = f"The login of {access.request.user}" if access.request.user else "The login"
        return Refused(401, f"{whose} for {href(access.path)} has expired.")
