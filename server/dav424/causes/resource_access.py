"""What a request does to one resource, as the causes that decide about requests see it."""

from __future__ import annotations

from msgspec import Struct

from dav424.core.message import Request
from dav424.core.method_facts import MethodFacts
from dav424.core.paths import Path


class ResourceAccess(Struct, frozen=True):
    """What a request does to the resource at ``path``: its Request-URI, its ``Destination``, or a member of either.

    ``method`` has the facts of the request's method. With ``at_destination`` the resource is at or below the
    ``Destination``. ``in_report`` says that a report reads its content.
    """

    request: Request
    method: MethodFacts
    path: Path
    at_destination: bool = False
    in_report: bool = False

    @property
    def reads_content(self) -> bool:
        """True if the request reads the content of the resource: GET, HEAD, the source of a COPY, a member in a report."""
        return (
            self.in_report
            or self.request.method in ("GET", "HEAD")
            or (self.request.method == "COPY" and not self.at_destination)
        )

    @property
    def privilege(self) -> str:
        """The privilege in ``DAV:`` that the access needs (RFC 3744 appendix B)."""
        return "bind" if self.at_destination else self.method.privilege
