"""A destination where live properties would be lost (RFC 4918 16, ``preserved-live-properties``)."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from dav424.causes.cause import Cause, SubtreePath, below
from dav424.core import condition_codes
from dav424.core.batch import Refused
from dav424.core.paths import Path, href
from dav424.core.subject import Subject, Verb
from dav424.dav.headers import destination

if TYPE_CHECKING:
    from dav424.core.message import Request
    from dav424.store.draft import Draft


class Unpreserved(Cause, frozen=True, kw_only=True, tag="live-properties-lost"):
    """The cause refuses with 409 and ``DAV:preserved-live-properties`` to copy or move a resource to a path."""

    section = "RFC 4918 16"
    verbs: ClassVar[frozenset[Verb]] = frozenset({"copy", "move"})

    path: SubtreePath = "/"

    def refuse_action(self, subject: Subject, request: Request, draft: Draft) -> Refused | None:
        """Refuse to copy or move a resource to the path or below it."""
        if subject.verb not in self.verbs or not below(subject.path, self.path) or not _arrives(subject.path, request):
            return None
        return Refused(
            409, f"{href(subject.path)} would lose its live properties.", condition_codes.PRESERVED_LIVE_PROPERTIES
        )


def _arrives(path: Path, request: Request) -> bool:
    """Say whether a path is at or below the ``Destination``: a MOVE has actions at its source, too."""
    target = destination(request)
    return path[: len(target)] == target
