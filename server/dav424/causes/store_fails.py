"""A store that fails: when it writes, or when it commits."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, ClassVar, Literal

from msgspec import Meta

from dav424.causes.cause import Cause, PropertyName, SubtreePath, below
from dav424.core import condition_codes
from dav424.core.batch import Refused
from dav424.core.paths import href
from dav424.core.subject import NO_CHANGES, Subject, Verb

if TYPE_CHECKING:
    from collections.abc import Sequence

    from dav424.core.message import Request
    from dav424.store.draft import Draft


class StoreFails(Cause, frozen=True, kw_only=True, tag="store-fails"):
    """The cause makes the store fail: it refuses a write, or with ``at: commit`` a commit.

    A commit is that of a whole group of actions. A refusal with 507 has the condition ``DAV:sufficient-disk-space``.
    ``nth``, ``after`` and ``times`` count writes, or commits: with ``times: 2`` the store fails twice and recovers.
    """

    section = "RFC 4918 11.5"
    counts_writes = True
    verbs: ClassVar[frozenset[Verb]] = frozenset({"create", "write", "delete", "copy", "move"})

    path: SubtreePath = "/"
    property: Annotated[PropertyName, Meta(description="Fail only when this property is written.")] | None = None
    at: Annotated[
        Literal["write", "commit"], Meta(description="Whether the store fails when it writes or when it commits.")
    ] = "write"
    status: Annotated[Literal[500, 503, 507], Meta(description="The status of the refusal.")] = 507

    def refuse_action(self, subject: Subject, request: Request, draft: Draft) -> Refused | None:
        """Refuse a write."""
        if self.at != "write" or subject.verb in NO_CHANGES or not below(subject.path, self.path):
            return None
        if self.property is not None and subject.property != self.property:
            return None
        what = f"{subject.property} of {href(subject.path)}" if subject.property else href(subject.path)
        return self._refused(f"The store failed to write {what}.")

    def refuse_commit(self, request: Request, subjects: Sequence[Subject]) -> Refused | None:
        """Refuse a commit of a request to the path or below it, or of an action there."""
        if self.at != "commit":
            return None
        paths = (request.path, *(subject.path for subject in subjects))
        path = next((path for path in paths if below(path, self.path)), None)
        return None if path is None else self._refused(f"The store failed to commit {request.method} {href(path)}.")

    def _refused(self, detail: str) -> Refused:
        return Refused(self.status, detail, condition_codes.SUFFICIENT_DISK_SPACE if self.status == 507 else None)
