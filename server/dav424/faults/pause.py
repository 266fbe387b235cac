"""A pause before the head or the body of an answer."""

from __future__ import annotations

from typing import Annotated, Literal

from msgspec import Meta

from dav424.faults.fault import AnswerToSpoil, Fault, Milliseconds, Spoilt


class Pause(Fault, frozen=True, kw_only=True, tag="pause"):
    """The fault waits before it sends the head of an answer, or between the head and the body.

    The request is done by then: a client that gives up finds its change made. No other request waits. A cause of kind
    ``delay`` waits before the request is done.
    """

    needs_connection = True

    before: Annotated[Literal["head", "body"], Meta(description="The part of the answer that is late.")] = "head"
    milliseconds: Annotated[Milliseconds, Meta(description="The length of the pause.")]

    def spoil(self, answer: AnswerToSpoil) -> Spoilt | None:
        """Wait."""
        seconds = self.milliseconds / 1000
        if self.before == "head":
            return Spoilt(answer.delivered(head_pause=seconds), f"waited {self.milliseconds} ms before the head")
        if not answer.body:
            return None
        return Spoilt(
            answer.delivered(body_pause=seconds), f"waited {self.milliseconds} ms between the head and the body"
        )
