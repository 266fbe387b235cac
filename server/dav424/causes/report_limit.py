"""A limit of the members in one report: 507 and ``DAV:number-of-matches-within-limits`` (RFC 6578 3.6)."""

from __future__ import annotations

from typing import Annotated

from msgspec import Meta

from dav424.causes.cause import Cause, SubtreePath


class ReportLimit(Cause, frozen=True, kw_only=True, tag="report-limit"):
    """The cause limits how many members a report may have.

    A ``sync-collection`` reports the members that fit, and 507 for the collection; the client goes on with the new token.
    A query reports nothing else.
    """

    section = "RFC 6578 3.6"

    path: SubtreePath = "/"
    members: Annotated[int, Meta(ge=1, le=1_000_000, description="The most members in one report.")]
