"""A connection that is reset (RST of RFC 9293)."""

from __future__ import annotations

from dav424.faults.broken_connection import BrokenConnection
from dav424.faults.fault import AnswerToSpoil, Spoilt


class Reset(BrokenConnection, frozen=True, kw_only=True, tag="reset"):
    """The fault resets the connection before the head, before the body, in the body, after it, or at the next request.

    The client can lose bytes that were sent before the reset.
    """

    def spoil(self, answer: AnswerToSpoil) -> Spoilt | None:
        """Reset the connection."""
        return self.ended(answer, "reset", "reset the connection")
