"""A connection that ends before, in or after the body of an answer: the base of the faults ``reset`` and ``close``."""

from __future__ import annotations

from typing import Annotated, Literal

from msgspec import Meta

from dav424.causes.counted import Count
from dav424.core.message import Ending
from dav424.faults.fault import AnswerToSpoil, Fault, Spoilt

At = Literal["before-head", "before-body", "in-body", "after-body", "next-request"]
_WHEN = {
    "before-head": "before the head",
    "before-body": "between the head and the body",
    "after-body": "after the answer",
    "next-request": "when the next request came",
}


class BrokenConnection(Fault, frozen=True, kw_only=True):
    """A fault that ends the connection. The request is done by then, whatever the client gets of the answer."""

    needs_connection = True

    at: Annotated[At, Meta(description="When the connection ends.")] = "in-body"
    bytes: (
        Annotated[Count, Meta(description="With in-body: the bytes of the body that are sent (default: half of them).")]
        | None
    ) = None

    def ended(self, answer: AnswerToSpoil, how: Literal["reset", "close"], did: str) -> Spoilt | None:
        """End the connection; None if the answer has no body in which that could be."""
        if self.at != "in-body":
            if self.at == "before-body" and not answer.body:
                return None
            return Spoilt(answer.delivered(end=Ending(how, self.at)), f"{did} {_WHEN[self.at]}")
        length = answer.length
        if length == 0:
            return None
        sent = self.bytes if self.bytes is not None else max(1, length // 2) if length is not None else 1
        if length is not None:
            sent = min(sent, length - 1)
        whole = f" of {length}" if length is not None else ""
        return Spoilt(
            answer.delivered(end=Ending(how, "in-body", sent)), f"{did} after {sent}{whole} bytes of the body"
        )
