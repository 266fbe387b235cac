"""A connection that the server closes, although the client expects more."""

from __future__ import annotations

from dav424.faults.broken_connection import BrokenConnection
from dav424.faults.fault import AnswerToSpoil, Spoilt


class Closed(BrokenConnection, frozen=True, kw_only=True, tag="close"):
    """The fault closes the connection before the head, before the body, in the body, after it, or at the next request.

    No header announces it. After the body, and at the next request, that is a close between two requests of a kept
    connection: at the next request, the server gets that request and does not answer it, so a client has to send it again.
    """

    def spoil(self, answer: AnswerToSpoil) -> Spoilt | None:
        """Close the connection."""
        return self.ended(answer, "close", "closed the connection")
