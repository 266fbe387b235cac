"""An answer that comes while the client still sends the body of its request (RFC 9112 9.5)."""

from __future__ import annotations

from typing import Annotated, Literal

from msgspec import Meta

from dav424.core.message import Ending
from dav424.faults.fault import AnswerToSpoil, Fault, Spoilt


class EarlyAnswer(Fault, frozen=True, kw_only=True, tag="early-answer"):
    """The fault answers a request before its body is read, where the head decides the answer: a refusal such as 403.

    Then the connection ends: it is half-closed, and the server still receives the rest of the body, or it is reset. If the
    head doesn't decide the answer, the body is read, and the request is no match.
    """

    needs_connection = True

    then: Annotated[
        Literal["close", "reset"], Meta(description="How the connection ends after the answer (default: close).")
    ] = "close"

    def spoil(self, answer: AnswerToSpoil) -> Spoilt | None:
        """Answer early; whether the body was read is known by now."""
        if not answer.early:
            return None
        if self.then == "close":
            return Spoilt(answer.delivered(), "answered before the body of the request was read")
        response = answer.delivered(end=Ending("reset", "after-body"))
        return Spoilt(response, "answered before the body of the request was read, and reset the connection")
