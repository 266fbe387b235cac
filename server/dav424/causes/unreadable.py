"""Content that can't be read: the store fails, or a lock prevents reading, which WebDAV locks don't."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

from dav424.causes.cause import Cause, SubtreePath, below
from dav424.core.batch import Refused
from dav424.core.paths import href

if TYPE_CHECKING:
    from dav424.causes.resource_access import ResourceAccess

_WHY = {
    403: "may not be read",
    423: "is locked against reading",
    500: "can't be read: its store failed",
    503: "can't be read now: its store is not available",
    504: "can't be read: its store did not answer in time",
}


class Unreadable(Cause, frozen=True, kw_only=True, tag="unreadable"):
    """The cause refuses GET, HEAD and the source of a COPY, and with the resource each document that is made from it.

    Status 423 is a lock against reading; a cause of kind ``lock`` is a write lock and does not stop a GET
    (RFC 4918 7). MOVE and PROPFIND still work: they don't read content.
    """

    section = "RFC 9110 9.3.1"

    path: SubtreePath = "/"
    status: Literal[403, 423, 500, 503, 504] = 503

    def refuse_access(self, access: ResourceAccess) -> Refused | None:
        """Refuse to read the content of a resource at or below the path."""
        if not access.reads_content or not below(access.path, self.path):
            return None
        return Refused(self.status, f"{href(access.path)} {_WHY[self.status]}.")
