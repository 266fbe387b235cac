"""``dav424 probe URL --which``: name the bundled dialect that is nearest to a server."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from dav424.commands.work_bar import WorkBar

if TYPE_CHECKING:
    from dav424.likeness.nearest import Nearest
    from dav424.probe.access import ProbeAccess

_FOLLOWING = 3
"""Dialects that are named after the nearest one."""
_SHOWN = 40
"""Answers that are listed."""


def nearest_dialect(access: ProbeAccess) -> int:
    """Compare a server with all bundled dialects, and print the nearest one with the differences."""
    from dav424.likeness.learn import see
    from dav424.likeness.nearest import nearest

    seen = see(access, WorkBar("looking at the server"))
    print("\n".join(_lines(nearest(seen, WorkBar("comparing dialects")))))
    return 0


def _lines(found: Nearest) -> list[str]:
    seen, (first, *others) = found.seen, found.ranked
    named = f"The bundled dialect nearest to {seen.server or seen.url} is {first.name}"
    lines = [
        f"{named}: it answers {first.alike} of {seen.requests} requests alike.",
        "Then: " + ", ".join(f"{each.name} ({each.alike})" for each in others[:_FOLLOWING]),
    ]
    if found.traits:
        lines += ["", f"Traits with which {first.name} would be nearer:"]
        lines += [f"  {each.trait}: {_text(each.of_server)} (it has {_text(each.of_dialect)})" for each in found.traits]
    lines += _differing(found)
    lines += [f"This could not be removed; remove it yourself: {path}" for path in seen.left]
    return lines


def _differing(found: Nearest) -> list[str]:
    from dav424.likeness.dialect_text import in_a_line

    listed = [*dict.fromkeys(map(in_a_line, found.differing))]
    if not listed:
        return []
    more = [f"  and {len(listed) - _SHOWN} more"] if len(listed) > _SHOWN else []
    return ["", "Answers that differ; the server is named first:", *(f"  {line}" for line in listed[:_SHOWN]), *more]


def _text(value: Any) -> str:
    return value if isinstance(value, str) and value else json.dumps(value)
