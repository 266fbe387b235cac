"""A body that comes in small pieces, with pauses between them."""

from __future__ import annotations

from typing import Annotated

from msgspec import Meta

from dav424.causes.counted import Count
from dav424.faults.fault import AnswerToSpoil, Fault, Milliseconds, Spoilt


class Dribble(Fault, frozen=True, kw_only=True, tag="dribble"):
    """The fault sends a body in small pieces with pauses between them: in chunks, or with its length announced.

    All pauses of an answer together take at most a minute, and it has at most 10,000 such pieces; the rest then comes at
    once. No other request waits for a dribbling answer.
    """

    needs_connection = True

    bytes: Annotated[Count, Meta(description="The bytes of each piece.")] = 16
    milliseconds: Annotated[Milliseconds, Meta(description="The pause between two pieces.")] = 10
    chunked: Annotated[bool, Meta(description="Whether each piece is a chunk (default: true).")] = True

    def spoil(self, answer: AnswerToSpoil) -> Spoilt | None:
        """Send the body in pieces."""
        if not answer.body:
            return None
        chunked = self.chunked or answer.length is None
        response = answer.delivered(piece=self.bytes, piece_pause=self.milliseconds / 1000, chunked=chunked)
        how = "chunks" if chunked else "pieces"
        return Spoilt(
            response, f"sent the body in {how} of {self.bytes} bytes, with {self.milliseconds} ms between them"
        )
