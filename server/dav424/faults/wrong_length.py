"""A ``Content-Length`` that is not the length of the body (RFC 9110 8.6)."""

from __future__ import annotations

from typing import Annotated

from msgspec import Meta

from dav424.core.message import Ending
from dav424.core.writable import LARGEST_NUMBER
from dav424.faults.fault import AnswerToSpoil, Fault, Spoilt


class WrongLength(Fault, frozen=True, kw_only=True, tag="wrong-length"):
    """The fault announces a length that the body doesn't have: too long or, with a negative number, too short.

    The whole body is sent, and then the connection is closed, unless it ``stays-open``: then a client that waits for the
    missing bytes waits until the connection is idle for too long, and the surplus of a short one stands before the next
    response. A body in chunks has no length that could be wrong.
    """

    needs_connection = True

    by: Annotated[
        int,
        Meta(
            ge=-LARGEST_NUMBER,
            le=LARGEST_NUMBER,
            description="The bytes by which the length is too long; negative for too short.",
        ),
    ]
    stays_open: Annotated[bool, Meta(description="Whether the connection stays open (default: false).")] = False

    def spoil(self, answer: AnswerToSpoil) -> Spoilt | None:
        """Announce the other length."""
        length = answer.length
        if not length:
            return None
        announced = max(0, length + self.by)
        if announced == length:
            return None
        changes: dict[str, object] = {"length": announced}
        if not self.stays_open:
            changes["end"] = Ending("close", "after-body")
        return Spoilt(answer.delivered(**changes), f"announced {announced} bytes for a body of {length}")
