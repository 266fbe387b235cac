"""Which types of collection can be made (RFC 5689 3.3)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from dav424.causes.cause import Cause, PropertyName, TreePath, below
from dav424.core import condition_codes
from dav424.core.batch import Refused
from dav424.core.namespaces import CALDAV, DAV
from dav424.core.subject import Subject

if TYPE_CHECKING:
    from dav424.core.message import Request
    from dav424.store.draft import Draft


class ResourceTypes(Cause, frozen=True, kw_only=True, tag="resourcetypes"):
    """Refuses with 403 and ``DAV:valid-resourcetype`` to make a collection of a type that isn't listed."""

    section = "RFC 5689 3.3"

    path: TreePath = "/"
    types: tuple[PropertyName, ...]

    @property
    def only_property(self) -> str:
        """The property that says what is to be made."""
        return f"{DAV}resourcetype"

    def refuse_action(self, subject: Subject, request: Request, draft: Draft) -> Refused | None:
        """Refuse a resource type that isn't listed; the label's text holds the types asked for."""
        if subject.verb != "create" or not subject.property or not below(subject.path, self.path):
            return None
        unknown = [name for name in subject.text.split() if name not in self.types]
        if not unknown:
            return None
        return Refused(403, f"{unknown[0]} is no type of collection known here.", condition_codes.VALID_RESOURCETYPE)


KNOWN_TYPES = ResourceTypes(id="rfc5689:resourcetype", types=(f"{DAV}collection", f"{CALDAV}calendar"))
"""In every world's way from the beginning."""
