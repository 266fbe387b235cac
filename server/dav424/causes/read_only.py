"""A read-only resource: nothing of it can be changed."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from dav424.causes.cause import Cause, TreePath, below
from dav424.core.batch import Refused
from dav424.core.subject import Label, Verb
from dav424.store.tree import href

if TYPE_CHECKING:
    from dav424.spine.exchange import Request
    from dav424.store.draft import Draft


class ReadOnly(Cause, frozen=True, kw_only=True, tag="read-only"):
    """Refuses with 403 every change of a resource and of what lies below it; locking is no change."""

    section = "RFC 9110 15.5.4"
    verbs: ClassVar[frozenset[Verb]] = frozenset({"create", "write", "delete", "copy", "move"})

    path: TreePath

    def refuses(self, label: Label, request: Request, draft: Draft) -> Refused | None:
        """Refuse a change at or below the path."""
        if label.verb in ("lock", "unlock") or not below(label.path, self.path):
            return None
        return Refused(403, f"{href(label.path)} is read-only.")
