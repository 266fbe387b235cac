"""A read-only resource."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from dav424.causes.cause import Cause, SubtreePath, below
from dav424.core.batch import Refused
from dav424.core.paths import href
from dav424.core.subject import NO_CHANGES, Subject, Verb

if TYPE_CHECKING:
    from dav424.core.message import Request
    from dav424.store.draft import Draft


class ReadOnly(Cause, frozen=True, kw_only=True, tag="read-only"):
    """The cause refuses with 403 every change of a resource and of all resources below it.

    A lock is not a change.
    """

    section = "RFC 9110 15.5.4"
    verbs: ClassVar[frozenset[Verb]] = frozenset({"create", "write", "delete", "copy", "move"})

    path: SubtreePath = "/"

    def refuse_action(self, subject: Subject, request: Request, draft: Draft) -> Refused | None:
        """Refuse a change at or below the path."""
        if subject.verb in NO_CHANGES or not below(subject.path, self.path):
            return None
        return Refused(403, f"{href(subject.path)} is read-only.")
