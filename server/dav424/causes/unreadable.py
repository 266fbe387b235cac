"""Content that can't be read: a store that fails, or a lock against reading, which WebDAV doesn't have."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

from dav424.causes.cause import Cause, TreePath, below
from dav424.core.batch import Refused
from dav424.core.paths import href

if TYPE_CHECKING:
    from dav424.core.message import Request
    from dav424.core.method_facts import MethodFacts

_WHY = {
    403: "may not be read",
    423: "is locked against reading",
    500: "can't be read: its store failed",
    503: "can't be read just now: its store is not available",
    504: "can't be read: its store did not answer in time",
}


class Unreadable(Cause, frozen=True, kw_only=True, tag="unreadable"):
    """Refuses to read content: a GET or HEAD of it, and whatever needs it as a source.

    423 is a lock against reading; a cause of kind ``lock`` is a write lock and stops no GET (RFC 4918 7).
    COPY and MOVE hand a resource on without reading it, and PROPFIND reads properties alone.
    """

    section = "RFC 9110 9.3.1"

    path: TreePath
    status: Literal[403, 423, 500, 503, 504] = 503

    def refuse_request(self, request: Request, method: MethodFacts) -> Refused | None:
        """Refuse to read what is at or below the path."""
        if request.method not in ("GET", "HEAD") or not below(request.path, self.path):
            return None
        return Refused(self.status, f"{href(request.path)} {_WHY[self.status]}.")
