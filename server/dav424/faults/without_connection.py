"""What a server without connections of its own says of the faults that need one."""

from __future__ import annotations

from collections.abc import Iterable

from dav424.faults.fault import Fault


def impossible_faults(faults: Iterable[Fault]) -> str:
    """Say which faults a server can't have because it has no connections, and what to do; empty if it can have all."""
    named = [f"{fault.id!r} ({fault.kind})" for fault in faults if fault.needs_connection]
    if not named:
        return ""
    return (
        f"A WSGI application has no connections of its own, so it can't have faults of the connection: {', '.join(named)}. "
        "Remove them, or serve the scenario with dav424 serve."
    )
