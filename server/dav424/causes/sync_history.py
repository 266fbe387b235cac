"""A short memory for changes: 403 ``DAV:valid-sync-token`` for the token of an older state (RFC 6578 3.2)."""

from __future__ import annotations

from typing import Annotated

from msgspec import Meta

from dav424.causes.cause import Cause, SubtreePath
from dav424.causes.counted import Amount


class SyncHistory(Cause, frozen=True, kw_only=True, tag="sync-history"):
    """The cause refuses the sync tokens of states that are older than a number of changes.

    Each resource that a request makes, rewrites or removes in the scenario is one change.
    """

    section = "RFC 6578 3.2"

    path: SubtreePath = "/"
    changes: Annotated[Amount, Meta(description="The number of changes that the server remembers.")]
