"""A quota: of bytes in a collection, or of dead properties on a resource (RFC 4331)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

from msgspec import Meta

from dav424.causes.cause import Cause, SubtreePath, below
from dav424.causes.counted import Amount
from dav424.core import condition_codes
from dav424.core.batch import Refused
from dav424.core.paths import href
from dav424.core.subject import Subject
from dav424.store.state import Limit

if TYPE_CHECKING:
    from dav424.core.message import Request
    from dav424.store.draft import Draft


class Quota(Cause, frozen=True, kw_only=True, tag="quota"):
    """The cause refuses with 507 and ``DAV:quota-not-exceeded`` a change that would exceed a quota.

    ``nth``, ``after`` and ``times`` count the requests that it refuses: the quota exists exactly while it would refuse the
    next one.
    """

    section = "RFC 4331 6"

    path: SubtreePath = "/"
    bytes: (
        Annotated[Amount, Meta(description="The most bytes in a resource and all below it, properties included.")]
        | None
    ) = None
    properties: Annotated[Amount, Meta(description="The most dead properties that a resource can have.")] | None = None

    @property
    def stands(self) -> bool:
        """True of a quota of bytes, which the store enforces."""
        return self.bytes is not None

    def install(self, draft: Draft) -> None:
        """Give the limit of bytes to the store, which enforces it."""
        if self.bytes is not None:
            draft.limit(self.subtree, self.bytes)

    def uninstall(self, draft: Draft) -> None:
        """Lift the limit."""
        if self.bytes is not None:
            draft.limit(self.subtree, None)

    def is_behind(self, by: object) -> bool:
        """Say whether this cause, or the limit that it gave to the store, refused an action."""
        return super().is_behind(by) or by == Limit(self.subtree, self.bytes or 0)

    def refuse_action(self, subject: Subject, request: Request, draft: Draft) -> Refused | None:
        """Refuse a new property on a resource that has the allowed number of properties."""
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
            f"{href(subject.path)} can have {self.properties} properties; {subject.property} would be one more.",
            condition_codes.QUOTA_NOT_EXCEEDED,
        )
