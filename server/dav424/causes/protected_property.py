"""A protected property: no client can set or remove it (RFC 4918 15, 16)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from dav424.causes.cause import Cause, PropertyName, SubtreePath, below
from dav424.core import condition_codes
from dav424.core.batch import Refused
from dav424.core.subject import Subject

if TYPE_CHECKING:
    from dav424.core.message import Request
    from dav424.store.draft import Draft


class Protected(Cause, frozen=True, kw_only=True, tag="protected-property"):
    """The cause refuses to set or remove a property, with 403 and ``DAV:cannot-modify-protected-property``."""

    section = "RFC 4918 15"

    property: PropertyName
    path: SubtreePath = "/"

    def refuse_action(self, subject: Subject, request: Request, draft: Draft) -> Refused | None:
        """Refuse a change of this property."""
        if (
            subject.verb not in ("set", "remove")
            or subject.property != self.property
            or not below(subject.path, self.path)
        ):
            return None
        return Refused(403, f"{self.property} is protected.", condition_codes.CANNOT_MODIFY_PROTECTED_PROPERTY)


PROTECTED_BY_RFC4918 = tuple(
    Protected(id=f"rfc4918:{name}", property=f"{{DAV:}}{name}")
    for name in (
        "creationdate",
        "getcontentlength",
        "getcontenttype",
        "getetag",
        "getlastmodified",
        "lockdiscovery",
        "quota-available-bytes",
        "quota-used-bytes",
        "resourcetype",
        "supportedlock",
    )
)
"""Every world has these causes, unless a scenario removes or replaces one by its id."""
