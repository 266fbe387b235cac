"""The bounds that causes set to a report: the number of its members, and the age of a sync token."""

from __future__ import annotations

from typing import TYPE_CHECKING

from dav424.causes.cause import below
from dav424.core.batch import Refused
from dav424.core.condition_codes import NUMBER_OF_MATCHES_WITHIN_LIMITS, VALID_SYNC_TOKEN
from dav424.core.paths import href

if TYPE_CHECKING:
    from dav424.causes.apply import CauseContext


def limited(context: CauseContext, found: int) -> tuple[int, Refused] | None:
    """Give the number of members that a report may have, and the refusal of all others; None if those ``found`` fit.

    A cause counts the report only if it is too large.
    """
    where = href(context.request.path, collection=True)
    for cause in sorted(context.cause_index.report_limits, key=lambda cause: cause.members):
        if found > cause.members and below(context.request.path, cause.path) and context.is_due(cause):
            detail = f"The report on {where} may have {cause.members} members, and {found} match."
            return cause.members, Refused(507, detail, NUMBER_OF_MATCHES_WITHIN_LIMITS, by=cause.id)
    return None


def check_age(context: CauseContext, age: int) -> None:
    """Refuse with 403 a sync token that is too many changes old."""
    for cause in context.cause_index.sync_histories:
        if age > cause.changes and below(context.request.path, cause.path) and context.is_due(cause):
            where = href(context.request.path, collection=True)
            detail = f"The sync token of {where} is {age} changes old, and the server remembers {cause.changes}."
            raise Refused(
                403, f"{detail} Send an empty one, and list the collection anew.", VALID_SYNC_TOKEN, by=cause.id
            )
