"""Write locks (RFC 4918 6)."""

from __future__ import annotations

from msgspec import Struct

from dav424.core.paths import Path


class Lock(Struct, frozen=True):
    """A write lock (RFC 4918 6). ``owner`` is the ``DAV:owner`` element as it was sent, or empty.

    ``expires`` is in seconds since the epoch; None for a lock that never expires. ``principal`` is the user who holds it.
    """

    token: str
    root: Path
    exclusive: bool
    infinite: bool
    principal: str
    owner: str = ""
    expires: float | None = None

    def alive(self, now: float) -> bool:
        """Say whether the lock has not expired."""
        return self.expires is None or now < self.expires
