"""A quota: of bytes below a collection, or of dead properties on one resource (RFC 4331)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

from msgspec import Meta

from dav424.causes.cause import Cause, TreePath, below
from dav424.core import condition_codes
from dav424.core.batch import Refused
from dav424.core.paths import href
from dav424.core.subject import Subject
from dav424.store.state import Limit

if TYPE_CHECKING:
    from dav424.core.message import Request
    from dav424.store.draft import Draft


class Quota(Cause, frozen=True, kw_only=True, tag="quota"):
    """Refuses with 507 and ``DAV:quota-not-exceeded`` what would take more than is allowed."""

    section = "RFC 4331 6"

    path: TreePath = "/"
    bytes: (
        Annotated[int, Meta(ge=0, description="For the content and properties of a collection and all below it.")]
        | None
    ) = None
    properties: Annotated[int, Meta(ge=0, description="The dead properties that one resource may have.")] | None = None

    def install(self, draft: Draft) -> None:
        """Give the collection its limit; the store keeps it."""
        if self.bytes is not None:
            draft.limit(self.subtree, self.bytes)

    def uninstall(self, draft: Draft) -> None:
        """Lift the limit."""
        if self.bytes is not None:
            draft.limit(self.subtree, None)

    def is_behind(self, by: object) -> bool:
        """Say whether the limit that it set was in the way, or it refused by itself."""
        return super().is_behind(by) or by == Limit(self.subtree, self.bytes or 0)

    def refuse_action(self, subject: Subject, request: Request, draft: Draft) -> Refused | None:
        """Refuse one property more than a resource may have."""
        if (
            self.properties is None
            or subject.verb != "set"
            or not subject.property
            or not below(subject.path, self.path)
        ):
            return None
        node = draft.find(subject.path)
        if node is None or subject.property in node.properties or len(node.properties) < self.properties:
            return None
        return Refused(
            507,
            f"{href(subject.path)} may have {self.properties} properties, and {subject.property} would be one more.",
            condition_codes.QUOTA_NOT_EXCEEDED,
        )
