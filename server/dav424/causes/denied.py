"""A denied user or method: 403 with the privilege that the user lacks (RFC 3744 7.1.1)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

from msgspec import Meta

from dav424.causes.cause import PropertyName, below
from dav424.causes.request_filter import RequestFilter
from dav424.core import condition_codes
from dav424.core.batch import Refused
from dav424.core.paths import Path, href
from dav424.core.subject import Subject

if TYPE_CHECKING:
    from dav424.causes.resource_access import ResourceAccess
    from dav424.core.message import Request
    from dav424.store.draft import Draft


class Denied(RequestFilter, frozen=True, kw_only=True, tag="denied"):
    """The cause refuses users, methods or both, with 403 and ``DAV:need-privileges``.

    It refuses a request as a whole if its URI or its ``Destination`` is at the path or below it. At a member, it refuses
    what the request does to that member. With a ``property`` it refuses changes of that property alone.
    """

    section = "RFC 3744 7.1.1"

    property: Annotated[PropertyName, Meta(description="Refuse changes of this property alone.")] | None = None

    def refuse_access(self, access: ResourceAccess) -> Refused | None:
        """Refuse the access if it matches and the cause is not limited to a property."""
        if self.property is not None or not self.matches(access):
            return None
        return self._refused(access.request, access.path, access.privilege)

    def refuse_action(self, subject: Subject, request: Request, draft: Draft) -> Refused | None:
        """Refuse a change of the property."""
        if subject.property == "" or subject.property != self.property:
            return None
        if not self.matches_sender(request) or not below(subject.path, self.path):
            return None
        return self._refused(request, subject.path, "write-properties")

    def _refused(self, request: Request, path: Path, privilege: str) -> Refused:
        who = request.user or "An anonymous user"
        what = f"to {request.method} {self.property} of" if self.property else f"to {request.method}"
        return Refused(
            403,
            f"{who} lacks the privilege DAV:{privilege} {what} {href(path)}.",
            condition_codes.need_privileges(href(path), f"{{DAV:}}{privilege}"),
        )
