"""Content that can't be read: the store fails, or a lock prevents reading, which WebDAV locks don't."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Literal

from msgspec import Meta

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
    """The cause refuses to read content: GET, HEAD, the source of a COPY, and the data of a member in a report.

    With the resource, it refuses each document that is made from it. Status 423 is a lock against reading; a cause of kind ``lock`` is a write lock and does not stop a GET
    (RFC 4918 7). MOVE and PROPFIND still work: they don't read content.
    """

    section = "RFC 9110 9.3.1"

    path: SubtreePath = "/"
    status: Annotated[Literal[403, 423, 500, 503, 504], Meta(description="The status of the refusal.")] = 503

    def refuse_access(self, access: ResourceAccess) -> Refused | None:
        """Refuse to read the content of a resource at or below the path."""
        if not access.reads_content or not below(access.path, self.path):
            return None
        return Refused(self.status, f"{href(access.path)} {_WHY[self.status]}.")
