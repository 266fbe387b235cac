"""What causes refuse of the members that a report names one by one."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from typing import TYPE_CHECKING

from dav424.core.batch import Refused, without_frames

if TYPE_CHECKING:
    from dav424.causes.apply import CauseContext
    from dav424.causes.cause import Cause
    from dav424.core.paths import Path


def refused_reads(context: CauseContext, paths: Iterable[Path], *, reads_content: bool) -> dict[Path, Refused]:
    """Find those of some resources that causes forbid to report, each with its refusal.

        REPORT /cal/, denied at /cal/b.ics: a, b, c  -->  {("cal", "b.ics"): Refused(403)}

    The causes at and above a path decide about it, from the root down. The cost is that of the paths, and nothing in a
    world without causes that refuse reads. With ``reads_content``, the request reads the content of each resource.
    """
    by_subtree: defaultdict[Path, list[Cause]] = defaultdict(list)
    for cause in context.refusing_members:
        by_subtree[cause.subtree].append(cause)
    if not by_subtree:
        return {}
    refused: dict[Path, Refused] = {}
    for path in paths:
        access = context.access(path, reads_content=reads_content)
        above = (cause for depth in range(len(path) + 1) for cause in by_subtree.get(path[:depth], ()))
        try:
            for cause in above:
                context.raise_if_due(cause, cause.refuse_access(access))
        except Refused as refusal:
            refused[path] = without_frames(refusal)
    return refused
