"""A place where live properties would be lost (RFC 4918 16, ``preserved-live-properties``)."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from dav424.causes.cause import Cause, TreePath, below
from dav424.core import condition_codes
from dav424.core.batch import Refused
from dav424.core.paths import href
from dav424.core.subject import Subject, Verb

if TYPE_CHECKING:
    from dav424.core.message import Request
    from dav424.store.draft import Draft


class Unpreserved(Cause, frozen=True, kw_only=True, tag="live-properties-lost"):
    """Refuses with 409 to copy or move anything to a path or below it."""

    section = "RFC 4918 16"
    verbs: ClassVar[frozenset[Verb]] = frozenset({"copy", "move"})

    path: TreePath

    def refuse_action(self, subject: Subject, request: Request, draft: Draft) -> Refused | None:
        """Refuse what would arrive at or below the path."""
        if subject.verb not in self.verbs or not below(subject.path, self.path):
            return None
        return Refused(
            409, f"{href(subject.path)} would lose its live properties.", condition_codes.PRESERVED_LIVE_PROPERTIES
        )
