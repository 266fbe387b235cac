"""Write locks (RFC 4918 6)."""

from __future__ import annotations

from msgspec import Struct
from msgspec.structs import replace

from dav424.core.memory import NOTHING, Held, hold, size_of_texts
from dav424.core.paths import Path

_OF_A_LOCK = 500
"""The bytes that a lock takes, without its texts (measured)."""


class Lock(Struct, frozen=True):
    """A write lock (RFC 4918 6). ``owner`` is the ``DAV:owner`` element as it was sent, or empty.

    ``expires`` is in seconds since the epoch; None for a lock that never expires. ``principal`` is the user who holds it.
    ``held`` counts its memory.
    """

    token: str
    root: Path
    exclusive: bool
    infinite: bool
    principal: str
    owner: str = ""
    expires: float | None = None
    held: Held = NOTHING

    def alive(self, now: float) -> bool:
        """Say whether the lock has not expired."""
        return self.expires is None or now < self.expires


def counted(lock: Lock) -> Lock:
    """Count the memory of a lock that is about to be stored."""
    return replace(lock, held=hold(_OF_A_LOCK + size_of_texts(*lock.root, lock.token, lock.principal, lock.owner)))
