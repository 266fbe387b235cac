"""The types of collection that a client can make (RFC 5689 3.3)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

from msgspec import Meta

from dav424.causes.cause import Cause, PropertyName, SubtreePath, below
from dav424.core import condition_codes
from dav424.core.batch import Refused
from dav424.core.namespaces import CALDAV, CARDDAV, DAV
from dav424.core.subject import Subject

if TYPE_CHECKING:
    from dav424.core.message import Request
    from dav424.store.draft import Draft


class ResourceTypes(Cause, frozen=True, kw_only=True, tag="resourcetypes"):
    """The cause refuses with 403 and ``DAV:valid-resourcetype`` to make a collection of a type that isn't listed."""

    section = "RFC 5689 3.3"

    path: SubtreePath = "/"
    types: Annotated[tuple[PropertyName, ...], Meta(description="The types that a client can use in DAV:resourcetype.")]

    @property
    def only_property(self) -> str:
        """``DAV:resourcetype``, which says what type of collection is requested."""
        return f"{DAV}resourcetype"

    def refuse_action(self, subject: Subject, request: Request, draft: Draft) -> Refused | None:
        """Refuse a resource type that isn't listed; the subject's text has the requested types."""
        if subject.verb != "create" or not subject.property or not below(subject.path, self.path):
            return None
        unknown = [name for name in subject.text.split() if name not in self.types]
        if not unknown:
            return None
        return Refused(403, f"The server knows no resource type {unknown[0]}.", condition_codes.VALID_RESOURCETYPE)


KNOWN_TYPES = ResourceTypes(
    id="rfc5689:resourcetype", types=(f"{DAV}collection", f"{CALDAV}calendar", f"{CARDDAV}addressbook")
)
"""Every world has this cause, unless a scenario removes or replaces it by its id."""
