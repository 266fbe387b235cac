"""A resource that can't be locked, such as the one in the example of RFC 4918 9.10.9."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from dav424.causes.cause import Cause, SubtreePath, below
from dav424.core.batch import Refused
from dav424.core.paths import href
from dav424.core.subject import Subject, Verb

if TYPE_CHECKING:
    from dav424.core.message import Request
    from dav424.store.draft import Draft


class Unlockable(Cause, frozen=True, kw_only=True, tag="unlockable"):
    """The cause refuses with 403 to lock a resource or any resource below it."""

    section = "RFC 4918 9.10.3"
    verbs: ClassVar[frozenset[Verb]] = frozenset({"lock"})

    path: SubtreePath = "/"

    def refuse_action(self, subject: Subject, request: Request, draft: Draft) -> Refused | None:
        """Refuse to lock at or below the path."""
        if subject.verb != "lock" or not below(subject.path, self.path):
            return None
        return Refused(403, f"{href(subject.path)} can't be locked.")
