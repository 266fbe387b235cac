"""A denied user or method: 403 with the privilege that is missing (RFC 3744 7.1.1)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

from msgspec import Meta

from dav424.causes.cause import Cause, PropertyName, TreePath, below
from dav424.core import condition_codes
from dav424.core.batch import Refused
from dav424.core.paths import Path, href
from dav424.core.subject import Subject
from dav424.dav.headers import destination

if TYPE_CHECKING:
    from dav424.core.message import Request
    from dav424.core.method_facts import MethodFacts
    from dav424.store.draft import Draft


class Denied(Cause, frozen=True, kw_only=True, tag="denied"):
    """Refuses users, methods, or both, with 403 and ``DAV:need-privileges``.

    With a ``property`` only changes of that property are refused, one by one; else the whole request, if
    its URI or its Destination is at the path or below it.
    """

    section = "RFC 3744 7.1.1"

    path: TreePath = "/"
    users: Annotated[tuple[str, ...], Meta(description="Who is denied; nobody named: everybody.")] | None = None
    methods: Annotated[tuple[str, ...], Meta(description="What is denied; none named: every method.")] | None = None
    property: PropertyName | None = None

    def refuse_request(self, request: Request, method: MethodFacts) -> Refused | None:
        """Refuse the request if it isn't about single properties."""
        if self.property is not None or not self._meets(request):
            return None
        if below(request.path, self.path):
            return self._refused(request, request.path, method.privilege)
        if "destination" in request.headers and below(destination(request), self.path):
            return self._refused(request, destination(request), "bind")
        return None

    def refuse_action(self, subject: Subject, request: Request, draft: Draft) -> Refused | None:
        """Refuse a change of the one property."""
        if subject.property == "" or subject.property != self.property or not self._meets(request):
            return None
        return self._refused(request, subject.path, "write-properties") if below(subject.path, self.path) else None

    def _meets(self, request: Request) -> bool:
        return (self.users is None or request.user in self.users) and (
            self.methods is None or request.method in self.methods
        )

    def _refused(self, request: Request, path: Path, privilege: str) -> Refused:
        who = request.user or "An anonymous user"
        what = f"to {request.method} {self.property} of" if self.property else f"to {request.method}"
        return Refused(
            403,
            f"{who} lacks the privilege DAV:{privilege} {what} {href(path)}.",
            condition_codes.need_privileges(href(path), f"{{DAV:}}{privilege}"),
        )
